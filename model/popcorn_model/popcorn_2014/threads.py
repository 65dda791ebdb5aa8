"""Threads that come into being and threads that leave: programs, clone, migration, shadows.

A thread migrates at a system call of its own. Its incarnation becomes a shadow before the message
is out. To a kernel where it has never been it ships everything; a kernel that it has left before
keeps a shadow, which needs only the registers. Nobody acknowledges a return, and nobody keeps a
route: only the set of kernels visited travels along. What happens on arrival is in arrival.py.
"""

from popcorn_model.language import (
    FALSE,
    TRUE,
    Bool,
    Fair,
    Step,
    action,
    every,
    for_each,
    given,
    ite,
    only,
    put,
    spend,
    when,
)
from popcorn_model.popcorn_2014.lock_interface import LockStep, lock_step
from popcorn_model.popcorn_2014.membership import (
    CLONES,
    HOPS,
    STRANGERS,
    counted,
    doomed,
    group_home,
    has_mm,
    home,
    is_home_of_group,
    latest,
    program,
    visited,
)
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.records import in_user_mode
from popcorn_model.popcorn_2014.sorts import (
    FIRST,
    FIRST_MM,
    ZERO,
    Group,
    Inc,
    Kernel,
    Life,
    Mm,
    Program,
    Replica,
    Task,
)
from popcorn_model.popcorn_2014.switches import (
    DISPOSITION_DEFAULT,
    FRESH_IDS,
    INHERIT_FLAG,
    MEMBER_COUNT,
    MEMBERSHIP,
    PREEMPTION,
    QUIET_START,
    REFUSE_DOWN,
    SLEEP_LOOP,
    STRAY_WAKE_UPS,
)
from popcorn_model.popcorn_2014.tasks import (
    distributed,
    executing,
    group,
    inc,
    leader,
    life,
    mm,
    mm_group,
    uses,
)
from popcorn_model.popcorn_2014.transport import may_run, post, up


def is_at_will(t: Task, k: Kernel) -> Bool:
    """Task t executes its program on kernel k and may call the kernel for anything."""
    alive = (inc[t, k] == Inc.running) & (life[t] == Life.living)
    return alive & in_user_mode(t, k) & ~doomed[t, k]


# --- birth -------------------------------------------------------------------------------------


@action(only=(MEMBERSHIP, "some_down"))
def never_booted(k: Kernel) -> Step:
    """Kernel k was left out when the machine was booted.

    Source: pcnmsg/pcn_kmsg.c:__pcn_kmsg_send returns -1 without a mapped window
    Tag: claimed
    """
    return when(
        up[k], k != ZERO, life[FIRST] == Life.unborn, every(Kernel, lambda j: up[j]),
    )(put(up[k], FALSE))  # fmt: skip


@action
def start_program(k: Kernel, g: Group) -> Step:
    """A program is started on kernel k: a new group with one thread.

    Source: kernel/process_server.c:process_server_dup_task, new process
    Tag: claimed
    """
    return when(life[FIRST] == Life.unborn, up[k])(
        put(life[FIRST], Life.living),
        put(inc[FIRST, k], Inc.running),
        put(latest[FIRST, k], TRUE),
        put(home[FIRST], k),
        only(MEMBER_COUNT, "on", put(counted[FIRST], TRUE)),
        put(group[FIRST], g),
        put(group_home[g], k),
        put(uses[FIRST, k], FIRST_MM),
        put(mm[k, FIRST_MM], Mm.live),
        put(mm_group[k, FIRST_MM], g),
        put(leader[k, FIRST_MM], FIRST),
    )


@action(only=(FRESH_IDS, "off"))
def start_stranger(t: Task, k: Kernel, g: Group, r: Replica) -> Step:
    """An unrelated program is started on kernel k and gets the tgid that once made group id g.

    Linux gives out a number again when no task of that kernel has it; here it is the only one.

    Source: kernel/process_server.c:process_server_dup_task, new process; kernel/pid.c:alloc_pid
    Tag: inferred
    """
    number_is_free = every(Task, lambda u: (group[u] != g) | (inc[u, k] == Inc.absent))
    return when(
        group_home[g] == k, number_is_free, may_run(k),
        life[t] == Life.unborn, t != FIRST, mm[k, r] == Mm.none,
        (r == FIRST_MM) | (mm[k, FIRST_MM] != Mm.none),
    )(
        spend(STRANGERS),
        put(life[t], Life.living),
        put(program[t], Program.stranger),
        put(inc[t, k], Inc.running),
        put(latest[t, k], TRUE),
        put(home[t], k),
        put(group[t], g),
        put(uses[t, k], r),
        put(mm[k, r], Mm.live),
        put(mm_group[k, r], g),
        put(leader[k, r], t),
    )  # fmt: skip


@action
def clone_thread(p: Task, t: Task, k: Kernel) -> Step:
    """Thread p creates thread t of its own group, on the kernel that hosts p.

    Source: kernel/process_server.c:process_server_dup_task, new thread
    Tag: claimed
    """
    foreign = every(Group, lambda g: (group[p] != g) | (group_home[g] != k))
    from_elsewhere = executing[p, k] | foreign
    return when(
        is_at_will(p, k), life[t] == Life.unborn, may_run(k), p != t,
    )(
        spend(CLONES),
        put(life[t], Life.living),
        put(inc[t, k], MEMBER_COUNT.choose(
            off=Inc.running, on=ite(foreign, Inc.embryo, Inc.running))),
        put(latest[t, k], TRUE),
        put(home[t], k),
        put(group[t], group[p]),
        only(FRESH_IDS, "off", put(program[t], program[p])),
        put(uses[t, k], uses[p, k]),
        put(distributed[t, k], INHERIT_FLAG.choose(off=from_elsewhere, on=distributed[p, k])),
        only(MEMBER_COUNT, "on",
             given(~foreign)(put(counted[t], TRUE)),
             given(foreign)(put(inc[p, k], Inc.creating)),
             for_each(Kernel, lambda h: given((h != k) & is_home_of_group(h, p))(
                 post(h, Wire.born(task=t, parent=p, source=k))))),
    )  # fmt: skip


# --- away --------------------------------------------------------------------------------------


def went_to_sleep() -> Inc:
    """An incarnation whose message is out: asleep, or still on its way there."""
    asleep = PREEMPTION.choose(off=Inc.shadow, on=Inc.parting)
    return SLEEP_LOOP.choose(off=asleep, on=Inc.shadow)


def works_alone(u: Task, t: Task, k: Kernel) -> Bool:
    """Thread u, in t's address space on kernel k, is at work without the lock."""
    return (uses[u, k] == uses[t, k]) & (lock_step[u] == LockStep.skipped)


@action
def migrate_to_new_kernel(t: Task, k: Kernel, d: Kernel) -> Step:
    """Thread t asks for a kernel where it has never been; k ships it there and keeps a shadow.

    Source: kernel/process_server.c:do_migration_to_new_cpu
    Tag: claimed
    """
    return when(
        is_at_will(t, k), may_run(k), ~visited[t, d], k != d,
        REFUSE_DOWN.choose(off=TRUE, on=up[d]),
        QUIET_START.choose(off=TRUE, on=every(Task, lambda u: ~works_alone(u, t, k))),
    )(
        spend(HOPS, t),
        put(visited[t, k], TRUE),
        put(latest[t, k], FALSE),
        for_each(Task, lambda u: given((uses[u, k] == uses[t, k]) & has_mm(u, k))(
            put(distributed[u, k], TRUE))),
        given(up[d])(
            put(inc[t, k], went_to_sleep()),
            post(d, Wire.clone_request(task=t, source=k, latest=latest[t, k])),
        ),
        only(REFUSE_DOWN, "off", given(~up[d])(put(inc[t, k], Inc.unsent))),
    )  # fmt: skip


@action
def migrate_back(t: Task, k: Kernel, d: Kernel) -> Step:
    """Thread t asks for a kernel that it has left before; k sends the registers to its shadow.

    Source: kernel/process_server.c:do_migration_back_to_previous_cpu
    Tag: claimed
    """
    return when(is_at_will(t, k), may_run(k), visited[t, d], k != d)(
        spend(HOPS, t),
        put(visited[t, k], TRUE),
        put(inc[t, k], went_to_sleep()),
        put(executing[t, k], FALSE),
        put(latest[t, k], FALSE),
        post(d, Wire.back_migration(task=t, latest=latest[t, k])),
    )


@action(fair=Fair.WEAK, only=((PREEMPTION, "on"), (SLEEP_LOOP, "off")))
def fall_asleep(t: Task, k: Kernel) -> Step:
    """The incarnation that sent itself away writes its state once more and leaves the processor.

    Source: kernel/process_server.c:do_migration_to_new_cpu, second state write
    Tag: claimed
    """
    return when(inc[t, k].among(Inc.parting, Inc.raced), may_run(k))(
        put(inc[t, k], ite(inc[t, k] == Inc.parting, Inc.shadow, Inc.overslept))
    )


@action(only=((STRAY_WAKE_UPS, "possible"), (SLEEP_LOOP, "off")))
def wake_for_no_reason(t: Task, k: Kernel) -> Step:
    """Something wakes a sleeping shadow; nothing tells it why.

    Source: kernel/process_server.c:process_server_do_return_disposition
    Tag: claimed
    """
    return when(inc[t, k] == Inc.shadow, may_run(k))(
        put(inc[t, k], DISPOSITION_DEFAULT.choose(none=Inc.stray, exit=Inc.waking))
    )
