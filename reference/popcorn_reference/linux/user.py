"""A program's memory, as system calls at the origin use it: page by page, each taken first."""

from collections.abc import Generator
from typing import Final

from popcorn_model.vocabulary import Call
from popcorn_reference.memory import PAGE_SIZE
from popcorn_reference.questions import Outcome, Part, Request

Reads = Generator[Request, Outcome, bytes]
Writes = Generator[Request, Outcome, None]
PATH_BYTES_MAX: Final = 4096


class BadAddress(Exception):
    """A system call was given an address that it may not use: it returns EFAULT."""


def read(address: int, size: int) -> Reads:
    """Bytes of the program's memory.

    Raises: BadAddress.
    """
    out = bytearray()
    while size:
        page, offset = divmod(address, PAGE_SIZE)
        view = yield Part(Call.LOOK, page)
        if not isinstance(view, memoryview):
            raise BadAddress(hex(address))
        piece = view[offset : offset + size]
        out += piece
        address, size = address + len(piece), size - len(piece)
    return bytes(out)


def write(address: int, data: bytes) -> Writes:
    """Write to the program's memory.

    Raises: BadAddress.
    """
    while data:
        page, offset = divmod(address, PAGE_SIZE)
        view = yield Part(Call.FILL, page)
        if not isinstance(view, memoryview):
            raise BadAddress(hex(address))
        room = view[offset : offset + len(data)]
        room[:] = data[: len(room)]
        address, data = address + len(room), data[len(room) :]


def read_number(address: int, size: int) -> Generator[Request, Outcome, int]:
    """A little-endian number of so many bytes."""
    return int.from_bytes((yield from read(address, size)), "little")


def read_string(address: int) -> Reads:
    """Bytes up to a zero.

    Raises: BadAddress, also if there is none for a long way.
    """
    out = bytearray()
    while len(out) < PATH_BYTES_MAX:
        piece = yield from read(address, PAGE_SIZE - address % PAGE_SIZE)
        end = piece.find(b"\0")
        if end >= 0:
            return bytes(out + piece[:end])
        out += piece
        address += len(piece)
    raise BadAddress(hex(address))
