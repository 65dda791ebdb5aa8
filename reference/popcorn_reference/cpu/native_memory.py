"""Frames in a file without a name, which a native processor maps where its program uses them.

The first page of the file is none of the program's: through it the processor is told what to do.
"""

import mmap
import os
from collections.abc import Iterable
from typing import Final

from popcorn_reference.faults import GuestError
from popcorn_reference.memory import PAGE_SIZE

MEMORY_BYTES: Final = 256 << 20
"""What a process may have on one kernel; Linux takes room for a page when it is first used."""


class SharedMemory:
    """Frames in one file, given out when they are first used."""

    def __init__(self, size_bytes: int = MEMORY_BYTES) -> None:
        self.file = os.memfd_create("popcorn-frames", os.MFD_CLOEXEC)
        os.ftruncate(self.file, size_bytes)
        self._view = memoryview(mmap.mmap(self.file, size_bytes))
        self.control = self._view[:PAGE_SIZE]
        self._frames: dict[int, int] = {}
        self._free: list[int] = []
        self._next = PAGE_SIZE
        self._size_bytes = size_bytes

    def frame(self, page: int) -> int:
        """Where a page's frame is in the file.

        Raises: GuestError if the file is full.
        """
        found = self._frames.get(page)
        if found is not None:
            return found
        if self._free:
            place = self._free.pop()
            self._view[place : place + PAGE_SIZE] = bytes(PAGE_SIZE)
        elif self._next < self._size_bytes:
            place, self._next = self._next, self._next + PAGE_SIZE
        else:
            raise GuestError(
                f"the program has filled its memory of {self._size_bytes >> 20} MiB on a kernel"
            )
        self._frames[page] = place
        return place

    def page(self, page: int) -> memoryview:
        """The bytes of a page."""
        place = self.frame(page)
        return self._view[place : place + PAGE_SIZE]

    def touched(self) -> Iterable[int]:
        """The pages that have frames."""
        return self._frames.keys()

    def drop(self, page: int) -> None:
        """Forget what a page holds."""
        place = self._frames.pop(page, None)
        if place is not None:
            self._free.append(place)

    def close(self) -> None:
        """Close the file; who still has a page keeps it."""
        if self.file >= 0:
            os.close(self.file)
            self.file = -1
