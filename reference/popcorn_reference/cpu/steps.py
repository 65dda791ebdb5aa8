"""What each instruction of the small machine does: a function, made when the word is decoded.

Such a function looks first at all pages that it uses, then changes registers and memory, and
returns where the next instruction is. If it raises anything it has changed nothing.
"""

import operator
import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from popcorn_model.vocabulary import Access
from popcorn_reference.cpu.instructions import BY_CODE, STACK, WORD_BYTES, Word
from popcorn_reference.cpu.reach import MASK, OFFSET, SHIFT, Reach
from popcorn_reference.memory import PAGE_SIZE

SIGTRAP: Final = 5
_LOW: Final = (1 << 32) - 1
_SIGN: Final = 1 << 63

Step = Callable[[], int]
"""An instruction at its place; returns the place of the next."""

class Breaks(Exception):
    """An instruction causes a signal."""

    def __init__(self, signal: int, text: str) -> None:
        super().__init__(text)
        self.signal = signal
        self.text = text


class Calls(Exception):
    """An instruction is a system call."""


class Place:
    """Where an instruction is, and what it works on."""

    def __init__(self, registers: list[int], reach: Reach, here: int) -> None:
        self.registers = registers
        self.reach = reach
        self.here = here
        self.after = here + WORD_BYTES & MASK


Make = Callable[[Place, Word], Step]


# --- numbers -------------------------------------------------------------------------------------


def _movi(place: Place, word: Word) -> Step:
    r, first, after, value = place.registers, word.first, place.after, word.number & MASK

    def step() -> int:
        r[first] = value
        return after

    return step


def _movhi(place: Place, word: Word) -> Step:
    r, first, after, high = place.registers, word.first, place.after, (word.number & _LOW) << 32

    def step() -> int:
        r[first] = r[first] & _LOW | high
        return after

    return step


def _mov(place: Place, word: Word) -> Step:
    r, (_, first, second, _, _), after = place.registers, word, place.after

    def step() -> int:
        r[first] = r[second]
        return after

    return step


def _addi(place: Place, word: Word) -> Step:
    r, (_, first, second, _, number), after = place.registers, word, place.after

    def step() -> int:
        r[first] = r[second] + number & MASK
        return after

    return step


def _shl(left: int, right: int) -> int:
    return left << (right & 63)


def _shr(left: int, right: int) -> int:
    return left >> (right & 63)


def _sar(left: int, right: int) -> int:
    return ((left ^ _SIGN) - _SIGN) >> (right & 63)


def _compute(operation: Callable[[int, int], int]) -> Make:
    def make(place: Place, word: Word) -> Step:
        r, (_, first, second, third, _), after = place.registers, word, place.after

        def step() -> int:
            r[first] = operation(r[second], r[third]) & MASK
            return after

        return step

    return make


# --- jumps ---------------------------------------------------------------------------------------


def _branch(holds: Callable[[int, int], bool], flip: int = 0) -> Make:
    """Make branches that compare; signed numbers compare as unsigned ones with the sign flipped."""

    def make(place: Place, word: Word) -> Step:
        r, (_, first, second, _, number), after = place.registers, word, place.after
        target = place.here + number & MASK

        def step() -> int:
            return target if holds(r[first], r[second]) else after

        def step_signed() -> int:
            return target if holds(r[first] ^ flip, r[second] ^ flip) else after

        return step_signed if flip else step

    return make


def _jmp(place: Place, word: Word) -> Step:
    target = place.here + word.number & MASK
    return lambda: target


def _jmpr(place: Place, word: Word) -> Step:
    r, first = place.registers, word.first
    return lambda: r[first]


def _call(place: Place, word: Word) -> Step:
    r, write, after = place.registers, place.reach.write, place.after
    target = place.here + word.number & MASK

    def step() -> int:
        stack = r[STACK] - 8 & MASK
        write(stack, 8, after)
        r[STACK] = stack
        return target

    return step


def _ret(place: Place, word: Word) -> Step:
    r, read = place.registers, place.reach.read

    def step() -> int:
        target = read(r[STACK], 8)
        r[STACK] = r[STACK] + 8 & MASK
        return target

    return step


# --- memory --------------------------------------------------------------------------------------


def _load(size: int, layout: str) -> Make:
    take, last = struct.Struct(layout).unpack_from, PAGE_SIZE - size

    def make(place: Place, word: Word) -> Step:
        r, (_, first, second, _, number), after = place.registers, word, place.after
        readable, read = place.reach.readable, place.reach.read

        def step() -> int:
            address = r[second] + number & MASK
            at = address & OFFSET
            if at <= last:
                (r[first],) = take(readable[address >> SHIFT], at)
            else:
                r[first] = read(address, size)
            return after

        return step

    return make


def _store(size: int, layout: str) -> Make:
    put, last, mask = struct.Struct(layout).pack_into, PAGE_SIZE - size, (1 << 8 * size) - 1

    def make(place: Place, word: Word) -> Step:
        r, (_, first, second, _, number), after = place.registers, word, place.after
        writable, write = place.reach.writable, place.reach.write

        def step() -> int:
            address = r[second] + number & MASK
            at = address & OFFSET
            if at <= last:
                put(writable[address >> SHIFT], at, r[first] & mask)
            else:
                write(address, size, r[first])
            return after

        return step

    return make


def _push(place: Place, word: Word) -> Step:
    r, first, after, write = place.registers, word.first, place.after, place.reach.write

    def step() -> int:
        stack = r[STACK] - 8 & MASK
        write(stack, 8, r[first])
        r[STACK] = stack
        return after

    return step


def _pop(place: Place, word: Word) -> Step:
    r, first, after, read = place.registers, word.first, place.after, place.reach.read

    def step() -> int:
        value = read(r[STACK], 8)
        r[STACK] = r[STACK] + 8 & MASK
        r[first] = value
        return after

    return step


def _exchange(size: int, change: Callable[[int, int], int]) -> Make:
    """Make instructions that put something else in memory and take what was there."""

    def make(place: Place, word: Word) -> Step:
        r, (_, first, second, _, number), after = place.registers, word, place.after
        reach = place.reach

        def step() -> int:
            address = r[second] + number & MASK
            reach.demand(address, size, Access.WRITE)
            old = reach.read(address, size)
            reach.write(address, size, change(old, r[first]))
            r[first] = old
            return after

        return step

    return make


def _cmpxchg(size: int) -> Make:
    mask = (1 << 8 * size) - 1

    def make(place: Place, word: Word) -> Step:
        r, (_, first, second, third, number), after = place.registers, word, place.after
        reach = place.reach

        def step() -> int:
            address = r[second] + number & MASK
            reach.demand(address, size, Access.WRITE)
            old = reach.read(address, size)
            if old == r[first] & mask:
                reach.write(address, size, r[third])
            r[first] = old
            return after

        return step

    return make


def _copy(place: Place, word: Word) -> Step:
    r, (_, first, second, third, _), after = place.registers, word, place.after
    here, reach = place.here, place.reach

    def step() -> int:
        if not r[third]:
            return after
        target, source = r[first], r[second]
        reach.demand_copy(target, source)
        byte = reach.readable[source >> SHIFT][source & OFFSET]
        reach.writable[target >> SHIFT][target & OFFSET] = byte
        for register, change in ((first, 1), (second, 1), (third, -1)):
            r[register] = r[register] + change & MASK
        return here

    return step


# --- the rest ------------------------------------------------------------------------------------


def _syscall(place: Place, word: Word) -> Step:
    def step() -> int:
        raise Calls

    return step


def _brk(place: Place, word: Word) -> Step:
    def step() -> int:
        raise Breaks(SIGTRAP, "brk")

    return step


_MAKERS: Final[Mapping[str, Make]] = {
    "movi": _movi,
    "movhi": _movhi,
    "mov": _mov,
    "add": _compute(operator.add),
    "sub": _compute(operator.sub),
    "mul": _compute(operator.mul),
    "divu": _compute(operator.floordiv),
    "remu": _compute(operator.mod),
    "and": _compute(operator.and_),
    "or": _compute(operator.or_),
    "xor": _compute(operator.xor),
    "shl": _compute(_shl),
    "shr": _compute(_shr),
    "sar": _compute(_sar),
    "addi": _addi,
    "beq": _branch(operator.eq),
    "bne": _branch(operator.ne),
    "blt": _branch(operator.lt, _SIGN),
    "bge": _branch(operator.ge, _SIGN),
    "bltu": _branch(operator.lt),
    "bgeu": _branch(operator.ge),
    "jmp": _jmp,
    "jmpr": _jmpr,
    "call": _call,
    "ret": _ret,
    "ld1": _load(1, "<B"),
    "ld4": _load(4, "<I"),
    "ld8": _load(8, "<Q"),
    "st1": _store(1, "<B"),
    "st4": _store(4, "<I"),
    "st8": _store(8, "<Q"),
    "push": _push,
    "pop": _pop,
    "xadd4": _exchange(4, operator.add),
    "xadd8": _exchange(8, operator.add),
    "xchg4": _exchange(4, lambda old, new: new),
    "xchg8": _exchange(8, lambda old, new: new),
    "cmpxchg4": _cmpxchg(4),
    "cmpxchg8": _cmpxchg(8),
    "copy": _copy,
    "syscall": _syscall,
    "brk": _brk,
}
MAKERS: Final[Mapping[int, Make]] = MappingProxyType(
    {code: _MAKERS[instruction.name] for code, instruction in BY_CODE.items()}
)
"""How to make the function of an instruction, by its number."""
