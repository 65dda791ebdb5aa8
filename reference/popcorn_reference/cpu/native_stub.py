"""A process that is nothing but an address space: the processor of a guest is made of it.

It is executed from a program of some dozen instructions, as a copy of the Python that makes it
would be large and full of locks. It asks to be traced, maps one page of its own, and stops there.
All else that Linux has given it is unmapped then: its program, its stack, and the vDSO.

The page that it keeps is the last one that x86-64 Linux lets a process map. Stacks of guests end
fifteen pages below, other areas are put lower still, so nothing but a guest's MAP_FIXED can ask for
it. Its contents come from the frames' file, where we can write them without asking the stub; the
stub itself can read and execute them only. A guest that looks there sees this page where it should
see none, and can do no harm with it: its system calls are not made, wherever they are.

On the page is a loop that makes the system calls of a list, and stops. So all changes of the
address space that have come together since the guest last ran cost one stop.
"""

import mmap
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from popcorn_reference.cpu.native_memory import SharedMemory
from popcorn_reference.cpu.native_registers import make_registers
from popcorn_reference.cpu.ptrace import (
    CONTINUE,
    OPTION_KILL_WITH_TRACER,
    OPTION_MARK_CALLS,
    SIGBUS,
    SIGFPE,
    SIGILL,
    SIGSEGV,
    SIGTRAP,
    Cause,
    Halt,
    Tracee,
)
from popcorn_reference.faults import GuestError
from popcorn_reference.memory import PAGE_SIZE

CONTROL: Final = 0x7FFF_FFFF_E000
"""The page that the stub keeps."""

_ALARM_AT: Final = 448
_ALARM: Final = struct.Struct("<4Q")
_LIST_AT: Final = 512
_ENTRY: Final = struct.Struct("<7Q")
_CALLS_MAX: Final = (PAGE_SIZE - _LIST_AT) // _ENTRY.size - 1
_END: Final = (1 << 64) - 1

_CONTROL_CODE: Final = bytes.fromhex(
    "cc"  # int3: here the stub stops first
    "488b03"  # next: mov rax, [rbx]
    "4885c07828"  # test rax, rax; js done
    "488b7b08488b7310488b5318"  # mov rdi, [rbx + 8]; mov rsi, [rbx + 16]; mov rdx, [rbx + 24]
    "4c8b53204c8b43284c8b4b30"  # mov r10, [rbx + 32]; mov r8, [rbx + 40]; mov r9, [rbx + 48]
    "0f05"  # syscall
    "483d01f0ffff7306"  # cmp rax, -4095; jae done
    "4883c338"  # add rbx, 56
    "ebd0"  # jmp next
    "cc"  # done: int3
    "0f0b"  # ud2
)
_NEXT: Final = CONTROL + 1
_RAX, _RBX, _PC = 10, 5, 16

_PROGRAM_AT: Final = 0x200000
_HEADER: Final = struct.Struct("<4s5B7x2HI3QI6H")
_SEGMENT: Final = struct.Struct("<2I6Q")
_SEGMENTS: Final = 2
_CODE_AT: Final = _HEADER.size + _SEGMENTS * _SEGMENT.size
_EXECUTABLE: Final = 0x10
"""MFD_EXEC, which newer Linux wants to see and older Linux does not know."""

_SYS_MUNMAP, _SYS_SETITIMER = 11, 38
_FROM_MACHINE: Final = (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP)
_CALL: Final = Cause(1, 0)


@dataclass(frozen=True)
class SystemCall:
    """A system call that the stub is to make."""

    number: int
    arguments: tuple[int, ...]


class Stub:
    """A stopped process with an empty address space, which shares frames with us.

    Raises: GuestError or OSError if it cannot be made.
    """

    def __init__(self, memory: SharedMemory) -> None:
        self._memory = memory
        memory.control[: len(_CONTROL_CODE)] = _CONTROL_CODE
        self.tracee = Tracee(_spawn(memory.file))
        try:
            self._check_trap(self._begin(), CONTROL + 1)
            self.tracee.set_options(OPTION_MARK_CALLS | OPTION_KILL_WITH_TRACER)
            self.registers = make_registers(bytes(PAGE_SIZE))
            self.do([SystemCall(_SYS_MUNMAP, (0, CONTROL))])
        except BaseException:
            self.tracee.kill()
            raise

    def _begin(self) -> Halt:
        try:
            return self.tracee.wait()
        except GuestError as error:
            raise GuestError(f"ptrace is not allowed here, or not all of it: {error}") from None

    def make_alarm(self, span: int) -> SystemCall:
        """A system call after which the stub stops by SIGALRM.

        Units: nanoseconds.
        """
        seconds, microseconds = divmod(-(-span // 1000), 1_000_000)
        _ALARM.pack_into(self._memory.control, _ALARM_AT, 0, 0, seconds, microseconds)
        return SystemCall(_SYS_SETITIMER, (0, CONTROL + _ALARM_AT, 0))

    def do(self, calls: Sequence[SystemCall]) -> None:
        """Make system calls, in order; whatever its registers held is lost.

        Raises: GuestError if one of them fails.
        """
        for start in range(0, len(calls), _CALLS_MAX):
            self._do(calls[start : start + _CALLS_MAX])

    def _do(self, calls: Sequence[SystemCall]) -> None:
        at = _LIST_AT
        for call in calls:
            _ENTRY.pack_into(self._memory.control, at, call.number, *call.arguments,
                             *(0,) * (6 - len(call.arguments)))  # fmt: skip
            at += _ENTRY.size
        _ENTRY.pack_into(self._memory.control, at, _END, *(0,) * 6)
        registers = list(self.registers)
        registers[_RBX], registers[_PC] = CONTROL + _LIST_AT, _NEXT
        self.tracee.write_registers(registers)
        halt, _ = self.go(CONTINUE)
        done = self._check_trap(halt, CONTROL + len(_CONTROL_CODE) - 2)
        if done[_RBX] != CONTROL + at:
            failed = calls[(done[_RBX] - CONTROL - _LIST_AT) // _ENTRY.size]
            reason = os.strerror((1 << 64) - done[_RAX])
            shown = ", ".join(f"{argument:#x}" for argument in failed.arguments)
            raise GuestError(
                f"Linux refuses a native processor system call {failed.number} ({shown}): {reason}"
            )

    def go(self, way: int) -> tuple[Halt, Cause]:
        """Let it go on until it stops for a reason of its own."""
        while True:
            self.tracee.resume(way)
            halt = self.tracee.wait()
            cause = self.find_cause(halt)
            if cause is not None:
                return halt, cause

    def find_cause(self, halt: Halt) -> Cause | None:
        """What in the stub has caused a stop; None if it was somebody's signal.

        That may also be an alarm which comes too late: the slice has ended of itself.
        """
        if halt.is_call:
            return _CALL
        if halt.signal not in _FROM_MACHINE:
            return None
        cause = self.tracee.read_cause()
        return cause if cause.code > 0 else None

    def _check_trap(self, halt: Halt, place: int) -> list[int]:
        registers = self.tracee.read_registers()
        if halt.is_call or halt.signal != SIGTRAP or registers[_PC] != place:
            raise GuestError(
                f"a native processor has stopped at {registers[_PC]:#x} by signal {halt.signal}, "
                f"where it should at {place:#x} by {SIGTRAP}"
            )
        return registers


def _spawn(frames: int) -> int:
    program = _make_file(_make_program(os.getpid()))
    try:
        return os.posix_spawn(
            f"/proc/self/fd/{program}",
            ["popcorn-processor"],
            {},
            file_actions=[(os.POSIX_SPAWN_DUP2, frames, 0)],
            setpgroup=0,  # so that a terminal's signals do not reach it
            setsigmask=(),
            setsigdef=_FROM_MACHINE,
        )
    finally:
        os.close(program)


def _make_file(data: bytes) -> int:
    try:
        file = os.memfd_create("popcorn-processor", os.MFD_CLOEXEC | _EXECUTABLE)
    except OSError:
        file = os.memfd_create("popcorn-processor", os.MFD_CLOEXEC)
    os.write(file, data)
    return file


def _make_program(parent: int) -> bytes:
    """The ELF executable of the stub."""
    size = _CODE_AT + len(_make_code(parent))
    header = _HEADER.pack(
        b"\x7fELF", 2, 1, 1, 0, 0, 2, 62, 1, _PROGRAM_AT + _CODE_AT, _HEADER.size, 0, 0,
        _HEADER.size, _SEGMENT.size, _SEGMENTS, 0, 0, 0,
    )  # fmt: skip
    code = _SEGMENT.pack(1, 5, 0, _PROGRAM_AT, _PROGRAM_AT, size, size, mmap.PAGESIZE)
    no_executable_stack = _SEGMENT.pack(0x6474E551, 6, 0, 0, 0, 0, 0, 16)
    return header + code + no_executable_stack + _make_code(parent)


def _make_code(parent: int) -> bytes:
    """What the stub does: it ends at once if the process that has made it is no longer there."""
    end = bytes.fromhex("bf01000000b8e70000000f05")  # exit_group(1)
    last = bytes.fromhex(
        "bf01000000beffffffff31d2b8b40100000f05"  # close_range(1, -1, 0); it may fail
        "48bf00e0ffffff7f0000"  # mov rdi, CONTROL
        "be00100000ba0500000041ba11000000"  # 4096 bytes, read and execute, fixed and shared
        "4531c04531c9b8090000000f05"  # file 0, from its beginning: mmap
        "4839f87502"  # cmp rax, rdi; jne end
        "ffe7"  # jmp rdi
    )
    compare = b"\x3d" + struct.pack("<I", parent)  # cmp eax, parent
    get_parent = bytes.fromhex("b86e0000000f05") + compare  # getppid
    trace = bytes.fromhex("31ff31f631d24531d2b8650000000f0585c0")  # ptrace(PTRACE_TRACEME)
    code = _end_unless_equal(get_parent, last) + last
    return _end_unless_equal(trace, code) + code + end


def _end_unless_equal(before: bytes, after: bytes) -> bytes:
    """Code with a jump over what comes after it."""
    return before + b"\x75" + bytes([len(after)])
