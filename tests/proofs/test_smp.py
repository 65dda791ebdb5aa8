"""That a protocol is one kernel to a program is proved for any size, and not of wrong ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from popcorn_checker.checking import Request, configure
from popcorn_proofs.claim import Theory, make_theory
from popcorn_proofs.claims.smp import CLAIMS
from popcorn_proofs.script import SAFETY, Obligation
from popcorn_proofs.structures import Finder

BY_ID: Final = {claim.id: claim for claim in CLAIMS}


def is_refuted(theory: Theory, name: str) -> bool:
    """There is a state in which all lemmas hold and what is asked does not."""
    goal = next(p for p in theory.safety if p.name == name)
    lemmas = (*theory.known, *theory.lemmas)
    return Finder(theory, 20).find_small(Obligation(SAFETY, name), goal, lemmas) is not None


@pytest.mark.parametrize(
    ("claim", "mutation"),
    [
        *(("popcorn-smp", mutation) for mutation in (
            "serve_clone/guard2", "serve_clone/update4", "refuse_clone/guard1",
            "serve_exit/update4", "serve_exit_group/update4", "drop_question/guard1",
            "serve_mmap/guard2", "serve_munmap/update1", "serve_forbid/update1",
            "serve_mremap/update1", "wake_nobody/guard3", "wake/update7")),
        *(("threads-smp", mutation) for mutation in (
            "let_run/guard2", "let_run/update2", "obey_kill/guard3", "killed_alone/guard3",
            "finish_fork/guard1")),
        *(("threads-2020-smp", mutation) for mutation in (
            "exec_program/guard2", "clone_thread/guard2", "take_refusal/guard1",
            "follow_into_exit/update8", "obey_at_origin/guard2", "exit_group_on_remote/guard2")),
    ],
)  # fmt: skip
def test_a_wrong_step_is_not_one_of_smp(claim: str, mutation: str) -> None:
    of = BY_ID[claim]
    name = f"{mutation.partition('/')[0]}_is_a_step"
    asked = Request(of.protocol, of.variant, parts=of.parts, refines="smp", mutation=mutation,
                    properties=(name,))  # fmt: skip
    stated = tuple(p for p in configure(asked).properties if p.name == name)
    assert is_refuted(make_theory(replace(of, stated=stated)), name)


def test_without_the_lemma_an_old_page_could_be_read() -> None:
    theory = make_theory(BY_ID["pages-2020-smp"])
    assert not is_refuted(theory, "the_last_is_read")
    less = replace(theory, known=tuple(p for p in theory.known if p.name != "readers_see_writes"))
    assert is_refuted(less, "the_last_is_read")
