"""Wrong protocols, for which proofs must fail."""

import pytest

from popcorn_proofs.claims.catalogue import CLAIMS
from popcorn_proofs.controls import LEAST, Control, controls_of, refute

SECONDS = 30.0


def test_every_claim_has_enough_controls() -> None:
    proved = [c for c in CLAIMS if c.lemmas]
    assert {c.id: len(c.controls) for c in proved if len(c.controls) < LEAST} == {}
    assert [c.id for c in CLAIMS if c not in proved] == [
        "threads-2020-smp", "pages-2020-smp", "popcorn-smp",
    ], "see test_smp"  # fmt: skip


@pytest.mark.parametrize(
    "control", list(controls_of(c for c in CLAIMS if c.id == "directory")), ids=lambda c: c.mutation
)
def test_a_wrong_directory_is_not_proved(control: Control) -> None:
    assert refute(control, SECONDS) is not None


def test_a_wrong_lock_is_not_proved() -> None:
    found = refute(Control("locks-light", "enter_request/guard2", "a_reply_is_waited_for"), SECONDS)
    assert found is not None
    assert found["Task"] == 1


def test_a_control_that_does_no_harm_is_told() -> None:
    harmless = Control("directory", "receive/update3", "the_writer_is_alone")
    assert refute(harmless, SECONDS) is None
