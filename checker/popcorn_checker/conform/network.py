"""What is on its way between kernels: messages of a pair arrive in the order of sending."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from popcorn_checker.conform.messages import Message

Link = tuple[int, int]
"""From which kernel, and to which."""


@dataclass
class Network:
    """Queues of messages, one for each pair of kernels that has talked."""

    links: dict[Link, deque[Message]] = field(default_factory=dict)
    order: list[Link] = field(default_factory=list)
    """The link of each message that waits, the oldest first."""
    taken: dict[Link, Message] = field(default_factory=dict)
    """The last message of each link that has arrived."""

    def send(self, link: Link, message: Message) -> None:
        """A message is on its way."""
        self.links.setdefault(link, deque()).append(message)
        self.order.append(link)

    def take(self, link: Link) -> Message:
        """The first message of a link arrives."""
        self.order.remove(link)
        self.taken[link] = self.links[link].popleft()
        return self.taken[link]

    def first(self, link: Link) -> Message | None:
        """What would arrive next on a link."""
        queue = self.links.get(link)
        return queue[0] if queue else None

    def waiting(self) -> Iterator[tuple[Link, Message]]:
        """All messages that are on their way."""
        for link, queue in sorted(self.links.items()):
            yield from ((link, message) for message in queue)

    def open_links(self) -> list[Link]:
        """Links on which something can arrive, the one with the oldest message first."""
        return list(dict.fromkeys(self.order))
