"""The verb ``trace``: other forms of a trace, replay against the model, and files that are none."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.command import invoke

OWN = "support.ownership"
Change = Callable[[Any], None]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A trace of the small protocol as built."""
    path = tmp_path / "two.itf.json"
    assert invoke("check", OWN, "--variant", "as-built", "--trace", path).code == 12
    return path


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("text", "took grant(page=p0) from inbox[k1]"),
        ("html", "<html"),
        ("mermaid", "sequenceDiagram"),
        ("itf", '"vars"'),
    ],
)
def test_forms(name: str, words: str, file: Path) -> None:
    result = invoke("trace", file, "--format", name)
    assert result.code == 0
    assert words in result.out


def test_the_suffix_of_the_output_says_the_form(file: Path, tmp_path: Path) -> None:
    path = tmp_path / "two.mmd"
    result = invoke("trace", file, "-o", path, "--json")
    assert result.code == 0
    assert result.data["format"] == "mermaid"
    assert "sequenceDiagram" in path.read_text()


def test_text_is_the_default(file: Path) -> None:
    assert invoke("trace", file).out == invoke("trace", file, "--format", "text").out


def test_the_model_takes_its_own_trace(file: Path) -> None:
    result = invoke("trace", file, "--replay")
    assert result.code == 0
    assert result.out.startswith("The model takes all 8 steps. one_holder fails for p=p0, j=k0")


def test_a_trace_of_a_mutant_and_of_a_part(tmp_path: Path) -> None:
    path = tmp_path / "mutant.itf.json"
    invoke("check", OWN, "--set", "WAIT=on", "--mutate", "give/guard2", "--parts", "pages",
           "--trace", path)  # fmt: skip
    assert invoke("trace", path, "--replay").code == 0


def changed(file: Path, change: Change) -> Path:
    """The trace with something in it changed."""
    data = json.loads(file.read_text())
    change(data)
    file.write_text(json.dumps(data))
    return file


def other_kernel(data: Any) -> None:
    """Another kernel gets the page first, which did not ask for it."""
    data["states"][6]["#meta"]["params"]["k"] = "k1"


def other_variant(data: Any) -> None:
    """The trace claims to be one of the repaired protocol."""
    data["#meta"]["settings"]["WAIT"] = "on"


@pytest.mark.parametrize(
    ("change", "step", "words"),
    [
        (other_kernel, 6, "get(p=p0, k=k1) is not possible here, because not: inbox[k] starts"),
        (other_kernel, 6, "possible are: "),
        (other_variant, 7, "for every Kernel j: not waits[p, j]: waits[p0,k0] is true"),
    ],
)
def test_steps_that_the_model_does_not_take(
    change: Change, step: int, words: str, file: Path
) -> None:
    result = invoke("trace", changed(file, change), "--replay", "--json")
    assert result.code == 12
    assert result.data["step"] == step
    assert words in result.data["reason"]
    assert f"does not take step {step}" in invoke("trace", file, "--replay").out


@pytest.mark.parametrize(
    ("prop", "words"),
    [
        ("one_place", "one_place does not fail in the last state"),
        ("away", "away is not reached in the last state"),
        ("deadlock", "in the last state steps are possible: "),
        ("fault", "in the last state every step has a meaning"),
    ],
)
def test_claims_that_the_steps_do_not_bear_out(prop: str, words: str, file: Path) -> None:
    def change(data: Any) -> None:
        data["#meta"]["property"] = prop
        data["#meta"]["reason"] = "pigs fly"

    result = invoke("trace", changed(file, change), "--replay")
    assert result.code == 12
    assert "The model takes all 8 steps, but" in result.out
    assert words in result.out
    assert "pigs" not in result.out
    assert invoke("trace", changed(file, change), "--replay", "--json").data["step"] is None


def test_a_claim_about_a_run_without_end_is_left_to_the_search(file: Path) -> None:
    def change(data: Any) -> None:
        data["#meta"]["property"] = "asking_helps"
        data["#meta"]["reason"] = "pigs fly"

    result = invoke("trace", changed(file, change), "--replay")
    assert result.code == 0
    assert "is for popcorn-spec check to say" in result.out
    assert "pigs" not in result.out


def test_a_claim_about_nothing_that_the_model_has(file: Path) -> None:
    def change(data: Any) -> None:
        data["#meta"]["property"] = "nope"

    result = invoke("trace", changed(file, change), "--replay")
    assert result.code == 150
    assert "the model has no property nope; legal: " in result.err


def test_a_state_that_is_another(file: Path) -> None:
    def change(data: Any) -> None:
        data["states"][3]["hold"] = data["states"][0]["hold"]

    result = invoke("trace", changed(file, change), "--replay")
    assert result.code == 12
    assert "does not take step 3: the state is another: hold[p0,k0] is none in the" in result.out


def rename_action(data: Any) -> None:
    """An action that the model does not have."""
    data["states"][1]["#meta"]["action"] = "demand"


def rename_member(data: Any) -> None:
    """A kernel that is not in the scope."""
    data["states"][1]["#meta"]["params"]["k"] = "k7"


def rename_parameter(data: Any) -> None:
    """A parameter that the action does not have."""
    data["states"][1]["#meta"]["params"] = {"p": "p0", "kernel": "k0"}


def forget_scope(data: Any) -> None:
    """A scope without a number."""
    data["#meta"]["scope"]["kernels"] = "two"


def forget_states(data: Any) -> None:
    """No states."""
    data["states"] = []


def forget_protocol(data: Any) -> None:
    """A trace of nothing."""
    del data["#meta"]["meta"]["module"]
    data["#meta"]["protocol"] = ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (rename_action, "step 1: the model has no action demand"),
        (rename_member, "step 1: k=k7 is none of k0, k1"),
        (rename_parameter, "step 1: ask has the parameters p, k, not p, kernel"),
        (forget_scope, "scope"),
        (forget_states, "there is no state"),
        (forget_protocol, "does not say which protocol"),
    ],
)
def test_malformed_traces_get_150(change: Change, words: str, file: Path) -> None:
    result = invoke("trace", changed(file, change), "--replay")
    assert result.code == 150
    assert words in result.complaint


def test_files_that_are_no_traces(tmp_path: Path) -> None:
    path = tmp_path / "x.itf.json"
    assert "cannot be read" in (missing := invoke("trace", path)).complaint
    path.write_text("{")
    assert "no JSON" in (cut := invoke("trace", path)).complaint
    path.write_text("[]")
    assert (wrong := invoke("trace", path)).complaint
    assert {missing.code, cut.code, wrong.code} == {150}


def test_bad_options(file: Path, tmp_path: Path) -> None:
    assert invoke("trace", file, "--format", "gif").code == 2
    assert invoke("trace", file, "-o", tmp_path / "x.gif").code == 2
    assert invoke("trace", file, "-o", tmp_path / "no" / "x.txt").code == 2
