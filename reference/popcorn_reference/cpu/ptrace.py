"""Control of another process as Linux gives it on x86-64: ptrace, by way of the C library.

A process is either stopped, so that it can be looked at and changed, or it runs, and one waits for
it. All requests but `kill` must come from the thread that has made the process: Linux obeys no
other, and kills the process when that thread ends.
"""

import contextlib
import ctypes
import errno
import os
import signal
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from popcorn_reference.faults import GuestError, LocalFault

CONTINUE, EMULATE_CALLS, STEP_EMULATING_CALLS = 7, 31, 32
"""Ways to go on: freely; up to a system call, which is not made; the same for one instruction."""

SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGALRM = 4, 5, 7, 8, 11, 14

OPTION_MARK_CALLS, OPTION_KILL_WITH_TRACER = 0x1, 0x100000
_GET_REGISTERS, _SET_REGISTERS = 12, 13
_SET_OPTIONS, _GET_SIGNAL = 0x4200, 0x4202
_GET_SET, _SET_SET = 0x4204, 0x4205
_EXTENDED_SET: Final = 0x202
"""The registers that XSAVE stores."""

REGISTERS: Final = struct.Struct("<27Q")
"""All other registers, in the order of Linux' `user_regs_struct`."""
EXTENDED_BYTES_MAX: Final = 16384
_SIGNAL_BYTES: Final = 128
_CALL_MARK: Final = 0x80
_ANY_CHILD: Final = 0x40000000


@dataclass(frozen=True)
class Halt:
    """Why a process has stopped: a system call, or a signal that it has not got."""

    signal: int
    is_call: bool


@dataclass(frozen=True)
class Cause:
    """What a signal says of its cause: a code, positive if the machine has sent it, and where."""

    code: int
    address: int


class _Span(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class Tracee:
    """A child that has asked to be traced."""

    def __init__(self, process: int) -> None:
        self.process = process
        self._parent = os.getpid()
        self._owner = threading.get_ident()
        self._ptrace = ctypes.CDLL(None, use_errno=True).ptrace
        self._ptrace.restype = ctypes.c_long
        self._ptrace.argtypes = (ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
        self._registers = ctypes.create_string_buffer(REGISTERS.size)
        self._signal = ctypes.create_string_buffer(_SIGNAL_BYTES)
        self._extended = ctypes.create_string_buffer(EXTENDED_BYTES_MAX)
        self._span = _Span(ctypes.addressof(self._extended), EXTENDED_BYTES_MAX)
        self._end: int | None = None

    # --- while it is stopped ---------------------------------------------------------------------

    def set_options(self, options: int) -> None:
        """Say how it is to be traced."""
        self._ask(_SET_OPTIONS, None, options)

    def read_registers(self) -> list[int]:
        """Its registers, as `REGISTERS` has them."""
        self._ask(_GET_REGISTERS, None, ctypes.addressof(self._registers))
        return list(REGISTERS.unpack(self._registers))

    def write_registers(self, registers: Sequence[int]) -> None:
        """Set its registers."""
        REGISTERS.pack_into(self._registers, 0, *registers)
        self._ask(_SET_REGISTERS, None, ctypes.addressof(self._registers))

    def read_extended(self) -> bytes:
        """Its x87, SSE and AVX registers, as XSAVE stores them; as long as they are here."""
        self._span.length = EXTENDED_BYTES_MAX
        self._ask(_GET_SET, _EXTENDED_SET, ctypes.addressof(self._span))
        return ctypes.string_at(self._extended, self._span.length)

    def write_extended(self, extended: bytes) -> None:
        """Set its x87, SSE and AVX registers."""
        ctypes.memmove(self._extended, extended, len(extended))
        self._span.length = len(extended)
        self._ask(_SET_SET, _EXTENDED_SET, ctypes.addressof(self._span))

    def read_cause(self) -> Cause:
        """What the signal that has stopped it says."""
        self._ask(_GET_SIGNAL, None, ctypes.addressof(self._signal))
        code, address = struct.unpack_from("<i4xQ", self._signal, 8)
        return Cause(code, address)

    def resume(self, way: int) -> None:
        """Let it go on; the signal that has stopped it is forgotten."""
        self._ask(way, None, None)

    def _ask(self, request: int, address: int | None, data: int | None) -> None:
        if self._ptrace(request, self.process, address, data) == -1:
            self._refuse(request, ctypes.get_errno())

    def _refuse(self, request: int, number: int) -> None:
        if threading.get_ident() != self._owner:
            raise LocalFault("a native processor serves only the thread that has made it")
        if number == errno.ESRCH:
            self.wait()
            raise LocalFault(f"process {self.process} ran: a wait for its stop was cut short")
        raise GuestError(
            f"Linux refuses ptrace request {request:#x} for process {self.process}: "
            f"{os.strerror(number)}"
        )

    # --- while it runs ---------------------------------------------------------------------------

    def wait(self) -> Halt:
        """Wait until it has stopped.

        Raises: GuestError if it has ended instead.
        """
        status = self._wait()
        if not os.WIFSTOPPED(status):
            self._end = status
            self._die()
        number = os.WSTOPSIG(status)
        return Halt(number & ~_CALL_MARK, bool(number & _CALL_MARK))

    def _wait(self) -> int:
        if self._end is not None:
            return self._end
        try:
            return os.waitpid(self.process, _ANY_CHILD)[1]
        except ChildProcessError:
            return 0  # where SIGCHLD is ignored, nobody is told how a child has ended

    def _die(self) -> NoReturn:
        if self._end is not None and os.WIFSIGNALED(self._end):
            how = f"was killed by {signal.Signals(os.WTERMSIG(self._end)).name}"
        else:
            how = "has ended"
        raise GuestError(f"process {self.process}, which is a native processor, {how}")

    # --- at any time -----------------------------------------------------------------------------

    def kill(self) -> None:
        """End it, and wait for its end; a copy of us that `fork` has made leaves it alone."""
        while self._end is None and os.getpid() == self._parent:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process, signal.SIGKILL)
            status = self._wait()
            if not os.WIFSTOPPED(status):
                self._end = status
