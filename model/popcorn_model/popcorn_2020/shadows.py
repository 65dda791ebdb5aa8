"""Shadows: the loop in which the task at the origin serves its thread while that is elsewhere.

The receiver's thread finds the task that a message is for and puts the message into its mailbox,
which has room for one: a thread asks for one thing at a time and waits. The task wakes up and does
it; a thread that comes back, or has exited, ends the loop.
"""

from typing import Final

from popcorn_model.language import (
    TRUE,
    Bool,
    Fair,
    Step,
    action,
    any_of,
    given,
    ite,
    nothing,
    only,
    put,
    take,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2020.exits import enters_exit
from popcorn_model.popcorn_2020.messages import Wire
from popcorn_model.popcorn_2020.sorts import ORIGIN, End, Home, Kernel, Mail, Task
from popcorn_model.popcorn_2020.tasks import at
from popcorn_model.popcorn_2020.thread_states import (
    ending,
    has_mm,
    has_shadow,
    home,
    link,
    mail,
    sender,
    stale,
    told,
)
from popcorn_model.popcorn_2020.thread_switches import BACK_TEST, EXIT_GROUP
from popcorn_model.popcorn_2020.transport import channel

KINDS: Final = {
    Mail.back: Wire.task_migrate_back,
    Mail.exit: Wire.task_exit_remote,
    Mail.vma_info: Wire.vma_info_request,
    Mail.vma_op: Wire.vma_op_request,
    Mail.futex: Wire.futex_request,
}
"""What goes to a mailbox, as request_remote_work is given it."""


def has_post(t: Task, k: Kernel) -> Bool:
    """The next message from node k is for the mailbox of thread t's task at the origin."""
    return any_of(*(channel[k, ORIGIN].arrives(kind(task=t)) for kind in KINDS.values()))


def _mail(t: Task, k: Kernel) -> Mail:
    first, *others = KINDS
    found = first
    for mail_kind in others:
        found = ite(channel[k, ORIGIN].arrives(KINDS[mail_kind](task=t)), mail_kind, found)
    return found


@action(fair=Fair.WEAK)
def leave_mail(t: Task, k: Kernel) -> Step:
    """A message for a task at the origin goes to its mailbox, and the task is woken.

    If the task is gone the message is dropped.

    Source: kernel/popcorn/process_server.c:request_remote_work
    Tag: claimed
    """
    return when(has_post(t, k), mail[t] == Mail.none)(
        take(channel[k, ORIGIN]),
        given(has_mm(t))(put(mail[t], _mail(t, k)), put(sender[t], k)),
    )


def is_from_link(t: Task) -> Bool:
    """What is in the mailbox comes from the task that the shadow is linked with."""
    return sender[t] == link[t]


def empties_mailbox(t: Task) -> tuple[e.Update, ...]:
    """The task has taken what was in its mailbox."""
    return (put(mail[t], Mail.none), put(sender[t], nothing))


def opens(t: Task, what: Mail) -> Bool:
    """The task at the origin is in its loop and finds this in its mailbox."""
    return has_shadow(t) & (mail[t] == what)


@action(fair=Fair.WEAK)
def resume(t: Task) -> Step:
    """The thread is back: the shadow loads its registers, forgets the link and leaves the loop.

    Where the registers are from a task that the shadow is not linked with they are dropped; as
    built the shadow leaves the loop all the same, with those that it had.

    Source: kernel/popcorn/process_server.c:process_back_migration
    Tag: claimed
    """
    known = is_from_link(t)
    leaves = BACK_TEST.choose(off=TRUE, on=known)
    return when(opens(t, Mail.back))(
        *empties_mailbox(t),
        given(leaves)(put(home[t], Home.running), put(at[t], ORIGIN), put(told[t], False)),
        given(known)(put(link[t], nothing)),
        only(BACK_TEST, "off", given(~known)(put(stale[t], True))),
    )


@action(fair=Fair.WEAK)
def follow_into_exit(t: Task) -> Step:
    """The thread has exited elsewhere: the shadow exits with the same code.

    Repaired, the code says too whether the whole group is to exit.

    Source: kernel/popcorn/process_server.c:process_remote_task_exit
    Tag: claimed
    """
    known = is_from_link(t)
    return when(opens(t, Mail.exit))(
        *empties_mailbox(t),
        given(known)(
            put(link[t], nothing),
            only(EXIT_GROUP, "on", given(ending() == End.group_exit)(put(ending(), End.killed))),
            *enters_exit(t)),
    )  # fmt: skip
