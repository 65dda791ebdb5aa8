"""The instructions of the small machine: their names, their numbers, and how they lie in memory.

An instruction is eight bytes, little-endian: its number, three registers, and a signed number of 32
bits. What an instruction does not use is zero in it, so that there is one way to write it.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

WORD_BYTES: Final = 8
NUMBER_MIN: Final = -(1 << 31)
NUMBER_MAX: Final = (1 << 31) - 1
REGISTERS: Final = 16
STACK: Final = 15
TLS: Final = 14
_LAYOUT: Final = struct.Struct("<BBBBi")


class Operand(StrEnum):
    """What is written after an instruction's name, and where in the word it goes."""

    FIRST = "first register"
    SECOND = "second register"
    THIRD = "third register"
    NUMBER = "number"
    TARGET = "target"
    """An address, kept as its distance from the instruction."""
    PLACE = "[register + number]"
    """The second register and the number."""


class Word(NamedTuple):
    """An instruction in its parts."""

    code: int
    first: int = 0
    second: int = 0
    third: int = 0
    number: int = 0

    def pack(self) -> bytes:
        """The eight bytes."""
        return _LAYOUT.pack(*self)

    @classmethod
    def unpack(cls, data: bytes) -> "Word":
        """The parts of eight bytes, whether or not there is such an instruction."""
        return cls(*_LAYOUT.unpack(data))


@dataclass(frozen=True)
class Instruction:
    """What is known of an instruction but for what it does."""

    name: str
    code: int
    operands: tuple[Operand, ...]

    @property
    def form(self) -> str:
        """How it is written, in words."""
        kinds = ("register" if kind.endswith("register") else str(kind) for kind in self.operands)
        return " ".join((self.name, ", ".join(kinds))).rstrip()

    def fits(self, word: Word) -> bool:
        """Whether a word has this instruction's number, and nothing where it has no operand."""
        used = self.operands
        fields = (
            (word.first, Operand.FIRST in used),
            (word.second, Operand.SECOND in used or Operand.PLACE in used),
            (word.third, Operand.THIRD in used),
        )
        numbered = not {Operand.NUMBER, Operand.TARGET, Operand.PLACE}.isdisjoint(used)
        return (
            word.code == self.code
            and all(field < (REGISTERS if used else 1) for field, used in fields)
            and (numbered or word.number == 0)
        )


_FIRST, _SECOND, _THIRD = Operand.FIRST, Operand.SECOND, Operand.THIRD
_NUMBER, _TARGET, _PLACE = Operand.NUMBER, Operand.TARGET, Operand.PLACE
_THREE: Final = (_FIRST, _SECOND, _THIRD)
_BRANCH: Final = (_FIRST, _SECOND, _TARGET)
_AT_PLACE: Final = (_FIRST, _PLACE)

_TABLE: Final[Mapping[int, tuple[str, tuple[Operand, ...]]]] = {
    0x01: ("movi", (_FIRST, _NUMBER)),
    0x02: ("movhi", (_FIRST, _NUMBER)),
    0x03: ("mov", (_FIRST, _SECOND)),
    0x10: ("add", _THREE),
    0x11: ("sub", _THREE),
    0x12: ("mul", _THREE),
    0x13: ("divu", _THREE),
    0x14: ("remu", _THREE),
    0x15: ("and", _THREE),
    0x16: ("or", _THREE),
    0x17: ("xor", _THREE),
    0x18: ("shl", _THREE),
    0x19: ("shr", _THREE),
    0x1A: ("sar", _THREE),
    0x1B: ("addi", (_FIRST, _SECOND, _NUMBER)),
    0x20: ("beq", _BRANCH),
    0x21: ("bne", _BRANCH),
    0x22: ("blt", _BRANCH),
    0x23: ("bge", _BRANCH),
    0x24: ("bltu", _BRANCH),
    0x25: ("bgeu", _BRANCH),
    0x28: ("jmp", (_TARGET,)),
    0x29: ("jmpr", (_FIRST,)),
    0x2A: ("call", (_TARGET,)),
    0x2B: ("ret", ()),
    0x30: ("ld1", _AT_PLACE),
    0x31: ("ld4", _AT_PLACE),
    0x32: ("ld8", _AT_PLACE),
    0x34: ("st1", _AT_PLACE),
    0x35: ("st4", _AT_PLACE),
    0x36: ("st8", _AT_PLACE),
    0x38: ("push", (_FIRST,)),
    0x39: ("pop", (_FIRST,)),
    0x40: ("xadd4", _AT_PLACE),
    0x41: ("xadd8", _AT_PLACE),
    0x42: ("xchg4", _AT_PLACE),
    0x43: ("xchg8", _AT_PLACE),
    0x44: ("cmpxchg4", (_FIRST, _THIRD, _PLACE)),
    0x45: ("cmpxchg8", (_FIRST, _THIRD, _PLACE)),
    0x48: ("copy", _THREE),
    0x50: ("syscall", ()),
    0x51: ("brk", ()),
}

BY_CODE: Final[Mapping[int, Instruction]] = MappingProxyType(
    {code: Instruction(name, code, operands) for code, (name, operands) in _TABLE.items()}
)
BY_NAME: Final[Mapping[str, Instruction]] = MappingProxyType(
    {each.name: each for each in BY_CODE.values()}
)
REGISTER_NAMES: Final[Mapping[str, int]] = MappingProxyType(
    {**{f"r{number}": number for number in range(REGISTERS)}, "sp": STACK, "tls": TLS}
)


def find(word: Word) -> Instruction | None:
    """The instruction that a word is, if it is one."""
    found = BY_CODE.get(word.code)
    return found if found is not None and found.fits(word) else None
