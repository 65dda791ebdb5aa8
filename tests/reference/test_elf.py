"""What is no program for these processors is refused by name; nothing else ever comes of it."""

import struct
from typing import Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from popcorn_model.vocabulary import Access
from popcorn_reference.drivers.simulation import Settings
from popcorn_reference.elf import Image, load
from popcorn_reference.faults import ElfError
from popcorn_reference.memory import PAGE_SIZE
from support.guests import Run, build, run_natively

TEXT, DATA, ENTRY = 0x400000, 0x600000, 0x400100
EXAMPLES_MAX: Final = 400
HEADER_BYTES: Final = 1024


def make_elf(kind: int = 2, machine: int = 62, *more: tuple[int, ...]) -> bytes:
    """An executable with a page to read and one to write."""
    heads: list[tuple[int, ...]] = [(1, 5, 0, TEXT, TEXT, 0x200, 0x200, 4096)]
    heads += [(1, 6, 0x200, DATA, DATA, 4, 9000, 4096)]
    heads += more
    ident = b"\x7fELF\2\1\1" + bytes(9)
    header = struct.pack(
        "<HHIQQQIHHHHHH", kind, machine, 1, ENTRY, 64, 0, 0, 64, 56, len(heads), 64, 0, 0
    )
    table = b"".join(struct.pack("<IIQQQQQQ", *head) for head in heads)
    return (ident + header + table).ljust(0x200, b"\x90") + b"data" + bytes(900)


WHOLE: Final = make_elf()


def attempt(data: bytes) -> Image | None:
    """The image, or None if the bytes are refused as they should be."""
    try:
        return load(data, "it")
    except ElfError as error:
        told = str(error)
    assert told.startswith("it ")
    return None


def test_a_program_lies_where_it_says() -> None:
    image = load(WHOLE, "it", ("one", "two"), {"A": "b"})
    assert image.entry == ENTRY
    assert image.areas.access(TEXT // PAGE_SIZE) is Access.READ
    assert [image.areas.access(DATA // PAGE_SIZE + i) for i in range(3)] == [Access.WRITE] * 3
    assert image.pages[DATA // PAGE_SIZE][:5] == b"data\0"
    assert image.heap > DATA + 9000
    page, offset = divmod(image.stack, PAGE_SIZE)
    assert int.from_bytes(image.pages[page][offset : offset + 8], "little") == 3
    assert image.stack % 16 == 0


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "begins with nothing"),
        (b"#!/bin/sh\n", "begins with 23 21"),
        (make_elf(kind=1), "no executable"),
        (make_elf(2, 183), "EM_AARCH64"),
        (b"\x7fELF\1" + WHOLE[5:], "damaged|ELFCLASS32"),
        (make_elf(2, 62, (3, 4, 0, 0, 0, 8, 8, 1)), "linked dynamically"),
        (make_elf(2, 62, (1, 4, 0, 0, 0, 8, 8, 1)), "where it cannot be"),
        (make_elf(2, 62, (1, 4, 0, 1 << 62, 0, 8, 8, 1)), "where it cannot be"),
        (make_elf(2, 62, (1, 4, 0, 0x700000, 0, 80, 8, 1)), "longer in the file than in memory"),
        (make_elf(2, 62, (1, 4, 0, 0x700000, 0, 1 << 40, 1 << 41, 1)), "truncated"),
        (struct.pack("<24sQ", WHOLE[:24], 0x900000) + WHOLE[32:], "nothing is loaded"),
    ],
)
def test_what_is_wrong_is_told(data: bytes, told: str) -> None:
    with pytest.raises(ElfError, match=told):
        load(data, "it")


def test_arguments_have_an_end() -> None:
    with pytest.raises(ElfError, match="arguments"):
        load(WHOLE, "it", ("x" * 10_000_000,))


@pytest.mark.parametrize("length", [*range(0, 300), 0x1FF, 0x200, 0x203])
def test_a_truncated_program_is_refused(length: int) -> None:
    assert attempt(WHOLE[:length]) is None


@settings(max_examples=EXAMPLES_MAX)
@given(
    flips=st.lists(
        st.tuples(st.integers(0, HEADER_BYTES - 1), st.integers(1, 255)), min_size=1, max_size=6
    ),
    length=st.none() | st.integers(0, len(WHOLE)),
)
@example(flips=[(32, 255), (39, 255)], length=None)
@example(flips=[(54, 255)], length=None)
@example(flips=[(56, 255), (57, 255)], length=None)
def test_a_damaged_program_is_refused_or_loaded(
    flips: list[tuple[int, int]], length: int | None
) -> None:
    damaged = bytearray(WHOLE)
    for place, mask in flips:
        damaged[place] ^= mask
    attempt(bytes(damaged[:length]))


@pytest.mark.tool("musl-gcc")
@settings(max_examples=EXAMPLES_MAX)
@given(
    flips=st.lists(st.tuples(st.integers(0, HEADER_BYTES - 1), st.integers(1, 255)), max_size=4),
    length=st.none() | st.integers(0, 40_000),
)
def test_a_damaged_real_program_is_refused_or_loaded(
    flips: list[tuple[int, int]], length: int | None
) -> None:
    damaged = bytearray(build("hello").read_bytes()[:length])
    for place, mask in flips:
        if place < len(damaged):
            damaged[place] ^= mask
    attempt(bytes(damaged))


@pytest.mark.tool("musl-gcc")
def test_a_dynamic_program_is_refused() -> None:
    with pytest.raises(ElfError, match="linked dynamically; link it with -static"):
        load(build("hello", link="-pie").read_bytes(), "it")


@pytest.mark.tool("gcc")
def test_a_program_that_can_lie_anywhere_runs() -> None:
    program = build("hello", "gcc", "-static-pie")
    with Run(program, Settings(seed=1)) as run:
        assert run.finish() == run_natively(program)
