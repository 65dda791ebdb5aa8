"""Messages on their way, as the model has them and as the network has them: to be compared.

Both are told as tuples that begin with the kind of message and say who is at the other end than
the origin. Of a page that a message carries they say whether it is carried; what it holds is looked
at when the message is sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

from msgspec import UNSET

from popcorn_checker.conform import messages
from popcorn_checker.conform.network import Link, Network
from popcorn_checker.conform.world import ACCESSES, ORIGIN, PARCELS, World
from popcorn_checker.evaluate import State

Sight = tuple[Any, ...]


def see_state(world: World, state: State, unheard: Collection[int]) -> frozenset[Sight]:
    """What the model says is on its way; of questions, those that the origin has not heard."""
    get, found = world.get, set[Sight]()
    for k in range(world.kernels):
        for t in range(world.threads):
            if t in unheard and get(state, "asks", t, k):
                found.add(("CALL", k, t))
            if get(state, "answers", t, k):
                found.add(("ANSWER", k, t, _grants(world, state, t, k)))
            if get(state, "done", t, k):
                found.add(("DONE", k, t))
        for p in range(world.pages):
            if access := get(state, "recall", p, k):
                found.add(("RECALL", k, p, ACCESSES[access]))
            if parcel := get(state, "gave", p, k):
                found.add(("GAVE", k, p, k != ORIGIN and PARCELS[parcel] != "empty"))
        if get(state, "told", k):
            found.add(("END", k))
        if get(state, "farewell", k):
            found.add(("FAREWELL", k))
    return frozenset(found)


def _grants(world: World, state: State, thread: int, kernel: int) -> tuple[Any, ...]:
    if world.call(state, thread) != "fault":
        return ()
    carried = {p: PARCELS[world.get(state, "parcel", p)] != "empty" for p in range(world.pages)}
    return tuple(
        (p, access, kernel != ORIGIN and carried[p])
        for p, access in sorted(world.wants(state, thread).items())
    )


def see_network(network: Network) -> Counter[Sight]:
    """What is on its way, and how often."""
    return Counter(see_message(link, message) for link, message in network.waiting())


def see_message(link: Link, message: messages.Message) -> Sight:
    """One message."""
    source, target = link
    match message:
        case messages.Asked():
            return ("CALL", source, message.thread)
        case messages.Answer():
            grants = sorted(
                (g.page, g.access, target != ORIGIN and g.value is not UNSET)
                for g in message.pages
            )
            return ("ANSWER", target, message.thread, tuple(grants))
        case messages.Recall():
            return ("RECALL", target, message.page, message.access)
        case messages.Gave():
            carries = source != ORIGIN and message.value is not UNSET
            return ("GAVE", source, message.page, carries)
        case messages.Done():
            return ("DONE", source, message.thread)
        case messages.End():
            return ("END", target)
        case messages.Farewell():
            return ("FAREWELL", source)


def say(sight: Sight) -> str:
    """What is seen of a message, as text."""
    kind, kernel, *rest = sight
    way = f"to kernel {kernel}" if kind in ("ANSWER", "RECALL", "END") else f"from kernel {kernel}"
    match kind:
        case "ANSWER":
            thread, grants = rest
            pages = ", ".join(
                f"page {p} to {access}{' with what it holds' if carried else ''}"
                for p, access, carried in grants
            )
            return f"ANSWER {way}: thread {thread}" + (f" and {pages}" if pages else "")
        case "CALL" | "DONE":
            return f"{kind} {way}: thread {rest[0]}"
        case "RECALL":
            return f"RECALL {way}: page {rest[0]}, for another to {rest[1]}"
        case "GAVE":
            return f"GAVE {way}: page {rest[0]}{' with what it holds' if rest[1] else ''}"
        case _:
            return f"{kind} {way}"
