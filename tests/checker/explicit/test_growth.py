"""What multiplies the states is what counting decoded states says."""

import pytest

from popcorn_checker.explicit import growth
from popcorn_checker.explicit.growth import measure
from popcorn_checker.growth import Growth
from popcorn_model.language import Protocol
from popcorn_model.language import expr as e
from support import corners, ownership
from support.command import invoke
from support.oracle import Case

OWN = "support.ownership"


def count(case: Case, states: list[tuple[object, ...]]) -> dict[str, tuple[int, int, float]]:
    """Cells, contents and factor of every variable, from states of the evaluator."""
    found: dict[str, tuple[int, int, float]] = {}
    slots = case.evaluator.slot
    families = {family for family, _ in slots}
    for family in families:
        places = [place for (owner, _), place in slots.items() if owner == family]
        alone = {tuple(state[p] for p in places) for state in states}
        without = {tuple(v for p, v in enumerate(s) if p not in places) for s in states}
        assert isinstance(family, e.StateInfo | e.QueueInfo | e.BudgetInfo)
        found[family.name] = (len(places), len(alone), len(states) / len(without))
    return found


def table(found: Growth) -> dict[str, tuple[int, int, float]]:
    """A measurement in the same form."""
    return {row.name: (row.cells, row.values, row.factor) for row in found.rows}


@pytest.mark.parametrize(
    ("protocol", "scope"),
    [
        (corners.ring, "kernels=2"),
        (corners.post, "kernels=1"),
        (corners.clerk, "stamps=2,tray_slots=1"),
        (corners.clerk, "flag_slots=0"),
        (ownership.PROTOCOL, "kernels=3"),
    ],
    ids=lambda x: getattr(x, "name", x),
)
def test_every_variable_is_measured(protocol: Protocol, scope: str) -> None:
    case = Case.of(protocol, scope)
    search = case.search()
    found = measure(search)
    assert (found.looked, found.states) == (search.states, search.states)
    assert table(found) == count(case, [case.decoded(search, i) for i in range(search.states)])
    factors = [row.factor for row in found.rows]
    assert factors == sorted(factors, reverse=True)


def test_a_large_search_is_measured_at_its_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "LOOKED_MAX", 100)
    case = Case.of(ownership.PROTOCOL, "kernels=3")
    search = case.search()
    found = measure(search)
    assert found.of_what == f"the first 100 of {search.states:,} states"
    assert table(found) == count(case, [case.decoded(search, i) for i in range(100)])


def test_growth_on_the_command_line() -> None:
    result = invoke("check", OWN, "--parts", "moves", "--scope", "tasks=3", "--explain-growth")
    assert result.code == 0
    assert "What multiplies the states, seen from all 8 states:" in result.out
    rows = {line.split()[0]: line.split()[1:] for line in result.out.splitlines() if line.strip()}
    assert rows["at"] == ["8", "1.00"], "where a thread is follows from the hops that are left"
    assert rows["hops"] == ["8", "1.00"]
    data = invoke("check", OWN, "--explain-growth", "--json").data["growth"]
    assert data["looked"] == data["states"] == 86
    hops = {"name": "hops", "kind": "budget", "cells": 1, "values": 2, "factor": 1.0}
    assert hops in data["rows"]


def test_growth_is_explained_where_a_limit_ends_the_search() -> None:
    result = invoke("check", OWN, "--scope", "kernels=3,wishes=2,slots=8", "--memory", "1M",
                    "--no-liveness")  # fmt: skip
    assert result.code == 3
    assert "What multiplies the states" in result.out
    assert invoke("check", OWN, "--json").data["growth"] is None


def test_other_engines_cannot_say() -> None:
    result = invoke("check", OWN, "--engine", "networkx", "--explain-growth")
    assert result.code == 2
    assert "the networkx engine cannot explain growth" in result.complaint
