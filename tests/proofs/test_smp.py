"""That popcorn is one kernel to a program is proved for any size, and not proved of wrong ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from popcorn_checker.checking import Request, configure
from popcorn_proofs.claim import make_theory
from popcorn_proofs.claims.popcorn_smp import CLAIM
from popcorn_proofs.script import SAFETY, Obligation
from popcorn_proofs.structures import Finder


@pytest.mark.parametrize(
    "mutation",
    [
        "serve_clone/guard2", "serve_clone/update4", "refuse_clone/guard1", "serve_exit/update4",
        "serve_exit_group/update4", "drop_question/guard1", "serve_mmap/guard2",
        "serve_munmap/update1", "serve_forbid/update1", "serve_mremap/update1",
        "wake_nobody/guard3", "wake/update7",
    ],
)  # fmt: skip
def test_a_wrong_step_is_not_one_of_smp(mutation: str) -> None:
    """There is a state in which all lemmas hold and the step is not one of smp."""
    name = f"{mutation.partition('/')[0]}_is_a_step"
    asked = Request("popcorn", CLAIM.variant, parts=CLAIM.parts, refines="smp", mutation=mutation,
                    properties=(name,))  # fmt: skip
    stated = tuple(p for p in configure(asked).properties if p.name == name)
    theory = make_theory(replace(CLAIM, stated=stated))
    (goal,) = theory.safety
    found = Finder(theory, 20).find_small(Obligation(SAFETY, name), goal, theory.lemmas)
    assert found is not None
