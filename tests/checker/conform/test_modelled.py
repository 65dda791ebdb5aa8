"""Models behind the adapter: what is repaired conforms, what is as built shows its findings."""

from __future__ import annotations

from random import Random
from typing import Final

import pytest

from popcorn_checker.conform import wire
from popcorn_checker.conform.case import Case
from popcorn_checker.conform.explaining import Departure
from popcorn_checker.conform.modelled.__main__ import main
from popcorn_checker.conform.modelled.kernels_2020 import Kernels2020
from popcorn_checker.conform.modelled.machine import Machine, configure
from popcorn_checker.conform.modelled.model import KERNELS, Model, make_model
from popcorn_checker.conform.program_cases import PROGRAM_CASES
from popcorn_checker.conform.race_cases import RACE_CASES, TICKS
from popcorn_checker.conform.talking import Indefinite, Unsupported
from popcorn_checker.findings.catalogue import find_findings
from support.inside import drive_with

CASES: Final = (*PROGRAM_CASES, *RACE_CASES)
BY_ID: Final = {case.id.removeprefix("program/"): case for case in CASES}


def races(name: str, finding: str, ticks: tuple[int, ...] = TICKS) -> dict[str, str]:
    """The cases about one race, all with the same finding."""
    return {f"race/{name}/{n}": finding for n in ticks}


REFUSED: Final = {
    "popcorn-2014": set(),
    "popcorn-2020": {"clone/1", "exit/3", "forbid/1", *(f"race/born/{n}" for n in TICKS)},
}
"""Cases with a call that a repaired protocol refuses, or has not: clone away, mprotect to allow."""

BUILT_2020: Final = {
    "migrate/1": "C33", "migrate/3": "C33", "clone/1": "I102", "exit/2": "I34", "exit/3": "I102",
    "exit/5": "C26", "exit/6": "C26", "forbid/1": "C17b", "over/1": "C17c", "move/1": "C17e",
    "move/3": "C23", **races("end", "C26"), **races("born", "I102"),
    **races("unmap", "I14", (1, 2)),
}  # fmt: skip
SEEN: Final = {
    ("popcorn-2014", "as-built"): {
        "share/7": "W1", "exit/1": "W2", "exit/4": "W2", "exit/5": "W8a", "unmap/3": "W40",
        "forbid/2": "P22", "move/1": "W41", "move/2": "P21", "move/3": "W41",
        **races("exit", "W2"), **races("end", "W8a", (1, 2)),
    },
    ("popcorn-2020", "as-built"): BUILT_2020 | {"futex/4": "C1"} | races("wake", "C1"),
    ("popcorn-2020", "as-built-4.4"): BUILT_2020 | {"futex/4": "C1", "share/6": "C5"}
    | races("read", "C5") | races("wake", "C1"),
    ("popcorn-2020", "as-built-rfc"): BUILT_2020,
}  # fmt: skip
"""By protocol and variant: the cases that fail, each with the finding that is met in it."""
DRAWS: Final = 20
"""Not every run shows it, but one of so many."""
DRAWS_ALONE: Final = 40
"""With nothing wrong but that finding it may take more."""


def claims(protocol: str, case: Case) -> bool:
    return set(case.needs) <= set(KERNELS[protocol].capabilities)


def goes_wrong(case: Case, *names: str) -> bool:
    """Whether a model fails in a case. What it says not to have is no failure."""
    protocol, variant, *more = names
    try:
        drive_with(make_model(protocol, variant, *more), case)
    except Departure:
        return True
    except Unsupported:
        pass
    return False


# --- repaired ------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", KERNELS)
@pytest.mark.parametrize("name", BY_ID)
def test_the_repaired_protocol_conforms(protocol: str, name: str) -> None:
    case = BY_ID[name]
    if not claims(protocol, case):
        return
    for seed in range(2):
        model = make_model(protocol, "repaired", str(seed), "pages")
        try:
            assert drive_with(model, case).judge.behaviour()
        except Unsupported:
            assert name in REFUSED[protocol]


@pytest.mark.rest  # 60 s and 30 s: eight more draws for each case
@pytest.mark.parametrize("protocol", KERNELS)
def test_the_repaired_protocol_conforms_however_slow_its_kernels_are(protocol: str) -> None:
    for case in CASES:
        for seed in range(2, 10):
            assert not claims(protocol, case) or not goes_wrong(
                case, protocol, "repaired", str(seed), "pages"
            ), (case.id, seed)


# --- as built ------------------------------------------------------------------------------------

EACH: Final = [
    (variant, name, finding)
    for (_, variant), seen in SEEN.items() for name, finding in seen.items()
    if variant == "as-built" or finding == "C5"
]  # fmt: skip


@pytest.mark.parametrize(("variant", "name", "finding"), EACH)
def test_a_case_fails_by_a_finding_and_its_repair_alone_mends_it(
    variant: str, name: str, finding: str
) -> None:
    (found,) = find_findings([finding])
    without = [f"{n}={v}" for n, v in found.settings.items()]
    repair = [f"{n}={v}" for n, v in found.repair.items()]
    runs = [(found.protocol, variant, str(seed), *without) for seed in range(DRAWS_ALONE)]
    names = next(names for names in runs if goes_wrong(BY_ID[name], *names))
    assert not goes_wrong(BY_ID[name], *names, *repair)


def test_that_a_thread_runs_twice_is_seen_where_threads_are() -> None:
    names = ("popcorn-2020", "as-built", "0")
    assert not goes_wrong(BY_ID["futex/1"], *names)
    with pytest.raises(Departure, match="thread 1 runs on kernels 1 and 0"):
        drive_with(make_model(*names, "pages"), BY_ID["futex/1"])


@pytest.mark.rest  # 50 s to 110 s each: twenty draws, so that rare ones are among them
@pytest.mark.parametrize(("protocol", "variant"), SEEN)
def test_as_built_these_cases_fail_and_no_others(protocol: str, variant: str) -> None:
    failing = {
        name for name, case in BY_ID.items() if claims(protocol, case)
        if any(goes_wrong(case, protocol, variant, str(seed)) for seed in range(DRAWS))
    }  # fmt: skip
    assert failing == SEEN[protocol, variant].keys()


# --- how a model is driven -----------------------------------------------------------------------


@pytest.mark.parametrize("protocol", KERNELS)
def test_the_steps_that_are_found_are_those_of_the_evaluator(protocol: str) -> None:
    draw = Random(1)
    machine = Machine(configure(protocol, "as-built", ()), "kernels=2,tasks=2,pages=1")
    names = [action.name for action in machine.evaluator.model.actions]
    state = machine.evaluator.initial()
    for _ in range(25):
        found = {s.firing: s.after for name in names for s in machine.find(state, name, {}, draw)}
        assert found == dict(machine.evaluator.successors(state))
        if not found:
            break
        state = draw.choice([found[firing] for firing in sorted(found, key=str)])


def test_the_same_seed_takes_the_same_steps() -> None:
    def run(seed: int) -> list[tuple[wire.ProgramOrder, wire.ProgramReply | None]]:
        return drive_with(make_model("popcorn-2014", "repaired", str(seed)), BY_ID["share/3"]).log

    assert run(3) == run(3)
    assert len({len(run(seed)) for seed in range(5)}) > 1


def test_a_scope_that_is_too_small_is_no_verdict() -> None:
    class Narrow(Kernels2020):
        """Room for one message."""

        @staticmethod
        def scope(kernels: int, threads: int, pages: int) -> str:
            """The channel takes one."""
            return f"{Kernels2020.scope(kernels, threads, pages)},channel_slots=1"

    def make(order: wire.Reset) -> Narrow:
        scope = Narrow.scope(order.kernels, order.threads, order.pages)
        return Narrow(Machine(configure("popcorn-2020", "repaired", ()), scope))

    case = Case("", (), "begin 0 | drain | t0 clone | drain | t0 migrate 1 | t1 migrate 1 | drain",
                "", "", "")  # fmt: skip
    def drive_all() -> None:
        for seed in range(20):
            drive_with(Model(make, seed), case)

    with pytest.raises(Indefinite, match="channel holds 1"):
        drive_all()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["popcorn-2014", "mended"], "there is no variant mended"),
        (["popcorn", "repaired"], "nobody has said how to drive popcorn: legal are popcorn-2014"),
        (["popcorn-2020", "repaired", "ringing=off"], "no switch ringing"),
        ([], "PROTOCOL VARIANT"),
    ],
)
def test_names_that_do_not_exist_are_told(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert complaint in capsys.readouterr().err
