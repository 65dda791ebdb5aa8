"""What came of the cases: as text, JSON, JUnit, and a diagram of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from xml.etree import ElementTree as Xml

import msgspec

from popcorn_checker.conform.running import Grade, Outcome
from popcorn_checker.conform.wire import HelloReply

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
