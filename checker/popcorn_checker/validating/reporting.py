"""What a validation has found, for people and as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from popcorn_checker.validating.diagnosing import Diagnosis, Repair
from popcorn_checker.validating.observing import Entry
from popcorn_checker.validating.validator import Duty, Outcome, Validator

DUTIES_SHOWN: Final = 20
CORE_SHOWN: Final = 12
_LEFT_OUT: Final = ("n", "process", "arguments")


def to_text(validator: Validator, outcome: Outcome, names: str) -> str:
    """The outcome in some lines."""
    return "\n".join(_lines(validator, outcome, names)) + "\n"


def _lines(validator: Validator, outcome: Outcome, names: str) -> Iterator[str]:
    plan = validator.plan
    assumed = (
        "no line is missing" if plan.is_complete
        else f"lines may be missing, up to {plan.silent} steps in a row"
    )  # fmt: skip
    yield f"{names}: {to_verdict(outcome)}."
    yield f"  lines            {outcome.lines}, of {_count(len(validator.cases), 'process')}"
    yield f"  assumed          {assumed}"
    if not plan.is_complete and any(not each.is_whole for each in validator.begins.values()):
        yield (
            "  beginning        not in the log; taken to be as the first lines about each thread "
            "and page say"
        )
    for place in outcome.cut:
        yield f"  left out         {place}, in the middle of which its file ends"
    yield from tell_end(outcome)


def to_verdict(outcome: Outcome) -> str:
    """What became of a log, in a word or two."""
    if outcome.is_explained:
        return "explained"
    return "not explained" if outcome.is_decided else "not decided"


def tell_end(outcome: Outcome) -> Iterator[str]:
    """What is open at the end; or what is wrong; or how far the search has come."""
    if outcome.is_explained:
        yield from _tell_explained(outcome)
    elif outcome.diagnosis is not None:
        if outcome.doubt:
            yield f"  because          {outcome.doubt}"
        yield from _tell_diagnosis(outcome.diagnosis)
    else:
        yield f"  explained till   {outcome.reached or 'nothing yet'}"
        yield f"  because          {_why(outcome)}"
        if outcome.if_complete is not None:
            yield from _tell_if_complete(outcome.if_complete)


def _why(outcome: Outcome) -> str:
    if outcome.is_over:
        return "the time of --budget is over"
    return "more orders of the lines, or more missing lines, are possible than are tried"


def _tell_if_complete(found: Diagnosis) -> Iterator[str]:
    yield "  if none is missing, which --complete says:"
    yield f"    first wrong line {found.entry}: {show_entry(found.entry)}"
    if found.repair is not None:
        yield f"    likeliest repair {_show_repair(found.repair)}"


def _tell_explained(outcome: Outcome) -> Iterator[str]:
    yield f"  silent steps     {outcome.silent}"
    if outcome.reordered:
        yield f"  order            {_count(outcome.reordered, 'line')} came earlier than in the log"
    if not outcome.duties:
        yield "  open at the end  nothing"
        return
    yield f"  open at the end  {len(outcome.duties)}:"
    for duty in outcome.duties[:DUTIES_SHOWN]:
        since = f"since {show_since(duty)}"
        yield f"    {since}: {duty.what}: {duty.cell}"
    if len(outcome.duties) > DUTIES_SHOWN:
        yield f"    and {len(outcome.duties) - DUTIES_SHOWN} more"


def show_since(duty: Duty) -> str:
    """The line since which something is open."""
    if not duty.since:
        return "before the first line"
    return f"{duty.source}:{duty.since}" if duty.source else f"line {duty.since}"


def _tell_diagnosis(found: Diagnosis) -> Iterator[str]:
    yield f"  first wrong line {found.entry}: {show_entry(found.entry)}"
    if found.reason:
        yield f"  because          {found.reason}"
    for number, state in enumerate(found.states, start=1):
        yield f"  state before it  {number} of {len(found.states)}:"
        yield from (f"    {cell}" for cell in state)
    yield "  legal there:"
    yield from (f"    {step}" for step in found.legal or ["nothing"])
    if found.core is None and not found.is_core_least:
        yield "  contradiction    not looked for: the time of --budget is over"
    elif found.core is None:
        yield "  contradiction    none, if lines may be missing"
    else:
        number = len(found.core)
        lines = "this line cannot" if number == 1 else f"these {number} lines cannot all"
        missing = f"if up to {found.core_missing} in a row are missing"
        yield f"  contradiction    {lines} be right, {missing}:"
        for entry in found.core[:CORE_SHOWN]:
            yield f"    {entry}: {show_entry(entry)}"
        if len(found.core) > CORE_SHOWN:
            yield f"    and {len(found.core) - CORE_SHOWN} more"
        if not found.is_core_least:
            yield "    and some can be spared: the time, or what is tried, was over too early"
    if found.repair is None:
        yield "  likeliest repair none of a single line"
    else:
        yield f"  likeliest repair {_show_repair(found.repair)}"
        yield from (f"    or: {_show_repair(each)}" for each in found.others)


def _show_repair(repair: Repair) -> str:
    if repair.is_all:
        return f"{repair.text}; all lines that were tried after it are explained then"
    return f"{repair.text}; {_count(repair.explained, 'line')} from there are explained then"


def _count(number: int, what: str) -> str:
    plural = "processes" if what == "process" else f"{what}s"
    return f"{number} {what if number == 1 else plural}"


def show_entry(entry: Entry) -> str:
    """A line, shortly."""
    if entry.text:
        return entry.text.strip()
    said = {n: x for n, x in entry.content.items() if n not in _LEFT_OUT and x not in (None, [])}
    event = said.pop("event")
    at = said.pop("at")
    return f"kernel {at} says {event} {_names(said)}".rstrip()


def _names(said: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in said.items())


# --- as data -------------------------------------------------------------------------------------


def to_data(validator: Validator, outcome: Outcome) -> dict[str, Any]:
    """The outcome as plain data."""
    plan = validator.plan
    return {
        "processes": sorted(validator.cases),
        "assumed": {
            "complete": plan.is_complete,
            "missing_in_a_row": 0 if plan.is_complete else plan.silent,
        },
        **end_to_data(outcome),
    }


def end_to_data(outcome: Outcome) -> dict[str, Any]:
    """What became of a log as plain data."""
    data: dict[str, Any] = {
        "verdict": to_verdict(outcome),
        "lines": outcome.lines,
        "silent_steps": outcome.silent,
        "reordered_lines": outcome.reordered,
        "left_out": list(outcome.cut),
    }
    if outcome.is_explained:
        data["open"] = [
            {"process": each.process, "what": each.what, "cell": each.cell,
             "file": each.source or None, "since": each.since}
            for each in outcome.duties
        ]
    elif outcome.diagnosis is not None:
        data.update(_diagnosis_data(outcome.diagnosis))
        if outcome.doubt:
            data["undecided_because"] = outcome.doubt
    else:
        data["explained_till"] = outcome.reached
        data["reason"] = _why(outcome)
        if outcome.if_complete is not None:
            data["if_complete"] = _diagnosis_data(outcome.if_complete)
    return data


def _diagnosis_data(found: Diagnosis) -> dict[str, Any]:
    return {
        "line": _entry_data(found.entry),
        "reason": found.reason,
        "states": found.states,
        "legal": found.legal,
        "contradiction": None if found.core is None else [_entry_data(x) for x in found.core],
        "contradiction_is_least": found.is_core_least,
        "repair": None if found.repair is None else _repair_data(found.repair),
        "other_repairs": [_repair_data(each) for each in found.others],
    }


def _entry_data(entry: Entry) -> dict[str, Any]:
    says = entry.text or dict(entry.content)
    return {"file": entry.source, "line": entry.place, "says": says}


def _repair_data(repair: Repair) -> dict[str, Any]:
    return {
        "kind": repair.kind, "file": repair.entry.source, "line": repair.entry.place,
        "field": repair.name or None, "value": repair.value, "text": repair.text,
        "explained": repair.explained,
    }  # fmt: skip
