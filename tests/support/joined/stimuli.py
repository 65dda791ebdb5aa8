"""What can be done to a cluster, as the model says: what threads may ask, and what may arrive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from popcorn_checker.evaluate import Firing
from popcorn_model.vocabulary import Access, Call
from popcorn_reference.messages import Wanted
from popcorn_reference.questions import WANTS

if TYPE_CHECKING:
    from support.joined.join import Join

_ACCESS: Final = tuple(Access)
_CALLS: Final = ("none", *(call.value for call in Call if call is not Call.SYSTEM))

@dataclass(frozen=True)
class Stimulus:
    """Something that is done to a cluster: a method of a join, and what it is given."""

    method: str
    arguments: tuple[Any, ...] = ()

    def apply(self, join: Join) -> list[Firing]:
        """Do it, and compare: the steps of the model that it was."""
        steps: list[Firing] = getattr(join, self.method)(*self.arguments)
        return steps

    def __str__(self) -> str:
        return f"join.{self.method}({', '.join(map(show, self.arguments))})"


def show(value: Any) -> str:
    """A value as a program writes it."""
    if isinstance(value, (Call, Access)):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, tuple):
        inside = ", ".join(map(show, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return repr(value)


OF_PARTS: Final = {
    "threads": ("exec_program", "call_migrate", "call_clone", "call_exit", "call_exit_group"),
    "pages": ("fault",),
    "areas": ("call_mmap", "call_on_page"),
    "futex": ("call_futex",),
    "fork": ("call_fork",),
    "services": ("call_memory", "call_other", "give_up", "kill"),
}
LOCAL: Final = frozenset(name for names in OF_PARTS.values() for name in names)
"""Actions of the model that happen because a program, or somebody outside, does something."""


def get_local(join: Join, parts: tuple[str, ...] = tuple(OF_PARTS)) -> list[Stimulus]:
    """What programs may do now, by the guards of the model."""
    found: list[Stimulus] = []
    wanted = {name for part in parts for name in OF_PARTS[part]}
    for action, firing in join.evaluator.firings:
        if action.name in wanted and join.evaluator.fire(join.state, action, firing) is not None:
            found.extend(_stimuli(join, firing))
    return list(dict.fromkeys(found))


def get_arrivals(join: Join) -> list[Stimulus]:
    """What may arrive now."""
    links = sorted(link for link, queue in join.cluster.links.items() if queue)
    return [Stimulus("deliver", link) for link in links]


def _stimuli(join: Join, firing: Firing) -> Iterator[Stimulus]:
    name, values = firing.action, firing.values
    if name == "exec_program":
        yield Stimulus("begin", (values[1], values[0]))
        return
    if name == "kill":
        yield Stimulus("kill")
        return
    t, k, *rest = values
    if name == "give_up":
        yield Stimulus("ring", (t,))
        return
    if name == "fault":
        for pages in _with_more(join.pages, rest[0], _ACCESS[rest[1]]):
            yield Stimulus("stop", (t, k, Call.FAULT, pages))
    elif name == "call_migrate":
        yield Stimulus("stop", (t, k, Call.MIGRATE, (), (rest[0],)))
    elif rest:
        call = Call(_CALLS[rest[1]])
        pages = ((rest[0], WANTS[call]),)
        for extra in ((0,), (1,)) if call is Call.FUTEX_WAIT else ((),):
            yield Stimulus("stop", (t, k, call, pages, extra))
    else:
        yield Stimulus("stop", (t, k, Call(name.removeprefix("call_"))))


def _with_more(count: int, page: int, access: Access) -> Iterator[Wanted]:
    """A fault about a page, and perhaps about others; the page that is lacking comes first."""
    others = [each for each in range(count) if each != page]
    for wanted in product(Access, repeat=len(others)):
        more = [(p, a) for p, a in zip(others, wanted, strict=True) if a is not Access.NONE]
        yield ((page, access), *more)
