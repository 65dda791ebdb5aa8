"""A small machine of 64 bits in Python, which needs nothing else.

It says at once which pages an instruction lacks, all of them. Instructions are decoded once, to
functions; docs/machine.md describes them all. The functions of a page are dropped before the
machine writes to the page, and before each run if somebody else has written to it.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from popcorn_model.vocabulary import Access
from popcorn_reference.cpu.instructions import (
    REGISTER_NAMES,
    REGISTERS,
    STACK,
    TLS,
    WORD_BYTES,
    Word,
    find,
)
from popcorn_reference.cpu.interface import Broke, Called, Faulted, Ran, Stopped
from popcorn_reference.cpu.reach import MASK, SHIFT, Lacks, Lazy, Reach
from popcorn_reference.cpu.steps import MAKERS, Breaks, Calls, Place, Step
from popcorn_reference.faults import GuestError
from popcorn_reference.memory import Frames, Memory

_CONTEXT: Final = struct.Struct(f"<{REGISTERS + 1}Q")
CONTEXT_BYTES: Final = _CONTEXT.size
"""A thread's registers: r0 to r15 and then pc, eight bytes each, little-endian."""

SIGILL, SIGFPE = 4, 8
_PC: Final = REGISTERS
_ARGUMENTS: Final = 6
_BY_USE: Final[Mapping[str, int]] = MappingProxyType(
    {**REGISTER_NAMES, "result": 0, "stack": STACK, "tls": TLS, "pc": _PC}
)


@dataclass
class _Code:
    """What was decoded of a page: the bytes of the page, and where the instructions begin."""

    data: bytes
    starts: set[int] = field(default_factory=set)


class MiniCpu:
    """The small machine as the processor of one process."""

    def __init__(self) -> None:
        self.memory: Memory = Frames()
        self._registers = [0] * (REGISTERS + 1)
        self._reach = Reach(self.memory, self._drop)
        self._steps: Lazy[Step] = Lazy(self._decode)
        self._code: dict[int, _Code] = {}

    # --- page tables -----------------------------------------------------------------------------

    def map(self, page: int, access: Access) -> None:
        """Let instructions use a page."""
        self._drop(page)
        self.protect(page, access)

    def protect(self, page: int, access: Access) -> None:
        """Change how instructions may use a page."""
        if access is Access.NONE:
            self.unmap(page)
        else:
            self._reach.access[page] = access

    def unmap(self, page: int) -> None:
        """Keep instructions from using a page."""
        self._reach.access.pop(page, None)
        self._drop(page)

    # --- registers -------------------------------------------------------------------------------

    def load(self, registers: bytes) -> None:
        """Take a thread's registers.

        Raises: GuestError if they are not as many bytes as they are here.
        """
        if len(registers) != CONTEXT_BYTES:
            raise GuestError(
                f"a thread's registers are {CONTEXT_BYTES} bytes here (r0 to r15 and pc, 8 bytes "
                f"each), not {len(registers)}"
            )
        self._registers[:] = _CONTEXT.unpack(registers)

    def save(self) -> bytes:
        """The registers of the thread that was loaded last."""
        return _CONTEXT.pack(*self._registers)

    def put(self, register: str, value: int) -> None:
        """Put a number in a register by what it is for, or by its name.

        Raises: GuestError if there is no such register.
        """
        self._registers[_find_register(register)] = value & MASK

    def get(self, register: str) -> int:
        """The number in a register, by what it is for, or by its name.

        Raises: GuestError if there is no such register.
        """
        return self._registers[_find_register(register)]

    def rewind(self) -> None:
        """Go back to the system call that was executed last."""
        self.put("pc", self.get("pc") - WORD_BYTES)

    # --- instructions ----------------------------------------------------------------------------

    def run(self, count: int) -> Stopped:
        """Execute up to so many instructions.

        Cost: an instruction takes 0.1 to 1 microseconds once it is decoded.
        """
        self._look_around()
        registers, steps = self._registers, self._steps
        at = registers[_PC]
        try:
            for _ in range(count):
                at = steps[at]()
        except Lacks as lacks:
            return Faulted(lacks.pages)
        except ZeroDivisionError:
            return Broke(SIGFPE, f"division by zero at {at:#x}")
        except Breaks as breaks:
            return Broke(breaks.signal, f"{breaks.text} at {at:#x}")
        except Calls:
            at = at + WORD_BYTES & MASK
            return Called(registers[0], tuple(registers[1 : 1 + _ARGUMENTS]))
        finally:
            registers[_PC] = at
        return Ran()

    def _look_around(self) -> None:
        """See what others have done to frames since the last run: nobody tells."""
        self._reach.forget()
        page = self.memory.page
        stale = [number for number, code in self._code.items() if bytes(page(number)) != code.data]
        for number in stale:
            self._drop(number)

    def _decode(self, at: int) -> Step:
        """The function of an instruction.

        Raises: Lacks if its pages may not be read; Breaks if there is no such instruction.
        """
        data = self._reach.read_bytes(at, WORD_BYTES)
        word = Word.unpack(data)
        if find(word) is None:
            raise Breaks(SIGILL, f"{data.hex(' ')} is no instruction")
        for page in {at >> SHIFT, (at + WORD_BYTES - 1 & MASK) >> SHIFT}:
            code = self._code.get(page)
            if code is None:
                code = self._code[page] = _Code(bytes(self._reach.readable[page]))
                self._reach.watch(page)
            code.starts.add(at)
        return MAKERS[word.code](Place(self._registers, self._reach, at), word)

    def _drop(self, page: int) -> None:
        """Forget what was decoded of a page."""
        code = self._code.pop(page, None)
        for at in code.starts if code else ():
            self._steps.pop(at, None)

    def close(self) -> None:
        """Free what was decoded."""
        self._steps.clear()
        self._code.clear()


def _find_register(name: str) -> int:
    found = _BY_USE.get(name)
    if found is None:
        raise GuestError(f"there is no register {name!r} here; there are {', '.join(_BY_USE)}")
    return found


def make_context(entry: int, stack: int) -> bytes:
    """The registers of a program that begins."""
    registers = [0] * (REGISTERS + 1)
    registers[STACK], registers[_PC] = stack, entry
    return _CONTEXT.pack(*registers)
