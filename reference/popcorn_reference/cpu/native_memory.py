"""Frames in a file without a name, which a native processor maps where its program uses them.

The first page of the file is none of the program's: through it the processor is told what to do.
"""

import mmap
import os
from typing import Final

from popcorn_reference.cpu.block import BlockMemory
from popcorn_reference.memory import PAGE_SIZE

MEMORY_BYTES: Final = 256 << 20
"""What a process may have on one kernel; Linux takes room for a page when it is first used."""


class SharedMemory(BlockMemory):
    """Frames in one file."""

    def __init__(self, size_bytes: int = MEMORY_BYTES) -> None:
        self.file = os.memfd_create("popcorn-frames", os.MFD_CLOEXEC)
        os.ftruncate(self.file, size_bytes)
        view = memoryview(mmap.mmap(self.file, size_bytes))
        super().__init__(view, first=PAGE_SIZE)
        self.control = view[:PAGE_SIZE]

    def close(self) -> None:
        """Close the file; who still has a page keeps it."""
        if self.file >= 0:
            os.close(self.file)
            self.file = -1
