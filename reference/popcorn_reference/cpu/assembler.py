"""The assembler of the small machine: text to a program in memory, and words back to text.

It goes over the text twice: first it finds where everything is, then it makes words of it.
docs/machine.md says how programs are written.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from popcorn_model.vocabulary import Access
from popcorn_reference.areas import Areas
from popcorn_reference.cpu.instructions import (
    BY_NAME,
    NUMBER_MAX,
    NUMBER_MIN,
    REGISTER_NAMES,
    WORD_BYTES,
    Instruction,
    Operand,
    Word,
    find,
)
from popcorn_reference.cpu.source import (
    NAME,
    Line,
    Unknown,
    Wrong,
    evaluate,
    nearest,
    read_string,
    split,
)
from popcorn_reference.elf import HEAP_GAP_PAGES, STACK_BYTES, STACK_TOP, Image
from popcorn_reference.faults import AssemblyError
from popcorn_reference.memory import PAGE_SIZE

BASE: Final = 0x400000
DATA_OFFSET: Final = 0x100000
"""Data begins so far after text; so many bytes of text there can be."""
DATA_BYTES_MAX: Final = 16 << 20
START: Final = "start"
"""The label where a program begins, if it has one."""

_WHOLE: Final = 1 << 64
_WRITTEN: Final = {number: name for name, number in REGISTER_NAMES.items()}
_DATA_SIZES: Final = {".byte": 1, ".word": 4, ".quad": 8}
_DIRECTIVES: Final = (
    ".text", ".data", *_DATA_SIZES, ".ascii", ".asciz", ".space", ".align", ".equ"
)  # fmt: skip
_STATEMENTS: Final = (*BY_NAME, "li", *_DIRECTIVES)
_PLACE: Final = re.compile(r"\[\s*([^\s+\-\[\]]+)\s*([+-][^\[\]]*)?\]")


@dataclass
class _Placed:
    """A line, where what it says lies in memory."""

    line: Line
    at: int
    size: int


@dataclass
class _Program:
    """What is known of a program after the first pass."""

    base: int
    symbols: dict[str, int] = field(default_factory=dict)
    defined: dict[str, int] = field(default_factory=dict)
    """The lines on which symbols are defined."""
    placed: list[_Placed] = field(default_factory=list)
    section: str = ".text"
    sizes: dict[str, int] = field(default_factory=lambda: {".text": 0, ".data": 0})

    def start(self, section: str) -> int:
        """Where a section begins."""
        return self.base + (DATA_OFFSET if section == ".data" else 0)

    @property
    def here(self) -> int:
        """Where the next byte goes."""
        return self.start(self.section) + self.sizes[self.section]


def assemble(text: str, base: int = BASE) -> Image:
    """A program as it lies in memory before its first instruction.

    It begins at the label `start`, or with the first byte of text if there is no such label.

    Raises: AssemblyError with a line that is wrong, why it is, and what would be right.
    """
    top = STACK_TOP - STACK_BYTES - DATA_OFFSET - DATA_BYTES_MAX - HEAP_GAP_PAGES * PAGE_SIZE
    if base % PAGE_SIZE or not PAGE_SIZE <= base <= top:
        raise AssemblyError(
            f"no program can begin at {base:#x}; a base is a multiple of {PAGE_SIZE:#x} from "
            f"{PAGE_SIZE:#x} to {top:#x}"
        )
    program = _Program(base)
    for number, line in enumerate(text.split("\n"), start=1):
        with _on_line(number, line):
            _place(program, split(number, line))
    image = _make_image(program)
    for each in program.placed:
        with _on_line(each.line.number, each.line.text):
            image.write(each.at, _encode(program, each))
    return image


@contextmanager
def _on_line(number: int, text: str) -> Iterator[None]:
    """What is wrong is wrong with this line."""
    try:
        yield
    except Wrong as wrong:
        raise AssemblyError(f"line {number}: {text.strip()}: {wrong}") from None


def _make_image(program: _Program) -> Image:
    if not program.sizes[".text"]:
        raise AssemblyError("the program has no text: write at least one instruction, like brk")
    areas, end = Areas(), 0
    for section, access in ((".text", Access.READ), (".data", Access.WRITE)):
        first = program.start(section) // PAGE_SIZE
        count = (program.sizes[section] + PAGE_SIZE - 1) // PAGE_SIZE
        if count:
            end = first + count
            areas.set(first, end, access)
    entry = program.symbols.get(START, program.base)
    if areas.find(entry // PAGE_SIZE) is None:
        raise AssemblyError(f"the program begins at {entry:#x}, where it has nothing")
    areas.set((STACK_TOP - STACK_BYTES) // PAGE_SIZE, STACK_TOP // PAGE_SIZE, Access.WRITE)
    return Image(entry, STACK_TOP, (end + HEAP_GAP_PAGES) * PAGE_SIZE, areas, {})


# --- the first pass ------------------------------------------------------------------------------


def _place(program: _Program, line: Line) -> None:
    """Find where a line goes, and what it defines."""
    for label in line.labels:
        _define(program, line, label, program.here)
    if line.name in program.sizes:
        _count(line, "")
        program.section = line.name
    elif line.name == ".equ":
        _count(line, "name, number")
        name, number = line.operands
        _define(program, line, name, _evaluate_now(program, line, number))
    elif line.name:
        size = _measure(program, line)
        program.placed.append(_Placed(line, program.here, size))
        program.sizes[program.section] += size
        _check_room(program)


def _define(program: _Program, line: Line, name: str, value: int) -> None:
    if not NAME.fullmatch(name) or name in REGISTER_NAMES:
        raise Wrong(
            f"{name} cannot be a symbol; a symbol is made of letters, digits, _ and ., begins with "
            "no digit, and is no register"
        )
    if name in program.symbols:
        raise Wrong(
            f"{name} is defined on line {program.defined[name]} already; a symbol is defined once"
        )
    program.symbols[name] = value
    program.defined[name] = line.number


def _check_room(program: _Program) -> None:
    section = program.section
    most = DATA_OFFSET if section == ".text" else DATA_BYTES_MAX
    if program.sizes[section] > most:
        raise Wrong(f"{section} has {program.sizes[section]} bytes here; it can have {most}")


def _measure(program: _Program, line: Line) -> int:
    """How many bytes a line takes."""
    if line.name in BY_NAME:
        return WORD_BYTES
    if line.name == "li":
        return _measure_constant(program, line)
    if line.name in _DATA_SIZES:
        if not line.operands:
            raise Wrong(f"{line.name} needs numbers: {line.name} number, number...")
        return _DATA_SIZES[line.name] * len(line.operands)
    if line.name in (".ascii", ".asciz"):
        return len(_read_strings(line))
    if line.name == ".space":
        _count(line, "number")
        size = _evaluate_now(program, line, line.operands[0])
        return _between(size, 0, DATA_BYTES_MAX, ".space")
    if line.name == ".align":
        return _measure_gap(program, line)
    raise Wrong(
        f"there is no instruction {line.name}; {nearest(line.name, _STATEMENTS, 'instructions')}"
    )


def _measure_constant(program: _Program, line: Line) -> int:
    """Load a constant with one instruction if that is seen to suffice, or else with two."""
    _count(line, "register, number")
    try:
        value = evaluate(line.operands[1], program.symbols)
    except Unknown:
        return 2 * WORD_BYTES
    return WORD_BYTES if NUMBER_MIN <= _sign(value) <= NUMBER_MAX else 2 * WORD_BYTES


def _measure_gap(program: _Program, line: Line) -> int:
    _count(line, "number")
    unit = _evaluate_now(program, line, line.operands[0])
    if not 1 <= unit <= PAGE_SIZE or unit & unit - 1:
        raise Wrong(f"nothing is aligned to {unit}; .align takes a power of 2 up to {PAGE_SIZE}")
    return -program.here % unit


def _evaluate_now(program: _Program, line: Line, text: str) -> int:
    try:
        return evaluate(text, program.symbols)
    except Unknown as unknown:
        raise Wrong(f"{unknown}; {line.name} uses only what is defined above it") from None


def _read_strings(line: Line) -> bytes:
    if not line.operands:
        raise Wrong(f'{line.name} needs a string: {line.name} "popcorn\\n"')
    end = b"\0" if line.name == ".asciz" else b""
    return b"".join(read_string(each) + end for each in line.operands)


def _count(line: Line, form: str) -> None:
    wanted = len(form.split(", ")) if form else 0
    if len(line.operands) != wanted:
        right = f"{line.name} {form}".strip()
        raise Wrong(f"operands are {len(line.operands)}, not {wanted}; write {right}")


# --- the second pass -----------------------------------------------------------------------------


def _encode(program: _Program, placed: _Placed) -> bytes:
    """The bytes of a line; none where zeros are."""
    line = placed.line
    instruction = BY_NAME.get(line.name)
    if instruction is not None:
        return _encode_word(program, placed, instruction).pack()
    if line.name == "li":
        return _encode_constant(program, placed)
    if line.name in _DATA_SIZES:
        return _encode_numbers(program, line)
    return _read_strings(line) if line.name in (".ascii", ".asciz") else b""


def _encode_numbers(program: _Program, line: Line) -> bytes:
    size = _DATA_SIZES[line.name]
    low, high = -(1 << 8 * size - 1), (1 << 8 * size) - 1
    values = [
        _between(evaluate(text, program.symbols), low, high, line.name) for text in line.operands
    ]
    return b"".join((value & high).to_bytes(size, "little") for value in values)


def _encode_constant(program: _Program, placed: _Placed) -> bytes:
    register, number = placed.line.operands
    first = _find_register(register)
    value = evaluate(number, program.symbols)
    value = _sign(_between(value, -_WHOLE // 2, _WHOLE - 1, "li"))
    low = Word(BY_NAME["movi"].code, first, number=_sign(value, 32)).pack()
    if placed.size == WORD_BYTES:
        return low
    return low + Word(BY_NAME["movhi"].code, first, number=value >> 32).pack()


def _encode_word(program: _Program, placed: _Placed, instruction: Instruction) -> Word:
    texts = placed.line.operands
    _count(placed.line, instruction.form.partition(" ")[2])
    fields: dict[str, int] = {}
    for kind, text in zip(instruction.operands, texts, strict=True):
        if kind is Operand.NUMBER:
            fields["number"] = _read_number(program, instruction, text)
        elif kind is Operand.TARGET:
            distance = _sign(evaluate(text, program.symbols) - placed.at)
            fields["number"] = _between(distance, NUMBER_MIN, NUMBER_MAX, "the way to a target")
        elif kind is Operand.PLACE:
            fields["second"], fields["number"] = _read_place(program, text)
        else:
            fields[kind.partition(" ")[0]] = _find_register(text)
    return Word(instruction.code, **fields)


def _read_number(program: _Program, instruction: Instruction, text: str) -> int:
    value = evaluate(text, program.symbols)
    if instruction.name == "movhi":
        return _sign(_between(value, NUMBER_MIN, (1 << 32) - 1, "movhi"), 32)
    try:
        return _between(value, NUMBER_MIN, NUMBER_MAX, instruction.name)
    except Wrong as wrong:
        raise Wrong(f"{wrong}; li loads any number of 64 bits into a register") from None


def _read_place(program: _Program, text: str) -> tuple[int, int]:
    match = _PLACE.fullmatch(text)
    if match is None:
        raise Wrong(f"{text} is no place in memory; write [register] or [register + number]")
    register = _find_register(match[1])
    number = evaluate(match[2], program.symbols) if match[2] else 0
    return register, _between(number, NUMBER_MIN, NUMBER_MAX, "a place")


def _find_register(text: str) -> int:
    found = REGISTER_NAMES.get(text)
    if found is None:
        what = f"{text} is no register" if text else "an operand is empty"
        raise Wrong(f"{what}; registers are r0 to r15, sp and tls")
    return found


def _between(value: int, low: int, high: int, what: str) -> int:
    if not low <= value <= high:
        raise Wrong(f"{value} does not fit: {what} takes numbers from {low} to {high}")
    return value


def _sign(value: int, bits: int = 64) -> int:
    """The signed number that has the same lower bits."""
    return (value + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)


# --- back to text --------------------------------------------------------------------------------


def disassemble(word: bytes, address: int = 0) -> str:
    """How eight bytes at an address are written; what is no instruction is a `.quad`."""
    parts = Word.unpack(word)
    instruction = find(parts)
    if instruction is None:
        return f".quad {int.from_bytes(word, 'little'):#x}"
    texts = (_write_operand(kind, parts, address) for kind in instruction.operands)
    return f"{instruction.name} {', '.join(texts)}".strip()


def _write_operand(kind: Operand, word: Word, address: int) -> str:
    match kind:
        case Operand.FIRST:
            return _WRITTEN[word.first]
        case Operand.SECOND:
            return _WRITTEN[word.second]
        case Operand.THIRD:
            return _WRITTEN[word.third]
        case Operand.NUMBER:
            return str(word.number)
        case Operand.TARGET:
            return f"{(address + word.number) % _WHOLE:#x}"
        case Operand.PLACE:
            return f"[{_WRITTEN[word.second]}{word.number:+}]"
