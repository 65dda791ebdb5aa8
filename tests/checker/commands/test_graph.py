"""The verb ``graph``: answers, files, limits and complaints."""

import json
from pathlib import Path

import networkx as nx
import pytest

from support.command import Result, invoke

OWN = "support.ownership"
BOTH_OWN = "some j, k in Kernel: j != k and hold[p0,j]=owned and hold[p0,k]=owned"


def graph(*arguments: object) -> Result:
    """The answer about the protocol with its defect."""
    return invoke("graph", OWN, "--variant", "as-built", *arguments)


def test_a_graph_in_a_sentence() -> None:
    result = graph()
    assert result.code == 0
    assert result.out == (
        "ownership (as-built): 86 states, 163 steps, depth 11, 0 deadlocks, 4 states with a "
        "property violated.\n"
    )
    for engine in ("explicit", "networkx"):
        data = graph("--engine", engine, "--json").data
        assert (data["states"], data["steps"], data["depth"], data["violating"]) == (86, 163, 11, 4)


def test_steps_that_do_not_fit_are_told() -> None:
    result = graph("--scope", "slots=1")
    assert "Steps without meaning are left out: inbox holds 1 (slots) already." in result.out
    assert graph("--json").data["fault"] == ""


def test_where_two_kernels_both_believe_that_they_own_a_page() -> None:
    result = graph("--where", BOTH_OWN)
    assert result.code == 0
    assert f"4 states have {BOTH_OWN}; the nearest is 8 steps away." in result.out
    assert "ask(p=p0, k=k0)" in result.out
    data = graph("--where", BOTH_OWN, "--json").data
    assert (data["found"], data["length"], len(data["way"])) == (4, 8, 8)
    assert data == graph("--where", "not one_holder", "--json").data | {"where": BOTH_OWN}


def test_the_start_may_be_what_is_asked_for(tmp_path: Path) -> None:
    result = graph("--where", "hold[p0,k0] = none", "--out", tmp_path / "way.aut")
    assert "the nearest is 0 steps away" in result.out
    assert (tmp_path / "way.aut").read_text() == "des (0,0,1)\n"


def test_nowhere_is_an_answer() -> None:
    result = graph("--where", "at[t0,k0] and at[t0,k1]")
    assert result.code == 0
    assert "No state has at[t0,k0] and at[t0,k1]." in result.out
    assert graph("--where", "false", "--json").data["length"] is None


def test_before() -> None:
    data = graph("--before", "not one_holder", "--json").data
    assert (data["found"], data["predecessors"], data["farthest"]) == (4, 56, 8)
    told = graph("--before", "not one_holder").line
    assert "it can be reached from 56 others, at most 8 steps away; from the remaining 26" in told


def test_a_slice_above_the_limit(tmp_path: Path) -> None:
    refused = graph("--limit", 50)
    assert refused.code == 150
    assert "more than 50 states, the limit" in refused.complaint
    assert "--around PREDICATE --radius N" in refused.complaint
    path = tmp_path / "slice.graphml"
    result = graph("--limit", 50, "--around", "not one_holder", "--radius", 1, "--out", path)
    assert result.code == 0
    told = "the slice within 1 step of the nearest state that has not one_holder, 8 steps"
    assert told in result.line
    read = nx.read_graphml(path)
    assert f"has {len(read)} states and {read.number_of_edges()} steps" in result.out
    assert sum(bool(text) for _, text in read.nodes(data="violates")) >= 1
    small = graph("--limit", 3, "--around", "not one_holder")
    assert small.code == 150
    assert "more than 3 states lie within 2 steps" in small.complaint


def test_what_one_variant_can_do_and_another_cannot() -> None:
    result = graph("--minus", "repaired")
    assert result.code == 0
    assert "Only the first reaches 26 states and takes 61 steps" in result.out
    assert "Only the first variant can take the last step." in result.out
    data = graph("--minus", "repaired", "--json").data
    assert data["way"][-1] == "give(p=p0, k=k1)"
    assert data == graph("--minus-set", "WAIT=on", "--json").data | {"minus": "repaired"}
    back = invoke("graph", OWN, "--variant", "repaired", "--minus", "as-built", "--json").data
    assert (back["only_states"], back["only_steps"], back["partings"]) == (0, 0, 0)


@pytest.mark.parametrize("suffix", ["dot", "graphml", "aut"])
def test_files(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"whole.{suffix}"
    result = graph("--out", path)
    assert result.code == 0
    assert f"{path} has 86 states and 163 steps." in result.out
    assert graph("--format", suffix).out == path.read_text()
    assert graph("--format", suffix, "--out", tmp_path / "other").code == 0
    assert (tmp_path / "other").read_text() == path.read_text()


def test_the_way_as_a_trace(tmp_path: Path) -> None:
    path = tmp_path / "way.itf.json"
    result = graph("--where", "not one_holder", "--trace", path)
    assert f"The way is in {path}." in result.out
    assert len(json.loads(path.read_text())["states"]) == 9
    assert invoke("trace", path).code == 0


def test_a_picture_of_too_much() -> None:
    result = invoke("graph", OWN, "--variant", "as-built", "--scope", "kernels=3,hops=2",
                    "--format", "dot")  # fmt: skip
    assert result.code == 2
    assert "make no picture" in result.complaint


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--where", "hold[p0,k1]=ownd"], 2, "'ownd' is no Hold; did you mean owned?"),
        (["--before", "one_holdr"], 2, "did you mean one_holder?"),
        (["--around", "false"], 2, "none of the 86 states of this scope has false"),
        (["--where", "away", "--before", "away"], 2, "--where and --before are two questions"),
        (["--format", "svg"], 2, "there is no format svg: legal are dot, graphml, aut"),
        (["--out", "x.png"], 2, "there is no format png"),
        (["--engine", "evaluator"], 2, "there is no engine evaluator"),
        (["--minus", "broken"], 2, "there is no variant broken"),
        (["--minus-set", "WAIT"], 2, "not of the form SWITCH=VALUE"),
        (["--scope", "kernels=0"], 150, "at least one member"),
        (["--trace", "way.pdf"], 2, "the suffix says the format"),
        (["--radius", "-1", "--around", "away"], 2, "--radius"),
        (["--around", "no_such_thing"], 2, "no_such_thing"),
        (["--radius", "1", "--where", "away"], 2, "give --around PREDICATE as well"),
    ],
)
def test_bad_requests(arguments: list[str], code: int, words: str) -> None:
    result = graph(*arguments)
    assert result.code == code
    assert words in result.complaint


def test_a_way_needs_somewhere_to_go(tmp_path: Path) -> None:
    result = invoke("graph", "support.ownership", "--trace", str(tmp_path / "way.html"))
    assert result.code == 2
    assert "--trace writes the way to what is asked for" in result.err
