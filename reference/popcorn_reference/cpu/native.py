"""A processor of the machine itself: the guest's instructions run in a process of their own.

The process (see `native_stub`) is controlled by ptrace. A page that the guest may use is mapped
there from the frames' file, and a page that it may not use is not, or can only be read: so an
instruction that needs more stops with SIGSEGV before it has changed anything. System calls stop it
too, and are never made. Changes of page tables are kept until the guest runs again.

Linux does not say whether an instruction that has found no page wanted to write. It is taken to
want to read; if that was too little it faults again, then on a page that is there.

A slice is ended by a timer of the process itself, so nobody has to wait for two things at once and
the signal is none of the program around us. One that comes too late is met in the next slice and
is known by the time.

One object serves one thread of Python, the one that has made it, as ptrace does. Slices are of time
and not of instructions, so runs cannot be repeated exactly. `rdtsc` and `cpuid` show the machine.
"""

import functools
import platform
import signal
import sys
import time
from typing import Final

from popcorn_model.vocabulary import Access
from popcorn_reference.cpu.interface import Broke, Called, Faulted, Ran, Stopped
from popcorn_reference.cpu.native_memory import SharedMemory
from popcorn_reference.cpu.native_registers import (
    FLOATS_AT,
    make_context,
    make_extended,
    make_floats,
    make_registers,
    make_whole,
)
from popcorn_reference.cpu.native_stub import CONTROL, Stub, SystemCall
from popcorn_reference.cpu.ptrace import (
    EMULATE_CALLS,
    SIGALRM,
    SIGSEGV,
    SIGTRAP,
    STEP_EMULATING_CALLS,
    Cause,
    Halt,
)
from popcorn_reference.faults import GuestError
from popcorn_reference.memory import PAGE_SIZE, Memory

STEPS_MAX: Final = 16
"""A slice of up to so many instructions is executed one by one."""
SLICE_MIN: Final = 50_000
SLICE_MAX: Final = 10_000_000
"""Units: nanoseconds. Within these a slice takes as many as it may have instructions."""
AGAIN_MAX: Final = 400_000
"""Units: nanoseconds. A shorter slice in which nothing seems to happen is tried again, longer."""
START: Final = 40_000
"""Units: nanoseconds. So long it takes from the setting of an alarm to the first instruction."""

_BY_USE: Final = {"result": 10, "stack": 19, "tls": 21, "gs": 22, "pc": 16}
_ARGUMENTS: Final = (14, 13, 12, 7, 9, 8)
_RAX, _RCX, _R11, _FORMER_RAX, _PC, _FLAGS, _STACK = 10, 11, 6, 15, 16, 18, 19
_WORD: Final = (1 << 64) - 1
_TRAP_FLAG, _RESUME_FLAG = 1 << 8, 1 << 16

_SYS_MMAP, _SYS_MPROTECT, _SYS_MUNMAP = 9, 10, 11
_PROTECTION: Final = {Access.READ: 5, Access.WRITE: 7}
_MAPPING: Final = 0x8011
"""Shared, at this address, and with its page tables filled in at once."""

_CALL_CODE: Final = b"\x0f\x05"
_PUSH_FLAGS: Final = 0x9C
_PREFIXES: Final = frozenset({0x66, *range(0x40, 0x50)})
_PREFIXES_MAX: Final = 14
_PAGE_ERRORS: Final = (1, 2)
_STEPPED: Final = 2
_PAGES: Final = 1 << 35


class NativeCpu:
    """A process under control as the processor of a guest.

    Raises: GuestError or OSError if there can be none here; see `why_not`.
    """

    def __init__(self) -> None:
        self._frames = SharedMemory()
        self.memory: Memory = self._frames
        self._access: dict[int, Access] = {}
        self._mapped: dict[int, tuple[Access, int]] = {}
        self._changed: set[int] = set()
        self._alarm = 0
        try:
            self._stub = Stub(self._frames)
            self._tracee = self._stub.tracee
            self._like = self._tracee.read_extended()
        except BaseException:
            self._frames.close()
            raise
        self._registers: list[int] | None = None
        self._floats: bytes | None = None
        self.load(make_context(0, 0))

    # --- page tables -----------------------------------------------------------------------------

    def map(self, page: int, access: Access) -> None:
        """Let instructions use a page.

        Raises: GuestError if it is the one that the processor itself needs.
        """
        if page == CONTROL // PAGE_SIZE:
            raise GuestError(f"a native processor has its own page at {CONTROL:#x}")
        self._access[page] = access
        self._changed.add(page)

    def protect(self, page: int, access: Access) -> None:
        """Change how instructions may use a page."""
        self.map(page, access)

    def unmap(self, page: int) -> None:
        """Keep instructions from using a page."""
        self._access.pop(page, None)
        self._changed.add(page)

    def _settle(self, span: int | None = None) -> None:
        """Make the stub's address space what the page tables say, and have it woken in time."""
        calls = [call for page in sorted(self._changed) if (call := self._change(page))]
        self._changed.clear()
        if span is not None and not self._is_alarm_set(span):
            calls.append(self._set_alarm(span))
        if calls:
            self._fetch()
            self._is_whole_stale = True
            self._stub.do(calls)

    def _change(self, page: int) -> SystemCall | None:
        access, address = self._access.get(page), page * PAGE_SIZE
        before = self._mapped.pop(page, None)
        if access is None:
            return SystemCall(_SYS_MUNMAP, (address, PAGE_SIZE)) if before else None
        now = self._mapped[page] = access, self._frames.frame(page)
        if now == before:
            return None
        protection = _PROTECTION[access]
        if before is not None and before[1] == now[1]:
            return SystemCall(_SYS_MPROTECT, (address, PAGE_SIZE, protection))
        return SystemCall(_SYS_MMAP, (address, PAGE_SIZE, protection, _MAPPING, 0, now[1]))

    # --- registers -------------------------------------------------------------------------------

    def load(self, registers: bytes) -> None:
        """Take a thread's registers."""
        self._registers = make_registers(registers)
        self._is_whole_stale = True
        floats = registers[FLOATS_AT:]
        if floats != self._floats:
            self._floats = floats
            self._is_floats_stale = True

    def save(self) -> bytes:
        """The registers of the thread that was loaded last."""
        if self._floats is None:
            self._floats = make_floats(self._tracee.read_extended())
        return make_whole(self._fetch()) + self._floats

    def put(self, register: str, value: int) -> None:
        """Put a number in a register by what it is for."""
        self._fetch()[_BY_USE[register]] = value & _WORD
        self._is_whole_stale = True

    def get(self, register: str) -> int:
        """The number in a register, by what it is for."""
        return self._fetch()[_BY_USE[register]]

    def rewind(self) -> None:
        """Go back to the system call that was executed last."""
        self.put("pc", self.get("pc") - len(_CALL_CODE))

    def _fetch(self) -> list[int]:
        if self._registers is None:
            self._registers = self._tracee.read_registers()
        return self._registers

    def _hand_over(self) -> None:
        """Give the stub the registers that it does not have, before it goes on."""
        if self._is_whole_stale:
            self._tracee.write_registers(self._fetch())
        if self._is_floats_stale:
            assert self._floats is not None
            self._tracee.write_extended(make_extended(self._floats, self._like))
        self._is_whole_stale = self._is_floats_stale = False
        self._registers = self._floats = None

    # --- instructions ----------------------------------------------------------------------------

    def run(self, count: int) -> Stopped:
        """Execute up to so many instructions, or for as many nanoseconds."""
        if count > STEPS_MAX:
            return self._slice(min(max(count, SLICE_MIN), SLICE_MAX))
        self._settle()
        for _ in range(count):
            stopped = self._step()
            if not isinstance(stopped, Ran):
                return stopped
        return Ran()

    def _step(self) -> Stopped:
        pushes_flags = self._pushes_flags()
        while True:
            self._hand_over()
            halt, cause = self._stub.go(STEP_EMULATING_CALLS)
            if halt.signal == SIGTRAP and not halt.is_call and cause.code == _STEPPED:
                if pushes_flags:
                    self._hide_step()
                return Ran()
            stopped = self._judge(halt, cause)
            if stopped is not None:
                return stopped

    def _slice(self, span: int) -> Stopped:
        self._settle(span)
        while time.monotonic_ns() >= self._alarm:
            # It has come already, while the stub was told what to do.
            span *= 2
            self._settle(span)
        before = self._fetch()
        while True:
            self._hand_over()
            self._tracee.resume(EMULATE_CALLS)
            halt = self._tracee.wait()
            if halt.signal == SIGALRM and time.monotonic_ns() >= self._alarm:
                if self._fetch() != before:
                    return Ran()
                # The machine was busy, and the stub has not run; or it goes round in one place.
                return self._slice(2 * span) if span < AGAIN_MAX else self._step()
            cause = self._stub.find_cause(halt)
            stopped = None if cause is None else self._judge(halt, cause)
            if stopped is not None:
                return stopped

    def _is_alarm_set(self, span: int) -> bool:
        """Whether the alarm of an earlier slice, which has ended before it, will do."""
        now = time.monotonic_ns()
        return now + SLICE_MIN // 2 <= self._alarm <= now + span + START

    def _set_alarm(self, span: int) -> SystemCall:
        self._alarm = time.monotonic_ns() + span + START
        return self._stub.make_alarm(span + START)

    # --- stops -----------------------------------------------------------------------------------

    def _judge(self, halt: Halt, cause: Cause) -> Stopped | None:
        """What a stop means; None if nothing is amiss and the instruction can begin anew."""
        if halt.is_call:
            return self._call()
        page = cause.address // PAGE_SIZE
        if halt.signal == SIGSEGV and cause.code in _PAGE_ERRORS and page < _PAGES:
            access = self._access.get(page)
            if access is Access.WRITE:
                return None
            return Faulted(((page, Access.READ if access is None else Access.WRITE),))
        return Broke(halt.signal, f"{signal.Signals(halt.signal).name} at {self.get('pc'):#x}")

    def _call(self) -> Stopped:
        registers = self._fetch()
        after = registers[_PC]
        registers[_RAX], registers[_FORMER_RAX] = registers[_FORMER_RAX], _WORD
        self._is_whole_stale = True
        if self._read_code(after - len(_CALL_CODE), len(_CALL_CODE)) != _CALL_CODE:
            self.rewind()
            return Broke(SIGSEGV, f"a system call of 32-bit programs at {self.get('pc'):#x}")
        registers[_RCX], registers[_R11] = after, registers[_FLAGS] & ~_RESUME_FLAG
        return Called(registers[_RAX], tuple(registers[place] for place in _ARGUMENTS))

    def _read_code(self, address: int, count: int) -> bytes:
        """Up to so many bytes of memory, as far as the guest may read them."""
        page, offset = divmod(address & _WORD, PAGE_SIZE)
        if page not in self._access:
            return b""
        data = bytes(self.memory.page(page)[offset : offset + count])
        rest = count - len(data)
        return data + self._read_code((page + 1) * PAGE_SIZE, rest) if rest else data

    def _pushes_flags(self) -> bool:
        """Whether the next instruction stores flags, in which it would find that it is stepped."""
        registers = self._fetch()
        if registers[_FLAGS] & _TRAP_FLAG:
            return False
        code = self._read_code(registers[_PC], _PREFIXES_MAX + 1)
        return code.lstrip(bytes(_PREFIXES))[:1] == bytes((_PUSH_FLAGS,))

    def _hide_step(self) -> None:
        page, offset = divmod(self._fetch()[_STACK] + 1, PAGE_SIZE)
        self.memory.page(page)[offset] &= ~(_TRAP_FLAG >> 8)

    def close(self) -> None:
        """End the process."""
        self._tracee.kill()
        self._frames.close()


@functools.cache
def why_not() -> str | None:
    """Why there are no native processors here, or None if there are."""
    if sys.platform != "linux" or platform.machine() != "x86_64" or sys.maxsize < 1 << 32:
        return "only Linux on x86-64 has them, for a Python of 64 bits"
    try:
        return _try()
    except GuestError as error:
        return str(error)
    except OSError as error:
        return f"a process for one cannot be made: {error}"


def _try() -> str | None:
    """Whether a processor stops where it should: after a step, for a call, and for a page."""
    entry = 0x400000
    cpu = NativeCpu()
    try:
        code = bytes.fromhex("b827000000" "0f05" "c60000")  # getpid, and a byte written to page 0
        cpu.memory.page(entry // PAGE_SIZE)[: len(code)] = code
        cpu.map(entry // PAGE_SIZE, Access.READ)
        cpu.load(make_context(entry, 0))
        stops = [cpu.run(1), cpu.run(1), cpu.run(SLICE_MIN)]
    finally:
        cpu.close()
    if stops == [Ran(), Called(39, (0,) * 6), Faulted(((0, Access.READ),))]:
        return None
    return f"a process that is traced does not stop as it should: {stops}"
