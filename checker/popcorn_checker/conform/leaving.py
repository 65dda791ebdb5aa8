"""What a failure leaves in a folder: its story, a diagram, a page, a trace, and a script."""

from __future__ import annotations

import shlex
from pathlib import Path
from pprint import pformat
from typing import Any, Final

from popcorn_checker.conform import again
from popcorn_checker.conform.report import tell_story, to_sequence
from popcorn_checker.conform.running import PROGRAM, Outcome, Target
from popcorn_checker.writing import FORMATS, write_text

_HELLO: Final = {"cmd": "hello", "version": 1}
_EMPTY: Final = "RECORD: dict[str, Any] = {}\n"


def write_failure(outcome: Outcome, target: Target, folder: Path) -> list[Path]:
    """Write what a failure leaves: its story, a diagram, a page, a trace, and a script.

    Where nothing has happened before it there is no page and no trace.

    Raises: UsageError if a file cannot be written.
    """
    stem = outcome.case.id.replace("/", "-")
    command = shlex.join(target.command)
    how = f"again: python3 {stem}.py\nor: {outcome.again} -- {command}"
    files = {
        f"{stem}.txt": f"{tell_story(outcome)}\n\n{how}\n",
        f"{stem}.py": to_script(outcome, target),
        f"{stem}.mmd": to_sequence(outcome),
    }
    if outcome.trace is not None:
        files |= {
            f"{stem}.{suffix}": FORMATS[name](outcome.trace)
            for suffix, name in (("html", "html"), ("itf.json", "itf"))
        }
    for name, text in files.items():
        write_text(text, folder / name)
    return [folder / name for name in files]


def to_script(outcome: Outcome, target: Target) -> str:
    """A script that needs nothing but Python, and does it again."""
    lines, hello = _lines(outcome), target.hello
    shown = outcome.shown
    surplus = None if shown is None or shown[0] != "done" else shown[2]
    record = {
        "case": outcome.case.id,
        "command": list(target.command),
        "timeout": target.limits.seconds,
        "processes": max(1, sum("kernel" in _reset(line) for line in lines)),
        "again": outcome.again,
        "seen": outcome.seen,
        "right": [*outcome.right, *outcome.earlier],
        "since": _since(lines),
        "refuse": outcome.does.rpartition("|")[2].strip().startswith("refuse"),
        "shown": shown if surplus is None else None,
        "surplus": surplus,
        "hello": {} if hello is None else {
            "version": hello.version, "kernels": hello.kernels, "level": hello.level
        },
        "is_program": outcome.case.level == PROGRAM,
        "lines": lines,
    }
    before, empty, after = Path(again.__file__).read_text(encoding="utf-8").partition(_EMPTY)
    assert empty
    return f"{before}RECORD = {pformat(record, width=96, sort_dicts=False)}\n{after}"


def _lines(outcome: Outcome) -> list[dict[str, Any]]:
    """What is to be sent, and what was answered; what is said to hello may be anything."""
    lines = [dict(said) for said in outcome.log]
    if lines and lines[-1]["reply"] is None:
        lines[-1]["came"] = outcome.came
    if not lines or lines[0]["order"] != _HELLO:
        lines.insert(0, {"order": _HELLO})
    return lines


def _reset(line: dict[str, Any]) -> dict[str, Any]:
    return dict(line["order"]) if line["order"]["cmd"] == "reset" else {}


def _since(lines: list[dict[str, Any]]) -> int:
    """From which line on another answer may be the right one.

    That is the last one; if time has passed and nothing has come of it, the one after which
    nothing came any more.
    """
    last = len(lines) - 1
    if lines[last]["order"]["cmd"] == "tick":
        while last > 1 and not _says_anything(lines[last]):
            last -= 1
    return last


def _says_anything(line: dict[str, Any]) -> bool:
    reply = line["reply"] or {}
    return any(reply.get(name) for name in ("sends", "done", "over", "result"))
