"""Futex calls: a remote has its shadow do them at the origin, where all who sleep are known.

To sleep on a word the kernel has to look at it first. The origin gets its page, readable and under
a handle, so that no remote can write to it before the thread is on the list of sleepers; then the
handle is closed. Whether the word is as the caller expects is not followed: either may be.

Repaired, and in the version that was mailed, a shadow goes on in its loop after a futex call.
"""

from popcorn_model.language import (
    FALSE,
    Bool,
    Fair,
    Part,
    Property,
    Step,
    action,
    always,
    every,
    for_each,
    given,
    ite,
    only,
    put,
    sometimes,
    take,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2020.area_switches import FUTEX_RETURN
from popcorn_model.popcorn_2020.areas import about, ends, operation
from popcorn_model.popcorn_2020.copies import is_at_origin, is_owned_elsewhere, owner, pte
from popcorn_model.popcorn_2020.handles import call_leaves, discards, failed, handle, is_free
from popcorn_model.popcorn_2020.messages import Wire
from popcorn_model.popcorn_2020.origin_faults import claims_page, has_failed, has_succeeded
from popcorn_model.popcorn_2020.semaphore import may_read
from popcorn_model.popcorn_2020.shadows import empties_mailbox, opens
from popcorn_model.popcorn_2020.sorts import (
    ORIGIN,
    Access,
    Call,
    Doing,
    Handle,
    Home,
    Kernel,
    Mail,
    Operation,
    Page,
    Pte,
    Task,
)
from popcorn_model.popcorn_2020.tasks import allows, at, call, doing, runs
from popcorn_model.popcorn_2020.thread_states import home, is_killed
from popcorn_model.popcorn_2020.transport import channel, post


def returns(t: Task) -> tuple[e.Update, ...]:
    """The call is done at the origin: a thread there returns, one elsewhere is answered."""
    return (
        given(at[t] == ORIGIN)(*ends(t)),
        given(at[t] != ORIGIN)(
            put(call[t], Call.asking),
            for_each(Kernel, lambda j: given(at[t] == j)(
                post(ORIGIN, j, Wire.futex_response(task=t))))),
    )  # fmt: skip


def succeeds(t: Task) -> tuple[e.Update, ...]:
    """The call returns without an error: as built a shadow leaves its loop then."""
    return (
        *returns(t),
        only(FUTEX_RETURN, "leaves", given(at[t] != ORIGIN)(put(home[t], Home.running))),
    )


def is_at(t: Task, p: Page, how: Call, what: Operation) -> Bool:
    """Thread t is so far in such a call about page p."""
    return (call[t] == how) & (operation[t] == what) & (about[t] == p)


# --- the call ------------------------------------------------------------------------------------


@action
def call_futex(t: Task, k: Kernel, p: Page, what: Operation) -> Step:
    """A thread calls futex, to sleep or to wake somebody.

    Source: kernel/futex.c, kernel/popcorn/process_server.c:process_server_do_futex_at_remote
    Tag: claimed
    """
    return when(
        runs(t, k), allows(p, k, Access.read),
        what.among(Operation.futex_wait, Operation.futex_wake),
    )(
        put(about[t], p),
        put(operation[t], what),
        put(call[t], ite(k == ORIGIN, Call.looking, Call.asking)),
        given(k != ORIGIN)(post(k, ORIGIN, Wire.futex_request(task=t))),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def begin_futex(t: Task) -> Step:
    """The shadow takes the request from its mailbox.

    Source: kernel/popcorn/process_server.c:process_remote_futex_request
    Tag: claimed
    """
    return when(opens(t, Mail.futex))(*empties_mailbox(t), put(call[t], Call.looking))


@action(fair=Fair.WEAK)
def take_futex_answer(t: Task, k: Kernel) -> Step:
    """The thread on a remote is answered, and returns.

    Source: kernel/popcorn/process_server.c:handle_remote_futex_response
    Tag: claimed
    """
    return when(channel[ORIGIN, k].arrives(Wire.futex_response(task=t)))(
        take(channel[ORIGIN, k]), *ends(t)
    )


# --- to wake -------------------------------------------------------------------------------------


@action(fair=Fair.WEAK)
def wake_sleeper(t: Task, u: Task, p: Page) -> Step:
    """Somebody sleeps on the futex and is woken; the call returns.

    Source: kernel/futex.c:futex_wake
    Tag: claimed
    """
    return when(is_at(t, p, Call.looking, Operation.futex_wake),
                is_at(u, p, Call.sleeping, Operation.futex_wait), t != u)(
        *succeeds(t), put(call[u], Call.woken)
    )  # fmt: skip


@action(fair=Fair.WEAK)
def wake_up(t: Task) -> Step:
    """Who was woken returns.

    Source: kernel/futex.c:futex_wait
    Tag: claimed
    """
    return when(call[t] == Call.woken)(*succeeds(t))


@action(fair=Fair.WEAK)
def wake_nobody(t: Task, p: Page) -> Step:
    """Nobody sleeps on the futex, and the call returns.

    Source: kernel/futex.c:futex_wake
    Tag: claimed
    """
    none = every(Task, lambda u: ~is_at(u, p, Call.sleeping, Operation.futex_wait))
    return when(is_at(t, p, Call.looking, Operation.futex_wake), none)(*succeeds(t))


# --- to sleep ------------------------------------------------------------------------------------


def may_look(t: Task, p: Page) -> Bool:
    """The origin may open a handle to look at the word."""
    waits = is_at(t, p, Call.looking, Operation.futex_wait)
    return waits & may_read(ORIGIN) & is_free(p, ORIGIN)


def opens_word(t: Task, p: Page) -> tuple[e.Update, ...]:
    """A handle to read is open for the call."""
    return (
        put(handle[p, ORIGIN], Handle.local_read),
        put(discards[p], t),
        put(call[t], Call.reading),
    )


@action(fair=Fair.STRONG)
def open_word(t: Task, p: Page) -> Step:
    """The origin has the page of the word and opens a handle.

    Source: kernel/futex.c, kernel/popcorn/page_server.c:page_server_get_userpage
    Tag: claimed
    """
    return when(may_look(t, p), is_at_origin(p))(*opens_word(t, p))


@action(fair=Fair.STRONG)
def fetch_word(t: Task, p: Page, x: Kernel) -> Step:
    """The origin has to ask the owner for the page of the word, under a handle.

    Source: kernel/popcorn/page_server.c:page_server_get_userpage, __claim_remote_page
    Tag: claimed
    """
    return when(may_look(t, p), ~is_at_origin(p), is_owned_elsewhere(p, x))(
        *opens_word(t, p), *claims_page(p, x, FALSE)
    )


def puts_word(t: Task, p: Page) -> tuple[e.Update, ...]:
    """The page is readable at the origin from now on, and the handle is closed."""
    return (
        given(~is_at_origin(p))(put(pte[p, ORIGIN], Pte.read), put(owner[p, ORIGIN], True)),
        *call_leaves(t, p),
    )


@action(fair=Fair.WEAK)
def fall_asleep(t: Task, p: Page) -> Step:
    """The word is as the caller expects: it is put on the list of sleepers.

    Source: kernel/futex.c:futex_wait, page_server_put_userpage
    Tag: claimed
    """
    return when(is_at(t, p, Call.reading, Operation.futex_wait), has_succeeded(p))(
        *puts_word(t, p), put(call[t], Call.sleeping)
    )


@action
def find_other_word(t: Task, p: Page) -> Step:
    """The word is not as the caller expects: the call returns an error.

    Source: kernel/futex.c:futex_wait, page_server_put_userpage
    Tag: claimed
    """
    return when(is_at(t, p, Call.reading, Operation.futex_wait), has_succeeded(p))(
        *puts_word(t, p), *returns(t)
    )


@action(fair=Fair.WEAK)
def miss_word(t: Task, p: Page) -> Step:
    """The page could not be had: the call returns an error.

    Source: kernel/popcorn/page_server.c:page_server_get_userpage
    Tag: inferred
    """
    return when(is_at(t, p, Call.reading, Operation.futex_wait), has_failed(p))(
        put(failed[p], False), *call_leaves(t, p), *returns(t)
    )


@action(fair=Fair.WEAK)
def interrupt_sleep(t: Task) -> Step:
    """A kill is pending for a task that sleeps on a futex: it is woken with an error.

    Source: kernel/futex.c:futex_wait
    Tag: claimed
    """
    return when(call[t] == Call.sleeping, is_killed())(*returns(t))


# --- properties ----------------------------------------------------------------------------------


@always(number="R9")
def words_are_held(t: Task, p: Page) -> Bool:
    """While a word is looked at, its page is under a handle that was opened for that.

    Tag: relied
    """
    return is_at(t, p, Call.reading, Operation.futex_wait).implies(
        (discards[p] == t) & (handle[p, ORIGIN] == Handle.local_read)
    )


@always(number="R9")
def words_are_put_back(t: Task, p: Page) -> Bool:
    """A handle that was opened to look at a word is not kept.

    Tag: relied
    """
    kept = (discards[p] == t) & ~call[t].among(Call.reading, Call.applying)
    return kept.implies(doing[t].among(Doing.discarding, Doing.releasing))


@sometimes()
def thread_sleeps_on_futex(t: Task) -> Bool:
    """A thread sleeps on a futex."""
    return call[t] == Call.sleeping


FUTEX_PROPERTIES: tuple[Property, ...] = (
    words_are_held,
    words_are_put_back,
    thread_sleeps_on_futex,
)

FUTEX = Part(
    "futex",
    "Delegated futex calls.",
    messages=(Wire.futex_request, Wire.futex_response),
    actions=(
        call_futex,
        begin_futex,
        take_futex_answer,
        wake_sleeper,
        wake_up,
        wake_nobody,
        open_word,
        fetch_word,
        fall_asleep,
        find_other_word,
        miss_word,
        interrupt_sleep,
    ),
    properties=FUTEX_PROPERTIES,
    needs=("transport", "tasks", "threads", "vma", "pages"),
)
