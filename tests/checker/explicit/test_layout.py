"""States survive being packed into words, and queues in words behave like lists."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popcorn_checker.explicit import kernel
from popcorn_checker.explicit.effects import StepAssembler
from popcorn_checker.explicit.layout import WORD_BITS, Layout, flatten
from popcorn_checker.explicit.tables import Tables
from popcorn_checker.scopes import ScopeError, make_scope
from popcorn_model.language import Bool, Model, Part, Protocol, Sort, queue, state
from popcorn_model.language.state import QueueMap, StateMap
from support import corners, random_models
from support.oracle import Case, summarise


class Thing(Sort):
    """Something."""


def make_model(*parts: object, things: int = 3) -> Model:
    """A model without actions that has the given states and queues all the same."""
    states = tuple(x for x in parts if isinstance(x, StateMap))
    queues = tuple(x for x in parts if isinstance(x, QueueMap))
    part = Part("all", "Everything.", states=states, queues=queues)
    bare = Protocol("p", "p", parts=(part,), scope={"things": things, "slots": 20}).configured()
    return replace(bare, states=tuple(x.info for x in states))


@pytest.mark.parametrize("protocol", [corners.ring, corners.post], ids=lambda p: p.name)
def test_every_reachable_state_round_trips(protocol: Protocol) -> None:
    case = Case.of(protocol, "kernels=2" if protocol is corners.ring else "calls=2")
    layout = case.program.layout
    rows = set()
    for known in summarise(case.evaluator)[1]:
        row = layout.encode(known)
        assert (row >= 0).all()
        assert layout.decoded(row) == known
        rows.add(row.tobytes())
    assert len(rows) == len(summarise(case.evaluator)[1])


@pytest.mark.parametrize("scope", random_models.SCOPES)
def test_no_two_cells_share_a_bit(scope: str) -> None:
    model = make_random_shape()
    layout = Layout(model, make_scope(model, scope))
    cells = [
        family.cell(index)
        for family in layout.families.values()
        for index in np.ndindex(family.sizes)
    ]
    for queue_cells in layout.queues.values():
        cells.append(queue_cells.length)
        cells += [queue_cells.slot(n) for n in range(queue_cells.slots)]
    used = [(c.word, bit) for c in cells for bit in range(c.shift, c.shift + c.width)]
    assert len(used) == len(set(used)) == layout.bits
    assert all(bit < WORD_BITS and word < layout.words for word, bit in used)


def make_random_shape() -> Model:
    """The state variables and queues of the random models, without actions."""
    return Model(
        protocol="shape", variant="", settings={}, assumptions={}, parts=(),
        states=(*random_models.SINGLE.values(), *random_models.MAPPED.values()),
        queues=(random_models.BOX, random_models.LINE), budgets=(random_models.FUEL,),
        actions=(), properties=(),
    )  # fmt: skip


def test_a_sort_of_one_member_takes_no_bits() -> None:
    model = make_model(state("at", Thing, of=Thing, start=lambda t: t), things=1)
    layout = Layout(model, make_scope(model))
    assert layout.bits == 0
    assert layout.words == 1
    assert layout.decoded(layout.encode((0,))) == (0,)


def test_families_wider_than_a_word_go_on_in_the_next() -> None:
    model = make_model(state("at", Thing, Thing, of=Bool, start=False), things=12)
    layout = Layout(model, make_scope(model))
    assert layout.words == 3
    known = tuple(n % 3 == 0 for n in range(144))
    assert layout.decoded(layout.encode(known)) == known


def test_an_index_out_of_range_is_refused() -> None:
    with pytest.raises(ScopeError, match="ends at 2"):
        flatten((3,), (3,))


@given(
    things=st.sampled_from([1, 2, 3, 200, 1 << 40]),
    slots=st.integers(0, 20),
    steps=st.lists(st.none() | st.integers(0, 1 << 62), max_size=40),
)
def test_a_queue_in_words_is_a_list(things: int, slots: int, steps: list[int | None]) -> None:
    model = make_model(queue("line", of=Thing, slots="slots"))
    scope = make_scope(model, {"things": things, "slots": slots})
    layout = Layout(model, scope)
    assembler = StepAssembler(layout)
    tables = make_tables(assembler)
    words = np.zeros(layout.words, dtype=np.int64)
    items: list[int] = []
    for step in steps:
        if step is None:
            assert kernel.pop(tables, words, 0, 0) == bool(items)
            items = items[1:]
        else:
            assert kernel.push(tables, words, 0, 0, step % things) == (len(items) < slots)
            items = [*items, step % things][:slots]
        assert layout.decoded(words) == (tuple(items),)
        assert np.array_equal(layout.encode((tuple(items),)), words)


def make_tables(assembler: StepAssembler) -> Tables:
    """Tables with nothing in them but queues."""
    empty = np.zeros((0, 8), dtype=np.int64)
    queues = np.array(assembler.queue_rows(), dtype=np.int64).reshape(-1, 8)
    chunks = np.array(assembler.chunk_rows(), dtype=np.int64).reshape(-1, 3)
    none = dict.fromkeys(Tables._fields, empty)
    return Tables(**{**none, "queues": queues, "chunks": chunks})
