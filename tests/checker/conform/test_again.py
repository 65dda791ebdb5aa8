"""The script that does a failure again, run as people run it: with nothing but Python."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import pytest

from popcorn_checker.conform import again
from support import hostile
from support.command import invoke

REFERENCE = (sys.executable, "-m", "popcorn_reference.adapter")
WRONG = (sys.executable, "-m", "popcorn_reference.defects", "C3")
HOSTILE = (sys.executable, hostile.__file__)
UNABLE = ("-m", "popcorn_checker.conform.skeleton")
GONE, AGAIN, USAGE, UNKNOWN = 0, 1, 2, 125


def leave(folder: Path, case: str, *command: str) -> Path:
    """Have a case go wrong; the script that it leaves."""
    invoke("conform", "--only", case, "--timeout", "2s", "--report", folder, "--", *command)
    return folder / f"{case.replace('/', '-')}.py"


def do_again(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    run = subprocess.run(
        [sys.executable, "-I", "-S", str(script), *arguments],
        text=True, capture_output=True, check=False, timeout=60, cwd=script.parent,
    )  # fmt: skip
    assert "Traceback" not in run.stderr
    return run


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script of a case that fails at its eighth order."""
    return leave(tmp_path_factory.mktemp("found"), "migration/back/1", *WRONG)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script of a case whose adapter has ended at the fourth order."""
    return leave(tmp_path_factory.mktemp("found"), "migration/back/1", *HOSTILE, "late-dies")


def test_a_failure_shows_again(failed: Path) -> None:
    run = do_again(failed)
    assert run.returncode == AGAIN
    assert "before:" not in run.stdout
    assert run.stdout.count("-->") == run.stdout.count("<--") > 5
    assert "The failure of migration/back/1 shows again: " in run.stdout
    assert "right would be: context" in run.stdout


@pytest.mark.parametrize("dashes", [(), ("--",), ("--timeout", "20"), ("--timeout", "20", "--")])
def test_who_does_right_does_not_show_it(failed: Path, dashes: tuple[str, ...]) -> None:
    run = do_again(failed, *dashes, *REFERENCE)
    assert run.returncode == GONE
    assert "before:" in run.stdout
    assert "does not show: order 8 is answered otherwise than it was then" in run.stdout
    assert "right would be" not in run.stdout


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("false",), "at hello, it has ended without an answer (exit code 1)"),
        (("./nosuch",), "it cannot be started: [Errno 2] No such file"),
        (("echo", "hi"), "at hello, this is no JSON: hi"),
        ((sys.executable, "-c", "input(); print('hi')"), "at hello, this is no JSON: hi"),
        ((sys.executable, "-c", "input(); print([])"), "at hello, this is no answer: []"),
        (("sleep", "1000"), "at hello, no answer within 1 s"),
        ((*HOSTILE, "dies"), "at order 1 of 8, it has ended without an answer (exit code 7)"),
        ((*HOSTILE, "sequence"), "at order 1 of 8, this is no answer to seq 1"),
        ((*HOSTILE, "endless"), "at order 1 of 8, this is no JSON: xxx"),
        ((*HOSTILE, "late-silent"), "at order 4 of 8, no answer within 1 s"),
        ((*HOSTILE, "late-killed"), "at order 4 of 8, it has ended without an answer (signal 6)"),
        ((*HOSTILE, "liar"), "at order 2 of 8, it answers otherwise than then"),
        ((sys.executable, *UNABLE), 'at order 2 of 8, it says "result": "unsupported"'),
    ],
)
def test_what_cannot_be_told_is_skipped_by_bisection(
    failed: Path, command: tuple[str, ...], says: str
) -> None:
    started = time.monotonic()
    run = do_again(failed, "--timeout", "1", *command)
    assert run.returncode == UNKNOWN
    assert "Nobody can tell whether the failure of migration/back/1 is there: " in run.stdout
    assert says in run.stdout
    assert "right would be" not in run.stdout
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--timeout", "soon"), "invalid float value"),
        (("--timeout", "0"), "--timeout is above 0"),
        (("--timeout", "1e300"), "a day at most"),
        (("--retry",), "unrecognized arguments"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_told(
    failed: Path, arguments: tuple[str, ...], says: str
) -> None:
    run = do_again(failed, *arguments)
    assert run.returncode == USAGE
    assert says in run.stderr


def test_who_has_broken_off_does_so_again_or_does_not(broken: Path) -> None:
    run = do_again(broken)
    assert run.returncode == AGAIN
    assert "shows again: it has ended without an answer to seq 4 (exit code 7)" in run.stdout
    assert run.stderr == "about to go wrong\nthat was it\n"
    mended = do_again(broken, "--", *REFERENCE)
    assert mended.returncode == GONE
    assert "order 4 is answered otherwise" in mended.stdout
    earlier = do_again(broken, *HOSTILE, "dies")
    assert earlier.returncode == UNKNOWN
    assert "at order 1 of 4, it has ended" in earlier.stdout


@pytest.mark.parametrize(
    "mode", ["silent", "twice", "text", "binary", "endless", "deep", "sequence", "field", "number"]
)
def test_what_was_no_answer_is_none_again(mode: str, tmp_path: Path) -> None:
    script = leave(tmp_path, "migration/there/1", *HOSTILE, mode)
    assert do_again(script).returncode == AGAIN
    assert do_again(script, *REFERENCE).returncode == GONE


def test_a_process_for_each_kernel_is_told_what_is_for_it(tmp_path: Path) -> None:
    run = do_again(leave(tmp_path, "migration/there/1", *HOSTILE, "one"))
    assert run.returncode == AGAIN
    assert run.stdout.count('--> {"cmd": "hello"') == 3


def test_what_comes_late_may_come_at_any_order_since_nothing_came(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "popcorn_reference.defects", "W2")
    script = leave(tmp_path, "exit/pages/1", *command)
    run = do_again(script)
    assert run.returncode == AGAIN
    assert do_again(script, *REFERENCE).returncode == GONE


def test_a_program_may_take_its_time(tmp_path: Path) -> None:
    wrong = (sys.executable, "-m", "popcorn_reference.defects", "C5", "program")
    script = leave(tmp_path, "program/share/2", *wrong)
    assert do_again(script).returncode == AGAIN
    right = do_again(script, sys.executable, "-m", "popcorn_reference.program_adapter")
    assert right.returncode == GONE
    assert do_again(script, *HOSTILE, "liar").returncode == UNKNOWN


HASTY = (sys.executable, "-c", """
import json, sys
from popcorn_reference import program_adapter as adapter
wrong = sys.argv[1:]
program = None
for line in sys.stdin:
    order = json.loads(line)
    if order["cmd"] == "bye":
        break
    said, program = adapter.answer(line, program, 0)
    if "twice" in wrong and said.get("done"):
        said["done"] *= 2
    if "sleepless" in wrong and order.get("op") == "futex_wait":
        said["done"] = [{"thread": order["thread"]}]
    print(json.dumps(said), flush=True)
""")
"""The reference; a thread is told to be through twice, or although it sleeps."""
MODELLED = ("popcorn_checker.conform.modelled", "popcorn-2020")
OBSERVED = ("popcorn_reference.program_adapter", "pages")


@pytest.mark.parametrize(
    ("case", "wrong", "right"),
    [
        ("unmap/1", ("popcorn_reference.defects", "W40", "pages"), OBSERVED),
        ("share/2", ("popcorn_reference.defects", "X1", "pages"), OBSERVED),
        ("futex/1", (*MODELLED, "as-built", "pages"), (*MODELLED, "repaired", "pages")),
    ],
)
def test_what_is_told_of_pages_and_threads_shows_a_failure(
    case: str, wrong: tuple[str, ...], right: tuple[str, ...], tmp_path: Path
) -> None:
    script = leave(tmp_path, f"program/{case}", sys.executable, "-m", *wrong)
    assert do_again(script).returncode == AGAIN
    assert do_again(script, sys.executable, "-m", *right).returncode == GONE


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ('"version": 2', "its version is 2 and was 1"),
        ('"version": 1, "level": "program"', 'its level is "program" and was "messages"'),
        ('"version": 1, "kernels": "one"', 'its kernels is "one" and was "all"'),
    ],
)
def test_who_says_hello_otherwise_is_another(failed: Path, says: str, told: str) -> None:
    greets = f"input(); print('{{{says}}}')"
    run = do_again(failed, sys.executable, "-c", greets)
    assert run.returncode == UNKNOWN
    assert f"at hello, {told}." in run.stdout


class Told(again.Adapter):
    """An adapter that says what a test says: the rest of an answer for each order."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self._answers = list(answers)

    def ask(self, order: dict[str, Any]) -> str:
        """The next answer."""
        rest = self._answers.pop(0) if self._answers else {}
        return json.dumps({"seq": order["seq"], **rest})


Said = tuple[tuple[str, dict[str, Any]], ...]
"""Orders, and what was said to them then."""
READ = {"done": [{"thread": 0, "value": 5}]}
WROTE = {"done": [{"thread": 1}]}
THEN: Final[Said] = (("run", {}), ("do", {}), ("do", WROTE), ("tick", {}), ("tick", READ))
LATE: Final[Said] = (("run", {}), ("do", WROTE), ("tick", {}), ("tick", {}))


@pytest.mark.parametrize(
    ("then", "now", "code"),
    [
        (THEN, ({}, {}, WROTE, {}, READ), AGAIN),
        (THEN, ({}, {}, {}, WROTE, {}, {}, READ), AGAIN),
        (THEN, ({}, READ, WROTE), AGAIN),
        (THEN, ({}, {}, {"done": [*READ["done"], *WROTE["done"]]}), AGAIN),
        (THEN, ({}, {}, {}, WROTE, {"done": [{"thread": 0, "value": 6}]}), GONE),
        (THEN, ({}, {}, {"done": [{"thread": 1, "refused": True}]}), UNKNOWN),
        (THEN, ({}, {}, WROTE), UNKNOWN),
        (THEN, ({}, {}, {"result": "error"}), UNKNOWN),
        (LATE, ({}, WROTE), AGAIN),
        (LATE, ({}, {}, WROTE), AGAIN),
        (LATE, ({}, WROTE, {}, READ), GONE),
        (LATE, ({}, WROTE, {"over": True}), GONE),
        ((("run", {}), ("tick", {"over": True})), ({}, {}, {"over": True}), AGAIN),
        ((("run", {}), ("tick", {"over": True})), ({}, {}), GONE),
        ((("run", {}), ("do", {"result": "error"})), ({}, {"result": "error"}), AGAIN),
        ((("run", {}), ("do", {"result": "error"})), ({}, {}), GONE),
    ],
)
def test_what_comes_of_a_program_counts_and_not_when(
    then: Said, now: tuple[dict[str, Any], ...], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(again, "RECORD", make_record(then, 1 if then is LATE else len(then) - 1))
    assert again.replay([Told(*now)]) == code


EARLY: Final[Said] = (("run", {}), ("do", WROTE), ("do", READ))
"""A thread is through at last that was not to be: it sleeps, is named twice or is at nothing."""


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (({}, WROTE, READ), AGAIN),
        (({}, {}, {}, WROTE, READ), AGAIN),
        (({}, WROTE), GONE),
        (({}, {}, WROTE), GONE),
        (({}, {}), UNKNOWN),
    ],
)
def test_who_is_not_through_any_more_where_he_was_not_to_be_is_mended(
    now: tuple[dict[str, Any], ...], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(again, "RECORD", make_record(EARLY, len(EARLY) - 1, surplus=0))
    assert again.replay([Told(*now)]) == code


@pytest.mark.parametrize(
    ("case", "wrong"),
    [("program/share/1", "twice"), ("program/futex/1", "sleepless")],
)
def test_a_right_implementation_does_not_show_what_is_too_much(
    case: str, wrong: str, tmp_path: Path
) -> None:
    script = leave(tmp_path, case, *HASTY, wrong)
    assert do_again(script).returncode == AGAIN
    assert do_again(script, *HASTY).returncode == GONE


def make_record(then: Said, since: int, **more: Any) -> dict[str, Any]:
    """What is recorded of a program."""
    lines = [
        {"order": {"cmd": cmd, "seq": seq}, "reply": {"seq": seq, **said}}
        for seq, (cmd, said) in enumerate(then, start=1)
    ]
    return {
        "case": "a/case/1", "again": "", "seen": "", "right": [], "since": since, "refuse": False,
        "is_program": True, "lines": lines, "shown": None, "surplus": None, "hello": {}, **more,
    }  # fmt: skip


def held(*kernels: int, access: str = "read", page: int = 0) -> dict[str, Any]:
    """What is told of a page."""
    return {"copies": [{"kernel": k, "page": page, "access": access} for k in kernels]}


GONE_THERE: Final[dict[str, Any]] = {"copies": []}
UNMAPPED: Final[Said] = (("run", held(1)), ("do", held(1)), ("tick", {**READ, **held(1)}))
"""A page is there after the call that unmaps it has returned."""
AT_ONCE: Final[Said] = (("run", held(0)), ("do", {**READ, **held(0, 1)}))


@pytest.mark.parametrize(
    ("then", "now", "code"),
    [
        (UNMAPPED, (held(1), held(1), {**READ, **held(1)}), AGAIN),
        (UNMAPPED, (held(1), {**READ, **held(1)}, held(1)), AGAIN),
        (UNMAPPED, (held(1), held(1), held(1), {**READ, **held(1)}), AGAIN),
        (UNMAPPED, (held(1), held(1), {**READ, **GONE_THERE}, GONE_THERE, held(1)), AGAIN),
        (UNMAPPED, (held(1), held(1), {**READ, **GONE_THERE}, *[GONE_THERE] * 30), GONE),
        (UNMAPPED, (held(1), {**READ, **GONE_THERE}, *[GONE_THERE] * 30), GONE),
        (UNMAPPED, (held(1), held(1), {**READ, **held(1, page=1)}, *[GONE_THERE] * 30), GONE),
        (UNMAPPED, (held(1), held(1), {**READ, **held(1), **held(1, page=1)}), UNKNOWN),
        (UNMAPPED, (held(1), held(1), READ), UNKNOWN),
        (UNMAPPED, (held(1), held(1), held(1)), UNKNOWN),
        (UNMAPPED, (held(1), held(1), {"done": [{"thread": 0, "value": 6}]}), GONE),
        (AT_ONCE, (held(0), {**READ, **held(0, 1)}), AGAIN),
        (AT_ONCE, (held(0), {**READ, **held(0)}), GONE),
        (AT_ONCE, (held(0, 1), {**READ, **held(1)}), GONE),
        (AT_ONCE, (held(0), {**held(0, 1)}, {**READ, **held(1)}), GONE),
        (AT_ONCE, (held(0), {"done": [*READ["done"], *WROTE["done"]], **held(0, 1)}), UNKNOWN),
        (AT_ONCE, (held(0), {"done": [*READ["done"], *WROTE["done"]], **held(0)}), GONE),
    ],
)
def test_what_is_told_of_a_page_counts_once_all_has_come(
    then: Said, now: tuple[dict[str, Any], ...], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = make_record(then, len(then) - 1, shown=("copies", "page", 0))
    monkeypatch.setattr(again, "RECORD", record)
    assert again.replay([Told(*now)]) == code


def test_what_may_be_left_out_and_what_has_no_order_makes_no_difference() -> None:
    one = {"seq": 1, "sends": [{"to": 1, "message": {"kind": "END"}},
                               {"to": 0, "message": {"kind": "ANSWER", "result": 0}}]}  # fmt: skip
    other = {"seq": 1, "result": "ok", "text": "done", "copies": [], "sends": [
        {"to": 0, "message": {"kind": "ANSWER", "pages": []}}, {"message": {"kind": "END"}, "to": 1}
    ]}  # fmt: skip
    assert again.plain(one) == again.plain(other)
    twice = {"sends": [{"to": 1, "message": {"kind": k}} for k in ("END", "RECALL")]}
    assert again.plain(twice) != again.plain({"sends": twice["sends"][::-1]})
    assert again.plain({"value": 0}) != again.plain({})


def test_the_script_says_what_its_exit_codes_mean(failed: Path) -> None:
    told = do_again(failed, "--help").stdout
    assert [told.index(f"\n    {code:<4} ") for code in (GONE, AGAIN, UNKNOWN, USAGE)]
    assert "git bisect run" in told


def test_a_case_that_was_drawn_is_named_with_its_seed(tmp_path: Path) -> None:
    """Without it the steps would be others."""
    command = ("--only", "explore/program/1", "--seed", "3", "--report", tmp_path)
    wrong = ("-m", "popcorn_reference.defects", "C5", "program")
    invoke("conform", *command, "--shorten", "0s", "--", sys.executable, *wrong)
    (script,) = tmp_path.glob("*.py")
    right = do_again(script, sys.executable, "-m", "popcorn_reference.program_adapter")
    assert right.returncode == GONE
    told = "popcorn-spec conform --only explore/program/1 --seed 3"
    assert f"Whether that is right, {told} tells." in right.stdout
    story = script.with_suffix(".txt").read_text()
    assert f"or: {told} -- {sys.executable} " in story
    assert "    drawn: with --seed 3\n" in story


def test_without_a_record_there_is_nothing_to_do_again() -> None:
    assert do_again(Path(again.__file__)).returncode == USAGE
