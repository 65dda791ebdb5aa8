"""The verb ``mutants``: every way to be refuted, survivors with and without a reason."""

import pytest

from popcorn_checker.checking import Request
from popcorn_checker.errors import UsageError
from popcorn_checker.exploring import Effort
from popcorn_checker.mutants import campaign as campaigns
from popcorn_checker.mutants.campaign import Campaign, run
from popcorn_checker.mutants.controls import Controls, Ground
from popcorn_checker.mutants.hunting import Fate, Hunted
from support.command import invoke

OWN = "support.ownership"


def hunted(*arguments: object) -> dict[str, dict[str, object]]:
    """What became of some mutants of the repaired protocol, by id."""
    data = invoke("mutants", OWN, "--variant", "repaired", "--json", *arguments).data
    return {m["id"]: m for m in data["mutants"]}


@pytest.mark.parametrize(
    ("mutation", "by", "length"),
    [
        ("give/guard2", "one_holder", 8),
        ("serve/guard1", "fault", 0),
        ("serve/update1", "deadlock", 6),
        ("give/guard1", "one_holder", 4),
        ("ask/update2", "held", None),
        ("get/update1", "let_go never happens", None),
        ("hop/guard2", "the language", None),
    ],
)
def test_ways_to_be_refuted(mutation: str, by: str, length: int | None) -> None:
    found = hunted("--only", mutation)[mutation]
    assert (found["fate"], found["by"], found["length"]) == ("refuted", by, length)


def test_a_survivor_fails_and_is_told_in_words() -> None:
    result = invoke("mutants", OWN, "--variant", "repaired", "--only", "ask/guard1")
    assert result.code == 12
    assert "survivor (same states and transitions)" in result.out
    assert "ask does not ask whether hold[p, k] = none" in result.out
    assert "0 of 1 mutants refuted (0.0 %), 0 harmless, 1 unexplained" in result.out


def test_an_action_stands_for_all_its_mutations() -> None:
    assert set(hunted("--only", "hop")) == {
        "hop/guard1",
        "hop/guard2",
        "hop/update1",
        "hop/update2",
    }


def test_messages_are_changed_when_asked() -> None:
    assert "give/update3/revoke" in hunted("--only", "give", "--messages")
    assert "give/update3/revoke" not in hunted("--only", "give")
    assert hunted("--only", "give/update3/revoke")["give/update3/revoke"]["fate"] == "refuted"


def small(waivers: dict[str, str], *grounds: Ground, only: tuple[str, ...] = ()) -> Campaign:
    """A campaign against the repaired small protocol."""
    controls = Controls(grounds=grounds or (Ground(),), waivers=waivers)
    return Campaign(Request(OWN, "repaired"), controls, only=only)


def fates(campaign: Campaign) -> dict[str, Hunted]:
    """What became of a campaign's mutants."""
    return {m.id: m for m in run(campaign)}


def test_a_waiver_needs_a_survivor() -> None:
    why = "a kernel has one wish here"
    found = fates(small({"ask/guard1": why, "give/guard2": why}, only=("ask/guard1", "give")))
    assert found["ask/guard1"].fate is Fate.WAIVED
    assert found["ask/guard1"].note == why
    assert found["give/guard2"].fate is Fate.REFUTED


def test_a_waiver_for_nothing_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    controls = Controls("repaired", waivers={"gone/guard7": "it was there once"})
    monkeypatch.setitem(campaigns.CONTROLS, OWN, (controls,))
    result = invoke("mutants", OWN, "--only", "give/guard2")
    assert result.code == 12
    assert "waiver for a mutation that does not exist: gone/guard7" in result.out


def test_a_second_ground_catches_what_the_first_lets_through() -> None:
    tight, wide = Ground("wishes=1"), Ground("wishes=2,slots=8")
    assert fates(small({}, tight, only=("ask/guard1",)))["ask/guard1"].fate is Fate.SURVIVOR
    found = fates(small({}, tight, wide, only=("ask/guard1",)))["ask/guard1"]
    assert found.fate is Fate.REFUTED
    assert found.ground == "wishes=2,slots=8"


def test_each_set_of_parts_has_mutants_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = (Controls("repaired", ("pages",)), Controls("repaired", ("moves",)))
    monkeypatch.setitem(campaigns.CONTROLS, OWN, listed)
    found = hunted("--only", "hop")
    assert {tuple(m["parts"]) for m in found.values()} == {("moves",)}  # type: ignore[arg-type]
    unknown = invoke("mutants", OWN, "--only", "nothing_at_all")
    assert unknown.code == 2


def test_a_mutant_that_takes_too_long_is_not_decided() -> None:
    hasty = Campaign(
        Request(OWN, "repaired"),
        Controls(),
        Effort(engine="evaluator", seconds=0.0),
        only=("ask/guard1",),
    )
    found = fates(hasty)["ask/guard1"]
    assert found.fate is Fate.UNDECIDED
    assert "budget at the default scope" in found.note


def test_workers_find_the_same() -> None:
    campaign = small({}, only=("give", "hop"))
    alone, together = list(run(campaign)), list(run(campaign, workers=2))
    assert [(m.id, m.fate, m.by, m.length) for m in alone] == [
        (m.id, m.fate, m.by, m.length) for m in together
    ]


def test_mutants_of_a_wrong_protocol_say_nothing() -> None:
    result = invoke("mutants", OWN, "--variant", "as-built")
    assert result.code == 2
    assert "without any mutation the protocol is violated" in result.complaint


@pytest.mark.parametrize("name", ["give/guard9", "grant"])
def test_unknown_mutations(name: str) -> None:
    result = invoke("mutants", OWN, "--variant", "repaired", "--only", name)
    assert result.code == 2
    assert "no mutation" in result.complaint
    with pytest.raises(UsageError):
        list(run(small({}, only=(name,))))
