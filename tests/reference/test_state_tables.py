"""The state tables of the reference, held against the model cell by cell.

A cell that says something must be what steps of the model do there, and some step must do it. A
cell that says `NEVER` is a claim about all states, which the explicit engine checks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pytest

from popcorn_checker.engines import explore
from popcorn_checker.evaluate import Evaluator, Firing, State
from popcorn_checker.exploring import Effort
from popcorn_model.language import Bool, Property, always
from popcorn_model.popcorn import PROTOCOL, sorts
from popcorn_model.popcorn.directory import copy, recall
from popcorn_model.popcorn.endings import farewell, told
from popcorn_model.popcorn.sorts import Kernel, Page, Task
from popcorn_model.popcorn.tasks import answers, asks, call, done, here, joined, life
from popcorn_model.vocabulary import Access, Parcel
from popcorn_reference.faults import LocalFault, RemoteFault
from popcorn_reference.tables import (
    COPY,
    GUEST,
    LIFE,
    NEVER,
    PLACE,
    REFUSE,
    TABLES,
    WAY,
    Bad,
    Claim,
    Guest,
    Holding,
    Life,
    Move,
    Place,
    Table,
    Turn,
    Turning,
    Visit,
    Way,
    Word,
)
from support.joined.join import PARTS, make_evaluator
from support.joined.walks import walk_many
from support.subjects import at_scope

SCOPES: Final = ((2, 2, 1), (3, 3, 2))
ACCESSES: Final = tuple(Access)
GRANTS: Final = {1: Word.GRANT_READ, 2: Word.GRANT_WRITE}
RECALLS: Final = {1: Word.RECALL_READ, 2: Word.RECALL_WRITE}
NO_CALL, FAULT, SLEEP = (
    sorts.Call.info.labels.index(name) for name in ("none", "fault", "sleep")
)


@dataclass
class Seen:
    """What steps of the model do in each cell of each table, and which the reference has asked."""

    asked: set[tuple[str, Any, Any]] = field(default_factory=set)

    cells: dict[str, dict[tuple[Any, Any], set[Any]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )

    def add(self, table: Table[Any, Any, Any], state: Any, event: Any, result: Any) -> None:
        """A step was this cell."""
        self.cells[table.name][state, event].add(result)


class Reader:
    """The cells of a state by the names of the model."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.families = {family.name: family for family in evaluator.model.states}

    def get(self, state: State, name: str, *index: int) -> Any:
        """The value of a cell."""
        return state[self.evaluator.slot[self.families[name], index]]

    def size(self, entry: str) -> int:
        """How many there are."""
        return self.evaluator.scope.entries[entry]


def find_cells(seen: Seen, reader: Reader, before: State, firing: Firing, after: State) -> None:
    """Which cells of which tables a step of the model is, and what it does there."""
    for find in (find_copy, find_place, find_way, find_life, find_guest):
        find(seen, reader, before, firing, after)


def find_copy(seen: Seen, r: Reader, before: State, firing: Firing, after: State) -> None:
    """The copy of a page on a kernel."""
    name, values = firing.action, firing.values

    def turn(p: int, k: int, word: Word, gives: Parcel | None = None) -> None:
        was, now = (ACCESSES[r.get(state, "copy", p, k)] for state in (before, after))
        seen.add(COPY, was, word, Turn(now, gives))

    if name == "receive":
        t, k = values
        for p in range(r.size("pages")):
            wanted = r.get(before, "wants", t, p)
            if wanted:
                turn(p, k, GRANTS[wanted])
    elif name == "give_way":
        p, k = values
        if k == 0:
            assert r.get(after, "gave", p, k) == 1, "the origin sends nothing to itself"
        else:
            gave = (None, Parcel.EMPTY, Parcel.DATA)[r.get(after, "gave", p, k)]
            turn(p, k, RECALLS[r.get(before, "recall", p, k)], gave)
    elif name == "end_here":
        for p in range(r.size("pages")):
            turn(p, values[0], Word.END)


def find_place(seen: Seen, r: Reader, before: State, firing: Firing, after: State) -> None:
    """A thread on a kernel; what steps is not told from what is here, as a step is no state."""
    name, values = firing.action, firing.values
    moves = {"run_on": Move.RUN, "receive": Move.STEP, "end_here": Move.END}
    stops = name == "fault" or name.startswith("call_")
    move = Move.STOP if stops else moves.get(name)
    if move is None:
        return
    k = values[0] if name == "end_here" else values[1]
    for t in range(r.size("tasks")) if name == "end_here" else values[:1]:
        was, now = (
            Place.HERE if r.get(state, "here", t, k) else Place.ABSENT
            for state in (before, after)
        )
        if move is Move.STEP:
            seen.add(PLACE, was, Move.STEP, Place.STEPPING)
            was, move = Place.STEPPING, Move.STEPPED
        seen.add(PLACE, was, move, now)
        move = Move.STEP if move is Move.STEPPED else move


def find_way(seen: Seen, r: Reader, before: State, firing: Firing, after: State) -> None:
    """A kernel in the directory, when somebody takes the page, and when it has given way."""
    if firing.action == "take_page":
        t, p, k = firing.values
        wanted = r.get(before, "wants", t, p)
        own = k if r.get(before, "call", t) == FAULT else 0
        for j in range(r.size("kernels")):
            recalled = r.get(after, "due", p, j) and not r.get(before, "due", p, j)
            if not recalled:
                holds = holding(r, before, p, j)
                seen.add(WAY, holds, claim_of(wanted, own == j), Way(False, holds))
    elif firing.action == "note_way" and not r.get(before, "ending"):
        t, p, j = firing.values
        wanted = r.get(before, "wants", t, p)
        seen.add(
            WAY, holding(r, before, p, j), claim_of(wanted, False),
            Way(True, holding(r, after, p, j)),
        )  # fmt: skip


def holding(r: Reader, state: State, p: int, k: int) -> Holding:
    """What the directory says of a kernel."""
    if not r.get(state, "holder", p, k):
        return Holding.NOTHING
    return Holding.WRITER if r.get(state, "writer", p) == k else Holding.READER


def claim_of(wanted: int, is_own: bool) -> Claim:
    """Who takes a page, and how."""
    if wanted == 2:
        return Claim.OWN_WRITE if is_own else Claim.WRITE
    return Claim.OWN_READ if is_own else Claim.READ


def life_of(r: Reader, state: State, t: int) -> Life:
    """What the origin knows of a thread."""
    if r.get(state, "life", t) != 1:
        return Life.EXITED
    ask = any(r.get(state, "asks", t, k) for k in range(r.size("kernels")))
    if not ask:
        return Life.AWAY
    return Life.ASLEEP if r.get(state, "call", t) == SLEEP else Life.ASKING


ANSWERING: Final = ("grant", "refuse_fault", "serve_migrate", "refuse_clone", "refuse_mmap",
                    "refuse_mremap", "find_other_word", "miss_word", "wake_nobody")  # fmt: skip


def find_life(seen: Seen, r: Reader, before: State, firing: Firing, after: State) -> None:
    """A thread at the origin. Its question arrives when it is sent: the model has no such step."""
    name, values = firing.action, firing.values
    if name == "close":
        for t in range(r.size("tasks")):
            if r.get(before, "life", t):
                seen.add(LIFE, life_of(r, before, t), Turning.CLOSE, life_of(r, after, t))
        return
    turnings = {
        "finish": Turning.DONE, "fall_asleep": Turning.SLEEP, "drop_question": Turning.DROP,
        "serve_exit": Turning.EXIT, "serve_exit_group": Turning.EXIT,
    }  # fmt: skip
    turning = turnings.get(name)
    if name == "fault" or name.startswith("call_"):
        turning = Turning.CALL
    elif name in ANSWERING or (name.startswith("serve_") and turning is None) or name == "wake":
        turning = Turning.ANSWER
    if turning is None:
        return
    t = values[0]
    was = life_of(r, before, t)
    if turning is Turning.DONE and was is not Life.AWAY:
        return  # Its next question is on its way: the word that it is done arrives first.
    seen.add(LIFE, was, turning, life_of(r, after, t))
    if name == "wake":
        u = values[3]
        assert life_of(r, before, u) is Life.ASLEEP
        assert life_of(r, after, u) is Life.AWAY
        seen.add(LIFE, Life.ASLEEP, Turning.WAKE, Life.ASKING)
        seen.add(LIFE, Life.ASKING, Turning.ANSWER, Life.AWAY)


def guest_of(r: Reader, state: State, k: int) -> Guest:
    """What the origin knows of a kernel."""
    if not r.get(state, "joined", k):
        return Guest.APART
    is_told = r.get(state, "told", k) or r.get(state, "farewell", k)
    return Guest.TOLD if is_told else Guest.JOINED


def find_guest(seen: Seen, r: Reader, before: State, firing: Firing, after: State) -> None:
    """A kernel that has something of the process, or has not."""
    visits = {
        "exec_program": (Visit.SEND, -1), "serve_clone": (Visit.SEND, 1),
        "serve_migrate": (Visit.SEND, 2), "tell_end": (Visit.TELL, 0),
        "hear_farewell": (Visit.FAREWELL, 0),
    }  # fmt: skip
    if firing.action in visits:
        visit, place = visits[firing.action]
        k = firing.values[place]
        seen.add(GUEST, guest_of(r, before, k), visit, guest_of(r, after, k))


@pytest.fixture(scope="module")
def seen() -> Iterator[Seen]:
    """What many steps of the model do, and of the reference, which has done the same."""
    found = Seen()
    plain = Table.at

    def asked(self: Table[Any, Any, Any], state: Any, event: Any) -> Any:
        found.asked.add((self.name, state, event))
        return plain(self, state, event)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Table, "at", asked)
        yield _fill(found)


def _fill(found: Seen) -> Seen:
    for scope in SCOPES:
        reader = Reader(make_evaluator(*scope))

        def listen(before: State, firing: Firing, after: State, reader: Reader = reader) -> None:
            find_cells(found, reader, before, firing, after)

        walk_many(range(60), (scope,), listen)
    return found


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name.split(",")[0])
def test_the_model_does_what_each_cell_says(table: Table[Any, Any, Any], seen: Seen) -> None:
    said = {key: {cell} for key, cell in table.cells.items() if not isinstance(cell, Bad)}
    assert dict(seen.cells[table.name]) == said


IDLE: Final[dict[str, list[tuple[Any, Any]]]] = {
    COPY.name: [(Access.NONE, Word.END)],
    PLACE.name: [(Place.ABSENT, Move.END)],
    WAY.name: [(Holding.NOTHING, claim) for claim in Claim],
}
"""Cells of what is absent and stays so: the reference looks up only what there is."""


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name.split(",")[0])
def test_the_reference_has_asked_each_cell(table: Table[Any, Any, Any], seen: Seen) -> None:
    legal = {key for key, cell in table.cells.items() if not isinstance(cell, Bad)}
    asked = {(state, event) for name, state, event in seen.asked if name == table.name}
    assert legal - asked == set(IDLE.get(table.name, ()))


# --- what never happens --------------------------------------------------------------------------


def _never(table: Table[Any, Any, Any]) -> Iterator[tuple[Any, Any]]:
    return (key for key, cell in table.cells.items() if cell is NEVER)


@always()
def recalls_find_copies(p: Page, k: Kernel) -> Bool:
    """A recall finds a copy; for a reader, one that may be written."""
    none = sorts.Access.none
    written = (recall[p, k] == sorts.Access.read).implies(copy[p, k] == sorts.Access.write)
    return ((recall[p, k] != none).implies(copy[p, k] != none)) & written


@always()
def answers_find_no_thread(t: Task, k: Kernel) -> Bool:
    """An answer does not find its thread."""
    return answers[t, k].implies(~here[t, k])


@always()
def words_are_of_threads_that_are_away(t: Task, j: Kernel, k: Kernel) -> Bool:
    """While one question is asked no other of the thread is on its way, nor word from elsewhere."""
    asked_once = (asks[t, j] & asks[t, k]).implies(j == k)
    alive = (asks[t, j] | done[t, j]).implies(life[t] == sorts.Life.alive)
    asleep = (call[t] == sorts.Call.sleep).implies(~done[t, j])
    return asked_once & alive & asleep


@always()
def farewells_are_of_the_told(k: Kernel) -> Bool:
    """A farewell comes from a kernel that has been told, and only from there."""
    return farewell[k].implies(joined[k] & ~told[k])


REASONS: Final[dict[tuple[str, Any, Any], Property]] = {
    **{(COPY.name, *key): recalls_find_copies for key in _never(COPY)},
    **{(PLACE.name, *key): answers_find_no_thread for key in _never(PLACE)},
    **{(LIFE.name, *key): words_are_of_threads_that_are_away for key in _never(LIFE)},
    **{(GUEST.name, *key): farewells_are_of_the_told for key in _never(GUEST)},
}


def test_what_never_happens_does_not() -> None:
    model = PROTOCOL.configured(parts=PARTS)
    asked = replace(model, properties=tuple(dict.fromkeys(REASONS.values())))
    subject = at_scope(asked, "kernels=2,tasks=2,pages=1")
    found = explore(subject, Effort())
    assert found.states == 901_435
    assert found.seen == {}
    assert not list(_never(WAY)), "whoever takes a page meets kernels in any state"


def test_the_filled_cells_are_counted() -> None:
    counted = {
        table.name: [
            sum(1 for cell in table.cells.values() if not isinstance(cell, Bad)),
            sum(1 for cell in table.cells.values() if cell is NEVER),
            sum(1 for cell in table.cells.values() if cell is REFUSE),
        ]
        for table in TABLES
    }
    assert counted == {
        COPY.name: [12, 3, 0],
        PLACE.name: [6, 2, 7],
        WAY.name: [12, 0, 0],
        LIFE.name: [10, 6, 16],
        GUEST.name: [4, 2, 3],
    }


BAD: Final = [
    (table, *key) for table in TABLES for key, cell in table.cells.items() if isinstance(cell, Bad)
]


@pytest.mark.parametrize(("table", "state", "event"), BAD, ids=str)
def test_what_cannot_be_is_said(table: Table[Any, Any, Any], state: Any, event: Any) -> None:
    kind = LocalFault if table.cells[state, event] is REFUSE else RemoteFault
    with pytest.raises(kind) as found:
        table.at(state, event)
    assert str(found.value).startswith(f"{table.name} is {state}, and {event} cannot be")
    assert "Legal: " in str(found.value)
