"""System calls about memory: mmap, munmap, mprotect, mremap, brk, madvise.

What somebody may have of a range goes page by page, each taken first; the rest of it, of which
nobody has anything, goes at once. Others could find a hole in a range that is half unmapped, so one
call at a time changes what is mapped.
"""

from collections.abc import Callable, Generator, Iterator
from functools import wraps
from typing import Final

from popcorn_model.vocabulary import Access, Call
from popcorn_reference.home import Home
from popcorn_reference.linux.numbers import Err
from popcorn_reference.linux.process import Process
from popcorn_reference.memory import PAGE_SIZE
from popcorn_reference.questions import Outcome, Part, Pause, Program, Question, Request

PROT_READ, PROT_WRITE, PROT_EXEC = 1, 2, 4
MAP_SHARED, MAP_FIXED, MAP_ANONYMOUS = 0x1, 0x10, 0x20
MAP_FIXED_NOREPLACE: Final = 0x100000
MREMAP_MAYMOVE, MREMAP_FIXED = 1, 2
MADV_DONTNEED: Final = 4
MMAP_LOW: Final = 0x7000_0000_0000 // PAGE_SIZE
MMAP_HIGH: Final = 0x7FFF_0000_0000 // PAGE_SIZE
"""Between these pages room is found for new areas, the highest first."""
LAST_PAGE: Final = 1 << 35
FIRST_PAGE: Final = 16
"""Nothing is mapped below, so that a null pointer leads nowhere."""
_KEEP: Final = 1

Work = Generator[Request, Outcome, None]
SystemCall = Callable[[Process, Question], Program]


def alone(call: SystemCall) -> SystemCall:
    """The system call, done while no other one of its process changes what is mapped.

    Source: Linux, include/linux/mmap_lock.h
    """

    @wraps(call)
    def wait_and_call(process: Process, question: Question) -> Program:
        while process.mapper is not None:
            process.mappers.append(question.thread)
            yield Pause()
        process.mapper = question.thread
        try:
            return (yield from call(process, question))
        finally:
            process.mapper = None
            if process.mappers and not process.home.is_ending:
                process.home.resume(process.mappers.popleft(), 0)

    return wait_and_call


def get_access(protection: int) -> Access:
    """What a protection allows; whatever may be read may be executed."""
    if protection & PROT_WRITE:
        return Access.WRITE
    return Access.READ if protection & (PROT_READ | PROT_EXEC) else Access.NONE


def _span(address: int, size: int) -> tuple[int, int] | None:
    """The pages of a range of bytes, if it begins with a page and is one that programs can have."""
    first, end = address // PAGE_SIZE, (address + size + PAGE_SIZE - 1) // PAGE_SIZE
    return (first, end) if address % PAGE_SIZE == 0 and size and end <= LAST_PAGE else None


def _each(home: Home, first: int, end: int) -> Iterator[int]:
    """Each page of a range that somebody may have, until there is none that was not done."""
    done: set[int] = set()
    while pages := [p for p in home.known_pages() if first <= p < end and p not in done]:
        done.update(pages)
        yield from pages


def change(
    home: Home, question: Question, first: int, end: int, access: Access | None
) -> None:
    """Map or unmap a range of which nobody has anything."""
    home.areas.set(first, end, access)
    home.note(
        "areas", thread=question.thread, kernel=question.kernel, page=first, other=end,
        access=access or Access.NONE,
    )  # fmt: skip


def unmap(home: Home, question: Question, first: int, end: int) -> Work:
    """Unmap all of a range."""
    for page in _each(home, first, end):
        yield Part(Call.MUNMAP, page)
    change(home, question, first, end, None)


@alone
def mmap(process: Process, question: Question) -> Program:
    """Map empty memory; files are not mapped."""
    home = process.home
    address, size, protection, flags = question.arguments[1:5]
    count = (size + PAGE_SIZE - 1) // PAGE_SIZE
    if not size:
        return Err.EINVAL
    if not flags & MAP_ANONYMOUS:
        process.machine.report_once("files are not mapped: mmap returns ENOSYS")
        return Err.ENOSYS
    if flags & MAP_SHARED:
        process.machine.report_once("memory is not shared with children: fork copies MAP_SHARED")
    access = get_access(protection)
    if flags & (MAP_FIXED | MAP_FIXED_NOREPLACE):
        span = _span(address, size)
        if span is None:
            return Err.EINVAL if address % PAGE_SIZE else Err.ENOMEM
        if span[0] < FIRST_PAGE:
            return Err.EPERM
        if flags & MAP_FIXED_NOREPLACE and not home.areas.is_free(*span):
            return Err.EEXIST
        yield from unmap(home, question, *span)
        change(home, question, *span, access)
        return address
    first = home.areas.find_room(count, MMAP_LOW, MMAP_HIGH)
    if first is None:
        return Err.ENOMEM
    change(home, question, first, first + count, access)
    return first * PAGE_SIZE


@alone
def munmap(process: Process, question: Question) -> Program:
    """Unmap a range."""
    home = process.home
    span = _span(*question.arguments[1:3])
    if span is None:
        return Err.EINVAL
    yield from unmap(home, question, *span)
    return 0


@alone
def mprotect(process: Process, question: Question) -> Program:
    """Change what is allowed in a range."""
    home = process.home
    address, size, protection = question.arguments[1:4]
    if not size:
        return 0
    span = _span(address, size)
    if span is None:
        return Err.EINVAL
    if not home.areas.is_mapped(*span):
        return Err.ENOMEM
    access = get_access(protection)
    for page in _each(home, *span):
        before = home.areas.access(page)
        if before is access:
            continue
        if access is Access.NONE:
            yield Part(Call.MUNMAP, page, (_KEEP,))
        elif before is Access.NONE:
            change(home, question, page, page + 1, access)
        else:
            yield Part(Call.ALLOW if access is Access.WRITE else Call.FORBID, page)
    change(home, question, *span, access)
    return 0


@alone
def mremap(process: Process, question: Question) -> Program:
    """Make a range longer or shorter, and move it if it must be."""
    home = process.home
    address, old_size, new_size, flags = question.arguments[1:5]
    old, new = _span(address, old_size), _span(address, new_size)
    if old is None or new is None or flags & MREMAP_FIXED:
        return Err.EINVAL
    first, end = old
    if not home.areas.is_mapped(first, end):
        return Err.EFAULT
    if new[1] <= end:
        if new[1] < end:
            yield from unmap(home, question, new[1], end)
        return address
    access = home.areas.access(first)
    if home.areas.is_free(end, new[1]):
        change(home, question, end, new[1], access)
        return address
    count = new[1] - first
    room = home.areas.find_room(count, MMAP_LOW, MMAP_HIGH)
    if room is None or not flags & MREMAP_MAYMOVE:
        return Err.ENOMEM
    change(home, question, room, room + count, Access.NONE)
    while True:
        page = next((p for p in home.known_pages() if first <= p < end), None)
        if page is None:
            break
        goal = room + page - first
        home.areas.set(goal, goal + 1, None)
        yield Part(Call.MREMAP, page, (goal, goal + 1))
    change(home, question, first, end, None)
    change(home, question, room, room + count, access)
    return room * PAGE_SIZE


@alone
def brk(process: Process, question: Question) -> Program:
    """Move the end of the heap, if it can be moved there."""
    home, heap, wanted = process.home, process.heap, question.arguments[1]
    before = (heap.end + PAGE_SIZE - 1) // PAGE_SIZE
    after = (wanted + PAGE_SIZE - 1) // PAGE_SIZE
    can_be = heap.start <= wanted <= MMAP_LOW * PAGE_SIZE
    if not can_be or (after > before and not home.areas.is_free(before, after)):
        return heap.end
    if after < before:
        yield from unmap(home, question, after, before)
    elif after > before:
        change(home, question, before, after, Access.WRITE)
    heap.end = wanted
    return heap.end


@alone
def madvise(process: Process, question: Question) -> Program:
    """Forget what is in a range, if that is the advice; no other changes anything."""
    home = process.home
    address, size, advice = question.arguments[1:4]
    if advice != MADV_DONTNEED or not size:
        return 0
    span = _span(address, size)
    if span is None:
        return Err.EINVAL
    for start, end, access in list(home.areas):
        first, last = max(start, span[0]), min(end, span[1])
        for page in _each(home, first, last):
            yield Part(Call.MMAP_OVER, page, (_number(access),))
    return 0


def _number(access: Access) -> int:
    return tuple(Access).index(access)
