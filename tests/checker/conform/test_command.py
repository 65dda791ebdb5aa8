"""The verb as people use it: verdicts, exit codes, files, and adapters that mean harm."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from popcorn_checker.conform.cases import CASES, find_cases
from popcorn_reference.defects import DEFECTS
from support import hostile
from support.browser import Browser
from support.command import Result, invoke
from support.tools import require_tool

REFERENCE = (sys.executable, "-m", "popcorn_reference.adapter")
HOSTILE = (sys.executable, hostile.__file__)
BROKEN = {
    "silent": "no answer to seq 1 within 0.5 s",
    "dies": "it has ended without an answer to seq 1 (exit code 7)",
    "killed": "(signal 6)",
    "twice": ("it has said more than it was asked for", "it answers seq 1, and was asked seq 2"),
    "text": "this line is not JSON: did you mean it for stderr? starting up...",
    "binary": "this line is not JSON",
    "endless": "a line of more than 1,048,576 bytes",
    "lines": "Object missing required field `seq`",
    "deep": "[[[[",
    "sequence": "it answers seq 2, and was asked seq 1",
    "field": "Object contains unknown field `colour`",
    "number": "Expected `int` >= 0 - at `$.sends[0].to`",
    "kind": "Invalid value '../../x' - at `$.sends[0].message.kind`",
    "empty": "an empty line is no answer",
    "unended": "(exit code 0); what it said last does not end with a newline",
    "closes": "it still runs, and has closed its output",
    "deafens": "it takes nothing more (it still runs, and has closed its input)",
}
DEAF = {
    "early-silent": "no answer to hello within 0.5 s",
    "early-deaf": "does not say hello",
    "early-version": "it speaks version 2 of the protocol; this is 1",
    "early-name": "its name is a line of text that can be shown, and not 'a\\x00\\x1b\\nb'",
    "early-blank": "its name is a line of text that can be shown, and not ' '",
    "early-greedy": "it claims migration twice; each capability is named once",
    "early-each": '"kernels":"one" is for the level messages; at the level program there is one',
}


def conform(*arguments: object, command: tuple[str, ...] = REFERENCE) -> Result:
    return invoke("conform", *arguments, "--", *command)


def test_the_reference_conforms_from_outside() -> None:
    result = conform("--only", "migration", "--only", "pages/two")
    assert result.code == 0
    assert "popcorn-reference: migration, pages" in result.out
    assert result.out.endswith("10 conforms.\n")


def test_runs_that_are_drawn_conform() -> None:
    (case,) = conform("--only", "explore/pages/1", "--seed", 3, "--json").data["cases"]
    assert (case["grade"], case["seed"]) == ("conforms", 3)


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_defect_fails_in_the_case_that_names_it(defect: str) -> None:
    named = [c.id for c in CASES if defect in c.source.replace(",", " ").replace(";", " ").split()]
    assert named
    only = [word for each in named for word in ("--only", each)]
    command = (sys.executable, "-m", "popcorn_reference.defects", defect)
    result = conform(*only, "--json", command=command)
    assert result.code == 12
    failed = {c["id"] for c in result.data["cases"] if c["grade"] == "fails"}
    assert failed
    assert result.data["implementation"]["name"] == f"popcorn-reference with {defect}"


def test_without_the_defect_those_cases_conform() -> None:
    named = [c.id for c in CASES if "finding" in c.source]
    result = conform(*(word for each in named for word in ("--only", each)))
    assert result.code == 0


@pytest.mark.parametrize("mode", BROKEN)
def test_an_adapter_that_means_harm_is_told_and_left(mode: str) -> None:
    started = time.monotonic()
    result = conform("--only", "migration/there/1", "--timeout", "0.5s",
                     command=(*HOSTILE, mode))  # fmt: skip
    assert result.code == 150
    assert "broken       migration/there/1" in result.out
    said = BROKEN[mode]
    assert any(each in result.out for each in ((said,) if isinstance(said, str) else said))
    assert time.monotonic() - started < 10


LATE = ("--only", "migration/back/1")


def test_who_breaks_off_leaves_where_that_was(tmp_path: Path) -> None:
    result = conform(*LATE, "--report", tmp_path, command=(*HOSTILE, "late-dies"))
    assert result.code == 150
    told = """\
broken       migration/back/1
    it has ended without an answer to seq 4 (exit code 7)
    at: thread 0 asks: kernel 0, call migrate, goal 1
    sent: {"cmd": "stop", "seq": 4, "kernel": 0, "thread": 0, "call": "migrate", "context": "c0.3\
", "goal": 1}
    came: nothing
    up to there: begin 0 | drain | t0 migrate 1
    stderr: about to go wrong
    stderr: that was it
"""
    assert told in result.out
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {f"migration-back-1.{s}" for s in ("txt", "py", "mmd", "html", "itf.json")}
    story = (tmp_path / "migration-back-1.txt").read_text()
    assert story.startswith(told)
    said = story.partition("what was said, the last of it marked:\n")[2].splitlines()
    assert said[0].startswith('    --> {"cmd": "reset", "seq": 1, ')
    assert said[6:8] == [
        '  * --> {"cmd": "stop", "seq": 4, "kernel": 0, "thread": 0, "call": "migrate", '
        '"context": "c0.3", "goal": 1}', "  * <-- nothing",
    ]  # fmt: skip
    diagram = (tmp_path / "migration-back-1.mmd").read_text().splitlines()
    assert diagram[-4:] == [
        "    rect rgba(214, 40, 40, 0.18)",
        "    Note over k0: thread 0 asks kernel 0, call migrate, goal 1",
        "    Note over k0: it has ended without an answer to seq 4 (exit code 7)", "    end",
    ]  # fmt: skip


def test_who_breaks_off_is_told_to_machines_with_all_that_was_said(tmp_path: Path) -> None:
    junit, page = tmp_path / "j.xml", tmp_path / "h.html"
    result = conform(*LATE, "--json", "--junit", junit, "--html", page,
                     command=(*HOSTILE, "late-text"))  # fmt: skip
    (case,) = result.data["cases"]
    assert (case["grade"], case["came"]) == ("broken", "starting up...")
    assert case["at"] == "thread 0 asks: kernel 0, call migrate, goal 1"
    assert [said["order"]["cmd"] for said in case["log"]] == ["reset", "begin", "deliver", "stop"]
    assert [said["reply"] is None for said in case["log"]] == [False, False, False, True]
    assert case["stderr"] == "about to go wrong\nthat was it\n"
    (error,) = Xml.parse(junit).getroot().iter("error")
    for text in (str(error.text), page.read_text().replace("&quot;", '"')):
        assert "at: thread 0 asks: kernel 0, call migrate, goal 1" in text
        assert '  * --&gt; {"cmd"' in text or '  * --> {"cmd"' in text
        assert "* &lt;-- starting up..." in text or "* <-- starting up..." in text
        assert "that was it" in text


def test_who_does_not_say_hello_again_leaves_that(tmp_path: Path) -> None:
    once = tmp_path / "once.py"
    once.write_text(
        "import os, sys\n"
        f"if os.path.exists({str(tmp_path / 'before')!r}): sys.exit('not again')\n"
        f"open({str(tmp_path / 'before')!r}, 'w').close()\n"
        "input()\n"
        'print(\'{"version": 1, "name": "once", "capabilities": ["migration"]}\')\n'
    )
    result = conform("--only", "migration/there/1", "--report", tmp_path / "found",
                     command=(sys.executable, str(once)))  # fmt: skip
    assert result.code == 150
    assert "    at: cmd hello, version 1\n" in result.out
    assert "    came: nothing\n    up to there: no step was taken\n    stderr: not" in result.out
    assert (tmp_path / "found" / "migration-there-1.py").exists()


def test_what_breaks_off_in_the_same_way_is_told_once() -> None:
    result = conform("--only", "migration", command=(*HOSTILE, "dies"))
    assert result.out.count("sent:") < result.out.count("broken ") == 7
    assert "    as in migration/there/1" in result.out


@pytest.mark.parametrize("mode", DEAF)
def test_who_does_not_say_hello_is_no_adapter(mode: str) -> None:
    result = conform("--timeout", "0.5s", command=(*HOSTILE, mode))
    assert result.code == 150
    assert result.complaint
    assert DEAF[mode] in result.err


def test_who_claims_what_it_cannot_do_fails() -> None:
    result = conform("--only", "migration/there/1", command=(*HOSTILE, "liar"))
    assert result.code == 12
    assert "nothing is on its way any more" in result.out or "kernel 0 sends nothing" in result.out
    assert "right would be: ANSWER to kernel 0: thread 0" in result.out
    assert "at: cmd begin, kernel 0, thread 0, to 0" in result.out


def test_what_is_wrong_in_the_same_way_is_told_once() -> None:
    result = conform("--only", "migration", command=(*HOSTILE, "liar"))
    assert result.out.count("expected:") < result.out.count("fails ") == 7
    assert "    as in migration/there/1" in result.out


def test_who_fails_to_say_hello_is_quoted(tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("raise KeyError('version')")
    result = conform(command=(sys.executable, str(broken)))
    assert result.code == 150
    assert "the last that it says on stderr is: KeyError: 'version'" in result.complaint


def test_who_says_much_on_the_side_is_heard_all_the_same() -> None:
    result = conform("--only", "migration/there/1", command=(*HOSTILE, "chatty"))
    assert result.code == 12
    assert "kernel 0 sends nothing" in result.out


def test_what_is_not_claimed_is_not_supported() -> None:
    result = conform("--only", "futex", "--json", command=(*HOSTILE, "silent"))
    assert result.code == 3
    assert {c["grade"] for c in result.data["cases"]} == {"unsupported"}
    assert result.data["cases"][0]["seen"] == "it does not claim futex"


def test_the_skeleton_is_an_adapter_that_can_do_nothing_yet(tmp_path: Path) -> None:
    adapter = tmp_path / "adapter.py"
    text = invoke("conform", "--skeleton", "python").out
    adapter.write_text(text)
    result = conform("--json", command=(sys.executable, "-I", str(adapter)))
    assert result.code == 3
    assert {c["grade"] for c in result.data["cases"]} == {"unsupported"}
    adapter.write_text(text.replace("list[str] = []", 'list[str] = ["migration", "clone"]'))
    result = conform("--only", "migration", "--json", command=(sys.executable, "-I", str(adapter)))
    assert result.code == 3
    assert {c["grade"] for c in result.data["cases"]} == {"unsupported"}
    assert result.data["cases"][0]["seen"] == (
        "a process begins, and its thread is to run on kernel 0"
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "say how the adapter is started"),
        (("--only", "nonsense", "--", "x"), "there is no case nonsense"),
        (("--only", "pagez", "--", "x"), "did you mean pages"),
        (("--timeout", "soon", "--", "x"), "--timeout soon is no time"),
        (("--timeout", "0", "--", "x"), "--timeout 0 is no time to wait"),
        (("--timeout", "1000h", "--", "x"), "--timeout 1000h is no time to wait"),
        (("--only", "program/mig", "--", "x"), "there is no case program/mig, and no group"),
        (("--shorten", "soon", "--", "x"), "--shorten soon is no time"),
        (("--skeleton", "cobol"), "there is no adapter to begin with in cobol"),
        (("--list", "--schema"), "--schema drives nobody and prints nothing else; leave out --li"),
        (("--skeleton", "python", "--list"), "--skeleton drives nobody and prints nothing else"),
        (("--list", "--", "x"), "--list drives nobody and prints nothing else; leave out an ada"),
        (("--list", "--html", "x"), "--list drives nobody and prints nothing else; leave out --h"),
        (("--schema", "--report", "x"), "--schema drives nobody and prints nothing else; leave"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_told(arguments: tuple[str, ...], says: str) -> None:
    result = invoke("conform", *arguments)
    assert result.code == 2
    assert says in result.complaint


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--report", "file"), "--report file is a file; name a folder"),
        (("--report", ""), "--report names no folder; write --report . for this one"),
        (("--report", "file/folder"), "--report file/folder is no folder for files"),
        (("--junit", "nowhere/j.xml"), "--junit nowhere/j.xml cannot be written: No such file"),
        (("--junit", "."), "--junit . cannot be written: it is a folder"),
        (("--html", "file/h.html"), "--html file/h.html cannot be written: Not a directory"),
        (("--html", "h.html", "--beside", "nowhere.json"), "--beside nowhere.json cannot be"),
        (("--html", "h.html", "--beside", "file"), "--beside file is not what popcorn-spec"),
        (("--html", "h.html", "--beside", "error.json"), "missing required field `format`"),
        (("--beside", "good.json"), "say with --html where to write it"),
        (("--junit", "new", "--html", "./new"), "--html new is the file of --junit, too"),
    ],
)
def test_files_that_do_not_do_are_told_before_anything_is_tried(
    arguments: tuple[str, ...], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("not JSON")
    (tmp_path / "error.json").write_text('{"error": "no such option", "exit_code": 2}')
    started = ("import pathlib; pathlib.Path('started').touch()",)
    result = invoke("conform", *arguments, "--", sys.executable, "-c", *started)
    assert result.code == 2
    assert says in result.complaint
    assert {path.name for path in tmp_path.iterdir()} == {"file", "error.json"}
    assert (tmp_path / "file").read_text() == "not JSON"


def test_what_cannot_be_started_is_told() -> None:
    result = conform(command=("/no/such/adapter",))
    assert result.code == 150
    assert "it cannot be started" in result.complaint


def test_cases_are_listed_with_their_ids_first() -> None:
    result = invoke("conform", "--list")
    assert [line.split()[0] for line in result.out.splitlines()] == [c.id for c in CASES]
    listed = invoke("conform", "--list", "--only", "clone", "--json").data
    assert [each["id"] for each in listed] == [c.id for c in find_cases(("clone",))]


def test_the_schema_is_the_published_one() -> None:
    path = Path(__file__).parents[3] / "docs" / "adapter.schema.json"
    assert invoke("conform", "--schema").data == json.loads(path.read_text())


# --- files ---------------------------------------------------------------------------------------


def wrong(tmp_path: Path, *more: object) -> Result:
    command = (sys.executable, "-m", "popcorn_reference.defects", "C3")
    return conform("--only", "migration/back/1", "--only", "clone/origin/1", *more,
                   command=command)  # fmt: skip


def test_junit_says_what_failed(tmp_path: Path) -> None:
    wrong(tmp_path, "--junit", tmp_path / "j.xml")
    suite = Xml.parse(tmp_path / "j.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    names = [(case.get("classname"), case.get("name"), len(case)) for case in suite]
    assert names == [("popcorn.migration", "back/1", 1), ("popcorn.clone", "origin/1", 0)]
    assert "right would be: context" in str(suite[0][0].text)


def test_a_failure_leaves_what_explains_it(tmp_path: Path) -> None:
    folder = tmp_path / "found"
    wrong(tmp_path, "--report", folder)
    names = {path.name for path in folder.iterdir()}
    assert names == {f"migration-back-1.{s}" for s in ("txt", "py", "mmd", "html", "itf.json")}
    text = (folder / "migration-back-1.txt").read_text()
    assert "shortened: begin 0 | drain | t0 migrate 1 | drain | t0 migrate 0" in text
    diagram = (folder / "migration-back-1.mmd").read_text().splitlines()
    assert diagram[0] == "sequenceDiagram"
    assert "    k0->>k1: ANSWER thread 0" in diagram
    assert diagram[-1] == "    end"
    assert diagram[-4].startswith("    k1->>k0: CALL thread 0, call migrate, goal 0")
    trace = invoke("trace", folder / "migration-back-1.itf.json", "--replay")
    assert trace.code == 0


def test_what_no_terminal_and_no_file_can_show_is_shown_otherwise(tmp_path: Path) -> None:
    """An adapter may say anything, and on stderr, too."""
    files = "--junit", tmp_path / "j.xml", "--html", tmp_path / "h.html", "--report", tmp_path
    result = conform("--only", "migration/back/1", *files, command=(*HOSTILE, "late-odd"))
    assert result.code == 12
    assert "it refuses" in result.out
    Xml.parse(tmp_path / "j.xml")
    written = [path.read_text() for path in tmp_path.iterdir() if path.suffix in (".txt", ".html")]
    assert len(written) == 3
    assert not any(odd in text for text in (result.out, *written) for odd in "\0\1\x1b\uffff")


def test_what_an_adapter_says_does_not_look_like_a_verdict() -> None:
    result = conform("--only", "migration/back/1", command=(*HOSTILE, "late-forges"))
    assert result.code == 12
    assert "\n    conforms     a/b/1\n" in result.out
    assert not any(line.startswith("conforms") for line in result.out.splitlines())


def test_a_page_does_not_take_the_place_of_what_it_is_made_of(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(conform("--only", "clone/full/1", "--json").out)
    before = other.read_text()
    result = conform("--html", other, "--beside", other)
    assert result.code == 2
    assert f"--html {other} is the file of --beside, too" in " ".join(result.complaint.split())
    assert other.read_text() == before


@pytest.mark.tool("chromium")
def test_the_page_opens_in_a_browser(tmp_path: Path) -> None:
    other, page = tmp_path / "wrong.json", tmp_path / "matrix.html"
    other.write_text(wrong(tmp_path, "--json").out)
    conform("--only", "migration/back/1", "--beside", other, "--html", page)
    with Browser(require_tool("chromium"), tmp_path / "profile") as browser:
        browser.look(width=1000, height=800)
        browser.open(page.as_uri())
        assert browser.evaluate("document.querySelectorAll('tbody tr').length") == 2
        assert browser.evaluate(
            "document.querySelectorAll('tbody tr')[0].querySelectorAll('td')[2]"
            ".querySelector('summary').textContent"
        ) == "fails"  # fmt: skip
        assert browser.errors == []


def test_several_implementations_stand_side_by_side(tmp_path: Path) -> None:
    other, page = tmp_path / "wrong.json", tmp_path / "matrix.html"
    other.write_text(wrong(tmp_path, "--json").out)
    conform("--only", "migration/back/1", "--beside", other, "--html", page)
    text = page.read_text()
    assert "<th>popcorn-reference</th><th>popcorn-reference with C3</th>" in text
    assert '<b class="conforms">conforms</b>' in text
    assert '<b class="fails">fails</b>' in text
