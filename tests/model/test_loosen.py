"""A model without its counters takes every step that the model takes; only guards may ask them."""

import random

import pytest

from popcorn_checker.evaluate import Evaluator, State
from popcorn_model.language import (
    Bool,
    Model,
    ModelError,
    Number,
    Part,
    Protocol,
    Sort,
    Step,
    Switch,
    action,
    always,
    count,
    every,
    given,
    only,
    put,
    state,
    when,
)
from popcorn_model.language.loosen import without_counters
from popcorn_model.language.prose import action_text
from popcorn_model.popcorn_2020 import PROTOCOL
from support.oracle import get_steps
from support.subjects import at_scope

SEED = 11
WALKS, LENGTH = 3, 25


class Guest(Sort):
    """A guest."""


class Chair(Sort):
    """A chair."""


class Heads(Number):
    """How many guests there are."""


MANNERS = Switch("manners", "good", "odd", doc="whether it depends on the number who sits")

seated = state("seated", Guest, of=Bool, start=False, doc="the guest sits")
sulks = state("sulks", Guest, of=Bool, start=False, doc="the guest had to go")
heads = state("heads", of=Heads, start=0, doc="how many sit")


def has_room() -> Bool:
    """A chair is free."""
    return heads() < count(Chair, lambda c: c == c)


@action
def sit(g: Guest) -> Step:
    """A guest takes a chair."""
    return when(~seated[g], has_room())(put(seated[g], True), put(heads(), heads() + 1))


@action
def leave(g: Guest) -> Step:
    """A guest has to go where there is no chair left, or nobody else sits."""
    alone = every(Guest, lambda o: (o == g) | ~seated[o])
    return when(seated[g], ~has_room() | alone)(
        put(seated[g], False),
        put(heads(), heads() - 1),
        only(MANNERS, "odd", given(has_room())(put(sulks[g], True))),
    )


@always()
def as_many_as_chairs() -> Bool:
    """No more guests sit than there are chairs."""
    return heads() <= count(Chair, lambda c: c == c)


@always()
def somebody_is_a_guest(g: Guest) -> Bool:
    """A guest sits or does not."""
    return seated[g] | ~seated[g]


PARTY = Protocol(
    "party",
    "Guests and chairs.",
    (Part("party", "", states=(seated, sulks, heads), actions=(sit, leave),
          properties=(as_many_as_chairs, somebody_is_a_guest)),),
    switches=(MANNERS,),
    scope={"guests": 3, "chairs": 2, "headss": 3},
)  # fmt: skip


def test_a_guard_asks_a_counter_no_more_and_nothing_writes_or_states_it() -> None:
    loose = without_counters(PARTY.configured(), ("heads",))
    assert [s.name for s in loose.states] == ["seated"]
    assert [p.name for p in loose.properties] == ["somebody_is_a_guest"]
    assert "when\n        not seated[g]\n    then\n        seated[g] := true" in action_text(
        loose.action("sit"))  # fmt: skip
    assert "when\n        seated[g]\n    then\n        seated[g] := false" in action_text(
        loose.action("leave"))  # fmt: skip


def test_what_is_written_may_not_depend_on_a_counter() -> None:
    model = PARTY.configured(settings={"manners": "odd"})
    with pytest.raises(ModelError, match=r"action leave writes what depends on .* \(heads\)"):
        without_counters(model, ("heads",))


def test_a_counter_that_is_not_there_is_refused() -> None:
    with pytest.raises(ModelError, match="no state variable chairs; it has seated, heads"):
        without_counters(PARTY.configured(), ("chairs",))


def evaluator(model: Model, scope: str) -> Evaluator:
    return at_scope(model, scope).evaluator


CASES = {
    "party": (PARTY.configured(), "", "heads"),
    "popcorn-2020": (
        PROTOCOL.configured("repaired", parts=("pages",)),
        "kernels=2,tasks=3,pages=1,places=1", "joined",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_every_step_of_the_model_is_one_of_the_looser_one(case: str) -> None:
    model, scope, counter = CASES[case]
    whole, loose = evaluator(model, scope), evaluator(without_counters(model, (counter,)), scope)
    cells = [(getattr(family, "name", ""), i) for (family, _), i in whole.slot.items()]
    kept = [i for name, i in cells if name != counter]
    assert len(kept) == len(loose.slot) < len(cells)

    def without(state: State) -> State:
        return tuple(state[i] for i in kept)

    assert without(whole.initial()) == loose.initial()
    generator = random.Random(SEED)
    for _ in range(WALKS):
        now = whole.initial()
        for _ in range(LENGTH):
            steps = list(get_steps(whole, now).after)
            theirs = {(a, without(after)) for a, _, after in steps}
            ours = {(a, after) for a, _, after in get_steps(loose, without(now)).after}
            assert theirs <= ours
            now = generator.choice(steps)[2]
