"""``popcorn-spec check`` where a scope is large: when it ends, by what symmetry, and liveness."""

from dataclasses import replace
from pathlib import Path

import pytest

from popcorn_checker import exploring, memory
from popcorn_checker.commands import check as command
from popcorn_checker.explicit import search
from popcorn_checker.exploring import Effort
from popcorn_checker.memory import resident_bytes, usual_limit
from popcorn_model.language import Fair
from support import ownership
from support.command import invoke

OWN = "support.ownership"
TWO = ("check", OWN, "--variant", "repaired", "--scope", "tasks=2", "--json")
"""Two tasks may change places, so that there is a symmetry."""


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that looks at its limits after every block."""
    monkeypatch.setattr(search, "CHUNK", 8)


# --- after a violation --------------------------------------------------------------------------


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("engine", ["explicit", "evaluator"])
def test_some_states_are_looked_at_after_a_violation(
    monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    args = ("check", OWN, "--variant", "as-built", "--json", "--engine", engine)
    whole = invoke(*args, "--all")
    first = invoke(*args, "--first")
    monkeypatch.setattr(command, "LINGER", 10)
    some = invoke(*args)
    assert whole.code == first.code == some.code == 12
    assert first.data["states"] < some.data["states"] < whole.data["states"]
    assert (whole.data["stopped"], some.data["stopped"]) == ("", "found")
    lengths = {r["length"] for x in (whole, some) for r in x.data["results"]
               if r["name"] == "one_holder"}  # fmt: skip
    assert lengths == {8}
    assert "something is wrong; --all explores the rest" in some.data["doubts"][0]


def test_what_is_enough_usually_explores_small_scopes_whole() -> None:
    result = invoke("check", OWN, "--variant", "as-built", "--json")
    assert (result.code, result.data["stopped"]) == (12, "")


def test_first_and_all_exclude_each_other() -> None:
    result = invoke("check", OWN, "--first", "--all")
    assert result.code == 2
    assert "--first stops at the first violation and --all at none" in result.complaint


# --- symmetry where it is needed ----------------------------------------------------------------


@pytest.mark.usefixtures("hasty")
def test_a_scope_that_turns_out_large_is_explored_up_to_symmetry(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    small, asked = invoke(*TWO), invoke(*TWO, "--symmetry", "all", "--no-liveness")
    assert small.data["symmetry"] is None
    assert asked.data["states"] < small.data["states"]
    monkeypatch.setattr(exploring, "PLAIN_MAX", asked.data["states"] // 2)
    large = invoke(*TWO, "--no-liveness")
    assert large.data["symmetry"]["sorts"] == {"tasks": 2}
    assert large.data["histogram"] == asked.data["histogram"]
    plain = invoke(*TWO, "--symmetry", "none")
    kept = invoke(*TWO, "--checkpoint", tmp_path / "kept")
    other = invoke(*TWO, "--engine", "evaluator")
    for result in (plain, kept, other):
        assert (result.data["states"], result.data["symmetry"]) == (small.data["states"], None)


@pytest.mark.usefixtures("hasty")
def test_the_time_for_both_searches_is_one_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exploring, "PLAIN_MAX", 10)
    result = invoke(*TWO, "--budget", "0s")
    assert (result.code, result.data["stopped"]) == (3, "budget")


# --- liveness at the brief scope ----------------------------------------------------------------


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """The protocol, with a brief scope."""
    monkeypatch.setattr(ownership, "PROTOCOL", replace(ownership.PROTOCOL, brief={"hops": 0}))


@pytest.mark.usefixtures("brief")
def test_liveness_is_decided_at_the_brief_scope_where_the_graph_is_not_kept() -> None:
    result = invoke(*TWO, "--symmetry", "all")
    alone = invoke(*TWO, "--scope", "tasks=2,hops=0")
    assert result.code == 0
    assert result.data["brief"] == {
        "entries": {"hops": 0}, "states": alone.data["states"],
        "transitions": alone.data["transitions"],
    }  # fmt: skip
    told = {r["name"]: (r["status"], r["brief"]) for r in result.data["results"]}
    assert told["asking_helps"] == ("held", True)
    assert told["one_holder"] == ("held", False)
    text = invoke(*TWO[:-1], "--symmetry", "all").out
    assert "held at the brief scope  asking_helps (2)" in text
    assert f"hops=0, the rest as above: {alone.data['states']} states" in text


@pytest.mark.usefixtures("brief")
def test_the_brief_scope_is_not_asked_where_it_is_not_needed() -> None:
    for more in ((), ("--symmetry", "all", "--no-liveness")):
        assert invoke(*TWO, *more).data["brief"] is None
    small = invoke(*TWO, "--symmetry", "all", "--scope", "tasks=2,hops=0",
                   "--property", "asking_helps")  # fmt: skip
    assert (small.code, small.data["brief"]) == (3, None), "it is no smaller"


def test_what_fails_at_the_brief_scope_is_shown_there(monkeypatch: pytest.MonkeyPatch) -> None:
    lazy = tuple(
        replace(part, actions=tuple(replace(a, fair=Fair.NONE) for a in part.actions))
        for part in ownership.PROTOCOL.parts
    )
    monkeypatch.setattr(
        ownership, "PROTOCOL", replace(ownership.PROTOCOL, parts=lazy, brief={"hops": 0})
    )
    result = invoke(*TWO[:-1], "--symmetry", "all")
    assert result.code == 13
    assert "at the brief scope  asking_helps (2)" in result.out
    assert "asking_helps fails" in result.out


@pytest.mark.usefixtures("brief")
def test_a_brief_scope_that_is_too_large_as_well_leaves_liveness_open() -> None:
    result = invoke(*TWO, "--symmetry", "all", "--budget", "0s")
    assert result.code == 3
    assert {r["status"] for r in result.data["results"] if r["mood"] == "eventually"} == {
        "not decided"
    }


# --- memory -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("free", "container", "expected"),
    [
        ("MemAvailable:    4000000 kB\n", "max\n", lambda held: (held + 4096000000) * 3 // 4),
        ("MemAvailable:    4000000 kB\n", "1000000000\n", lambda held: 750000000),
        ("nothing\n", "max\n", lambda held: 8 << 30),
    ],
)
def test_the_usual_limit_leaves_a_quarter_of_what_is_free(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: str, container: str, expected: object
) -> None:
    for name, text in (("_MEMINFO", free), ("_CGROUP", container)):
        (tmp_path / name).write_text(text)
        monkeypatch.setattr(memory, name, tmp_path / name)
    assert callable(expected)
    assert usual_limit() == pytest.approx(expected(resident_bytes()), rel=0.05)


def test_a_system_that_says_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "none")
    assert usual_limit() == memory.UNKNOWN_MAX > Effort().bytes_max // 2
