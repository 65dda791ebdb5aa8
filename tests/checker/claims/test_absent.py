"""Each finding of the published protocols has its reason why popcorn does not have it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from popcorn_checker.claims.absent import REASONS, find_all, show
from popcorn_checker.claims.claim import Claim
from popcorn_checker.claims.popcorn import CLAIMS
from popcorn_model.language import Mood
from popcorn_model.popcorn import PROTOCOL
from popcorn_proofs.claims.popcorn import CLAIM as PROVED

ROOT: Final = Path(__file__).resolve().parents[3]
PARTS: Final = ("threads", "pages", "areas", "futex", "fork", "services")
LIVENESS: Final = {"questions_are_answered", "answers_arrive"}


def test_each_finding_has_one_reason() -> None:
    named = [each for reason in REASONS for each in reason.findings]
    assert sorted(named) == sorted(find_all())
    assert len(named) == 83


def test_each_property_is_promised_and_proved() -> None:
    promised = {each.name: each for each in PROTOCOL.configured(parts=PARTS).properties}
    proved = {each.name for each in PROVED.lemmas} | set(PROVED.safety)
    for reason in REASONS:
        assert reason.prop in promised
        if promised[reason.prop].mood is Mood.ALWAYS:
            assert reason.prop in proved
    asked = {reason.prop for reason in REASONS}
    assert {name for name in asked if promised[name].mood is not Mood.ALWAYS} == LIVENESS


def test_liveness_is_claimed_of_all_parts() -> None:
    whole: list[Claim] = [claim for claim in CLAIMS if not claim.parts and claim.liveness]
    assert {claim.scope for claim in whole} == {
        "kernels=2,tasks=1,pages=2", "kernels=2,tasks=2,pages=1"
    }  # fmt: skip


def test_the_page_has_the_table() -> None:
    text = (ROOT / "docs" / "absent.md").read_text()
    assert text.endswith("\n".join(show()) + "\n")
