"""Models as TLA+: TLC accepts each module, and finds as many distinct states as our engine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from popcorn_checker.export.peers import PeerError, PeerResult, Run, run_tlc
from popcorn_checker.export.tla import to_tla
from support import ownership, protocols
from support.exported import PARTS, SMALL, WHOLE, Exported, get_broken, get_search

GOLDEN = Path(__file__).parent / "golden"
VIOLATED = re.compile(r"Invariant (\w+) is violated")
DEADLOCK = "Deadlock reached."
QUIETLY = Run(invariants=False, quick=True)

pytestmark = pytest.mark.tool("java")


def run(case: Exported, folder: Path, how: Run = QUIETLY) -> PeerResult:
    """What TLC says."""
    return run_tlc(to_tla(case.model, case.scope, "Exported"), folder, how)


SOUND = [case for case in SMALL if not get_search(case).fault]
FAULTY = [case for case in SMALL if get_search(case).fault]


@pytest.mark.parametrize("case", SOUND, ids=lambda case: case.name)
def test_counts(case: Exported, tmp_path: Path) -> None:
    peer = run(case, tmp_path)
    assert (peer.states, peer.errors) == (get_search(case).states, ())
    # A step whose updates TLC evaluates in several ways counts several times there.
    assert peer.rules_fired >= get_search(case).transitions


@pytest.mark.rest  # 2 to 6 s each on an idle machine: TLC has much to read and to compile
@pytest.mark.parametrize("case", [*PARTS, *WHOLE], ids=lambda case: case.name)
def test_counts_of_the_parts(case: Exported, tmp_path: Path) -> None:
    peer = run(case, tmp_path)
    assert (peer.states, peer.errors) == (get_search(case).states, ())


@pytest.mark.parametrize("case", FAULTY, ids=lambda case: case.name)
def test_a_step_without_meaning_is_an_error(case: Exported, tmp_path: Path) -> None:
    peer = run(case, tmp_path)
    bounds = {"TypeOK", "InScope"}
    assert peer.errors
    assert all(
        "evaluating" in error or "exception" in error or VIOLATED.match(error)[1] in bounds  # type: ignore[index]
        for error in peer.errors
    )


@pytest.mark.parametrize("case", [case for case in SMALL if get_broken(case)],
                         ids=lambda case: case.name)  # fmt: skip
def test_a_violation_is_one_there(case: Exported, tmp_path: Path) -> None:
    peer = run(case, tmp_path, Run(quick=True))
    assert VIOLATED.match(peer.errors[0])[1] in get_broken(case)  # type: ignore[index]


@pytest.mark.parametrize("case", [Exported(protocols.tolls), Exported(protocols.swap)],
                         ids=lambda case: case.name)  # fmt: skip
def test_deadlock(case: Exported, tmp_path: Path) -> None:
    peer = run(case, tmp_path, Run(deadlocks=True, quick=True))
    assert (DEADLOCK in peer.errors) == (get_search(case).deadlocks > 0)


def test_the_text_is_for_people() -> None:
    case = Exported(ownership.PROTOCOL, "kernels=3", "repaired")
    text = to_tla(case.model, case.scope, "Ownership")
    assert text.module == (GOLDEN / "Ownership.tla").read_text()
    assert text.mc_module == (GOLDEN / "MCOwnership.tla").read_text()
    assert text.cfg == (GOLDEN / "MCOwnership.cfg").read_text()


def test_a_text_that_tlc_rejects(tmp_path: Path) -> None:
    case = Exported(protocols.swap)
    text = to_tla(case.model, case.scope, "Swap")
    broken = text._replace(module=text.module.replace("Init ==", "Init ="))
    with pytest.raises(PeerError, match="TLC rejects the text"):
        run_tlc(broken, tmp_path)
