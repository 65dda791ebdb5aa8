"""A page fault at the origin, and what its handles have in common: asking others for their copies.

Before a page has left the origin, a fault on it is a fault as on any Linux. Afterwards a fault to
write drops the copies of all remote readers; a fault on a page that is not here claims it from an
owner. As long as the origin shares a page, it is one of the sharers: so who is asked for the page
is alone with it.

The bit of a node that is told to drop its copy is cleared when it is told; that of the node that
is asked for the page, when the page has come.
"""

from popcorn_model.language import (
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
    some,
    state,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2020.copies import (
    can_be_had,
    distributed,
    fresh,
    is_at_origin,
    is_owned_elsewhere,
    lacks,
    owner,
    pte,
)
from popcorn_model.popcorn_2020.handles import (
    failed,
    faults_on,
    handle,
    is_free,
    is_to_write,
    task_leaves,
)
from popcorn_model.popcorn_2020.messages import Answer, Recall
from popcorn_model.popcorn_2020.page_switches import ASK_THE_SOURCE, PASS_ON_FAILURE
from popcorn_model.popcorn_2020.page_traffic import answer, recall
from popcorn_model.popcorn_2020.remote_faults import may_fault
from popcorn_model.popcorn_2020.semaphore import may_read
from popcorn_model.popcorn_2020.sorts import ORIGIN, Access, Doing, Handle, Kernel, Page, Pte, Task
from popcorn_model.popcorn_2020.tasks import allows, doing, faults, runs

awaited = state(
    "awaited", Page, Kernel, of=Bool, start=False,
    doc="the leader of the origin's handle waits for this node's answer: the station's count",
)  # fmt: skip

# --- asking others -----------------------------------------------------------------------------


def drops_copies(p: Page, but: Kernel) -> e.Update:
    """Every remote owner but one is told to drop its copy, and awaited."""
    return for_each(Kernel, lambda j: given(is_owned_elsewhere(p, j) & (j != but))(
        put(recall[p, j], Recall.invalidate),
        put(owner[p, j], False),
        put(awaited[p, j], True)))  # fmt: skip


def claims_page(p: Page, x: Kernel, to_write: Bool) -> tuple[e.Update, ...]:
    """Node x is asked for the page; to write it, every other remote owner has to drop its copy."""
    return (
        for_each(Kernel, lambda j: given((j == x) | (to_write & is_owned_elsewhere(p, j)))(
            put(recall[p, j], ite(j == x, ite(to_write, Recall.write, Recall.read),
                                  Recall.invalidate)),
            put(owner[p, j], j == x),
            put(awaited[p, j], True))),
    )  # fmt: skip


def is_answered(p: Page) -> Bool:
    """Nobody's answer is awaited."""
    return every(Kernel, lambda j: ~awaited[p, j])


def has_failed(p: Page) -> Bool:
    """Nobody's answer is awaited, and the page could not be had."""
    return is_answered(p) & failed[p]


def has_succeeded(p: Page) -> Bool:
    """Nobody's answer is awaited, and what was asked of others is done."""
    return is_answered(p) & ~failed[p]


@action(fair=Fair.WEAK)
def collect_answer(p: Page, k: Kernel) -> Step:
    """An answer arrives at the station of the origin's leader; what it brings is copied.

    A node that has given its copy away to be written is no owner any more. As built nobody looks
    whether the page has come: without it the frame keeps what it held before.

    Source: kernel/popcorn/page_server.c:__claim_remote_page
    Tag: claimed
    """
    came = answer[p, k]
    failure = came == Answer.failure
    given_away = is_to_write(p, ORIGIN) & PASS_ON_FAILURE.choose(off=TRUE, on=~failure)
    return when(came != Answer.none)(
        put(awaited[p, k], False),
        put(answer[p, k], Answer.none),
        given(came.among(Answer.data, Answer.stale))(put(fresh[p, ORIGIN], came == Answer.data)),
        given(given_away)(put(owner[p, k], False)),
        only(PASS_ON_FAILURE, "on", given(failure)(put(failed[p], True))),
    )


# --- faults of the origin's own threads ----------------------------------------------------------


@action
def fault_as_usual(t: Task, p: Page, a: Access) -> Step:
    """A thread at the origin touches a page that never left it: Linux finds or copies a frame.

    Source: kernel/popcorn/page_server.c:__handle_localfault_at_origin
    Tag: claimed
    """
    return when(
        runs(t, ORIGIN), may_read(ORIGIN), ~distributed[p], allows(p, ORIGIN, a),
        lacks(p, ORIGIN, a), can_be_had(p),
    )(
        put(pte[p, ORIGIN], ite(a == Access.write, Pte.write, Pte.read)),
        given(pte[p, ORIGIN] == Pte.none)(put(fresh[p, ORIGIN], True)),
    )  # fmt: skip


@action
def drop_other_copies(t: Task, p: Page) -> Step:
    """A thread at the origin writes to a page that others read: they are told to drop their copies.

    Source: kernel/popcorn/page_server.c:__handle_localfault_at_origin, __claim_local_page
    Tag: claimed
    """
    return when(
        may_fault(t, p, ORIGIN, Access.write), is_free(p, ORIGIN), is_at_origin(p)
    )(
        put(handle[p, ORIGIN], Handle.local_write),
        *faults_on(t, p, Access.write, Doing.asking),
        drops_copies(p, ORIGIN),
    )  # fmt: skip


@action
def claim_page(t: Task, p: Page, a: Access, x: Kernel) -> Step:
    """A thread at the origin touches a page that is not here: its owner is asked for it.

    Source: kernel/popcorn/page_server.c:__handle_localfault_at_origin, __claim_remote_page
    Tag: claimed
    """
    return when(
        may_fault(t, p, ORIGIN, a), is_free(p, ORIGIN), ~is_at_origin(p), is_owned_elsewhere(p, x)
    )(
        put(handle[p, ORIGIN], ite(a == Access.write, Handle.local_write, Handle.local_read)),
        *faults_on(t, p, a, Doing.asking),
        *claims_page(p, x, a == Access.write),
    )  # fmt: skip


def is_one_of_many(p: Page, x: Kernel) -> Bool:
    """Node x is one of several remotes that own a page which the origin has not."""
    others = some(Kernel, lambda y: (y != x) & is_owned_elsewhere(p, y))
    return ~is_at_origin(p) & is_owned_elsewhere(p, x) & others


@action(only=(ASK_THE_SOURCE, "off"))
def claim_from_nobody(t: Task, p: Page, x: Kernel) -> Step:
    """Of several owners one is chosen to send the page to be read, and nobody is asked.

    The loop over the owners ends with the first, as one answer is enough, and the chosen one is
    another.

    Source: kernel/popcorn/page_server.c:__claim_remote_page
    Tag: inferred
    """
    return when(
        may_fault(t, p, ORIGIN, Access.read), is_free(p, ORIGIN), is_one_of_many(p, x)
    )(
        put(handle[p, ORIGIN], Handle.local_read),
        *faults_on(t, p, Access.read, Doing.asking),
        put(awaited[p, x], True),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def map_at_origin(t: Task, p: Page) -> Step:
    """All answers have come: the thread at the origin maps the page and leaves its handle.

    Source: kernel/popcorn/page_server.c:__handle_localfault_at_origin
    Tag: claimed
    """
    return when(faults(t, p, ORIGIN), doing[t] == Doing.asking, has_succeeded(p))(
        put(pte[p, ORIGIN], ite(is_to_write(p, ORIGIN), Pte.write, Pte.read)),
        put(owner[p, ORIGIN], True),
        *task_leaves(t, p, ORIGIN, Doing.served),
    )


@action(fair=Fair.WEAK, only=(PASS_ON_FAILURE, "on"))
def fail_at_origin(t: Task, p: Page) -> Step:
    """The owner could not send the page: the fault of the thread at the origin fails.

    Source: kernel/popcorn/page_server.c:__handle_localfault_at_origin
    Tag: inferred
    """
    return when(faults(t, p, ORIGIN), doing[t] == Doing.asking, has_failed(p))(
        put(failed[p], False), *task_leaves(t, p, ORIGIN, Doing.refused)
    )
