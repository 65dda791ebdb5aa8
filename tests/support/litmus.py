"""Litmus tests: small programs whose outcomes tell which memory model they ran on.

A test is data; `explore` says what sequential consistency and x86-TSO permit, by trying all that
can happen. Programs are made of tests in `litmus_programs`.

Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 3, section 8.2.3, for
those that are named after an example there; Sewell, Sarkar, Owens, Zappa Nardelli, Myreen, x86-TSO
(2010), for the model; Alglave, Maranget, Tautschnig, Herding Cats (2014), for the other names.
"""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Store:
    """Write a number to a variable."""

    variable: str
    value: int


@dataclass(frozen=True)
class Load:
    """Read a variable into a register."""

    variable: str
    register: str


@dataclass(frozen=True)
class Add:
    """Add to a variable, atomically; the register gets what was there before."""

    variable: str
    value: int
    register: str


@dataclass(frozen=True)
class Fence:
    """Wait until all that was stored can be seen."""


@dataclass(frozen=True)
class Migrate:
    """Go to the next kernel."""


Operation = Store | Load | Add | Fence | Migrate
Thread = tuple[Operation, ...]
Outcome = tuple[int, ...]
"""Index: as in `Litmus.places`."""


@dataclass(frozen=True)
class Litmus:
    """Threads, and what is stated of their outcomes.

    Each statement gives some places their numbers, as in `r1=1 r2=0`: registers by their name, and
    by a variable's name what it holds when all is over. All others may hold anything.
    """

    name: str
    source: str
    threads: tuple[Thread, ...]
    forbidden: tuple[str, ...]
    allowed: tuple[str, ...]
    """By sequential consistency."""
    relaxed: tuple[str, ...] = ()
    """Allowed by x86-TSO, and not by sequential consistency."""

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables, in the order of their names."""
        users = (Store, Load, Add)
        return tuple(
            sorted({o.variable for t in self.threads for o in t if isinstance(o, users)})
        )

    def registers(self, thread: int) -> tuple[str, ...]:
        """The registers of a thread, in order."""
        return tuple(o.register for o in self.threads[thread] if isinstance(o, Load | Add))

    @property
    def places(self) -> tuple[str, ...]:
        """What an outcome names: all registers, then all variables."""
        numbers = range(len(self.threads))
        return (*(name for number in numbers for name in self.registers(number)), *self.variables)

    def matches(self, outcome: Outcome, statements: tuple[str, ...]) -> bool:
        """Whether one of the statements is true of an outcome."""
        found = dict(zip(self.places, outcome, strict=True))
        return any(_parse(each).items() <= found.items() for each in statements)

    def say(self, outcome: Outcome) -> str:
        """An outcome in the words of a statement."""
        return " ".join(f"{p}={n}" for p, n in zip(self.places, outcome, strict=True))


def _parse(statement: str) -> Mapping[str, int]:
    pairs = (each.split("=") for each in statement.split())
    return {place: int(number) for place, number in pairs}


def spread(test: Litmus) -> Litmus:
    """The same test with a migration between every two operations."""
    threads = tuple(
        tuple(each for operation in thread for each in (operation, Migrate()))[:-1]
        for thread in test.threads
    )
    return replace(test, name=f"{test.name}-hopping", threads=threads)


# --- the tests -----------------------------------------------------------------------------------

_SDM: Final = "Intel SDM vol. 3, 8.2.3"
_CATS: Final = "Herding Cats, coherence; Intel SDM vol. 3, 8.2.2"
_FORWARDING: Final = "r1=1 r2=0 r3=1 r4=0"

TESTS: Final = (
    Litmus(
        "MP", f"{_SDM}.2, example 8-1",
        ((Store("x", 1), Store("y", 1)), (Load("y", "r1"), Load("x", "r2"))),
        forbidden=("r1=1 r2=0",),
        allowed=("r1=0 r2=0", "r1=0 r2=1", "r1=1 r2=1"),
    ),
    Litmus(
        "LB", f"{_SDM}.3, example 8-2",
        ((Load("x", "r1"), Store("y", 1)), (Load("y", "r2"), Store("x", 1))),
        forbidden=("r1=1 r2=1",),
        allowed=("r1=0 r2=0", "r1=0 r2=1", "r1=1 r2=0"),
    ),
    Litmus(
        "SB", f"{_SDM}.4, example 8-3",
        ((Store("x", 1), Load("y", "r1")), (Store("y", 1), Load("x", "r2"))),
        forbidden=("x=0", "y=0"),
        allowed=("r1=0 r2=1", "r1=1 r2=0", "r1=1 r2=1"),
        relaxed=("r1=0 r2=0",),
    ),
    Litmus(
        "SB-fences", "Intel SDM vol. 3, 8.2.5: MFENCE",
        ((Store("x", 1), Fence(), Load("y", "r1")), (Store("y", 1), Fence(), Load("x", "r2"))),
        forbidden=("r1=0 r2=0",),
        allowed=("r1=0 r2=1", "r1=1 r2=0", "r1=1 r2=1"),
    ),
    Litmus(
        "SB-locked", f"{_SDM}.9, example 8-9",
        ((Add("x", 1, "r1"), Load("y", "r2")), (Add("y", 1, "r3"), Load("x", "r4"))),
        forbidden=("r2=0 r4=0", "r1=1", "r3=1"),
        allowed=("r2=0 r4=1", "r2=1 r4=0", "r2=1 r4=1"),
    ),
    Litmus(
        "forwarding", f"{_SDM}.5, example 8-5",
        (
            (Store("x", 1), Load("x", "r1"), Load("y", "r2")),
            (Store("y", 1), Load("y", "r3"), Load("x", "r4")),
        ),
        forbidden=("r1=0", "r3=0"),
        allowed=("r2=0 r4=1", "r2=1 r4=0", "r2=1 r4=1"),
        relaxed=(_FORWARDING,),
    ),
    Litmus(
        "WRC", f"{_SDM}.6, example 8-6",
        (
            (Store("x", 1),),
            (Load("x", "r1"), Store("y", 1)),
            (Load("y", "r2"), Load("x", "r3")),
        ),
        forbidden=("r1=1 r2=1 r3=0",),
        allowed=("r1=0", "r1=1 r2=0", "r1=1 r2=1 r3=1"),
    ),
    Litmus(
        "IRIW", f"{_SDM}.7, example 8-7",
        (
            (Store("x", 1),),
            (Store("y", 1),),
            (Load("x", "r1"), Load("y", "r2")),
            (Load("y", "r3"), Load("x", "r4")),
        ),
        forbidden=("r1=1 r2=0 r3=1 r4=0",),
        allowed=("r1=0", "r1=1 r2=1", "r1=1 r2=0 r3=0", "r1=1 r2=0 r4=1"),
    ),
    Litmus(
        "2+2W", "Herding Cats, 2+2W; Intel SDM vol. 3, 8.2.2: stores are seen in one order",
        ((Store("x", 1), Store("y", 2)), (Store("y", 1), Store("x", 2))),
        forbidden=("x=1 y=1",),
        allowed=("x=1 y=2", "x=2 y=1", "x=2 y=2"),
    ),
    Litmus(
        "CoRR", _CATS,
        ((Store("x", 1),), (Load("x", "r1"), Load("x", "r2"))),
        forbidden=("r1=1 r2=0",),
        allowed=("r1=0 r2=0", "r1=0 r2=1", "r1=1 r2=1"),
    ),
    Litmus(
        "CoWW", _CATS,
        ((Store("x", 1), Store("x", 2)), (Load("x", "r1"), Load("x", "r2"))),
        forbidden=("x=1", "x=0", "r1=2 r2=1", "r1=2 r2=0", "r1=1 r2=0"),
        allowed=("r1=0 r2=0 x=2", "r1=0 r2=1 x=2", "r1=0 r2=2 x=2", "r1=1 r2=1 x=2",
                 "r1=1 r2=2 x=2", "r1=2 r2=2 x=2"),
    ),
    Litmus(
        "CoRW", _CATS,
        ((Load("x", "r1"), Store("x", 1)), (Store("x", 2),)),
        forbidden=("r1=1", "r1=2 x=2"),
        allowed=("r1=0 x=1", "r1=0 x=2", "r1=2 x=1"),
    ),
    Litmus(
        "increments", f"{_SDM}.8: locked instructions have a total order",
        ((Add("x", 1, "r1"), Add("x", 1, "r2")), (Add("x", 1, "r3"), Add("x", 1, "r4"))),
        forbidden=("x=0", "x=1", "x=2", "x=3", "r1=0 r3=0", "r2=0", "r4=0"),
        allowed=("r1=0 r2=1 r3=2 r4=3 x=4", "r1=0 r2=2 r3=1 r4=3 x=4", "r1=0 r2=3 r3=1 r4=2 x=4",
                 "r1=1 r2=2 r3=0 r4=3 x=4", "r1=1 r2=3 r3=0 r4=2 x=4", "r1=2 r2=3 r3=0 r4=1 x=4"),
    ),
    Litmus(
        "MP-migrating", f"{_SDM}.2, example 8-1, each thread migrating in the middle",
        (
            (Store("x", 1), Migrate(), Store("y", 1)),
            (Load("y", "r1"), Migrate(), Load("x", "r2")),
        ),
        forbidden=("r1=1 r2=0",),
        allowed=("r1=0 r2=0", "r1=0 r2=1", "r1=1 r2=1"),
    ),
)  # fmt: skip


# --- what memory models permit -------------------------------------------------------------------

Held = tuple[tuple[str, int], ...]
"""Variables or registers, and their numbers."""


@dataclass(frozen=True)
class _State:
    """How far all threads are."""

    at: tuple[int, ...]
    buffers: tuple[Held, ...]
    """What each thread has stored and nobody else can see, oldest first."""
    memory: Held
    registers: Held = ()


@functools.cache
def explore(test: Litmus, is_buffered: bool) -> frozenset[Outcome]:
    """The outcomes that sequential consistency permits; with buffers of stores, x86-TSO."""
    size = len(test.threads)
    start = _State((0,) * size, ((),) * size, tuple((each, 0) for each in test.variables))
    seen, todo = {start}, [start]
    outcomes = set()
    while todo:
        state = todo.pop()
        following = list(_follow(test, state, is_buffered))
        if not following:
            held = dict((*state.registers, *state.memory))
            outcomes.add(tuple(held[place] for place in test.places))
        todo.extend(each for each in dict.fromkeys(following) if each not in seen)
        seen.update(following)
    return frozenset(outcomes)


def _follow(test: Litmus, state: _State, is_buffered: bool) -> Iterator[_State]:
    for number, thread in enumerate(test.threads):
        if state.buffers[number]:
            (variable, value), *rest = state.buffers[number]
            shorter = _put(state.buffers, number, tuple(rest))
            yield replace(_remember(state, variable, value), buffers=shorter)
        if state.at[number] < len(thread):
            at = _put(state.at, number, state.at[number] + 1)
            for after in _execute(state, number, thread[state.at[number]], is_buffered):
                yield replace(after, at=at)


def _execute(
    state: _State, number: int, operation: Operation, is_buffered: bool
) -> Iterator[_State]:
    """What an operation leads to, if it can be executed now."""
    buffer = state.buffers[number]
    match operation:
        case Store(variable, value) if is_buffered:
            longer = (*buffer, (variable, value))
            yield replace(state, buffers=_put(state.buffers, number, longer))
        case Store(variable, value):
            yield _remember(state, variable, value)
        case Load(variable, register):
            value = dict((*state.memory, *buffer))[variable]
            yield _read_into(state, register, value)
        case Add(variable, value, register) if not buffer:
            before = dict(state.memory)[variable]
            after = _remember(state, variable, before + value)
            yield _read_into(after, register, before)
        case Fence() | Migrate() if not buffer:
            yield state


def _remember(state: _State, variable: str, value: int) -> _State:
    memory = {**dict(state.memory), variable: value}
    return replace(state, memory=tuple(memory.items()))


def _read_into(state: _State, register: str, value: int) -> _State:
    return replace(state, registers=tuple(sorted((*state.registers, (register, value)))))


def _put(items: tuple[T, ...], place: int, item: T) -> tuple[T, ...]:
    return (*items[:place], item, *items[place + 1 :])
