"""Protocols at scopes small enough for every engine, as a peer and as our own engine see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final

from popcorn_checker.explicit.search import Search
from popcorn_checker.scopes import Scope, make_scope
from popcorn_model.examples import directory
from popcorn_model.language import Model, Mood, Protocol
from popcorn_model.popcorn_2014 import PROTOCOL as POPCORN_2014
from support import corners, counter, oddities, ownership, protocols, searches
from support.oracle import Case


@dataclass(frozen=True)
class Exported:
    """A protocol as it is exported: configured, sized, and with no state in which it may end.

    Neither peer knows such states, so that a state without a step is a deadlock for all.
    """

    protocol: Protocol
    scope_text: str = ""
    variant: str | None = None
    parts: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the test is called."""
        words = (self.protocol.name, self.variant, "+".join(self.parts), *self.settings.values())
        return "-".join(filter(None, (*words, self.scope_text)))

    @property
    def model(self) -> Model:
        """The model."""
        found = self.protocol.configured(self.variant, self.settings, self.parts or None)
        return replace(found, ends=None)

    @property
    def scope(self) -> Scope:
        """The scope, complete."""
        return make_scope(self.model, self.scope_text)


@cache
def _search(name: str) -> Search:
    case = BY_NAME[name]
    return Case.of(case.model, case.scope_text).search()


def get_search(case: Exported) -> Search:
    """What our engine finds; kept, since several tests ask."""
    search = _search(case.name)
    assert search.complete
    return search


def get_broken(case: Exported) -> set[str]:
    """The `always` properties that some state violates, by our engine."""
    return searches.get_broken(get_search(case))


def get_unreached(case: Exported) -> set[str]:
    """The `sometimes` properties that no state reaches, by our engine."""
    wanted = {p.name for p in case.model.properties if p.mood is Mood.SOMETIMES}
    return wanted - get_search(case).first_seen().keys()


def _variants(protocol: Protocol, scope: str, parts: tuple[str, ...] = ()) -> list[Exported]:
    return [Exported(protocol, scope, v, parts) for v in ("as-built", "repaired")]


SMALL: Final = [
    Exported(corners.ring),
    Exported(corners.post),
    Exported(corners.clerk, "stamps=2,tray_slots=1"),
    *(Exported(protocol) for protocol in (*protocols.SMALL, protocols.leaky, *oddities.ODD)),
    *_variants(ownership.PROTOCOL, ""),
    *_variants(ownership.PROTOCOL, "kernels=3"),
    *_variants(directory.PROTOCOL, "kernels=2"),
    *(Exported(counter.PROTOCOL, settings={"WAY": way}) for way in counter.WAY.values),
    *(Exported(oddities.make_stumble(step)) for step in oddities.STUMBLES),
]
PARTS: Final = [
    *_variants(POPCORN_2014, "hops=2", ("threads",)),
    *_variants(POPCORN_2014, "hops=1,clones=0", ("threads", "lifetime")),
    *_variants(POPCORN_2014, "lock_rounds=1", ("locks",)),
    *_variants(POPCORN_2014, "tasks=1,vma_ops=1", ("memory",)),
]
WHOLE: Final = _variants(POPCORN_2014, "tasks=1,hops=1,vma_ops=0,lock_rounds=1")
BY_NAME: Final = {case.name: case for case in (*SMALL, *PARTS, *WHOLE)}
