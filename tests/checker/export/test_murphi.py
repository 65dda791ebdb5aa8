"""Models as Murphi: Rumur counts as many states as our engine, and fails where it does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from popcorn_checker.export.murphi import to_murphi
from popcorn_checker.export.peers import PeerError, PeerResult, Run, run_rumur
from support import ownership, protocols
from support.exported import (
    PARTS,
    SMALL,
    WHOLE,
    Exported,
    get_broken,
    get_search,
    get_unreached,
)

GOLDEN = Path(__file__).parent / "golden"
ALL_ERRORS = 1 << 30
FAILED = re.compile(r'invariant "(\w+)" failed')

pytestmark = pytest.mark.tool("rumur", "gcc")


def run(case: Exported, folder: Path, how: Run) -> PeerResult:
    """What Rumur says."""
    return run_rumur(to_murphi(case.model, case.scope), folder, how)


def check_counts(case: Exported, folder: Path) -> None:
    """Rumur finds the same states, steps and deadlocks, and errs where a step has no meaning."""
    how = Run(invariants=False, deadlocks=True, errors_max=ALL_ERRORS, quick=True)
    peer, search = run(case, folder, how), get_search(case)
    assert (peer.states, peer.rules_fired) == (search.states, search.transitions)
    stumbles = [error for error in peer.errors if error != "deadlock"]
    assert bool(stumbles) == (search.fault is not None)
    if not stumbles:  # a state that only stumbles is a deadlock to Rumur, and not to us
        assert len(peer.errors) == search.deadlocks


@pytest.mark.parametrize("case", SMALL, ids=lambda case: case.name)
def test_counts(case: Exported, tmp_path: Path) -> None:
    check_counts(case, tmp_path)


@pytest.mark.rest  # 5 to 40 s each: Rumur writes up to 150,000 lines of C for gcc to read
@pytest.mark.parametrize("case", [*PARTS, *WHOLE], ids=lambda case: case.name)
def test_counts_of_the_parts(case: Exported, tmp_path: Path) -> None:
    check_counts(case, tmp_path)


SOUND = [case for case in SMALL if case.variant != "as-built" and not get_search(case).fault]


@pytest.mark.parametrize("case", SOUND, ids=lambda case: case.name)
def test_properties(case: Exported, tmp_path: Path) -> None:
    peer = run(case, tmp_path, Run(errors_max=ALL_ERRORS, quick=True))
    broken = {found[1] for error in peer.errors if (found := FAILED.match(error))}
    others = {error for error in peer.errors if not FAILED.match(error)}
    if get_broken(case):  # what lies behind a violation is not searched
        assert broken
        assert broken <= get_broken(case)
    else:
        assert not broken
        assert others == {f"cover {name} not hit" for name in get_unreached(case)}


@pytest.mark.parametrize("case", [case for case in SMALL if case.variant == "as-built"],
                         ids=lambda case: case.name)  # fmt: skip
def test_a_defect_is_a_violation(case: Exported, tmp_path: Path) -> None:
    peer = run(case, tmp_path, Run(quick=True))
    (error,) = peer.errors
    assert FAILED.match(error)[1] in get_broken(case)  # type: ignore[index]


def test_the_text_is_for_people() -> None:
    case = Exported(ownership.PROTOCOL, "kernels=3", "repaired")
    assert to_murphi(case.model, case.scope) == (GOLDEN / "ownership.m").read_text()


def test_a_text_that_rumur_rejects(tmp_path: Path) -> None:
    case = Exported(protocols.swap)
    text = to_murphi(case.model, case.scope).replace("startstate", "starting state")
    with pytest.raises(PeerError, match=r"rumur rejects the text: .*syntax error"):
        run_rumur(text, tmp_path)
