"""The assembler makes of a text what it says, and of a wrong one a hint."""

import re
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from popcorn_model.vocabulary import Access
from popcorn_reference.cpu.assembler import assemble, disassemble
from popcorn_reference.cpu.instructions import (
    BY_NAME,
    NUMBER_MAX,
    NUMBER_MIN,
    WORD_BYTES,
    Instruction,
    Operand,
    Word,
    find,
)
from popcorn_reference.cpu.interface import Broke
from popcorn_reference.cpu.mini import MiniCpu, make_context
from popcorn_reference.elf import HEAP_GAP_PAGES, STACK_BYTES, STACK_TOP, Image
from popcorn_reference.faults import AssemblyError

BASE: Final = 0x400000
DATA: Final = 0x500000
PAGE: Final = 4096
DOCUMENT: Final = Path(__file__).resolve().parents[2] / "docs" / "machine.md"


def text_of(image: Image, count: int, at: int = BASE) -> list[str]:
    """The first instructions of a program, written again."""
    page = bytes(image.pages[at // PAGE])
    return [disassemble(page[n : n + 8], at + n) for n in range(0, count * WORD_BYTES, WORD_BYTES)]


def data_of(text: str) -> bytes:
    """What data directives put in memory, without what follows."""
    return bytes(assemble(f"brk\n.data\n{text}\n.byte 255").pages[DATA // PAGE]).rpartition(
        b"\xff"
    )[0]


# --- round trip ----------------------------------------------------------------------------------


@st.composite
def words(draw: st.DrawFn, instruction: Instruction) -> Word:
    """Any word that is this instruction."""
    registers, number = st.integers(0, 15), st.integers(NUMBER_MIN, NUMBER_MAX)
    used: set[str] = {kind.partition(" ")[0] for kind in instruction.operands}
    used |= {"second", "number"} if Operand.PLACE in instruction.operands else set()
    fields = {name: draw(registers) for name in sorted(used & {"first", "second", "third"})}
    has_number = used & {"number", "target"}
    return Word(instruction.code, **fields, **({"number": draw(number)} if has_number else {}))


@pytest.mark.parametrize("instruction", BY_NAME.values(), ids=lambda each: each.name)
@given(draw=st.data())
def test_an_instruction_that_is_written_is_read_again(
    instruction: Instruction, draw: st.DataObject
) -> None:
    word = draw.draw(words(instruction))
    assert find(word) is instruction
    assert Word.unpack(word.pack()) == word
    written = disassemble(word.pack(), BASE)
    assert written.split()[0] == instruction.name
    assert bytes(assemble(written).pages[BASE // PAGE])[:WORD_BYTES] == word.pack()


@given(data=st.binary(min_size=8, max_size=8) | st.binary(min_size=7, max_size=7).map(b"+".__add__))
def test_eight_bytes_that_are_written_are_read_again(data: bytes) -> None:
    written = disassemble(data, BASE)
    assert written.startswith(".quad") == (find(Word.unpack(data)) is None)
    assert bytes(assemble(written).pages[BASE // PAGE])[:8] == data


def test_names_and_numbers_are_one_to_one() -> None:
    assert len({each.code for each in BY_NAME.values()}) == len(BY_NAME) == 42


# --- programs ------------------------------------------------------------------------------------


def test_a_program_lies_where_it_should() -> None:
    image = assemble("brk\nstart: ret\n.data\n.space 4097")
    assert image.entry == BASE + 8
    assert image.stack == STACK_TOP
    assert list(image.areas) == [
        (BASE // PAGE, BASE // PAGE + 1, Access.READ),
        (DATA // PAGE, DATA // PAGE + 2, Access.WRITE),
        ((STACK_TOP - STACK_BYTES) // PAGE, STACK_TOP // PAGE, Access.WRITE),
    ]
    assert image.heap == DATA + (2 + HEAP_GAP_PAGES) * PAGE
    assert set(image.pages) == {BASE // PAGE}  # zeros need no page


def test_a_program_without_data_has_no_place_for_it() -> None:
    image = assemble("brk", base=0x10000)
    assert image.entry == 0x10000
    assert image.heap == (0x10 + 1 + HEAP_GAP_PAGES) * PAGE
    assert [first for first, _, access in image.areas if access is Access.READ] == [0x10]


def test_labels_are_addresses_wherever_they_are() -> None:
    text = """
    .equ four, 4
    first:  beq r1, r2, last          # forward
            movi r3, table+four-1     ; of data
            ld8 sp, [ tls + four ]
    last:   jmp first
    """
    image = assemble(text + ".data\n .byte 0\ntable: other: .quad last, table, other-first")
    assert text_of(image, 4) == [
        "beq r1, r2, 0x400018",
        "movi r3, 5242884",
        "ld8 sp, [tls+4]",
        "jmp 0x400000",
    ]
    assert bytes(image.pages[DATA // PAGE])[1:25] == b"".join(
        number.to_bytes(8, "little") for number in (BASE + 24, DATA + 1, DATA + 1 - BASE)
    )


@given(
    value=st.integers(-(1 << 63), (1 << 64) - 1)
    | st.integers(NUMBER_MIN, NUMBER_MAX)
    | st.integers((1 << 64) + NUMBER_MIN - 1, (1 << 64) - 1)
)
def test_a_constant_is_loaded_whole(value: int) -> None:
    is_short = NUMBER_MIN <= signed(value) <= NUMBER_MAX
    for text, words in (
        (f"li r1, {value}\nbrk", 1 if is_short else 2),
        (f"li r1, later\nbrk\n.equ later, {value}", 2),
    ):
        cpu, image = MiniCpu(), assemble(text)
        cpu.load(make_context(image.entry, 0))
        cpu.map(BASE // PAGE, Access.READ)
        cpu.memory.page(BASE // PAGE)[:] = image.pages[BASE // PAGE]
        assert isinstance(cpu.run(3), Broke)
        assert cpu.get("r1") == value % (1 << 64)
        assert cpu.get("pc") == BASE + words * WORD_BYTES


def signed(value: int) -> int:
    """The number that the same 64 bits are with a sign."""
    return value - (1 << 64) if value >> 63 == 1 else value


@pytest.mark.parametrize(
    ("text", "data"),
    [
        (".byte 1, -1, 0x7f, 'a', ',', ';', '\\'', '\\n'", b"\x01\xff\x7fa,;'\n"),
        (".word 1, -2, 0xfffffff0", b"\1\0\0\0\xfe\xff\xff\xff\xf0\xff\xff\xff"),
        (".quad 0x1122334455667788", bytes.fromhex("8877665544332211")),
        ('.ascii "a;b#c,d:e" ; more', b"a;b#c,d:e"),
        ('.ascii "\\t\\r\\n\\0\\\\\\"\\x41é"', b'\t\r\n\0\\"A\xc3\xa9'),
        ('.ascii "one", "two"', b"onetwo"),
        ('.asciz "one", "two"', b"one\0two\0"),
        ('.ascii\t"a\tb"', b"a\tb"),
        (".byte 1\n.align 4\n.byte 2\n.align 1", b"\1\0\0\0\2"),
        (".equ n, 2\n.space n+1\n.byte n", b"\0\0\0\2"),
        ("a: .byte b-a, 0\nb:", b"\2\0"),
    ],
)
def test_data_is_as_it_is_written(text: str, data: bytes) -> None:
    assert data_of(text) == data


# --- what is wrong -------------------------------------------------------------------------------

NAMES: Final = ", ".join(
    [
        *BY_NAME, "li", ".text", ".data", ".byte", ".word", ".quad", ".ascii", ".asciz", ".space",
        ".align", ".equ",
    ]
)  # fmt: skip
NO_END: Final = (
    'a quotation does not end; a string is in double quotes, like "popcorn", and one character in '
    "single ones, like 'p'"
)
NO_REGISTER: Final = "registers are r0 to r15, sp and tls"
NO_SUM: Final = (
    "a number is made of numbers, characters and symbols with + and - between them, like table+8"
)
NO_SYMBOL: Final = (
    "a symbol is made of letters, digits, _ and ., begins with no digit, and is no register"
)
NO_ESCAPE: Final = (
    r"""stands for nothing; there are \n \t \r \0 \\ \" \' and \x with two digits"""
)
WRONG: Final = {
    "mvoi r1, 2": "there is no instruction mvoi; did you mean movi or movhi?",
    "MOV r1, r2": "there is no instruction MOV; did you mean mov or movi or movhi?",
    ".asci 1": "there is no instruction .asci; did you mean .asciz or .ascii?",
    "frobnicate": f"there is no instruction frobnicate; instructions are {NAMES}",
    "movi r1": "operands are 1, not 2; write movi register, number",
    "ret r1": "operands are 1, not 0; write ret",
    "beq r1, r2": "operands are 2, not 3; write beq register, register, target",
    "cmpxchg8 r1, [r2]": (
        "operands are 2, not 3; write cmpxchg8 register, register, [register + number]"
    ),
    "li r1": "operands are 1, not 2; write li register, number",
    ".text 1": "operands are 1, not 0; write .text",
    ".byte": ".byte needs numbers: .byte number, number...",
    ".ascii": '.ascii needs a string: .ascii "popcorn\\n"',
    "mov r1, r16": f"r16 is no register; {NO_REGISTER}",
    "add r1,, r2": f"an operand is empty; {NO_REGISTER}",
    ".byte 1,, 2": "an operand is empty; commas stand between operands only",
    "ld8 r1, r2": "r2 is no place in memory; write [register] or [register + number]",
    "ld8 r1, [r2": "[r2 is no place in memory; write [register] or [register + number]",
    "ld8 r1, [4+r2]": f"4 is no register; {NO_REGISTER}",
    "ld8 r1, [r2+0x80000000]": (
        "2147483648 does not fit: a place takes numbers from -2147483648 to 2147483647"
    ),
    "movi r1, 5000000000": (
        "5000000000 does not fit: movi takes numbers from -2147483648 to 2147483647; li loads any "
        "number of 64 bits into a register"
    ),
    "movhi r1, 4294967296": (
        "4294967296 does not fit: movhi takes numbers from -2147483648 to 4294967295"
    ),
    "li r1, 18446744073709551616": (
        "18446744073709551616 does not fit: li takes numbers from -9223372036854775808 to "
        "18446744073709551615"
    ),
    "jmp 0x100000000": (
        "4290772984 does not fit: the way to a target takes numbers from -2147483648 to 2147483647"
    ),
    ".byte 256": "256 does not fit: .byte takes numbers from -128 to 255",
    ".space -1": "-1 does not fit: .space takes numbers from 0 to 16777216",
    ".align 3": "nothing is aligned to 3; .align takes a power of 2 up to 4096",
    "movi r1, 0xzz": "0xzz is no number; numbers are like 10, 0x1f, 0b101, 0o17",
    "movi r1, $": (
        "$ is no number and no symbol; a number is like 10, 0x1f or 'a', and a symbol begins with "
        "a letter"
    ),
    "movi r1, 1 2": f"'1 2' is no number; {NO_SUM}",
    "movi r1, 1+": f"'1+' is no number; {NO_SUM}",
    "jmp strat": "there is no symbol strat; did you mean start?",
    ".equ a, later": (
        "there is no symbol later; symbols are start; .equ uses only what is defined above it"
    ),
    "start: ret": "start is defined on line 1 already; a symbol is defined once",
    "r1: ret": f"r1 cannot be a symbol; {NO_SYMBOL}",
    ".equ 1st, 1": f"1st cannot be a symbol; {NO_SYMBOL}",
    ".ascii x": 'x is no string; a string is in double quotes, like "popcorn\\n"',
    '.ascii "x': NO_END,
    "movi r1, 'xy'": NO_END,
    '.ascii "\\q"': f"\\q {NO_ESCAPE}",
    '.ascii "\\xg0"': f"\\xg0 {NO_ESCAPE}",
    ".space 1048576": ".text has 1048584 bytes here; it can have 1048576",
}


@pytest.mark.parametrize(("line", "hint"), WRONG.items(), ids=WRONG)
def test_a_wrong_line_is_named_with_what_would_be_right(line: str, hint: str) -> None:
    with pytest.raises(AssemblyError) as wrong:
        assemble(f"start: brk\n  {line}\nlater:")
    assert str(wrong.value) == f"line 2: {line}: {hint}"


def test_data_has_an_end() -> None:
    text = ".space 0x1000000 "
    with pytest.raises(AssemblyError) as wrong:
        assemble(f"brk\n.data\n{text}\n.byte 0")
    assert str(wrong.value) == (
        "line 4: .byte 0: .data has 16777217 bytes here; it can have 16777216"
    )


@pytest.mark.parametrize(
    ("text", "base", "hint"),
    [
        ("", BASE, "the program has no text: write at least one instruction, like brk"),
        (".data\nbrk", BASE, "the program has no text: write at least one instruction, like brk"),
        (".equ start, 5\nbrk", BASE, "the program begins at 0x5, where it has nothing"),
        ("brk", 0, "no program can begin at 0x0; a base is a multiple of 0x1000 from 0x1000 to "),
        ("brk", 0x1800, "no program can begin at 0x1800; a base is a multiple of 0x1000 from "),
        ("brk", STACK_TOP, "no program can begin at 0x7fffffff0000; a base is a multiple of "),
    ],
)
def test_what_cannot_be_a_program_is_refused(text: str, base: int, hint: str) -> None:
    with pytest.raises(AssemblyError, match=re.escape(hint)):
        assemble(text, base)


# --- the page about it ---------------------------------------------------------------------------


def test_every_instruction_and_directive_is_documented() -> None:
    rows = dict(re.findall(r"^\| `(0x\w\w)` \| `(\w+)", DOCUMENT.read_text(), re.MULTILINE))
    assert {int(code, 16): name for code, name in rows.items()} == {
        each.code: name for name, each in BY_NAME.items()
    }
    for name in NAMES.split(", "):
        assert f"`{name}" in DOCUMENT.read_text()
