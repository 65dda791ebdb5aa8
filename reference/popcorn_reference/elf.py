"""Programs: static ELF executables for x86-64 Linux, and what they find in memory when they begin.

Source: System V ABI, AMD64 supplement, 3.4.1: initial stack and auxiliary vector
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from popcorn_model.vocabulary import Access
from popcorn_reference.areas import Areas
from popcorn_reference.faults import ElfError
from popcorn_reference.memory import PAGE_SIZE

STACK_TOP: Final = 0x7FFF_FFFF_0000
STACK_BYTES: Final = 8 << 20
STRINGS_BYTES_MAX: Final = STACK_BYTES // 4
"""What arguments and environment may take of the stack, as on Linux."""
PIE_BASE: Final = 0x5555_5555_4000
HEAP_GAP_PAGES: Final = 16

_AT_PHDR, _AT_PHENT, _AT_PHNUM, _AT_PAGESZ, _AT_BASE, _AT_FLAGS, _AT_ENTRY = 3, 4, 5, 6, 7, 8, 9
_AT_UID, _AT_EUID, _AT_GID, _AT_EGID, _AT_PLATFORM, _AT_HWCAP, _AT_CLKTCK = range(11, 18)
_AT_SECURE, _AT_RANDOM, _AT_EXECFN = 23, 25, 31
_RANDOM: Final = bytes(range(16))
"""What programs find as random bytes: the same in each run."""


@dataclass
class Image:
    """A program as it lies in memory before its first instruction."""

    entry: int
    stack: int
    heap: int
    """Where the heap begins."""
    areas: Areas
    pages: dict[int, bytearray]

    def write(self, address: int, data: bytes) -> None:
        """Put bytes in memory."""
        while data:
            page, offset = divmod(address, PAGE_SIZE)
            frame = self.pages.setdefault(page, bytearray(PAGE_SIZE))
            piece = data[: PAGE_SIZE - offset]
            frame[offset : offset + len(piece)] = piece
            address, data = address + len(piece), data[len(piece) :]


def read_program(path: Path) -> bytes:
    """The bytes of a file.

    Raises: ElfError if it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ElfError(f"{path} cannot be read: {error.strerror}") from None


def load(
    data: bytes, name: str, arguments: Sequence[str] = (), environment: Mapping[str, str] = {}
) -> Image:
    """The image of a program.

    Raises: ElfError if it is not a static ELF executable for x86-64, or is damaged.
    """
    from elftools.common.exceptions import ELFError
    from elftools.construct import ConstructError
    from elftools.elf.elffile import ELFFile

    if data[:4] != b"\x7fELF":
        start = data[:4].hex(" ") or "nothing"
        raise ElfError(f"{name} is not an ELF file: it begins with {start}")
    try:
        elf = ELFFile(BytesIO(data))
        _check(elf, name)
        segments = [(s.header, s.data()) for s in elf.iter_segments() if s["p_type"] == "PT_LOAD"]
        kinds = {s["p_type"] for s in elf.iter_segments()}
    except (ELFError, ConstructError, UnicodeDecodeError, OverflowError, MemoryError) as error:
        raise ElfError(f"{name} is truncated or damaged: {error or type(error).__name__}") from None
    if "PT_INTERP" in kinds:
        raise ElfError(f"{name} is linked dynamically; link it with -static")
    base = PIE_BASE if elf["e_type"] == "ET_DYN" else 0
    image = Image(base + elf["e_entry"], 0, 0, Areas(), {})
    _map(image, segments, base, name, len(data))
    header = elf.header
    vector = {
        _AT_PHDR: _find_headers(header, base, segments),
        _AT_PHENT: header["e_phentsize"],
        _AT_PHNUM: header["e_phnum"],
    }
    _make_stack(image, vector, (name, *arguments), environment)
    return image


def _check(elf: object, name: str) -> None:
    header = elf.header  # type: ignore[attr-defined]
    machine, kind = header["e_machine"], header["e_type"]
    if machine != "EM_X86_64" or header["e_ident"]["EI_CLASS"] != "ELFCLASS64":
        raise ElfError(f"{name} is for {machine} ({header['e_ident']['EI_CLASS']}), not for x86-64")
    if kind not in ("ET_EXEC", "ET_DYN"):
        raise ElfError(f"{name} is no executable but {kind}")


Segments = Sequence[tuple[Mapping[str, int], bytes]]


def _map(image: Image, segments: Segments, base: int, name: str, size: int) -> None:
    if not segments:
        raise ElfError(f"{name} has nothing to load")
    top = 0
    for header, data in segments:
        if len(data) != header["p_filesz"]:
            raise ElfError(
                f"{name} is truncated: a segment of {header['p_filesz']} bytes at "
                f"{header['p_offset']:#x} goes beyond its {size} bytes"
            )
        if header["p_memsz"] < header["p_filesz"]:
            raise ElfError(f"{name} is damaged: a segment is longer in the file than in memory")
        start, length = base + header["p_vaddr"], header["p_memsz"]
        end = start + length
        if end >= STACK_TOP - STACK_BYTES or start < PAGE_SIZE:
            raise ElfError(f"{name} wants memory from {start:#x} to {end:#x}, where it cannot be")
        first, last = start // PAGE_SIZE, (end + PAGE_SIZE - 1) // PAGE_SIZE
        flags = header["p_flags"]
        access = Access.WRITE if flags & 2 else Access.READ
        image.areas.set(first, last, access)
        image.write(start, data)
        top = max(top, last)
    if image.areas.find(image.entry // PAGE_SIZE) is None:
        raise ElfError(f"{name} begins at {image.entry:#x}, where nothing is loaded")
    image.heap = (top + HEAP_GAP_PAGES) * PAGE_SIZE


def _make_stack(
    image: Image,
    headers: Mapping[int, int],
    arguments: Sequence[str],
    environment: Mapping[str, str],
) -> None:
    low = (STACK_TOP - STACK_BYTES) // PAGE_SIZE
    image.areas.set(low, STACK_TOP // PAGE_SIZE, Access.WRITE)
    at = STACK_TOP

    def push(data: bytes) -> int:
        nonlocal at
        at -= len(data)
        image.write(at, data)
        return at

    def push_string(text: str) -> int:
        return push(text.encode(errors="surrogateescape") + b"\0")

    name = push_string(arguments[0])
    texts = [push_string(f"{key}={value}") for key, value in environment.items()]
    words = [push_string(each) for each in arguments]
    platform, random = push_string("x86_64"), push(_RANDOM)
    vector = {
        **headers,
        _AT_PAGESZ: PAGE_SIZE,
        _AT_BASE: 0,
        _AT_FLAGS: 0,
        _AT_ENTRY: image.entry,
        _AT_UID: 0,
        _AT_EUID: 0,
        _AT_GID: 0,
        _AT_EGID: 0,
        _AT_PLATFORM: platform,
        _AT_HWCAP: 0x078BFBFD,
        _AT_CLKTCK: 100,
        _AT_SECURE: 0,
        _AT_RANDOM: random,
        _AT_EXECFN: name,
    }
    if STACK_TOP - at + 8 * (len(words) + len(texts)) > STRINGS_BYTES_MAX:
        raise ElfError(
            f"{arguments[0][:80]} is given {STACK_TOP - at} bytes of arguments and environment: "
            f"at most {STRINGS_BYTES_MAX} fit"
        )
    numbers = [len(words), *words, 0, *texts, 0, *_flat(vector), 0, 0]
    at = (at - 8 * len(numbers)) & ~15
    image.write(at, b"".join(number.to_bytes(8, "little") for number in numbers))
    image.stack = at


def _flat(vector: Mapping[int, int]) -> Iterator[int]:
    for key, value in vector.items():
        yield key
        yield value


def _find_headers(header: Mapping[str, int], base: int, segments: Segments) -> int:
    """Where the program headers are in memory."""
    offset = header["e_phoff"]
    for segment, _ in segments:
        if segment["p_offset"] <= offset < segment["p_offset"] + segment["p_filesz"]:
            return base + segment["p_vaddr"] + offset - segment["p_offset"]
    return 0
