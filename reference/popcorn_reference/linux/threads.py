"""System calls about threads: clone, exit, futex, sleep, and migration."""

from collections.abc import Generator
from typing import Final

from popcorn_model.vocabulary import Call
from popcorn_reference.linux import user
from popcorn_reference.linux.context import unpack
from popcorn_reference.linux.numbers import Err
from popcorn_reference.linux.process import Process
from popcorn_reference.memory import PAGE_SIZE
from popcorn_reference.questions import Outcome, Outside, Part, Pause, Program, Question, Request

CLONE_VM: Final = 0x100
CLONE_THREAD: Final = 0x10000
CLONE_SETTLS: Final = 0x80000
CLONE_PARENT_SETTID: Final = 0x100000
CLONE_CHILD_CLEARTID: Final = 0x200000
CLONE_CHILD_SETTID: Final = 0x1000000

_WAIT, _WAKE, _REQUEUE, _CMP_REQUEUE, _WAIT_BITSET, _WAKE_BITSET = 0, 1, 3, 4, 9, 10
_FUTEX_CLOCK_REALTIME: Final = 0x100
_FUTEX_FLAGS: Final = 0x80 | _FUTEX_CLOCK_REALTIME
_NANOSECONDS: Final = 1_000_000_000
_EVERYBODY: Final = 1 << 30
_TIMER_ABSTIME: Final = 1


def clone_thread(process: Process, question: Question) -> Program:
    """A new thread of the same process."""
    flags, stack, parent_word, child_word, tls = question.arguments[1:6]
    sets = [("stack", stack)] if stack else []
    if flags & CLONE_SETTLS:
        sets.append(("tls", tls))
    sets.append(("clear", child_word if flags & CLONE_CHILD_CLEARTID else 0))
    # The words are written before the thread begins, so that it cannot miss them.
    number = process.machine.new_thread()
    data = number.to_bytes(4, "little")
    if flags & CLONE_PARENT_SETTID:
        yield from user.write(parent_word, data)
    if flags & CLONE_CHILD_SETTID:
        yield from user.write(child_word, data)
    result = yield Part(Call.CLONE, arguments=(number,), sets=tuple(sets))
    assert isinstance(result, int)
    return result


def exit_thread(process: Process, question: Question) -> Program:
    """A thread exits: who joins it finds a zero in its word, and is woken."""
    status = question.arguments[1] & 0xFF
    thread, _ = unpack(question.context)
    if thread.clear:
        try:
            yield from user.write(thread.clear, bytes(4))
            page = thread.clear // PAGE_SIZE
            yield Part(Call.FUTEX_WAKE, page, (thread.clear, 1))
        except user.BadAddress:
            pass
    yield Part(Call.EXIT, arguments=(status << 8,))
    raise AssertionError("a thread that has exited goes on")


def exit_group(process: Process, question: Question) -> Program:
    """The process exits."""
    yield Part(Call.EXIT_GROUP, arguments=((question.arguments[1] & 0xFF) << 8,))
    raise AssertionError("a thread of a process that has ended goes on")


def die(signal: int) -> Program:
    """The process is ended by a signal."""
    yield Part(Call.EXIT_GROUP, arguments=(signal,))
    raise AssertionError("a thread of a process that has ended goes on")


def futex(process: Process, question: Question) -> Program:
    """Sleep on a word, or wake who does.

    Threads that would be moved to another word are woken instead, which any futex allows: whoever
    wakes looks again.
    """
    address, operation, value, timeout = question.arguments[1:5]
    page = address // PAGE_SIZE
    command = operation & ~_FUTEX_FLAGS
    if address % 4:
        return Err.EINVAL
    if command in (_WAIT, _WAIT_BITSET):
        left = (yield from _time_left(operation, timeout)) if timeout else ()
        if left is None:
            return Err.EINVAL
        result = yield Part(Call.FUTEX_WAIT, page, (address, value & 0xFFFFFFFF, *left))
        return result if isinstance(result, int) else Err.ETIMEDOUT
    if command in (_REQUEUE, _CMP_REQUEUE):
        if command == _CMP_REQUEUE:
            word = yield from user.read_number(address, 4)
            if word != question.arguments[6] & 0xFFFFFFFF:
                return Err.EAGAIN
        value = min(_EVERYBODY, (value & 0x7FFFFFFF) + (timeout & 0x7FFFFFFF))
    elif command not in (_WAKE, _WAKE_BITSET):
        return Err.ENOSYS
    woken = yield Part(Call.FUTEX_WAKE, page, (address, value & 0x7FFFFFFF))
    assert isinstance(woken, int)
    return woken


def _time_left(
    operation: int, timeout: int
) -> Generator[Request, Outcome, tuple[int, ...] | None]:
    """How long a futex is waited for: up to a time if it is with a bit set, for one if not."""
    time = yield from _read_time(timeout)
    if time is not None and operation & ~_FUTEX_FLAGS == _WAIT_BITSET:
        time -= yield from _now(operation & _FUTEX_CLOCK_REALTIME == 0)
    return None if time is None else (max(1, time),)


def nanosleep(process: Process, question: Question) -> Program:
    """Sleep for a time."""
    return (yield from _sleep((yield from _read_time(question.arguments[1]))))


def clock_nanosleep(process: Process, question: Question) -> Program:
    """Sleep for a time, or until one."""
    clock, flags, request = question.arguments[1:4]
    time = yield from _read_time(request)
    if time is not None and flags & _TIMER_ABSTIME:
        time = max(0, time - (yield from _now(clock != 0)))
    return (yield from _sleep(time))


def _sleep(nanoseconds: int | None) -> Program:
    """Sleep for a time; one of nothing is over before an alarm could be set."""
    if nanoseconds is None:
        return Err.EINVAL
    if nanoseconds:
        yield Pause(nanoseconds)
    return 0


def sched_setaffinity(process: Process, question: Question) -> Program:
    """Migrate to the first kernel that the mask allows, unless the thread is on one of them.

    Source: Katz 2014, section 4: sched_setaffinity as the request to migrate
    """
    thread, size, address = question.arguments[1:4]
    if thread not in (0, question.thread):
        return Err.ESRCH
    mask = yield from user.read_number(address, min(size, 8))
    goal = next((k for k in range(process.machine.kernels) if mask >> k & 1), None)
    if goal is None:
        return Err.EINVAL
    if not mask >> question.kernel & 1:
        yield Part(Call.MIGRATE, arguments=(goal,))
    return 0


def _now(is_monotonic: bool) -> Generator[Request, Outcome, int]:
    """Nanoseconds on one of the two clocks."""
    now = yield Outside("clock", (int(is_monotonic),))
    assert isinstance(now, int)
    return now


def _read_time(address: int) -> Generator[Request, Outcome, int | None]:
    """Nanoseconds from a timespec, unless that is no time."""
    data = yield from user.read(address, 16)
    seconds, nanoseconds = (
        int.from_bytes(data[at : at + 8], "little", signed=True) for at in (0, 8)
    )
    if seconds < 0 or not 0 <= nanoseconds < _NANOSECONDS:
        return None
    return seconds * _NANOSECONDS + nanoseconds
