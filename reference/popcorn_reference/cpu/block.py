"""Frames that lie in one block of memory, given out when they are first used."""

from collections.abc import Iterable

from popcorn_reference.faults import GuestError
from popcorn_reference.memory import PAGE_SIZE


class BlockMemory:
    """The memory of one process on one kernel, in a block that its processor sees, too."""

    def __init__(self, view: memoryview, first: int = 0) -> None:
        """Frames begin at a place of the block; what is before is not the program's."""
        self._view = view
        self._frames: dict[int, int] = {}
        self._free: list[int] = []
        self._next = first

    def frame(self, page: int) -> int:
        """Where a page's frame is in the block.

        Raises: GuestError if the block is full.
        """
        found = self._frames.get(page)
        if found is not None:
            return found
        if self._free:
            place = self._free.pop()
            self._view[place : place + PAGE_SIZE] = bytes(PAGE_SIZE)
        elif self._next < len(self._view):
            place, self._next = self._next, self._next + PAGE_SIZE
        else:
            raise GuestError(
                f"the program has filled its memory of {len(self._view) >> 20} MiB on a kernel"
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
