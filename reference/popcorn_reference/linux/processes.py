"""System calls about processes: fork, wait4, kill, and what becomes of signals."""

from dataclasses import replace

from popcorn_model.vocabulary import Access, Call
from popcorn_reference.home import Home
from popcorn_reference.linux import memory, threads, user
from popcorn_reference.linux.numbers import IGNORED_BY_DEFAULT, STOPPING, Err, Signal
from popcorn_reference.linux.process import Process
from popcorn_reference.memory import PAGE_SIZE
from popcorn_reference.questions import Part, Pause, Program, Question

WNOHANG = 1
_SIG_IGN = 1
_SIGNALS_MAX = 64
_USAGE_BYTES = 144
_FIXED = frozenset({Signal.KILL, Signal.STOP})


def clone(process: Process, question: Question) -> Program:
    """A thread, or a process."""
    flags = question.arguments[1]
    if flags & threads.CLONE_THREAD:
        return (yield from threads.clone_thread(process, question))
    if flags & threads.CLONE_VM:
        return Err.ENOSYS
    return (yield from _fork(process, question))


def fork(process: Process, question: Question) -> Program:
    """A process that is a copy of this one; vfork is no other, and its parent does not wait."""
    plain = replace(question, arguments=(question.arguments[0], *(0,) * 6))
    return (yield from _fork(process, plain))


@memory.alone
def _fork(process: Process, question: Question) -> Program:
    flags, stack, parent_word, child_word, tls = question.arguments[1:6]
    sets = [("clear", child_word if flags & threads.CLONE_CHILD_CLEARTID else 0)]
    sets += [("stack", stack)] if stack else []
    sets += [("tls", tls)] if flags & threads.CLONE_SETTLS else []
    child = yield Part(Call.FORK, sets=tuple(sets))
    assert isinstance(child, int)
    if child > 0 and flags & threads.CLONE_CHILD_SETTID:
        _put_number(process.machine.processes[child].home, child_word, child)
    if child > 0 and flags & threads.CLONE_PARENT_SETTID:
        yield from user.write(parent_word, child.to_bytes(4, "little"))
    return child


def _put_number(home: Home, address: int, number: int) -> None:
    """Write a child's number in its own memory, which no kernel has anything of yet."""
    page, offset = divmod(address, PAGE_SIZE)
    if home.areas.access(page) is Access.WRITE and address % 4 == 0:
        home.memory.page(page)[offset : offset + 4] = number.to_bytes(4, "little")


def wait4(process: Process, question: Question) -> Program:
    """Wait for a child to be over."""
    which, status, options, usage = question.arguments[1:5]
    low = which & 0xFFFFFFFF
    wanted = low - (1 << 32) if low >> 31 else low
    while True:
        own = process.children | process.zombies.keys()
        # There are no process groups: all children are in that of the process.
        if not own or wanted < -1 or (wanted > 0 and wanted not in own):
            return Err.ECHILD
        child = next((c for c in sorted(process.zombies) if wanted in (-1, 0, c)), None)
        if child is not None:
            data = process.zombies.pop(child).to_bytes(4, "little")
            if status:
                yield from user.write(status, data)
            if usage:
                yield from user.write(usage, bytes(_USAGE_BYTES))
            return child
        if options & WNOHANG:
            return 0
        process.waiters.append(question.thread)
        yield Pause()


def kill(process: Process, question: Question) -> Program:
    """Send a signal to a process."""
    number, signal = (each & 0xFFFFFFFF for each in question.arguments[1:3])
    return (yield from _send(process, number, signal))


def tgkill(process: Process, question: Question) -> Program:
    """Send a signal to a thread, which is to send it to its process: none is handled."""
    return (yield from _send(process, *(each & 0xFFFFFFFF for each in question.arguments[1:4:2])))


def tkill(process: Process, question: Question) -> Program:
    """Send a signal to a thread by its number alone."""
    thread, signal = (each & 0xFFFFFFFF for each in question.arguments[1:3])
    owners = [p for p in process.machine.processes.values() if thread in p.home.roll.lives]
    return (yield from _send(process, owners[0].number if owners else thread, signal))


def _send(process: Process, number: int, signal: int) -> Program:
    processes = process.machine.processes
    if signal > _SIGNALS_MAX:
        return Err.EINVAL
    target = processes.get(number)
    if target is None:
        return 0 if any(number in each.zombies for each in processes.values()) else Err.ESRCH
    if signal in STOPPING:
        process.machine.report_once("processes are not stopped here: the signal is ignored")
        return 0
    is_ignored = signal in IGNORED_BY_DEFAULT or (
        signal in target.ignored and signal != Signal.KILL
    )
    if signal == 0 or is_ignored or target.home.is_ending:
        return 0
    if target is process:
        yield from threads.die(signal)
    target.home.kill(signal)
    return 0


def rt_sigaction(process: Process, question: Question) -> Program:
    """Say what becomes of a signal: it can be ignored; handlers are not called here."""
    signal, action, old = question.arguments[1:4]
    if not 0 < signal <= _SIGNALS_MAX or (action and signal in _FIXED):
        return Err.EINVAL
    before = _SIG_IGN if signal in process.ignored else 0
    if action:
        handler = yield from user.read_number(action, 8)
        if handler == _SIG_IGN:
            process.ignored.add(signal)
        else:
            process.ignored.discard(signal)
        if handler > _SIG_IGN:
            process.machine.report_once("handlers of signals are not called here")
    if old:
        yield from user.write(old, before.to_bytes(8, "little") + bytes(24))
    return 0


def getppid(process: Process, question: Question) -> Program:
    """The number of the parent, or of the first process if it is over."""
    return process.parent if process.parent in process.machine.processes else 1
    yield


def break_(process: Process, question: Question) -> Program:
    """An instruction has caused a signal, which ends the process."""
    _, signal, where = question.arguments[:3]
    process.machine.report_once(
        f"process {process.number} is ended by signal {signal}, for what its thread "
        f"{question.thread} did at {where:#x}"
    )
    return (yield from threads.die(signal))
