"""What is outside, for programs that run here: files under a root, standard output, a clock."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_ENOENT, _EBADF, _EINVAL, _EROFS = -2, -9, -22, -30
_KEPT_FLAGS: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_TRUNC | os.O_APPEND
# Nobody at the other end of a pipe may keep the whole multikernel waiting.
_SAFE_FLAGS: Final = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
Result = int | bytes


@dataclass
class Host:
    """Files and clocks.

    A program sees what lies under `root` as if it were all there is; nothing if there is no root.
    """

    root: Path | None = None
    is_writable: bool = False
    outputs: dict[int, Callable[[bytes], object]] = field(default_factory=dict)
    """Who gets what is written to standard output (1) and error (2)."""
    clock: Callable[[int], int] = lambda which: time.monotonic_ns() if which else time.time_ns()
    _files: dict[int, int] = field(default_factory=dict)
    _next: int = 3

    def call(self, name: str, arguments: tuple[Result, ...]) -> Result:
        """Do what a system call has asked for: its result, or an error as Linux numbers it."""
        try:
            return _CALLS[name](self, *arguments)
        except OSError as error:
            return -(error.errno or 5)

    def close(self) -> None:
        """Close what is open."""
        for number in self._files.values():
            os.close(number)
        self._files.clear()

    def _open(self, path: bytes, flags: int, mode: int) -> int:
        if self.root is None or not path:
            return _ENOENT
        wants_write = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        if wants_write and not self.is_writable:
            return _EROFS
        folder, name = self._walk(path)
        try:
            number = os.open(name, flags & _KEPT_FLAGS | _SAFE_FLAGS, mode & 0o777, dir_fd=folder)
        finally:
            os.close(folder)
        handle, self._next = self._next, self._next + 1
        self._files[handle] = number
        return handle

    def _walk(self, path: bytes) -> tuple[int, bytes]:
        """The folder of a path, opened step by step so that no link leads outside the root."""
        assert self.root is not None
        parts: list[bytes] = []
        for part in path.split(b"/"):
            if part == b"..":
                parts = parts[:-1]
            elif part not in (b"", b"."):
                parts.append(part)
        folder = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        for part in parts[:-1]:
            try:
                inner = os.open(part, os.O_DIRECTORY | _SAFE_FLAGS, dir_fd=folder)
            finally:
                os.close(folder)
            folder = inner
        return folder, parts[-1] if parts else b"."

    def _read(self, handle: int, size: int) -> Result:
        if handle == 0:
            return os.read(0, size)
        return os.read(self._files[handle], size) if handle in self._files else _EBADF

    def _write(self, handle: int, data: bytes) -> int:
        if handle in self.outputs:
            self.outputs[handle](data)
            return len(data)
        return os.write(self._files[handle], data) if handle in self._files else _EBADF

    def _lseek(self, handle: int, offset: int, whence: int) -> int:
        if handle < 3:
            return -29
        if whence > os.SEEK_END:
            return _EINVAL
        return os.lseek(self._files[handle], offset, whence) if handle in self._files else _EBADF

    def _close(self, handle: int) -> int:
        if handle in self._files:
            os.close(self._files.pop(handle))
        return 0

    def _clock(self, which: int) -> int:
        return self.clock(which)


_CALLS: Final[dict[str, Callable[..., Result]]] = {
    "open": Host._open,
    "read": Host._read,
    "write": Host._write,
    "lseek": Host._lseek,
    "close": Host._close,
    "clock": Host._clock,
}
