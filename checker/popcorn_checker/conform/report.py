"""What came of the cases: as text, JSON, JUnit, a page, and files for each failure."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from pprint import pformat
from typing import Any, Final
from xml.etree import ElementTree as Xml

import msgspec

from popcorn_checker.conform.running import SAYS, Grade, Outcome
from popcorn_checker.conform.wire import HelloReply
from popcorn_checker.writing import FORMATS, write_text

VERSION: Final = 1


def tell(outcome: Outcome) -> str:
    """One case in a line, and below it what there is to say."""
    lines = [f"{outcome.grade:<12} {outcome.case.id}"]
    if outcome.seen:
        lines.append(f"    {outcome.seen}")
    if outcome.grade is Grade.FAILS:
        words = ("right would be", *("or" for _ in outcome.right))
        lines += [f"    {w}: {each}" for w, each in zip(words, outcome.right[:5], strict=False)]
        lines += [
            f"    at: {describe(outcome.log[-1]['order'])}" if outcome.log else "    at: the start",
            f"    expected: {outcome.case.expects}", f"    why: {outcome.case.why}",
            f"    source: {outcome.case.source}", f"    {_shortened(outcome)}: {outcome.does}",
        ]  # fmt: skip
    if outcome.grade is Grade.BROKEN and outcome.stderr:
        lines += [f"    stderr: {line}" for line in outcome.stderr.splitlines()[-5:]]
    return "\n".join(lines)


def _shortened(outcome: Outcome) -> str:
    return "shortened, but not to the end" if outcome.is_cut else "shortened"


def describe(order: Mapping[str, Any]) -> str:
    """An order as people read it."""
    match order:
        case {"cmd": "deliver", "kernel": kernel, "from": source, "message": message}:
            return f"{_message(message)} arrives, from kernel {source} at kernel {kernel}"
        case {"cmd": "stop" | "do", "thread": thread}:
            what = {n: v for n, v in order.items() if n not in ("cmd", "seq", "thread", "context")}
            return f"thread {thread} asks: {_fields(what)}"
        case _:
            return _fields({n: v for n, v in order.items() if n not in ("seq", "context")})


def _message(message: Mapping[str, Any]) -> str:
    rest = {n: v for n, v in message.items() if n not in ("kind", "context")}
    return f"{message['kind']} {_fields(rest)}".strip()


def _fields(found: Mapping[str, Any]) -> str:
    def show(value: Any) -> str:
        if isinstance(value, list):
            return "[" + "; ".join(_fields(each) for each in value) + "]"
        return str(value)

    return ", ".join(f"{name} {show(value)}" for name, value in found.items())


def to_sequence(outcome: Outcome) -> str:
    """The messages of a run as a Mermaid sequence diagram, what failed marked at its end."""
    lines = ["sequenceDiagram"]
    lines += [f"    participant k{k} as kernel {k}" for k in range(outcome.case.kernels)]
    for number, said in enumerate(outcome.log, start=1):
        order = said["order"]
        kernel = order.get("kernel", 0)
        if order["cmd"] == "reset":
            continue
        if number == len(outcome.log):
            lines.append("    rect rgba(214, 40, 40, 0.18)")
        if order["cmd"] == "deliver":
            text = _plain(_message(order["message"]))
            lines.append(f"    k{order['from']}->>k{kernel}: {text}")
        else:
            lines.append(f"    Note over k{kernel}: {_plain(describe(order))}")
    lines.append(f"    Note over k0: {_plain(outcome.seen)}")
    lines += [f"    Note over k0: right would be {_plain(each)}" for each in outcome.right[:3]]
    return "\n".join([*lines, "    end", ""])


def _plain(text: str) -> str:
    """Without what Mermaid takes for its own."""
    return text.replace(";", ",").replace("#", "").replace(":", "")


def tell_sum(outcomes: Sequence[Outcome]) -> str:
    """How many of each."""
    counts = Counter(outcome.grade for outcome in outcomes)
    return ", ".join(f"{counts[grade]} {grade}" for grade in Grade if counts[grade]) + "."


def to_data(hello: HelloReply, outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """All of it as plain data."""
    return {
        "format": "popcorn-conform",
        "version": VERSION,
        "implementation": msgspec.to_builtins(hello),
        "cases": [
            {
                "id": o.case.id, "grade": str(o.grade), "seen": o.seen, "right": list(o.right),
                "does": o.does, "cut": o.is_cut, "expects": o.case.expects, "why": o.case.why,
                "source": o.case.source, "seconds": o.seconds,
            }
            for o in outcomes
        ],
    }  # fmt: skip


def to_junit(hello: HelloReply, outcomes: Sequence[Outcome]) -> str:
    """JUnit's XML: what nobody can tell is an error there, and what is not claimed is skipped."""
    counts = Counter(outcome.grade for outcome in outcomes)
    suite = Xml.Element("testsuite", {
        "name": f"popcorn-spec conform {hello.name}",
        "tests": str(len(outcomes)),
        "failures": str(counts[Grade.FAILS]),
        "errors": str(counts[Grade.BROKEN] + counts[Grade.UNDECIDED]),
        "skipped": str(counts[Grade.UNSUPPORTED]),
        "time": f"{sum(o.seconds for o in outcomes):.3f}",
    })  # fmt: skip
    for o in outcomes:
        group, _, name = o.case.id.partition("/")
        case = Xml.SubElement(suite, "testcase", {
            "classname": f"popcorn.{group}", "name": name, "time": f"{o.seconds:.3f}",
        })  # fmt: skip
        tag = _JUNIT.get(o.grade)
        if tag is not None:
            found = Xml.SubElement(case, tag, {"message": _clean(o.seen), "type": str(o.grade)})
            found.text = _clean(tell(o))
    root = Xml.Element("testsuites")
    root.append(suite)
    Xml.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(root, "unicode") + "\n"


_JUNIT: Final = {
    Grade.FAILS: "failure", Grade.BROKEN: "error", Grade.UNDECIDED: "error",
    Grade.UNSUPPORTED: "skipped",
}  # fmt: skip


def _clean(text: str) -> str:
    """Without what XML has no form for."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)


# --- a page --------------------------------------------------------------------------------------

_STYLE: Final = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
table { border-collapse: collapse } th, td { padding: .25rem .6rem; text-align: left }
th { position: sticky; top: 0; background: Canvas } tr { border-bottom: 1px solid #8884 }
.conforms { color: #1a7f37 } .non-strict { color: #9a6700 } .fails, .broken { color: #c62828 }
.unsupported, .undecided { color: #777 } details { margin: .2rem 0 } pre { white-space: pre-wrap }
:root { color-scheme: light dark }
"""


def to_page(results: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """A page with a row for each case and a column for each implementation.

    Index: names of implementations, then ids of cases; values as `to_data` has them.
    """
    ids = list(dict.fromkeys(case for cases in results.values() for case in cases))
    head = "".join(f"<th>{escape(name)}</th>" for name in results)
    rows = "\n".join(
        f'<tr id="{escape(each)}"><td>{_about(each, results)}</td>'
        + "".join(f"<td>{_cell(cases.get(each))}</td>" for cases in results.values()) + "</tr>"
        for each in ids
    )  # fmt: skip
    legend = "".join(
        f'<li><b class="{grade}">{grade}</b>: {escape(says)}</li>' for grade, says in SAYS.items()
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>popcorn-spec conform</title><style>{_STYLE}</style></head><body>"
        f"<h1>Conformance to popcorn</h1><table><thead><tr><th>case</th>{head}</tr></thead>"
        f"<tbody>\n{rows}\n</tbody></table><ul>{legend}</ul></body></html>\n"
    )


def _about(id_: str, results: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    case = next(cases[id_] for cases in results.values() if id_ in cases)
    return (
        f"<details><summary><code>{escape(id_)}</code></summary><p>{escape(case['expects'])}</p>"
        f"<p>{escape(case['why'])}</p><p>{escape(case['source'])}</p></details>"
    )


def _cell(case: Mapping[str, Any] | None) -> str:
    if case is None:
        return ""
    grade = f'<b class="{escape(case["grade"])}">{escape(case["grade"])}</b>'
    if not case["seen"]:
        return grade
    right = "".join(f"<p>right would be: {escape(each)}</p>" for each in case["right"][:5])
    return (
        f"<details><summary>{grade}</summary><p>{escape(case['seen'])}</p>{right}"
        f"<pre>{escape(case['does'])}</pre></details>"
    )


# --- files for a failure -------------------------------------------------------------------------

_AGAIN: Final = '''\
"""Does again what showed a failure: {id}.

It needs nothing but Python. The lines are sent as they were, and each answer is shown beside the
one that was given then. Exit codes: 1 all answers are as before, 0 they are not.
"""

import json
import subprocess
import sys

COMMAND = sys.argv[1:] or {command!r}
NOTHING = ("[]", "''", "False", "'ok'")
LINES = {lines}


def bare(found):
    """Without what may as well be left out."""
    if isinstance(found, dict):
        return {{k: bare(v) for k, v in found.items() if repr(v) not in NOTHING}}
    return [bare(each) for each in found] if isinstance(found, list) else found


same = True
with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
    for line in LINES:
        order, before = line["order"], line["reply"]
        print("-->", json.dumps(order))
        run.stdin.write(json.dumps(order) + "\\n")
        run.stdin.flush()
        now = run.stdout.readline().strip()
        print("<--", now or "nothing: it has ended")
        if before is not None and now and bare(json.loads(now)) != bare(before):
            same = False
            print("    before:", json.dumps(before))
        if not now:
            same = same and before is None
            break
    run.stdin.close()
if not same:
    print("It does not do what it did: ask popcorn-spec conform what that is worth.")
    sys.exit(0)
print({seen!r})
for right in {right!r}:
    print("right would be:", right)
sys.exit(1)
'''


def write_failure(outcome: Outcome, command: Sequence[str], folder: Path) -> list[Path]:
    """Write what a failure leaves: its story, a diagram, a page, a trace, and a script.

    The script speaks to one process; with a process for each kernel it is the first one's.

    Raises: UsageError if a file cannot be written.
    """
    stem = outcome.case.id.replace("/", "-")
    hello = {"order": {"cmd": "hello", "version": 1}, "reply": None}
    lines = pformat([hello, *outcome.log], width=110, sort_dicts=False)
    files = {
        f"{stem}.txt": f"{tell(outcome)}\n\nagain: {shlex.join(command)}\n",
        f"{stem}.py": _AGAIN.format(
            id=outcome.case.id, command=list(command), lines=lines, seen=outcome.seen,
            right=list(outcome.right),
        ),
        f"{stem}.mmd": to_sequence(outcome),
    }  # fmt: skip
    if outcome.trace is not None:
        files |= {
            f"{stem}.{suffix}": FORMATS[name](outcome.trace)
            for suffix, name in (("html", "html"), ("itf.json", "itf"))
        }
    for name, text in files.items():
        write_text(text, folder / name)
    return [folder / name for name in files]
