"""System calls about files: what is outside is asked for through the origin, whoever asks."""

from collections.abc import Generator
from typing import Final

from popcorn_reference.linux import user
from popcorn_reference.linux.numbers import Err
from popcorn_reference.linux.process import OpenFile, Process
from popcorn_reference.questions import Outcome, Outside, Program, Question, Request

_COUNT_MAX: Final = 0x7FFFF000
_VECTORS_MAX: Final = 1024
_FILES_MAX: Final = 1024
_AT_FDCWD: Final = -100
_PIECE_BYTES: Final = 1 << 16
_CLOCKS_MAX: Final = 11
_WALL_CLOCKS: Final = (0, 5)


def _ask(name: str, *arguments: int | bytes) -> Generator[Request, Outcome, int]:
    """Something outside that ends with a number."""
    result = yield Outside(name, arguments)
    assert isinstance(result, int)
    return result


def _get(process: Process, number: int) -> OpenFile | None:
    return process.files.get(number & 0xFFFFFFFF)


def write(process: Process, question: Question) -> Program:
    """Write to a file."""
    number, address, size = question.arguments[1:4]
    return (yield from _write_vectors(process, number, [(address, size)]))


def writev(process: Process, question: Question) -> Program:
    """Write several pieces to a file."""
    number, address, count = question.arguments[1:4]
    vectors = yield from _read_vectors(address, count)
    if vectors is None:
        return Err.EINVAL
    return (yield from _write_vectors(process, number, vectors))


def _read_vectors(
    address: int, count: int
) -> Generator[Request, Outcome, list[tuple[int, int]] | None]:
    if count > _VECTORS_MAX:
        return None
    data = yield from user.read(address, 16 * count)
    numbers = [int.from_bytes(data[at : at + 8], "little") for at in range(0, len(data), 8)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _write_vectors(
    process: Process, number: int, vectors: list[tuple[int, int]]
) -> Generator[Request, Outcome, int]:
    file = _get(process, number)
    if file is None:
        return Err.EBADF
    data = bytearray()
    for address, size in vectors:
        data += yield from user.read(address, min(size, _COUNT_MAX))
    return (yield from _ask("write", file.handle, bytes(data)))


def read(process: Process, question: Question) -> Program:
    """Read from a file."""
    number, address, size = question.arguments[1:4]
    return (yield from _read_piece(process, number, address, size))


def readv(process: Process, question: Question) -> Program:
    """Read from a file into several places."""
    number, address, count = question.arguments[1:4]
    vectors = yield from _read_vectors(address, count)
    if vectors is None:
        return Err.EINVAL
    total = 0
    for place, size in vectors:
        got = yield from _read_piece(process, number, place, size)
        if got < 0:
            return total or got
        total += got
        if got < size:
            break
    return total


def _read_piece(
    process: Process, number: int, address: int, size: int
) -> Generator[Request, Outcome, int]:
    file = _get(process, number)
    if file is None:
        return Err.EBADF
    data = yield Outside("read", (file.handle, min(size, _PIECE_BYTES)))
    if not isinstance(data, bytes):
        assert isinstance(data, int)
        return data
    yield from user.write(address, data)
    return len(data)


def openat(process: Process, question: Question) -> Program:
    """Open a file under the root that the program may see."""
    folder, address, flags, mode = question.arguments[1:5]
    return (yield from _open(process, folder, address, flags, mode))


def open_(process: Process, question: Question) -> Program:
    """Open a file."""
    address, flags, mode = question.arguments[1:4]
    return (yield from _open(process, _AT_FDCWD & 0xFFFFFFFF, address, flags, mode))


def _open(
    process: Process, folder: int, address: int, flags: int, mode: int
) -> Generator[Request, Outcome, int]:
    path = yield from user.read_string(address)
    if folder & 0xFFFFFFFF != _AT_FDCWD & 0xFFFFFFFF and not path.startswith(b"/"):
        return Err.EBADF
    number = next((n for n in range(_FILES_MAX) if n not in process.files), None)
    if number is None:
        return Err.EMFILE
    handle = yield from _ask("open", path, flags & 0xFFFFFFFF, mode & 0o7777)
    if handle < 0:
        return handle
    number = next(n for n in range(_FILES_MAX + 1) if n not in process.files)
    process.files[number] = OpenFile(handle)
    return number


def close(process: Process, question: Question) -> Program:
    """Close a file."""
    file = process.files.pop(question.arguments[1] & 0xFFFFFFFF, None)
    if file is None:
        return Err.EBADF
    file.users -= 1
    if file.users == 0:
        yield from _ask("close", file.handle)
    return 0


def lseek(process: Process, question: Question) -> Program:
    """Move to another place in a file."""
    number, offset, whence = question.arguments[1:4]
    file = _get(process, number)
    if file is None:
        return Err.EBADF
    return (yield from _ask("lseek", file.handle, _signed(offset), whence & 0xFFFFFFFF))


def clock_gettime(process: Process, question: Question) -> Program:
    """What time it is; every clock but those of the wall shows the time that the run has taken."""
    clock, address = question.arguments[1] & 0xFFFFFFFF, question.arguments[2]
    if clock > _CLOCKS_MAX:
        return Err.EINVAL
    now = yield from _ask("clock", int(clock not in _WALL_CLOCKS))
    yield from user.write(address, _time(now, 1))
    return 0


def clock_getres(process: Process, question: Question) -> Program:
    """How fine a clock is."""
    clock, address = question.arguments[1] & 0xFFFFFFFF, question.arguments[2]
    if clock > _CLOCKS_MAX:
        return Err.EINVAL
    if address:
        yield from user.write(address, _time(1, 1))
    return 0


def gettimeofday(process: Process, question: Question) -> Program:
    """What time it is, in microseconds."""
    now = yield from _ask("clock", 0)
    if question.arguments[1]:
        yield from user.write(question.arguments[1], _time(now, 1000))
    return 0


def time(process: Process, question: Question) -> Program:
    """What time it is, in seconds."""
    now = (yield from _ask("clock", 0)) // 1_000_000_000
    if question.arguments[1]:
        yield from user.write(question.arguments[1], now.to_bytes(8, "little"))
    return now


def _time(nanoseconds: int, unit: int) -> bytes:
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return seconds.to_bytes(8, "little") + (rest // unit).to_bytes(8, "little")


def _signed(number: int) -> int:
    return number - (1 << 64) if number >> 63 else number
