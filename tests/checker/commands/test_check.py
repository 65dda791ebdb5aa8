"""``popcorn-spec check``: verdicts, exit codes, JSON, trace files, and complaints that teach."""

import json
from pathlib import Path

import pytest

from support.command import invoke

OWN = "support.ownership"

BROKEN = {
    "no_protocol.py": "X = 1\n",
    "wrong_kind.py": "PROTOCOL = 7\n",
    "syntax.py": "def (:\n",
    "crashes.py": "raise OSError('disk on fire')\n",
    "half.py": "import nowhere_at_all\n",
    "truth.py": """
from popcorn_model.language import *
class Kernel(Sort):
    '''A kernel.'''
up = state("up", Kernel, of=Bool, start=True)
@action
def stop(k: Kernel) -> Step:
    '''It stops.'''
    return when(up[k] and True)(put(up[k], FALSE))
""",
}


def test_what_holds_ends_with_0() -> None:
    result = invoke("check", OWN, "--variant", "repaired")
    assert result.code == 0
    assert result.out.startswith("support.ownership (repaired) holds.\n")
    for word in ("60 states, 102 transitions, depth 11", "ORDER=fifo", "on: WAIT", "pages, moves"):
        assert word in result.out
    assert "held                one_holder (1)" in result.out


def test_what_is_violated_ends_with_12_and_shows_the_trace() -> None:
    result = invoke("check", OWN, "--variant", "as-built")
    assert result.code == 12
    assert "violated in 8 steps" in result.out
    assert "one_holder fails for p=p0, j=k0, k=k1: hold[p0,k0] is owned" in result.out
    assert "took grant(page=p0) from inbox[k1]" in result.out


def test_a_deadlock_ends_with_11_and_a_reason() -> None:
    result = invoke("check", OWN, "--variant", "repaired", "--scope", "kernels=3", "--no-liveness")
    assert result.code == 11
    assert "a run may not end here, where quiet fails: inbox[k0] is [ask(" in result.out


def test_safety_comes_before_deadlock() -> None:
    result = invoke("check", OWN, "--variant", "as-built", "--scope", "kernels=3", "--json")
    statuses = {r["name"]: r["status"] for r in result.data["results"]}
    assert statuses["one_holder"] == "violated"
    assert result.code == result.data["exit_code"] == 12


def test_json_has_the_whole_verdict() -> None:
    data = invoke("check", OWN, "--variant", "repaired", "--json").data
    assert data["outcome"] == "holds"
    assert data["states"] == sum(data["histogram"]) == 60
    assert data["depth"] == len(data["histogram"]) - 1
    assert data["settings"] == {"WAIT": "on", "ORDER": "fifo"}
    assert data["assumptions"] == {"ORDER": "fifo"}
    assert data["scope"]["kernels"] == 2
    assert data["engine"] == "explicit"
    assert data["bits_per_state"] > 0
    by_name = {r["name"]: r for r in data["results"]}
    assert by_name["one_holder"]["number"] == 1
    assert by_name["held"] == {
        "name": "held",
        "mood": "sometimes",
        "number": None,
        "status": "reached",
        "length": 4,
        "reason": "",
        "brief": False,
    }


@pytest.mark.parametrize("variant", ["as-built", "repaired"])
def test_the_engines_agree(variant: str) -> None:
    def counts(engine: str) -> object:
        result = invoke("check", OWN, "--variant", variant, "--engine", engine,
                        "--json", "--no-liveness")  # fmt: skip
        return result.code, {
            key: result.data[key] for key in ("states", "transitions", "histogram", "results")
        }

    assert counts("explicit") == counts("evaluator")


def test_one_property_only() -> None:
    result = invoke("check", OWN, "--variant", "as-built", "--property", "one_place", "--json")
    assert result.code == 0
    assert [r["name"] for r in result.data["results"]] == ["one_place"]


def test_what_was_asked_for_and_reached_has_its_trace() -> None:
    result = invoke("check", OWN, "--property", "away")
    assert result.code == 0
    assert "away holds for t=t0: at[t0,k0] is false." in result.out
    assert "hop(t=t0, k=k0, d=k1)" in result.out


def test_parts_alone() -> None:
    data = invoke("check", OWN, "--parts", "moves", "--json").data
    assert data["parts"] == ["moves"]
    assert data["states"] == 2


def test_switches_and_mutations() -> None:
    result = invoke("check", OWN, "--set", "WAIT=on", "--mutate", "give/guard2", "--json")
    assert result.code == 12
    assert result.data["mutation"] == "give/guard2"
    assert invoke("check", OWN, "--set", "WAIT=on", "--set", "ORDER=any").code == 0


def test_the_first_violation_can_end_it() -> None:
    args = ("check", OWN, "--variant", "as-built", "--scope", "kernels=3,wishes=2,slots=8",
            "--no-liveness", "--json")  # fmt: skip
    first, whole = invoke(*args, "--first"), invoke(*args)
    assert first.code == whole.code == 12
    assert first.data["stopped"] in ("found", "")
    lengths = [
        next(r["length"] for r in x.data["results"] if r["name"] == "one_holder")
        for x in (first, whole)
    ]
    assert lengths[0] == lengths[1] == 8


def test_a_queue_too_small_is_unknown_and_says_what_to_raise() -> None:
    result = invoke("check", OWN, "--variant", "repaired", "--scope", "slots=1", "--no-liveness")
    assert result.code == 3
    assert "not the whole scope" in result.out
    assert "inbox holds 1 (slots) already; raise slots (now 1) in --scope" in result.line


def test_a_spent_budget_is_unknown() -> None:
    result = invoke("check", OWN, "--engine", "evaluator", "--budget", "0s", "--no-liveness")
    assert result.code == 3
    assert "give a larger --budget or a smaller --scope" in result.line


def test_what_the_scope_does_not_offer_is_said() -> None:
    result = invoke("check", OWN, "--variant", "repaired", "--scope", "hops=0",
                    "--property", "one_place")  # fmt: skip
    assert result.code == 0
    assert "hop is not offered: the scope has hops=0" in result.out


# --- files ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("t.txt", "ask(p=p0, k=k0)"),
        ("t.mmd", "sequenceDiagram"),
        ("t.html", "<html"),
        ("t.itf.json", '"vars"'),
    ],
)
def test_the_trace_goes_to_a_file(name: str, word: str, tmp_path: Path) -> None:
    path = tmp_path / name
    result = invoke("check", OWN, "--variant", "as-built", "--trace", path)
    assert result.code == 12
    assert f"The trace is in {path}." in result.out
    assert word in path.read_text()


def test_a_trace_file_says_what_it_is_a_trace_of(tmp_path: Path) -> None:
    path = tmp_path / "t.itf.json"
    invoke("check", OWN, "--variant", "as-built", "--parts", "pages", "--trace", path)
    meta = json.loads(path.read_text())["#meta"]
    assert meta["property"] == "one_holder"
    assert meta["variant"] == "as-built"
    assert meta["meta"]["module"] == OWN


# --- complaints -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["chek"], 2, "No such command 'chek'"),
        (["check"], 2, "Missing argument 'PROTOCOL'"),
        (["check", OWN, "--varant", "x"], 2, "No such option: --varant"),
        (["check", "popcorn-2041"], 2, "did you mean popcorn-2014?"),
        (["check", "support.nowhere"], 2, "there is no protocol support.nowhere"),
        (["check", "support/ownership.py"], 2, "named with dots, not as a file: support.ownership"),
        (["check", OWN, "--variant", "rapaired"], 2, "did you mean repaired?"),
        (["check", OWN, "--parts", "page"], 2, "there is no part page: did you mean pages?"),
        (["check", OWN, "--property", "one"], 2, "legal are one_holder, held"),
        (["check", OWN, "--set", "WIAT=on"], 2, "there is no switch WIAT: did you mean WAIT?"),
        (["check", OWN, "--set", "WAIT"], 2, "--set WAIT is not of the form SWITCH=VALUE"),
        (["check", OWN, "--set", "WAIT=yes"], 2, "legal are off, on"),
        (["check", OWN, "--set", "WAIT=on", "--set", "WAIT=on"], 2, "gives switch WAIT twice"),
        (["check", OWN, "--engine", "magic"], 2, "there is no engine magic"),
        (["check", OWN, "--budget", "soon"], 2, "--budget soon is no time; write 90s, 10m or 2h"),
        (["check", OWN, "--memory", "much"], 2, "--memory much is no size; write 512M or 4G"),
        (["check", OWN, "--mutate", "give/guard9"], 2, "near it: give/guard1"),
        (["check", OWN, "--trace", "t.gif"], 2, "one of .txt, .html, .mmd, .itf.json"),
        (["check", OWN, "--scope", "kernels"], 150, "not of the form name=number"),
        (["check", OWN, "--scope", "kernels=0"], 150, "needs at least one member"),
        (["check", OWN, "--scope", "kernals=2"], 150, "scope has no entry kernals"),
        (["check", OWN, "--scope", "kernels=2,kernels=2"], 150, "given twice"),
    ],
)
def test_bad_requests_get_one_paragraph(arguments: list[str], code: int, words: str) -> None:
    result = invoke(*arguments)
    assert result.code == code
    assert words in result.complaint
    assert result.out == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no_protocol", "has no attribute PROTOCOL"),
        ("wrong_kind", "has a int as PROTOCOL"),
        ("syntax", "cannot be imported: SyntaxError"),
        ("crashes", "cannot be imported: OSError: disk on fire"),
        ("half", "cannot be imported: No module named 'nowhere_at_all'"),
        ("truth", "a term has no truth value"),
    ],
)
def test_malformed_models_get_150(
    name: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = f"broken_{name}"
    (tmp_path / f"{package}.py").write_text(BROKEN[f"{name}.py"])
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    result = invoke("check", package)
    assert result.code == 150
    assert words in result.complaint


def test_a_model_error_names_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lined_truth.py").write_text(BROKEN["truth.py"])
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "action stop" in (err := invoke("check", "lined_truth").complaint)
    assert "lined_truth.py:9" in err


def test_complaints_are_json_too() -> None:
    result = invoke("check", OWN, "--scope", "kernels", "--json")
    assert result.code == 150
    assert result.data["exit_code"] == 150
    assert "not of the form" in result.data["error"]


def test_our_own_bugs_are_255(monkeypatch: pytest.MonkeyPatch) -> None:
    def burst(*_: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("popcorn_checker.commands.check.check", burst)
    result = invoke("check", OWN)
    assert result.code == 255
    assert "internal error, a fault of ours: ZeroDivisionError: oh" in result.complaint


def test_an_interrupt_before_anything_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("popcorn_checker.commands.check.check", stop)
    result = invoke("check", OWN)
    assert result.code == 3
    assert "interrupted" in result.complaint


def test_a_liveness_property_is_not_asked_for_and_left_out_at_once() -> None:
    result = invoke("check", OWN, "--property", "asking_helps", "--no-liveness")
    assert result.code == 2
    assert "asking_helps asks for a liveness property" in result.err
    assert "give one of the two" in result.err


def test_what_is_reached_is_not_called_violated(tmp_path: Path) -> None:
    drawn = tmp_path / "reached.mmd"
    result = invoke("check", OWN, "--variant", "repaired", "--property", "away")
    assert result.code == 0
    assert "reached   away" in result.out
    assert "violated" not in result.out
    again = invoke("check", OWN, "--variant", "repaired", "--property", "away",
                   "--trace", str(drawn))  # fmt: skip
    assert again.code == 0
    assert "away reached" in drawn.read_text()


def test_a_trace_that_is_not_there_is_not_written(tmp_path: Path) -> None:
    drawn = tmp_path / "none.html"
    result = invoke("check", OWN, "--variant", "repaired", "--no-liveness", "--trace", str(drawn))
    assert result.code == 0
    assert "There is no trace to show" in result.out
    assert not drawn.exists()
