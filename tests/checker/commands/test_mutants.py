"""The verb ``mutants``: every way to be refuted, survivors with and without a reason."""

from dataclasses import replace

import pytest

from popcorn_checker.checking import Request, configure
from popcorn_checker.errors import UsageError
from popcorn_checker.exploring import Effort
from popcorn_checker.mutants import campaign as campaigns
from popcorn_checker.mutants.campaign import Campaign, run
from popcorn_checker.mutants.controls import Controls, Ground
from popcorn_checker.mutants.hunting import Fate, Hunted
from popcorn_checker.mutants.score import Score
from popcorn_model.language import ModelError
from popcorn_model.language.mutate import find_alike, find_mutation
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
    result = invoke("mutants", OWN, "--variant", "repaired", "--only", "hop/guard1")
    assert result.code == 12
    assert "hop/guard1                               survivor" in result.out
    assert "hop does not ask whether at[t, k]" in result.out
    assert "0 of 1 mutants refuted (0.0 %; 0.0 % of those that are not equivalent)" in result.out
    assert "0 equivalent, 0 harmless, 1 unexplained, 0 not decided" in result.out


def test_a_mutant_with_the_same_graph_is_equivalent() -> None:
    result = invoke("mutants", OWN, "--variant", "repaired", "--only", "ask/guard1")
    assert result.code == 0
    assert "equivalent: the same states and transitions at the default scope" in result.out
    assert "100.0 % of those that are not equivalent" in result.out


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
    why = "a thread may leave where it has never been, and arrives all the same"
    found = fates(small({"hop/guard1": why, "give/guard2": why}, only=("hop/guard1", "give")))
    assert found["hop/guard1"].fate is Fate.WAIVED
    assert found["hop/guard1"].note == why
    assert found["give/guard2"].fate is Fate.REFUTED


def test_a_waiver_for_nothing_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    controls = Controls("repaired", waivers={"gone/guard7": "it was there once"})
    monkeypatch.setitem(campaigns.CONTROLS, OWN, (controls,))
    result = invoke("mutants", OWN, "--only", "give/guard2")
    assert result.code == 12
    assert "waiver for a mutation that does not exist: gone/guard7" in result.out


def test_a_second_ground_catches_what_the_first_lets_through() -> None:
    tight, wide = Ground("wishes=1"), Ground("wishes=2,slots=8")
    assert fates(small({}, tight, only=("ask/guard1",)))["ask/guard1"].fate is Fate.EQUIVALENT
    found = fates(small({}, tight, wide, only=("ask/guard1",)))["ask/guard1"]
    assert found.fate is Fate.REFUTED
    assert found.ground == "wishes=2,slots=8"


def test_a_far_ground_is_for_one_mutant() -> None:
    tight, wide = Ground("wishes=1"), Ground("wishes=2,slots=8")
    campaign = small({}, tight, only=("ask/guard1", "hop/guard1"))
    far = replace(campaign, controls=replace(campaign.controls, far={"ask/guard1": wide}))
    near, found = fates(campaign), fates(far)
    assert near["ask/guard1"].fate is Fate.EQUIVALENT
    assert (found["ask/guard1"].fate, found["ask/guard1"].ground) == (Fate.REFUTED, str(wide))
    assert found["hop/guard1"].fate is near["hop/guard1"].fate is Fate.SURVIVOR


def test_a_far_ground_may_decide_nothing() -> None:
    campaign = small({}, Ground("wishes=1"), only=("ask/guard1",))

    def hunt_afar(mutation: str) -> Campaign:
        controls = replace(campaign.controls, far={mutation: Ground("wishes=1,slots=8")})
        return replace(campaign, controls=controls)

    assert fates(hunt_afar("ask/guard1"))["ask/guard1"].fate is Fate.EQUIVALENT
    assert hunt_afar("gone/guard7").stale_waivers() == ("gone/guard7",)


def test_on_a_far_ground_the_right_protocol_must_hold() -> None:
    stuck = Ground("kernels=3,wishes=1,slots=8")
    campaign = small({}, Ground("wishes=1"), only=("ask/guard1",))
    far = replace(campaign, controls=replace(campaign.controls, far={"ask/guard1": stuck}))
    with pytest.raises(UsageError, match=r"is not right at kernels=3.* \(deadlock, \d+ steps\)"):
        fates(far)


def test_a_mutation_is_known_again_by_its_sentence() -> None:
    whole = configure(Request("popcorn-2014", "repaired"))
    locks = configure(Request("popcorn-2014", "repaired", parts=("memory",)))
    one = find_mutation(locks, "fetch_page/guard4")
    assert find_alike(whole, one).sentence == one.sentence
    with pytest.raises(ModelError, match="no mutation of popcorn-2014 with these parts says"):
        find_alike(locks, find_mutation(whole, "pair/guard2"))


def test_controls_may_name_actions_and_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = (Controls("repaired", actions=("give",), settings={"WAIT": "on"}),)
    monkeypatch.setitem(campaigns.CONTROLS, OWN, listed)
    result = invoke("mutants", OWN)
    assert result.code == 0
    assert "WAIT=on" in result.out
    assert invoke("mutants", OWN, "--only", "hop").code == 2


def test_guards_of_an_assumption_are_no_mutants() -> None:
    controls = Controls(parts=("threads",), lifted={"preemption": "on"})
    campaign = Campaign(Request("popcorn-2014", "repaired", parts=("threads",)), controls)
    hunted = {m.id for m in campaign.mutations()}
    assert "pair/guard1" in campaign.assumed()
    assert not campaign.assumed() & hunted
    assert {m.id for m in replace(campaign, controls=Controls()).mutations()} == (
        campaign.assumed() | hunted
    )


def test_what_stands_in_for_a_part_makes_no_mutants() -> None:
    campaign = Campaign(Request("popcorn-2014", "repaired", parts=("locks",)), Controls())
    assert campaign.stand_ins() == {"place", "fault", "change_areas", "finish"}
    assert not campaign.stand_ins() & {m.action for m in campaign.mutations()}
    assert {m.action for m in replace(campaign, only=("place",)).mutations()} == {"place"}


def test_a_protocol_must_be_right_without_an_assumption_whose_guards_do_not_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listed = (Controls("repaired", lifted={"WAIT": "off"}),)
    monkeypatch.setitem(campaigns.CONTROLS, OWN, listed)
    result = invoke("mutants", OWN)
    assert result.code == 2
    assert "without any mutation the protocol is violated" in result.complaint


def row(fate: Fate) -> Hunted:
    """A mutant that met this fate."""
    return Hunted("give/guard1", "give does not ask", fate, by="one_holder")


@pytest.mark.parametrize(
    ("fates", "stale", "part", "whole"),
    [
        ([Fate.REFUTED] * 9 + [Fate.WAIVED], (), 0, 0),
        ([Fate.REFUTED] * 8 + [Fate.WAIVED], (), 0, 12),
        ([Fate.REFUTED] * 9 + [Fate.WAIVED] + [Fate.EQUIVALENT] * 5, (), 0, 0),
        ([Fate.REFUTED] * 99 + [Fate.SURVIVOR], (), 12, 12),
        ([Fate.REFUTED] * 99 + [Fate.UNDECIDED], (), 3, 3),
        ([Fate.REFUTED], ("gone/guard1",), 12, 12),
        ([], (), 0, 0),
    ],
)
def test_what_a_campaign_comes_to(
    fates: list[Fate], stale: tuple[str, ...], part: int, whole: int
) -> None:
    score = Score((tuple(row(fate) for fate in fates),), stale)
    assert (score.exit_code(whole=False), score.exit_code(whole=True)) == (part, whole)


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (Fate.REFUTED, Fate.SURVIVOR, Fate.REFUTED),
        (Fate.WAIVED, Fate.REFUTED, Fate.REFUTED),
        (Fate.WAIVED, Fate.SURVIVOR, Fate.SURVIVOR),
        (Fate.EQUIVALENT, Fate.UNDECIDED, Fate.UNDECIDED),
        (Fate.EQUIVALENT, Fate.WAIVED, Fate.WAIVED),
    ],
)
def test_a_mutant_of_two_campaigns_counts_once(one: Fate, other: Fate, both: Fate) -> None:
    """One campaign's second mutant of a sentence is the other's second."""
    score = Score(((row(one), row(Fate.REFUTED)), (row(other),)))
    assert [m.fate for m in score.hunted] == [both, Fate.REFUTED]
    assert "counted once, as refuted if it was refuted in any: 1" in score.text()
    assert ("unexplained: give does not ask" in score.text()) == (both is Fate.SURVIVOR)


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
