"""Members may change places only where no action and no property can tell."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import pytest

from popcorn_checker.equivariance import get_named, get_obstacles
from popcorn_checker.errors import UsageError
from popcorn_checker.evaluate import Evaluator
from popcorn_checker.lookup import find_protocol
from popcorn_checker.scopes import make_scope
from popcorn_checker.symmetry import Symmetry, find_symmetry
from popcorn_model.language import Model, Protocol
from popcorn_model.language import expr as e
from support import corners, counter, oddities, ownership, protocols
from support.oracle import Case
from support.orbits import breaches, declare, every_exchange, wander

LARGE = "kernels=3,tasks=3,pages=3,frames=3,replicas=3"
POPCORN = [
    (variant, parts)
    for variant in ("as-built", "repaired")
    for parts in (("threads",), ("threads", "lifetime"), ("locks",), ("memory",), None)
]
TESTED = [
    corners.ring, corners.post, corners.clerk, protocols.swap, protocols.leaky, oddities.tickets,
    counter.PROTOCOL, ownership.PROTOCOL,
]  # fmt: skip


def names_of(found: Mapping[e.SortInfo, object]) -> dict[str, object]:
    """What was found, by the sort's name."""
    return {sort.name: what for sort, what in found.items()}


def popcorn(variant: str, parts: tuple[str, ...] | None) -> Model:
    """A configured popcorn-2014."""
    return find_protocol("popcorn-2014").configured(variant, parts=parts)


# --- what is read off a model -------------------------------------------------------------------


@pytest.mark.parametrize(("variant", "parts"), POPCORN)
def test_every_declared_sort_of_popcorn_is_used(
    variant: str, parts: tuple[str, ...] | None
) -> None:
    model = popcorn(variant, parts)
    assert get_obstacles(model) == {}
    found = find_symmetry(model, make_scope(model, LARGE))
    assert found.refused == {}
    assert found.order >= 6
    counts_at_zero = variant == "as-built" and (parts is None or "lifetime" in parts)
    assert names_of(found.free)["Kernel"] == ((1, 2) if counts_at_zero else (0, 1, 2))


@pytest.mark.parametrize(
    ("protocol", "sort", "why"),
    [
        (protocols.parcels, "Guest", "action order sends to heap for each Guest in turn"),
        (protocols.gates, "Guest", "action enter sends to hall for each Guest in turn"),
        (protocols.tolls, "Guest", "action fall_back may stop or fail for each Guest in turn"),
        (oddities.traps, "Nat", "action Init sends to Head for each Nat in turn"),
    ],
    ids=["parcels", "gates", "tolls", "traps"],
)
def test_a_loop_whose_order_may_show_is_an_obstacle(
    protocol: Protocol, sort: str, why: str
) -> None:
    assert names_of(get_obstacles(protocol.configured())) == {sort: why}


def test_a_member_with_a_name_stays_where_it_is() -> None:
    model = protocols.swap.configured()
    assert names_of(get_named(model)) == {"Seat": {0}, "Guest": {1}, "Hue": {1}}
    scope = make_scope(model, "seats=3,guests=3")
    found = find_symmetry(declare(model), scope)
    assert names_of(found.free) == {"Seat": (1, 2), "Guest": (0, 2)}
    assert found.order == 4
    assert str(found) == "seats, guests (factor up to 4)"


# --- what a user asks for -----------------------------------------------------------------------


def ask(protocol: Protocol, *wanted: str, scope: str = "") -> Symmetry:
    """The symmetry that somebody wants."""
    model = declare(protocol)
    return find_symmetry(model, make_scope(model, scope), wanted)


def test_a_sort_that_is_told_apart_is_refused_with_the_action() -> None:
    with pytest.raises(UsageError, match="--symmetry guests: the guests are not interchangeable, "
                                         "since action order sends to heap"):  # fmt: skip
        ask(protocols.parcels, "guests", scope="guests=3")


def test_without_being_asked_for_by_name_it_is_left_out_with_the_reason() -> None:
    found = ask(protocols.parcels, "all", scope="guests=3,seats=3")
    assert str(found) == (
        "seats (factor up to 2); not guests, since action order sends to heap for each Guest in "
        "turn"
    )
    assert found.to_json() == {
        "sorts": {"seats": 2}, "factor": 2, "exact": True,
        "refused": {"guests": "action order sends to heap for each Guest in turn"},
    }  # fmt: skip


def test_an_unknown_sort_is_refused_with_the_legal_ones() -> None:
    with pytest.raises(UsageError, match="no interchangeable sort kernls: did you mean kernels"):
        ask(corners.ring, "kernls")


def test_a_sort_that_is_nowhere_in_the_state_makes_no_difference() -> None:
    model = popcorn("repaired", ("locks",))
    found = find_symmetry(model, make_scope(model, LARGE))
    assert "Frame" not in names_of(found.free)


def test_where_nothing_can_change_places_that_is_said() -> None:
    assert str(ask(corners.ring, "all", scope="kernels=2")) == "none that makes a difference"


# --- whether it is true -------------------------------------------------------------------------


def told_apart(
    model: Model, scope: str, symmetry: Symmetry, count: int
) -> tuple[set[str], set[str]]:
    """Actions and properties that tell members apart, and the actions that were tried.

    Each action is looked at in the first three states of a walk in which it is taken, all
    properties in some of these, each time under another exchange.
    """
    case, chance = Case.of(model, scope), random.Random(1)
    exchanges = list(every_exchange(symmetry))[1:]  # the first changes nothing
    found: set[str] = set()
    tried: Counter[str] = Counter()
    for words, name in wander(case, count):
        if tried[name] < 3:
            properties = model.properties if tried.total() % 16 == 0 else ()
            evaluator = Evaluator(replace(model, properties=properties), case.evaluator.scope)
            exchange = chance.choice(exchanges)
            state = case.program.layout.decoded(words)
            found |= set(breaches(evaluator, state, exchange, [model.action(name)]))
            tried[name] += 1
    return found, set(tried)


@pytest.mark.parametrize("protocol", TESTED, ids=lambda x: x.name)
def test_no_action_or_property_tells_members_apart(protocol: Protocol) -> None:
    model = declare(protocol)
    sorts = {s.name.lower() + "s": 3 for s in model.interchangeable}
    scope = make_scope(model, sorts)
    symmetry = find_symmetry(model, scope)
    assert symmetry.free
    assert symmetry.refused == {}
    found, tried = told_apart(model, str(scope), symmetry, 400)
    assert found == set()
    assert len(tried) >= len(model.actions) / 2


@pytest.mark.parametrize("variant", ["as-built", "repaired"])
@pytest.mark.parametrize(
    ("parts", "scope", "actions"),
    [
        ("threads,lifetime", "kernels=3,tasks=3,frames=1,hops=3", 25),
        ("locks", "kernels=3,tasks=2", 11),
        pytest.param("memory", "kernels=2,tasks=2,pages=3,frames=2", 44, marks=pytest.mark.rest),
    ],
)  # memory takes 8 s: its actions have many parameters
def test_nothing_in_popcorn_tells_members_apart(
    variant: str, parts: str, scope: str, actions: int
) -> None:
    model = popcorn(variant, tuple(parts.split(",")))
    symmetry = find_symmetry(model, make_scope(model, scope))
    found, tried = told_apart(model, scope, symmetry, 3000)
    assert found == set()
    assert len(tried) >= actions


def test_an_action_that_tells_members_apart_is_caught() -> None:
    model = declare(protocols.parcels)
    scope = make_scope(model, "guests=3,seats=2")
    guest = next(s for s in model.interchangeable if s.name == "Guest")
    wrong = Symmetry({guest: (0, 1, 2)}, {guest: 3})
    found, _ = told_apart(model, str(scope), wrong, 400)
    assert "order" in found


def test_a_property_that_tells_members_apart_is_caught() -> None:
    model = declare(corners.ring)
    kernel = model.interchangeable[0]
    assert find_symmetry(model, make_scope(model, "kernels=3")).free == {kernel: (1, 2)}
    wrong = Symmetry({kernel: (0, 1, 2)}, {kernel: 3})
    found, _ = told_apart(model, "kernels=3", wrong, 400)
    assert found
