"""The verb ``validate``: exit codes, errors in words, answers, and behaviours that are written."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.command import invoke
from support.handmade import VISIT, make_log, with_row, without
from support.logs import get_log, split, write

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "dmesg"
WRONG = with_row(VISIT, 13, "2 give page=7 kernel=2")


@pytest.fixture
def put(tmp_path: Path) -> Callable[[list[str]], Path]:
    """Writes rows to a file."""
    return lambda rows: write(make_log(rows), tmp_path / "run.ndjson")


Put = Callable[[list[str]], Path]


def test_an_explained_log(put: Put) -> None:
    result = invoke("validate", put(list(VISIT)), "--complete")
    assert result.code == 0
    assert result.out.splitlines() == [
        "run.ndjson: explained.",
        "  lines            27, of 1 process",
        "  assumed          no line is missing",
        "  silent steps     0",
        "  open at the end  nothing",
    ]


def test_what_is_open_is_shown(put: Put) -> None:
    result = invoke("validate", put(list(VISIT[:16])), "--kernels", 3)
    assert result.code == 0
    assert result.out.splitlines()[-1] == (
        "    since run.ndjson:16: word that an instruction is done, which the origin has not "
        "heard: done[thread 1, kernel 1] is true"
    )


def test_a_log_that_is_not_explained(put: Put) -> None:
    result = invoke("validate", put(WRONG), "--complete")
    assert result.code == 12
    assert "  first wrong line run.ndjson:13: kernel 2 says give page 7, kernel 2\n" in result.out
    assert "    recall[page 7, kernel 2] is none\n" in result.out
    assert "  likeliest repair in run.ndjson:13 `at, kernel` is wrong; with 0" in result.out


def test_the_answer_as_data(put: Put) -> None:
    explained = invoke("validate", put(list(VISIT)), "--complete", "--json").data
    assert explained == {
        "verdict": "explained", "lines": 27, "processes": [1],
        "assumed": {"complete": True, "missing_in_a_row": 0},
        "silent_steps": 0, "reordered_lines": 0, "left_out": [], "open": [],
    }  # fmt: skip
    wrong = invoke("validate", put(WRONG), "--complete", "--json").data
    assert wrong["verdict"] == "not explained"
    assert (wrong["line"]["file"], wrong["line"]["line"]) == ("run.ndjson", 13)
    assert wrong["line"]["says"]["event"] == "give"
    assert [each["line"] for each in wrong["contradiction"]] == [13]
    assert wrong["contradiction_is_least"]
    assert (wrong["repair"]["field"], wrong["repair"]["value"]) == ("at, kernel", 0)
    assert wrong["legal"] == ["give_way(page 7, kernel 0)", "kill()"]


def test_a_budget_that_is_too_small(tmp_path: Path) -> None:
    path = write(get_log("mutex"), tmp_path / "run.ndjson")
    result = invoke("validate", path, "--budget", "0.001s")
    assert result.code == 3
    assert "run.ndjson: not decided.\n" in result.out
    assert "  explained till   run.ndjson:" in result.out
    assert "  because          the time of --budget is over\n" in result.out
    assert invoke("validate", path, "--budget", "0.001s", "--json").data["verdict"] == "not decided"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "run.ndjson cannot be read: No such file or directory"),
        (b"", "run.ndjson is empty; a log has one JSON object a line"),
        (b"hello\n", "run.ndjson:1: this line is not JSON: Expecting value"),
        (b"\x7fELF\x80\xff\n", "run.ndjson is not text in UTF-8"),
        (b'{"event":"dance","at":0}\n', "run.ndjson:1: 'dance' is no event; there are exec"),
        (b'{"event":"close","at":0,"process":1}\n{"at":0}\n',
         "run.ndjson:2: this line does not say which `event` it is; there are exec"),
        (b'{"at":0}\n', "run.ndjson:1: this line says no `event` and no `format`; a log begins"),
        (b'{"event":"close","at":0,"process":' + b"9" * 5000 + b"}\n",
         "run.ndjson:1: a number in this line has more digits than are read; numbers of a log are "
         "below 2**64"),
        (b'{"event":"close","at":0,"process":1}\n{"event":"close","process":' + b"9" * 5000,
         "run.ndjson:2: a number in this line has more digits than are read"),
        (gzip.compress(b"{}"), "run.ndjson:1: this is compressed by gzip: unpack it first"),
        (b"\xfd7zXZ\0", "run.ndjson:1: this is compressed by xz: unpack it first"),
        (b'{"event":"close","at":0,"process":1}\n'
         b'{"format":"popcorn-journal","version":1,"kernels":3}\n',
         "run.ndjson:2: this line says what was run, and others stand before it"),
        (b'{"format":"popcorn-journal","version":1,"kernels":65}\n',
         "run.ndjson:1: the first line does not say how many `kernels` there are, a number from 1 "
         "to 64; it says 65"),
        (b'{"event":"run","at":99999,"process":1,"thread":1,"kernel":99999}\n',
         "run.ndjson:1: `at` says which kernel it was, a kernel, from 0 to 63, and is 99999"),
        (b'{"event":"run","at":0,"process":1,"thread":"a","kernel":0}\n',
         "run.ndjson:1: `thread` is a number from 0 on, and is 'a'"),
        (b'{"format":"popcorn-journal","version":9,"kernels":3}\n', "version is 1"),
        (b'{"format":"popcorn-journal","version":1,"kernels":3}\n', "has no event"),
        (b'{"format":"popcorn-journal","version":1,"kernels":2}\n'
         b'{"event":"run","at":5,"process":1,"thread":1,"kernel":5}\n',
         "run.ndjson:2: `at` says which kernel it was, one of 2 kernels, from 0 on, and is 5"),
        (b'{"event":"close","at":0,"process":1}\n{"event":"clo\n',
         "run.ndjson:2: this line is not"),
        (b'{"event":"clo',
         "run.ndjson:1: this line is not JSON: Unterminated string starting at in column 10"),
        (b'{"event":["step"],"at":0,"process":1}\n', "['step'] is no event; there are exec"),
        (b'{"event":"send","at":0,"to":1,"kind":"ANSWER","process":1,"thread":1,"call":"fault",'
         b'"pages":[[7,"read"]]}\n',
         "a page here is said as in [7, \"read\", \"data\"], and is [7, 'read']"),
        (b'{"event":"send","at":1,"to":0,"kind":"CALL","process":1,"thread":1,"call":"migrate",'
         b'"pages":[],"arguments":[]}\n', "`arguments` of migrate is a list of one kernel"),
        (b'{"event":"send","at":1,"to":0,"kind":"CALL","process":1,"thread":1,"call":"migrate",'
         b'"pages":[],"arguments":5}\n', "`arguments` is a list, and is 5"),
        (b'{"event":"send","at":0,"to":1,"kind":"RECALL","process":1,"page":7,"access":"none"}\n',
         "a page is asked back for `access` read or write, and not for none"),
        (b'{"event":"stop","at":1,"process":1,"thread":1,"kernel":1,"call":"fault",'
         b'"pages":[[7,"read"],[7,"write"]]}\n', "`pages` names a page twice: [7, 7]"),
    ],
    ids=["missing", "empty", "no JSON", "binary", "event", "no event named", "neither", "digits",
         "digits at the end", "gzip", "xz", "header", "many kernels", "high kernel", "field",
         "version", "no event",
         "kernel", "garbage", "cut off", "no word", "no parcel", "no goal", "no list", "no access",
         "twice"],
)  # fmt: skip
def test_what_is_no_log_is_refused_in_a_line(
    text: bytes | None, complaint: str, tmp_path: Path
) -> None:
    path = tmp_path / "run.ndjson"
    if text is not None:
        path.write_bytes(text)
    result = invoke("validate", path)
    assert result.code == 150
    assert complaint in result.complaint


def test_a_last_line_that_is_cut_off_is_left_out(put: Put) -> None:
    path = put(list(VISIT[:16]))
    with path.open("a") as file:
        file.write('{"event":"fini')
    result = invoke("validate", path, "--kernels", 3)
    assert result.code == 0
    assert "  left out         run.ndjson:17, in the middle of which its file ends\n" in result.out
    assert invoke("validate", path, "--kernels", 3, "--json").data["left_out"] == ["run.ndjson:17"]


def test_a_question_may_name_no_pages(put: Put) -> None:
    path = put(list(VISIT))
    path.write_text(path.read_text().replace('"pages": []', '"pages": null'))
    assert "null" in path.read_text()
    assert invoke("validate", path, "--kernels", 3, "--complete").code == 0


def test_a_log_of_a_kernel_is_known_as_one(tmp_path: Path) -> None:
    path = tmp_path / "console.log"
    path.write_text("[  638.123456] [638] ->[662/0] 0\n")
    result = invoke("validate", path)
    assert result.code == 150
    assert "it looks like a line of a kernel's log, which --format dmesg reads" in result.complaint


def test_two_files_of_one_kernel_are_refused(put: Put, tmp_path: Path) -> None:
    other = write(make_log(list(VISIT)), tmp_path / "other.ndjson")
    result = invoke("validate", put(list(VISIT)), other)
    assert result.code == 150
    assert "kernel 0 has written in" in result.complaint


def test_a_file_for_each_kernel(tmp_path: Path) -> None:
    paths = split(get_log("visit"), tmp_path)
    assert len(paths) == 2
    assert invoke("validate", *paths, "--complete").code == 0
    wrong = paths[1].read_text().replace('"event":"step"', '"event":"end"', 1)
    paths[1].write_text(wrong)
    result = invoke("validate", *paths, "--complete")
    assert result.code == 12
    assert "log.2:" in result.out


def test_files_of_each_kernel_that_are_not_decided_are_told_of_as_if_whole(tmp_path: Path) -> None:
    paths = split(get_log("visit"), tmp_path)
    lines = paths[1].read_text().splitlines()
    number = next(n for n, line in enumerate(lines) if '"give"' in line)
    wrong = {**json.loads(lines[number]), "page": 9999}
    write([*lines[:number], json.dumps(wrong), *lines[number + 1 :]], paths[1])
    result = invoke("validate", *paths)
    assert result.code == 3
    assert "  because          more orders of the lines, or more missing lines" in result.out
    assert "  if none is missing, which --complete says:\n    first wrong line log.2:" in result.out
    assert f"    likeliest repair in log.2:{number + 1} `page` is wrong" in result.out
    assert invoke("validate", *paths, "--json").data["if_complete"]["line"]["file"] == "log.2"


@pytest.mark.parametrize("suffix", ["itf.json", "html", "mmd", "txt"])
def test_the_behaviour_is_written_and_read_again(suffix: str, put: Put, tmp_path: Path) -> None:
    trace = tmp_path / f"run.{suffix}"
    rows = without(VISIT, 9)
    assert invoke("validate", put(rows), "--kernels", 3, "--trace", trace).code == 0
    if suffix == "itf.json":
        meta = json.loads(trace.read_text())["#meta"]["meta"]
        assert len(meta["lines"]) == len(VISIT)
        (silent,) = meta["silent"]
        assert meta["lines"][silent - 1] == 9
        shown = invoke("trace", trace)
        assert shown.code == 0
        assert "serve_migrate" in shown.out
    else:
        assert "serve_migrate" in trace.read_text()


def test_the_behaviour_of_one_process_of_several(tmp_path: Path) -> None:
    path = write(get_log("family"), tmp_path / "run.ndjson")
    processes = invoke("validate", path, "--json").data["processes"]
    assert len(processes) > 1
    traces = []
    for process in processes:
        trace = tmp_path / f"{process}.itf.json"
        assert invoke("validate", path, "--trace", trace, "--process", process).code == 0
        traces.append(len(json.loads(trace.read_text())["states"]))
    assert len(set(traces)) > 1
    missing = invoke("validate", path, "--trace", tmp_path / "x.itf.json", "--process", 99)
    assert missing.code == 2
    assert "the log is not about process 99" in missing.complaint
    assert "there is no --trace" in invoke("validate", path, "--process", processes[0]).complaint


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--variant", "nosuch"), "--variant is about logs of the format dmesg"),
        (("--node", "7"), "--node is about logs of the format dmesg, and this is ndjson"),
        (("--complete", "--missing", "3"),
         "--complete says that no line is missing, and --missing 3 that lines may be"),
        (("--complete", "--missing", "6"), "--complete says that no line is missing"),
        (("--kernels", "2"), "run.ndjson says, which is that there are 3 kernels"),
        (("--kernels", "4"), "--kernels 4 is not what "),
        (("--missing", "0"), "Invalid value for '--missing'"),
        (("--kernels", "100000"), "Invalid value for '--kernels'"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_or_the_log_is_refused(
    arguments: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    path = write(get_log("visit"), tmp_path / "run.ndjson")
    result = invoke("validate", path, *arguments)
    assert result.code == 2
    assert told in result.err


def test_as_many_kernels_as_the_log_says_may_be_said_again(tmp_path: Path) -> None:
    path = write(get_log("visit"), tmp_path / "run.ndjson")
    for kernels in (0, 3):
        assert invoke("validate", path, "--kernels", kernels, "--complete").code == 0


def test_a_file_that_is_given_twice_is_named(tmp_path: Path, put: Put) -> None:
    path = put(list(VISIT))
    result = invoke("validate", path, path)
    assert result.code == 2
    assert f"{path} is given twice: give each file once" in result.complaint
    link = tmp_path / "link.ndjson"
    link.symlink_to(path)
    result = invoke("validate", path, link)
    assert result.code == 2
    assert f"{link} is given twice (also as {path}): give each file once" in result.complaint


def test_files_of_the_same_name_are_called_as_they_were_given(tmp_path: Path) -> None:
    paths = split(get_log("visit"), tmp_path)
    same = []
    for number, path in enumerate(paths):
        folder = tmp_path / f"n{number}"
        folder.mkdir()
        same.append(path.rename(folder / "run.ndjson"))
    result = invoke("validate", *same, "--complete")
    assert result.out.startswith(f"{same[0]}, {same[1]}: explained.\n")
    same[1].write_text(same[1].read_text().replace('"event":"step"', '"event":"end"', 1))
    result = invoke("validate", *same, "--complete")
    assert f"  first wrong line {tmp_path}/n" in result.out
    logs = []
    for number in (2, 3):
        folder = tmp_path / f"n{number}"
        folder.mkdir()
        logs.append(folder / "dmesg.log")
        logs[-1].write_text("[  638.123456] EXITED [718] local / 0x0\n")
    logs[1].write_text("nothing\n")
    result = invoke("validate", "--format", "dmesg", *logs)
    assert f"{logs[1]}: no line says anything of a process" in result.complaint


@pytest.mark.parametrize("format", ["ndjson", "dmesg"])
def test_what_is_no_file_is_called_as_it_was_given_or_refused(
    format: str, tmp_path: Path
) -> None:
    result = invoke("validate", "--format", format, "/dev/null")
    assert result.code == 150
    assert "/dev/null" in result.complaint
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for name, what in (("-", "standard input"), (pipe, "no file")):
        result = invoke("validate", "--format", format, name)
        assert result.code == 2
        assert f"{name} is {what}, which can be read only once" in result.complaint


@pytest.mark.parametrize("format", ["ndjson", "dmesg"])
def test_where_the_behaviour_is_to_go_is_looked_at_first(format: str, tmp_path: Path) -> None:
    trace = tmp_path / "nosuch" / "run.html"
    result = invoke(
        "validate", "--format", format, tmp_path / "nosuch.log", "--trace", trace
    )
    assert result.code == 2
    assert f"--trace {trace} cannot be written" in result.complaint


def test_a_mark_of_the_encoding_is_passed_over(put: Put) -> None:
    path = put(list(VISIT))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert invoke("validate", path, "--complete").code == 0


def test_a_line_that_cannot_be_read_is_missing_from_a_log_that_lacks_none(tmp_path: Path) -> None:
    path = tmp_path / "dmesg.log"
    text = (VECTORS / "issue-63-b3-1.log").read_text()
    path.write_text(f"{text}[  338.0] EXITED [718] local / 0x0\n")
    number = len(path.read_text().splitlines())
    result = invoke("validate", "--format", "dmesg", path, "--complete")
    assert result.code == 150
    assert f"dmesg.log:{number}: what Popcorn prints stands after" in result.complaint
    assert "known are " in result.complaint
    assert "this line is not read, and --complete says that none is missing" in result.complaint
    result = invoke("validate", "--format", "dmesg", path)
    assert result.code == 0
    assert "in 1 of them Popcorn's words stand after a prefix that is not known" in result.out


def test_which_node_is_the_origin_is_said_to_be_assumed_where_no_line_says_it() -> None:
    for name, nodes, is_assumed in (
        ("issue-102-a3-1", "0 is taken to be the origin, as no line says which node is", True),
        ("issue-63-b3-1", "0 is the origin; 1 is a remote, of which no line is there", False),
    ):
        path = VECTORS / f"{name}.log"
        result = invoke("validate", "--format", "dmesg", path)
        assert f"  nodes            {nodes}\n" in result.out
        (window,) = invoke("validate", "--format", "dmesg", path, "--json").data["windows"]
        assert (window["origin"], window["origin_is_assumed"]) == (0, is_assumed)


def test_what_the_answer_as_data_says_is_documented(put: Put, tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "validating.md").read_text()
    late = write(get_log("mutex"), tmp_path / "late.ndjson")
    paths = split(get_log("visit"), tmp_path)
    paths[1].write_text(paths[1].read_text().replace('"page":', '"page":9', 1))
    for arguments in (
        (put(list(VISIT[:16])),), (put(WRONG), "--complete"), (late, "--budget", "0.001s"),
        ("--format", "dmesg", VECTORS / "issue-63-b3-1.log"), (*paths, "--complete"),
    ):  # fmt: skip
        data = invoke("validate", *arguments, "--json").data
        missing = {name for name in names_in(data) if f"`{name}`" not in page}
        assert not missing


def names_in(data: object) -> Iterator[str]:
    """All keys of plain data but those of lines of a log."""
    if isinstance(data, list):
        for each in data:
            yield from names_in(each)
    elif isinstance(data, dict):
        for name, value in data.items():
            yield name
            if name != "says":
                yield from names_in(value)
