"""What each part of the protocol does when something happens to it, as total tables.

Every pair of a state and an event is a key. `REFUSE` is for what a correct program around the core
does not do, `NEVER` for what cannot come if all kernels follow the protocol. The tables are this
implementation's own; a test finds in the model what belongs in each cell and compares.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from itertools import product
from types import MappingProxyType
from typing import Any, Final, Generic, NoReturn, TypeVar

from popcorn_model.vocabulary import Access, Parcel
from popcorn_reference.faults import LocalFault, RemoteFault

S = TypeVar("S", bound=Hashable)
E = TypeVar("E", bound=Hashable)
D = TypeVar("D")



class Bad(Enum):
    """Why a cell says nothing."""

    REFUSE = "the program around the core may not do this"
    NEVER = "no kernel that follows the protocol causes this"


REFUSE: Final = Bad.REFUSE
NEVER: Final = Bad.NEVER


@dataclass(frozen=True)
class Table(Generic[S, E, D]):
    """A total table: what each event does in each state."""

    name: str
    cells: Mapping[tuple[S, E], D | Bad]

    def at(self, state: S, event: E) -> D:
        """What the event does in the state.

        Raises: LocalFault, RemoteFault where the cell says that it cannot be.
        """
        found = self.cells[state, event]
        if isinstance(found, Bad):
            self._complain(found, state, event)
        return found

    def _complain(self, bad: Bad, state: S, event: E) -> NoReturn:
        legal = [str(e) for (s, e), cell in self.cells.items()
                 if s == state and not isinstance(cell, Bad)]  # fmt: skip
        text = (
            f"{self.name} is {state!s}, and {event!s} cannot be: {bad.value}. Legal: "
            f"{', '.join(legal) or 'nothing'}"
        )
        raise (LocalFault if bad is REFUSE else RemoteFault)(text)


def make_table(
    name: str, states: Iterable[S], events: Iterable[E], cells: Mapping[tuple[S, E], D | Bad]
) -> Table[S, E, D]:
    """A table that has exactly the cells of all pairs.

    Raises: AssertionError where a cell lacks, or is one too many.
    """
    keys = set(product(states, events))
    assert keys == set(cells), f"{name}: {keys ^ set(cells)}"
    return Table(name, MappingProxyType(dict(cells)))


# --- a kernel's copy of a page -------------------------------------------------------------------


class Word(StrEnum):
    """What a kernel hears about a page."""

    GRANT_READ = "an answer that allows to read"
    GRANT_WRITE = "an answer that allows to write"
    RECALL_READ = "a recall for a reader"
    RECALL_WRITE = "a recall for a writer"
    END = "the end of the process"


@dataclass(frozen=True)
class Turn:
    """What a kernel may do with a page afterwards, and what it sends if it has to say something."""

    access: Access
    gives: Parcel | None = None


_NONE, _READ, _WRITE = Access.NONE, Access.READ, Access.WRITE

COPY: Final[Table[Access, Word, Turn]] = make_table(
    "the copy of a page",
    Access,
    Word,
    {
        (_NONE, Word.GRANT_READ): Turn(_READ),
        (_NONE, Word.GRANT_WRITE): Turn(_WRITE),
        (_NONE, Word.RECALL_READ): NEVER,
        (_NONE, Word.RECALL_WRITE): NEVER,
        (_NONE, Word.END): Turn(_NONE),
        (_READ, Word.GRANT_READ): Turn(_READ),
        (_READ, Word.GRANT_WRITE): Turn(_WRITE),
        (_READ, Word.RECALL_READ): NEVER,
        (_READ, Word.RECALL_WRITE): Turn(_NONE, Parcel.EMPTY),
        (_READ, Word.END): Turn(_NONE),
        (_WRITE, Word.GRANT_READ): Turn(_WRITE),
        (_WRITE, Word.GRANT_WRITE): Turn(_WRITE),
        (_WRITE, Word.RECALL_READ): Turn(_READ, Parcel.DATA),
        (_WRITE, Word.RECALL_WRITE): Turn(_NONE, Parcel.DATA),
        (_WRITE, Word.END): Turn(_NONE),
    },
)
"""The origin's own copy is the frame that all others are made from, so it sends no data."""


# --- a thread on a kernel ------------------------------------------------------------------------


class Place(StrEnum):
    """What a kernel knows of a thread."""

    ABSENT = "not here"
    HERE = "here"
    STEPPING = "in the instruction that faulted"


class Move(StrEnum):
    """What happens to a thread on a kernel."""

    RUN = "an answer"
    STEP = "an answer to a fault"
    STOP = "it stops and asks"
    STEPPED = "its instruction is executed"
    END = "the end of the process"


PLACE: Final[Table[Place, Move, Place]] = make_table(
    "a thread",
    Place,
    Move,
    {
        (Place.ABSENT, Move.RUN): Place.HERE,
        (Place.ABSENT, Move.STEP): Place.STEPPING,
        (Place.ABSENT, Move.STOP): REFUSE,
        (Place.ABSENT, Move.STEPPED): REFUSE,
        (Place.ABSENT, Move.END): Place.ABSENT,
        (Place.HERE, Move.RUN): NEVER,
        (Place.HERE, Move.STEP): NEVER,
        (Place.HERE, Move.STOP): Place.ABSENT,
        (Place.HERE, Move.STEPPED): REFUSE,
        (Place.HERE, Move.END): Place.ABSENT,
        (Place.STEPPING, Move.RUN): REFUSE,
        (Place.STEPPING, Move.STEP): REFUSE,
        (Place.STEPPING, Move.STOP): REFUSE,
        (Place.STEPPING, Move.STEPPED): Place.HERE,
        (Place.STEPPING, Move.END): REFUSE,
    },
)


# --- a kernel in the directory -------------------------------------------------------------------


class Holding(StrEnum):
    """What the directory says of a kernel and a page."""

    NOTHING = "no copy"
    READER = "a copy to read"
    WRITER = "a copy to write"


class Claim(StrEnum):
    """Who takes a page, seen from a kernel: itself, or another."""

    OWN_READ = "its own question takes the page to read it"
    OWN_WRITE = "its own question takes the page to write it"
    READ = "another takes the page to read it"
    WRITE = "another takes the page to write it"


@dataclass(frozen=True)
class Way:
    """Whether a kernel is told to give way, and what it holds when it has."""

    recalled: bool
    holds: Holding


_NOTHING, _READER, _WRITER = Holding

WAY: Final[Table[Holding, Claim, Way]] = make_table(
    "a kernel in the directory",
    Holding,
    Claim,
    {
        (_NOTHING, Claim.OWN_READ): Way(False, _NOTHING),
        (_NOTHING, Claim.OWN_WRITE): Way(False, _NOTHING),
        (_NOTHING, Claim.READ): Way(False, _NOTHING),
        (_NOTHING, Claim.WRITE): Way(False, _NOTHING),
        (_READER, Claim.OWN_READ): Way(False, _READER),
        (_READER, Claim.OWN_WRITE): Way(False, _READER),
        (_READER, Claim.READ): Way(False, _READER),
        (_READER, Claim.WRITE): Way(True, _NOTHING),
        (_WRITER, Claim.OWN_READ): Way(False, _WRITER),
        (_WRITER, Claim.OWN_WRITE): Way(False, _WRITER),
        (_WRITER, Claim.READ): Way(True, _READER),
        (_WRITER, Claim.WRITE): Way(True, _NOTHING),
    },
)


# --- a thread at the origin ----------------------------------------------------------------------


class Life(StrEnum):
    """What the origin's list says of a thread."""

    AWAY = "on a kernel, or on its way there"
    ASKING = "asking"
    ASLEEP = "asleep on a futex"
    EXITED = "gone"


class Turning(StrEnum):
    """What happens to a thread at the origin."""

    CALL = "its question arrives"
    DONE = "its kernel says that its instruction is done"
    ANSWER = "it is answered"
    SLEEP = "it falls asleep"
    WAKE = "it is woken"
    EXIT = "it exits"
    DROP = "its question is dropped, as the process ends"
    CLOSE = "nothing is left of the process"


LIFE: Final[Table[Life, Turning, Life]] = make_table(
    "a thread at the origin",
    Life,
    Turning,
    {
        (Life.AWAY, Turning.CALL): Life.ASKING,
        (Life.AWAY, Turning.DONE): Life.AWAY,
        (Life.AWAY, Turning.ANSWER): REFUSE,
        (Life.AWAY, Turning.SLEEP): REFUSE,
        (Life.AWAY, Turning.WAKE): REFUSE,
        (Life.AWAY, Turning.EXIT): REFUSE,
        (Life.AWAY, Turning.DROP): REFUSE,
        (Life.AWAY, Turning.CLOSE): Life.EXITED,
        (Life.ASKING, Turning.CALL): NEVER,
        (Life.ASKING, Turning.DONE): NEVER,
        (Life.ASKING, Turning.ANSWER): Life.AWAY,
        (Life.ASKING, Turning.SLEEP): Life.ASLEEP,
        (Life.ASKING, Turning.WAKE): REFUSE,
        (Life.ASKING, Turning.EXIT): Life.EXITED,
        (Life.ASKING, Turning.DROP): Life.EXITED,
        (Life.ASKING, Turning.CLOSE): REFUSE,
        (Life.ASLEEP, Turning.CALL): NEVER,
        (Life.ASLEEP, Turning.DONE): NEVER,
        (Life.ASLEEP, Turning.ANSWER): REFUSE,
        (Life.ASLEEP, Turning.SLEEP): REFUSE,
        (Life.ASLEEP, Turning.WAKE): Life.ASKING,
        (Life.ASLEEP, Turning.EXIT): REFUSE,
        (Life.ASLEEP, Turning.DROP): Life.EXITED,
        (Life.ASLEEP, Turning.CLOSE): REFUSE,
        (Life.EXITED, Turning.CALL): NEVER,
        (Life.EXITED, Turning.DONE): NEVER,
        (Life.EXITED, Turning.ANSWER): REFUSE,
        (Life.EXITED, Turning.SLEEP): REFUSE,
        (Life.EXITED, Turning.WAKE): REFUSE,
        (Life.EXITED, Turning.EXIT): REFUSE,
        (Life.EXITED, Turning.DROP): REFUSE,
        (Life.EXITED, Turning.CLOSE): Life.EXITED,
    },
)


# --- a kernel among those that have threads of a process -----------------------------------------


class Guest(StrEnum):
    """What the origin knows of a kernel."""

    APART = "has nothing of the process"
    JOINED = "has been sent threads"
    TOLD = "has been told that the process ends"


class Visit(StrEnum):
    """What happens between the origin and a kernel."""

    SEND = "a thread is sent there"
    TELL = "the end is told"
    FAREWELL = "a farewell arrives"


GUEST: Final[Table[Guest, Visit, Guest]] = make_table(
    "a kernel, for a process,",
    Guest,
    Visit,
    {
        (Guest.APART, Visit.SEND): Guest.JOINED,
        (Guest.APART, Visit.TELL): REFUSE,
        (Guest.APART, Visit.FAREWELL): NEVER,
        (Guest.JOINED, Visit.SEND): Guest.JOINED,
        (Guest.JOINED, Visit.TELL): Guest.TOLD,
        (Guest.JOINED, Visit.FAREWELL): NEVER,
        (Guest.TOLD, Visit.SEND): REFUSE,
        (Guest.TOLD, Visit.TELL): REFUSE,
        (Guest.TOLD, Visit.FAREWELL): Guest.APART,
    },
)

TABLES: Final[tuple[Table[Any, Any, Any], ...]] = (COPY, PLACE, WAY, LIFE, GUEST)
