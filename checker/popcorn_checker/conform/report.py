"""What came of the cases: as text, JSON, JUnit, and a diagram of a run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final
from xml.etree import ElementTree as Xml

import msgspec

from popcorn_checker.conform.running import Grade, Outcome
from popcorn_checker.conform.wire import HelloReply, clean

VERSION: Final = 1


RIGHT_MAX: Final = 5
"""How much of what would be right is told."""
LEAVES: Final = (Grade.FAILS, Grade.BROKEN)
"""What leaves its story."""


def tell(outcome: Outcome) -> str:
    """One case in a line, and below it what there is to say."""
    lines = [f"{outcome.grade:<12} {outcome.case.id}"]
    if outcome.seen:  # it may be several lines of an adapter, which must not look like our own
        lines += [f"    {line}" for line in outcome.seen.splitlines()]
    if outcome.grade is Grade.FAILS:
        right = (*outcome.right[:RIGHT_MAX], *outcome.earlier)
        words = ("right would be", *("or" for _ in right))
        lines += [f"    {w}: {each}" for w, each in zip(words, right, strict=False)]
        lines += [
            f"    at: {where(outcome)}",
            f"    expected: {outcome.case.expects}", f"    why: {outcome.case.why}",
            f"    source: {outcome.case.source}", f"    {_shortened(outcome)}: {outcome.does}",
        ]  # fmt: skip
    if outcome.grade in LEAVES and outcome.seed is not None:
        lines.append(f"    drawn: with --seed {outcome.seed}")
    if outcome.grade is Grade.BROKEN:
        lines.append(f"    at: {where(outcome)}")
        if outcome.log:
            lines.append(f"    sent: {_line(outcome.log[-1]['order'])}")
            lines.append(f"    came: {_shown(outcome.came)}")
        lines.append(f"    up to there: {outcome.does or 'no step was taken'}")
        lines += [f"    stderr: {line}" for line in outcome.stderr.splitlines()[-5:]]
    return clean("\n".join(lines))


def tell_story(outcome: Outcome) -> str:
    """The same, and all that was said, if it is anything that leaves its story."""
    if outcome.grade not in LEAVES:
        return tell(outcome)
    said = tell_said(outcome.log, outcome.came)
    return clean("\n".join([tell(outcome), "", "what was said, the last of it marked:", *said]))


def tell_said(log: Sequence[Mapping[str, Any]], came: str) -> Iterator[str]:
    """Orders and replies, a line for each; what is said again and again is told once."""
    for _, group in groupby(log[:-1], _timeless):
        first, *more = group
        yield f"    --> {_line(first['order'])}"
        yield f"    <-- {_line(first['reply'])}"
        if more:
            yield f"    ... and the same {len(more)} times more"
    for said in log[-1:]:
        reply = said["reply"]
        yield f"  * --> {_line(said['order'])}"
        yield f"  * <-- {_shown(came) if reply is None else _line(reply)}"


def _timeless(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What was said, whenever that was."""
    return [{n: v for n, v in said[way].items() if n != "seq"} for way in ("order", "reply")]


def _line(said: Mapping[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False)


def _shown(came: str) -> str:
    """What came in place of an answer."""
    text = clean(came, kept="")
    return (text if len(text) <= 200 else f"{text[:200]}...") or "nothing"


def where(outcome: Outcome) -> str:
    """The order that it went wrong at."""
    return describe(outcome.log[-1]["order"]) if outcome.log else "the start"


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
        is_last = number == len(outcome.log)
        if order["cmd"] == "reset" and not is_last:
            continue
        if is_last:
            lines.append("    rect rgba(214, 40, 40, 0.18)")
        if order["cmd"] == "deliver":
            text = _plain(_message(order["message"]))
            lines.append(f"    k{order['from']}->>k{kernel}: {text}")
        else:
            lines.append(f"    Note over k{kernel}: {_plain(describe(order))}")
    lines.append(f"    Note over k0: {_plain(outcome.seen)}")
    right = (*outcome.right[:RIGHT_MAX], *outcome.earlier)
    lines += [f"    Note over k0: right would be {_plain(each)}" for each in right]
    return "\n".join([*lines, *(["    end"] if outcome.log else []), ""])


def _plain(text: str) -> str:
    """Without what Mermaid takes for its own."""
    return text.replace(";", ",").replace("#", "").replace(":", "")


def tell_sum(outcomes: Sequence[Outcome]) -> str:
    """How many of each."""
    counts = Counter(outcome.grade for outcome in outcomes)
    found = ", ".join(f"{counts[grade]} {grade}" for grade in Grade if counts[grade])
    return f"{found}." if is_judged(counts) else f"{found}: nothing was judged."


def is_judged(grades: Iterable[Grade]) -> bool:
    """Whether anything was judged: not where nothing is claimed of what was tried."""
    return any(grade is not Grade.UNSUPPORTED for grade in grades)


def to_data(hello: HelloReply, outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """All of it as plain data."""
    return {
        "format": "popcorn-conform",
        "version": VERSION,
        "implementation": msgspec.to_builtins(hello),
        "cases": [_to_data(outcome) for outcome in outcomes],
    }


def _to_data(o: Outcome) -> dict[str, Any]:
    found = {
        "id": o.case.id, "grade": str(o.grade), "seen": o.seen, "right": list(o.right),
        "earlier": list(o.earlier), "does": o.does, "cut": o.is_cut,
        "expects": o.case.expects, "why": o.case.why,
        "source": o.case.source, "seconds": o.seconds,
    }  # fmt: skip
    if o.seed is not None:
        found["seed"] = o.seed
    if o.grade in LEAVES:
        found |= {"at": where(o), "log": list(o.log), "came": o.came, "stderr": o.stderr}
    return found


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
            found = Xml.SubElement(case, tag, {"message": clean(o.seen), "type": str(o.grade)})
            found.text = tell_story(o)
    root = Xml.Element("testsuites")
    root.append(suite)
    Xml.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(root, "unicode") + "\n"


_JUNIT: Final = {
    Grade.FAILS: "failure", Grade.BROKEN: "error", Grade.UNDECIDED: "error",
    Grade.UNSUPPORTED: "skipped",
}  # fmt: skip
