"""What a question does at the origin when it has the pages that it is about.

One function for each call. Each begins where nobody is in the way any more, and ends with the
question completed, answered, or asleep.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from popcorn_model.vocabulary import Access, Call, Parcel
from popcorn_reference.home import Home
from popcorn_reference.memory import PAGE_SIZE
from popcorn_reference.messages import Granted
from popcorn_reference.questions import EAGAIN, EFAULT, ENOMEM, Outcome, Question
from popcorn_reference.tables import Holding, Turning

WORD_BYTES: Final = 4
NUMBER_BYTES: Final = 8


def grant(home: Home, question: Question) -> None:
    """Answer a fault with its pages, and with what its kernel has not got of them."""
    kernel = question.kernel
    granted = []
    for page, access in question.pages:
        entry = home.directory.entry(page)
        has = entry.holding(kernel)
        parcel = Parcel.DATA if has is Holding.NOTHING else Parcel.EMPTY
        carries = parcel is Parcel.DATA and kernel != home.kernel
        data = bytes(home.memory.page(page)) if carries else b""
        granted.append(Granted(page, access, parcel, data))
        if access is Access.WRITE:
            entry.hold(kernel, Holding.WRITER)
        elif has is Holding.NOTHING:
            entry.hold(kernel, Holding.READER)
    home.note("grant", thread=question.thread, kernel=kernel)
    home.end_turn(question)
    home.answer(question, pages=tuple(granted), call=Call.FAULT)


# --- threads -------------------------------------------------------------------------------------


def migrate(home: Home, question: Question) -> None:
    """Pass a thread on to the kernel on which it wants to go on."""
    (goal,) = question.arguments
    home.note("pass", thread=question.thread, kernel=question.kernel, goal=goal)
    home.welcome(goal)
    question.kernel = goal
    if question.program is None:
        home.answer(question, call=Call.MIGRATE)
    else:
        home.complete(question, 0)


def clone(home: Home, question: Question) -> None:
    """Begin a new thread where it was asked for, from the context of the one that asks."""
    thread = question.arguments[0] if question.arguments else home.new_thread()
    if thread is None:
        _fail(home, question, EAGAIN)
        return
    _note(home, question, other=thread)
    sets = (("result", 0), *question.sets)
    home.send_thread(thread, question.kernel, question.context, sets)
    home.complete(question, thread)


def exit_thread(home: Home, question: Question) -> None:
    """A thread exits; with the last one the process ends."""
    _note(home, question)
    home.leave(question, Turning.EXIT)
    if home.roll.is_last(question.thread):
        home.end(_status(question))


def exit_group(home: Home, question: Question) -> None:
    """The process ends."""
    _note(home, question)
    home.leave(question, Turning.EXIT)
    home.end(_status(question))


def fork(home: Home, question: Question) -> None:
    """Nobody writes to any page: a child begins with all of them as they are at this moment."""
    child = home.make_child(question)
    home.note(
        "serve" if child is not None else "fail", thread=question.thread,
        kernel=question.kernel, call=question.call, other=child,
    )  # fmt: skip
    home.end_turn(question)
    home.complete(question, EAGAIN if child is None else child)


# --- areas ---------------------------------------------------------------------------------------


def mmap(home: Home, question: Question) -> None:
    """Map a page of zeros where nothing is mapped; the first free of those that are named."""
    first, end, allowed = question.arguments
    for page in range(first, end):
        if home.areas.find(page) is None and home.directory.entry(page).taken is None:
            home.memory.drop(page)
            home.areas.set(page, page + 1, _ACCESSES[allowed])
            _note(home, question, page=page)
            home.complete(question, page)
            return
    if all(home.areas.find(page) is not None for page in range(first, end)):
        _fail(home, question, ENOMEM)
    else:
        home.wait_for_room(question)


def mmap_over(home: Home, question: Question) -> None:
    """Put a page of zeros in the place of what is there."""
    allowed = _ACCESSES[question.arguments[0]] if question.arguments else Access.WRITE
    _clear(home, question.page)
    home.areas.set(question.page, question.page + 1, allowed)
    _done(home, question, 0)


def munmap(home: Home, question: Question) -> None:
    """Unmap a page; or, with an argument, allow nothing there and keep what is in it."""
    if question.arguments:
        _take_away(home, question.page)
        home.areas.set(question.page, question.page + 1, Access.NONE)
    else:
        _clear(home, question.page)
        home.areas.set(question.page, question.page + 1, None)
    _done(home, question, 0)


def forbid(home: Home, question: Question) -> None:
    """Allow no more than to read a page."""
    page = question.page
    entry = home.directory.entry(page)
    if home.areas.access(page) is Access.WRITE:
        home.areas.set(page, page + 1, Access.READ)
    if entry.holding(home.kernel) is Holding.WRITER:
        entry.hold(home.kernel, Holding.READER)
        home.emit(home.member.narrow(page, Access.READ))
    _done(home, question, 0)


def allow(home: Home, question: Question) -> None:
    """Allow to write a page that could be read."""
    page = question.page
    if home.areas.access(page) is Access.READ:
        home.areas.set(page, page + 1, Access.WRITE)
    _done(home, question, 0)


def mremap(home: Home, question: Question) -> None:
    """Move a page to the first free of those that are named."""
    page, (first, end) = question.page, question.arguments
    allowed = home.areas.find(page)
    full = all(home.areas.find(q) is not None for q in range(first, end))
    if allowed is None or full:
        _fail(home, question, ENOMEM)
        return
    for goal in range(first, end):
        if home.areas.find(goal) is None and home.directory.entry(goal).taken is None:
            home.memory.page(goal)[:] = home.memory.page(page)
            home.areas.set(goal, goal + 1, allowed[2])
            _clear(home, page)
            home.areas.set(page, page + 1, None)
            _note(home, question, page=page, other=goal)
            home.complete(question, goal)
            return
    home.wait_for_room(question)


# --- memory --------------------------------------------------------------------------------------


def look(home: Home, question: Question) -> None:
    """Show a system call what is in a page, if it may be read; or the number at a place."""
    if home.areas.access(question.page) is Access.NONE:
        _fail(home, question, EFAULT)
        return
    view = home.memory.page(question.page)
    if question.program is not None:
        _done(home, question, view)
        return
    (at,) = question.arguments
    _done(home, question, int.from_bytes(view[at : at + NUMBER_BYTES], "little"))


def fill(home: Home, question: Question) -> None:
    """Let a system call write to a page, if it may be written; or put a number in a place."""
    if home.areas.access(question.page) is not Access.WRITE:
        _fail(home, question, EFAULT)
        return
    view = home.memory.page(question.page)
    if question.program is not None:
        _done(home, question, view)
        return
    at, number = question.arguments
    view[at : at + NUMBER_BYTES] = number.to_bytes(NUMBER_BYTES, "little")
    _done(home, question, 0)


def other(home: Home, question: Question) -> None:
    """Nothing: what there is to do was done outside."""
    _note(home, question)
    home.complete(question, 0)


# --- futexes -------------------------------------------------------------------------------------


def futex_wait(home: Home, question: Question) -> None:
    """Sleep, if a word is as the caller expects."""
    address, expected = question.arguments[:2]
    if home.areas.access(question.page) is Access.NONE:
        _fail(home, question, EFAULT)
        return
    at = address % PAGE_SIZE
    word = int.from_bytes(home.memory.page(question.page)[at : at + WORD_BYTES], "little")
    if word != expected:
        _fail(home, question, EAGAIN)
        return
    _note(home, question, page=question.page)
    home.sleep(question, address)


def futex_wake(home: Home, question: Question) -> None:
    """Wake who sleeps on a word, up to a number of threads."""
    address, most = question.arguments
    woken = list(home.roll.sleepers.get(address, ()))[:most]
    for thread in woken:
        sleeper = home.questions[thread]
        _note(home, question, page=question.page, other=thread, where=sleeper.kernel)
        home.get_up(sleeper, 0)
    if not woken:
        _note(home, question, page=question.page)
    home.complete(question, len(woken))


# --- helpers -------------------------------------------------------------------------------------

_ACCESSES: Final = tuple(Access)


def _status(question: Question) -> int:
    return question.arguments[0] if question.arguments else 0


def _clear(home: Home, page: int) -> None:
    """The origin has no copy of a page any more, and its frame is empty."""
    _take_away(home, page)
    home.memory.drop(page)


def _take_away(home: Home, page: int) -> None:
    home.directory.entry(page).hold(home.kernel, Holding.NOTHING)
    home.emit(home.member.narrow(page, Access.NONE))


def _note(home: Home, question: Question, **names: object) -> None:
    home.note(
        "serve", thread=question.thread, kernel=question.kernel, call=question.call, **names
    )


def _done(home: Home, question: Question, outcome: Outcome) -> None:
    """A question about one page has taken effect."""
    _note(home, question, page=question.page)
    home.complete(question, outcome)


def _fail(home: Home, question: Question, outcome: Outcome) -> None:
    """A question changes nothing."""
    page = next(iter(question.wants), None)
    home.note(
        "fail", thread=question.thread, kernel=question.kernel, call=question.call, page=page,
        error=outcome,
    )  # fmt: skip
    home.complete(question, outcome)


SERVES: Final[Mapping[Call, Callable[[Home, Question], None]]] = MappingProxyType(
    {
        Call.FAULT: grant,
        Call.MIGRATE: migrate,
        Call.CLONE: clone,
        Call.EXIT: exit_thread,
        Call.EXIT_GROUP: exit_group,
        Call.FORK: fork,
        Call.MMAP: mmap,
        Call.MMAP_OVER: mmap_over,
        Call.MUNMAP: munmap,
        Call.FORBID: forbid,
        Call.ALLOW: allow,
        Call.MREMAP: mremap,
        Call.LOOK: look,
        Call.FILL: fill,
        Call.OTHER: other,
        Call.FUTEX_WAIT: futex_wait,
        Call.FUTEX_WAKE: futex_wake,
    }
)
