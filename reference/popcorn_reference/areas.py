"""The areas of a process: which ranges of pages are mapped, and what may be done there.

Only the origin has them. A page can be mapped and allow nothing, as under a stack that may not
grow: it is not free, and whoever uses it gets a signal.
"""

from bisect import bisect_right
from collections.abc import Iterator

from popcorn_model.vocabulary import Access


class Areas:
    """Ranges of pages that do not overlap, in order.

    Cost: an operation takes time as there are ranges, whatever the number of pages in them.
    """

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._areas: list[tuple[int, int, Access]] = []

    def __iter__(self) -> Iterator[tuple[int, int, Access]]:
        """Each range: its first page, the page after its last, what it allows."""
        return iter(tuple(self._areas))

    def find(self, page: int) -> tuple[int, int, Access] | None:
        """The range that a page is in."""
        at = bisect_right(self._starts, page) - 1
        if at >= 0 and page < self._areas[at][1]:
            return self._areas[at]
        return None

    def access(self, page: int) -> Access:
        """What may be done with a page; nothing where nothing is mapped."""
        found = self.find(page)
        return found[2] if found else Access.NONE

    def is_free(self, first: int, end: int) -> bool:
        """Whether nothing is mapped from one page up to another."""
        return all(stop <= first or end <= start for start, stop, _ in self._areas)

    def is_mapped(self, first: int, end: int) -> bool:
        """Whether all is mapped from one page up to another."""
        at = first
        for start, stop, _ in self._areas:
            if start <= at < stop:
                at = stop
        return at >= end

    def set(self, first: int, end: int, access: Access | None) -> None:
        """Map a range anew, or unmap it if there is no access, whatever was there before."""
        kept = []
        for start, stop, allowed in self._areas:
            if stop <= first or end <= start:
                kept.append((start, stop, allowed))
                continue
            if start < first:
                kept.append((start, first, allowed))
            if end < stop:
                kept.append((end, stop, allowed))
        if access is not None and first < end:
            kept.append((first, end, access))
        self._areas = sorted(kept)
        self._starts = [start for start, _, _ in self._areas]

    def find_room(self, count: int, low: int, high: int) -> int | None:
        """The first page of the highest free range of so many pages between two pages."""
        top = high
        for start, stop, _ in reversed(self._areas):
            if stop <= top and top - max(stop, low) >= count:
                break
            top = min(top, start)
        return top - count if top - count >= low else None

    def copy(self) -> "Areas":
        """The same areas for another process."""
        other = Areas()
        other._starts, other._areas = list(self._starts), list(self._areas)
        return other
