"""The verb ``findings``: what is derived again, what is not, and how each is told."""

from pathlib import Path

import pytest

from popcorn_checker.findings.catalogue import CATALOGUES, find_findings
from popcorn_checker.findings.rederive import rederive
from support.command import Result, invoke
from support.ownership_findings import EARLY

OURS = ("--catalogue", "support.ownership_findings")


def derive(*arguments: object) -> Result:
    """Run the verb on the small catalogue."""
    return invoke("findings", *arguments, *OURS)


def test_a_finding_is_derived_with_its_trace_and_its_repair() -> None:
    result = derive("A1")
    assert result.code == 0
    for words in ("two writers", "one_holder", "Home gives the page away", "get(p=p0, k=k1)",
                  "WAIT=on removes it", "1 of 1 findings derived"):  # fmt: skip
        assert words in result.out


@pytest.mark.slow  # about 5 s: each worker loads the engine
def test_several_at_once_are_told_in_order() -> None:
    ids = ("A1", "A3")
    one, two = derive(*ids, "--json"), derive(*ids, "--json", "--workers", 2)
    assert one.code == two.code
    times = ("seconds", "repaired_seconds")
    shown = [[{k: v for k, v in f.items() if k not in times} for f in r.data] for r in (one, two)]
    assert shown[0] == shown[1]


def test_json_objects_are_whole() -> None:
    result = derive("A1", "--json")
    (data,) = result.data
    assert result.code == 0
    assert data["id"] == "A1"
    assert data["property"] == "one_holder"
    assert data["scope"]["kernels"] == 2
    assert data["length"] == data["pinned"] == 8
    assert data["states"] > 8
    assert data["repaired"] is True
    assert data["derived"] is True
    assert data["assumptions"] == {"ORDER": "fifo"}
    assert data["repair"] == {"WAIT": "on"}
    assert data["reason"].startswith("one_holder fails for p=p0")


@pytest.mark.parametrize(
    ("which", "code", "words"),
    [
        ("A2", 12, "the trace has 8 steps, and 7 are pinned"),
        ("A3", 12, "one_place is held as built"),
        ("A4", 12, "with the repair one_holder is violated"),
        ("A5", 3, "raise slots (now 1)"),
    ],
)
def test_what_is_not_derived_says_why(which: str, code: int, words: str) -> None:
    result = derive(which, "--json")
    assert result.code == code
    assert words in " ".join(result.data[0]["problems"])
    assert result.data[0]["derived"] is False


def test_one_that_fails_fails_all() -> None:
    result = derive("A1", "A2")
    assert result.code == 12
    assert "NOT DERIVED: the trace has 8 steps" in result.out
    assert "1 of 2 findings derived" in result.out


def test_the_difference_is_the_repair() -> None:
    result = derive("A1", "--diff")
    assert result.code == 0
    assert "+        for every Kernel j: not waits[p, j]" in result.out
    assert result.out.count("+++ ") == 1


def test_the_trace_goes_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a1.txt"
    assert derive("A1", "--trace", path).code == 0
    assert "get(p=p0, k=k1)" in path.read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["A9"], 2, "there is no finding A9"),
        (["A6"], 2, "there is no property nothing_at_all"),
        (["--trace", "x.txt"], 2, "--trace needs the id of one finding"),
        (["A1", "--trace", "x.gif"], 2, "the suffix says the format"),
    ],
)
def test_bad_requests(arguments: list[str], code: int, words: str) -> None:
    result = derive(*arguments)
    assert result.code == code
    assert words in result.complaint


def test_bad_catalogues() -> None:
    assert "there is no module nowhere_to" in invoke("findings", "--catalogue", "nowhere_to").err
    result = invoke("findings", "--catalogue", "support.ownership")
    assert result.code == 150
    assert "has no CATALOGUE" in result.complaint


def test_a_finding_without_settings_needs_nothing() -> None:
    assert EARLY.needs == ""
    assert rederive(EARLY).derived


def test_our_catalogues_have_each_id_once() -> None:
    ids = [f.id for catalogue in CATALOGUES for f in catalogue]
    assert len(ids) == len(set(ids))
    assert find_findings(()) == tuple(f for catalogue in CATALOGUES for f in catalogue)


@pytest.mark.parametrize("more", [("--json",), ("--trace", "w4.html")])
def test_a_difference_is_text_and_comes_without_a_trace(more: tuple[str, ...]) -> None:
    result = invoke("findings", "W4", "--diff", *more)
    assert result.code == 2
    assert "leave out --json and --trace" in result.err
