"""The memory that instructions of the small machine can use, and what they lack of it."""

from collections.abc import Callable
from typing import Final, TypeVar

from popcorn_model.vocabulary import Access
from popcorn_reference.memory import PAGE_SIZE, Memory
from popcorn_reference.messages import Wanted

MASK: Final = (1 << 64) - 1
"""Addresses, like all numbers, are counted modulo 2**64."""
SHIFT: Final = PAGE_SIZE.bit_length() - 1
OFFSET: Final = PAGE_SIZE - 1
_PAGES: Final = 1 << 64 - SHIFT

_Value = TypeVar("_Value")


class Lacks(Exception):
    """An instruction uses pages that may not be used so."""

    def __init__(self, pages: Wanted) -> None:
        super().__init__(pages)
        self.pages = pages


class Lazy(dict[int, _Value]):
    """What is found when it is first looked for."""

    def __init__(self, find: Callable[[int], _Value]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, key: int) -> _Value:
        found = self[key] = self._find(key)
        return found


class Reach:
    """The memory that instructions can use."""

    def __init__(self, memory: Memory, before_write: Callable[[int], None]) -> None:
        """`before_write` is told of a page before it is changed first, and first after `watch`."""
        self.memory = memory
        self.access: dict[int, Access] = {}
        self.readable: Lazy[memoryview] = Lazy(self._find_readable)
        self.writable: Lazy[memoryview] = Lazy(self._find_writable)
        self._before_write = before_write

    def _find_readable(self, page: int) -> memoryview:
        self.demand(page << SHIFT, 1, Access.READ)
        return self.memory.page(page)

    def _find_writable(self, page: int) -> memoryview:
        self.demand(page << SHIFT, 1, Access.WRITE)
        self._before_write(page)
        return self.memory.page(page)

    def watch(self, page: int) -> None:
        """Tell again before the page is changed."""
        self.writable.pop(page, None)

    def forget(self) -> None:
        """Find all frames anew."""
        self.readable.clear()
        self.writable.clear()

    def lacking(self, address: int, size: int, access: Access) -> Wanted:
        """What of a range of bytes may not be used so; a range may end beyond the last address."""
        first, last = address >> SHIFT, address + size - 1 >> SHIFT
        pages = [page % _PAGES for page in range(first, last + 1)]
        allowed = {access, Access.WRITE}
        return tuple((page, access) for page in pages if self.access.get(page) not in allowed)

    def demand(self, address: int, size: int, access: Access) -> None:
        """Go on only if a range of bytes may be used so.

        Raises: Lacks.
        """
        lacking = self.lacking(address, size, access)
        if lacking:
            raise Lacks(tuple(sorted(lacking)))

    def read_bytes(self, address: int, size: int) -> bytes:
        """Bytes, of at most two pages.

        Raises: Lacks.
        """
        page, at = address >> SHIFT, address & OFFSET
        if at + size <= PAGE_SIZE:
            return bytes(self.readable[page][at : at + size])
        self.demand(address, size, Access.READ)
        rest = at + size - PAGE_SIZE
        return bytes(self.readable[page][at:]) + bytes(self.readable[(page + 1) % _PAGES][:rest])

    def read(self, address: int, size: int) -> int:
        """A number.

        Raises: Lacks.
        """
        return int.from_bytes(self.read_bytes(address, size), "little")

    def write(self, address: int, size: int, value: int) -> None:
        """Write as many bytes of a number.

        Raises: Lacks, and then nothing is written.
        """
        data = (value & (1 << 8 * size) - 1).to_bytes(size, "little")
        page, at = address >> SHIFT, address & OFFSET
        if at + size <= PAGE_SIZE:
            self.writable[page][at : at + size] = data
            return
        self.demand(address, size, Access.WRITE)
        rest = PAGE_SIZE - at
        self.writable[page][at:] = data[:rest]
        self.writable[(page + 1) % _PAGES][: size - rest] = data[rest:]

    def demand_copy(self, target: int, source: int) -> None:
        """Go on only if one byte may be written and another be read.

        Raises: Lacks, with both pages if both are lacking.
        """
        if target >> SHIFT in self.writable and source >> SHIFT in self.readable:
            return
        lacking = dict(self.lacking(source, 1, Access.READ))
        lacking.update(self.lacking(target, 1, Access.WRITE))
        if lacking:
            raise Lacks(tuple(sorted(lacking.items())))
