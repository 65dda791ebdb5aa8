"""The origin's directory of pages: who has copies, for whom a page is taken, and who waits.

A question takes the pages that it is about before the origin does anything with them. Whoever is in
the way is told so; when all have given way the question has its page until it gives it back. Who
comes meanwhile waits in the order of coming.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from popcorn_model.vocabulary import Access
from popcorn_reference.messages import Gave, Recall
from popcorn_reference.outputs import Output, Send
from popcorn_reference.tables import WAY, Claim, Holding


@dataclass
class Entry:
    """What the directory says of one page."""

    holdings: dict[int, Holding] = field(default_factory=dict)
    taken: int | None = None
    to: Access = Access.NONE
    due: set[int] = field(default_factory=set)
    queue: deque[int] = field(default_factory=deque)

    def holding(self, kernel: int) -> Holding:
        """What a kernel has of the page."""
        return self.holdings.get(kernel, Holding.NOTHING)

    def hold(self, kernel: int, holding: Holding) -> None:
        """Note what a kernel has of the page."""
        if holding is Holding.NOTHING:
            self.holdings.pop(kernel, None)
        else:
            self.holdings[kernel] = holding

    @property
    def is_idle(self) -> bool:
        """Whether nobody has the page or wants it."""
        return not (self.holdings or self.queue) and self.taken is None


class Directory:
    """The pages of one process, seen from its origin."""

    def __init__(self, process: int) -> None:
        self.process = process
        self.entries: dict[int, Entry] = {}

    def entry(self, page: int) -> Entry:
        """What is known of a page."""
        return self.entries.setdefault(page, Entry())

    def has(self, thread: int, page: int) -> bool:
        """Whether a thread's question has taken the page."""
        entry = self.entries.get(page)
        return entry is not None and entry.taken == thread

    def is_settled(self, page: int) -> bool:
        """Whether nobody is waited for about a page."""
        return not self.entry(page).due

    def take(self, thread: int, page: int, access: Access, excused: int) -> Iterator[Output]:
        """A question takes a page that is free; the excused kernel is not in its way."""
        entry = self.entry(page)
        assert entry.taken is None
        entry.taken, entry.to = thread, access
        for kernel in sorted(entry.holdings):
            if WAY.at(entry.holding(kernel), _claim(kernel == excused, access)).recalled:
                entry.due.add(kernel)
                yield Send(kernel, Recall(self.process, page, access))

    def note(self, kernel: int, gave: Gave) -> bool:
        """A kernel has given way: whether that was asked for."""
        entry = self.entries.get(gave.page)
        if entry is None or kernel not in entry.due:
            return False
        entry.due.discard(kernel)
        way = WAY.at(entry.holding(kernel), _claim(False, entry.to))
        entry.hold(kernel, way.holds)
        return True

    def give_back(self, thread: int, pages: Mapping[int, object] | None = None) -> list[int]:
        """A question gives back what it has taken; the threads that may go on now."""
        woken: list[int] = []
        for page in list(self.entries if pages is None else pages):
            entry = self.entries.get(page)
            if entry is not None and entry.taken == thread:
                entry.taken, entry.to = None, Access.NONE
                woken.extend(entry.queue)
                entry.queue.clear()
                if entry.is_idle:
                    del self.entries[page]
        return woken

    def leave_queues(self, thread: int) -> None:
        """A question waits for no page any more."""
        for entry in self.entries.values():
            if thread in entry.queue:
                entry.queue.remove(thread)


def _claim(is_excused: bool, access: Access) -> Claim:
    if access is Access.WRITE:
        return Claim.OWN_WRITE if is_excused else Claim.WRITE
    return Claim.OWN_READ if is_excused else Claim.READ
