"""Frames: the memory of one kernel for one process, page by page, whoever may use it."""

from collections.abc import Iterable
from typing import Final, Protocol

PAGE_SIZE: Final = 4096
"""Units: bytes."""


class Memory(Protocol):
    """Where the bytes of pages are. A page that was never touched is a page of zeros."""

    def page(self, page: int) -> memoryview:
        """The bytes of a page, which may be read and written in place."""

    def touched(self) -> Iterable[int]:
        """The pages that have frames."""

    def drop(self, page: int) -> None:
        """Forget what a page holds: it is a page of zeros again."""


class Frames:
    """Frames that are made when they are first used."""

    def __init__(self, size_bytes: int = PAGE_SIZE) -> None:
        self._size_bytes = size_bytes
        self._frames: dict[int, bytearray] = {}

    def page(self, page: int) -> memoryview:
        """The bytes of a page."""
        frame = self._frames.get(page)
        if frame is None:
            frame = self._frames[page] = bytearray(self._size_bytes)
        return memoryview(frame)

    def touched(self) -> Iterable[int]:
        """The pages that have frames."""
        return self._frames.keys()

    def drop(self, page: int) -> None:
        """Forget what a page holds."""
        self._frames.pop(page, None)
