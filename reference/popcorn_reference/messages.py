"""The messages of the protocol as values, one class for each kind.

Their fields are those of the vocabulary, in its order; a test compares them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final

from popcorn_model.vocabulary import Access, Call, Kind, Parcel

Wanted = tuple[tuple[int, Access], ...]
"""Pages with what is wanted of each."""


@dataclass(frozen=True)
class Granted:
    """A page in an answer: what the kernel may do with it, and what the message carries of it."""

    page: int
    access: Access
    parcel: Parcel
    data: bytes = b""


@dataclass(frozen=True)
class Asked:
    """CALL: a thread has stopped and asks for something, with its context."""

    kind: ClassVar = Kind.CALL
    process: int
    thread: int
    call: Call
    context: bytes
    pages: Wanted = ()
    arguments: tuple[int, ...] = ()


@dataclass(frozen=True)
class Answer:
    """ANSWER: run this thread; after a fault, map the pages first."""

    kind: ClassVar = Kind.ANSWER
    process: int
    thread: int
    call: Call
    context: bytes
    pages: tuple[Granted, ...] = ()
    sets: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Recall:
    """RECALL: give way on a page, to a reader or to a writer."""

    kind: ClassVar = Kind.RECALL
    process: int
    page: int
    access: Access


@dataclass(frozen=True)
class Gave:
    """GAVE: a kernel has given way."""

    kind: ClassVar = Kind.GAVE
    process: int
    page: int
    parcel: Parcel
    data: bytes = b""


@dataclass(frozen=True)
class Done:
    """DONE: the instruction that faulted has been executed."""

    kind: ClassVar = Kind.DONE
    process: int
    thread: int


@dataclass(frozen=True)
class End:
    """END: the process ends."""

    kind: ClassVar = Kind.END
    process: int


@dataclass(frozen=True)
class Farewell:
    """FAREWELL: nothing of the process is left on this kernel."""

    kind: ClassVar = Kind.FAREWELL
    process: int


Message = Asked | Answer | Recall | Gave | Done | End | Farewell

CLASSES: Final[Mapping[Kind, type[Message]]] = MappingProxyType(
    {each.kind: each for each in (Asked, Answer, Recall, Gave, Done, End, Farewell)}
)
