"""Small logs written by hand, one short row a line, and what the validator says of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from popcorn_checker.validating.case import Plan
from popcorn_checker.validating.validator import Outcome, Validator

KERNELS: Final = 3

VISIT: Final = (
    "0 exec thread=1 kernel=0 areas=[[7,8,'write']]",
    "0 run thread=1 kernel=0",
    "0 stop thread=1 kernel=0 call=fault pages=[[7,'write']]",
    "0 take thread=1 kernel=0 page=7",
    "0 grant thread=1 kernel=0",
    "0 step thread=1 kernel=0",
    "0 finish thread=1 kernel=0",
    "0 stop thread=1 kernel=0 call=migrate pages=[] goal=1",
    "0 pass thread=1 kernel=0 goal=1",
    "1 run thread=1 kernel=1",
    "1 stop thread=1 kernel=1 call=fault pages=[[7,'write']]",
    "0 take thread=1 kernel=1 page=7",
    "0 give page=7 kernel=0",
    "0 way thread=1 kernel=0 page=7",
    "0 grant thread=1 kernel=1",
    "1 step thread=1 kernel=1",
    "0 finish thread=1 kernel=1",
    "1 stop thread=1 kernel=1 call=migrate pages=[] goal=0",
    "0 pass thread=1 kernel=1 goal=0",
    "0 run thread=1 kernel=0",
    "0 stop thread=1 kernel=0 call=fault pages=[[7,'write']]",
    "0 take thread=1 kernel=0 page=7",
    "1 give page=7 kernel=1",
    "0 way thread=1 kernel=1 page=7",
    "0 grant thread=1 kernel=0",
    "0 step thread=1 kernel=0",
    "0 finish thread=1 kernel=0",
)
"""A thread writes to a page, goes to another kernel, writes there, comes back, and writes again."""


def make_line(row: str) -> dict[str, Any]:
    """A row as the object that a log has: who says what, then names and values."""
    at, event, *fields = row.split()
    line: dict[str, Any] = {"at": int(at), "event": event, "process": 1}
    for field in fields:
        name, value = field.split("=")
        line[name] = _read(value.replace("'", '"'))
    return line


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def make_log(rows: Sequence[str]) -> list[str]:
    """The lines of a file."""
    return [json.dumps(make_line(row)) for row in rows]


def hold(rows: Sequence[str], is_complete: bool = True) -> tuple[Validator, Outcome]:
    """What is said of rows, fed one by one."""
    validator = Validator(Plan(KERNELS, is_complete, keeps_past=True))
    for row in rows:
        validator.feed(make_line(row))
    return validator, validator.finish()


def without(rows: Sequence[str], number: int) -> list[str]:
    """Rows but for one, counted from 1."""
    return [*rows[: number - 1], *rows[number:]]


def with_row(rows: Sequence[str], number: int, row: str) -> list[str]:
    """Rows with another one in the place of one, counted from 1."""
    return [*rows[: number - 1], row, *rows[number:]]


def swapped(rows: Sequence[str], number: int) -> list[str]:
    """Rows of which one has changed places with the next, counted from 1."""
    return [*rows[: number - 1], rows[number], rows[number - 1], *rows[number + 1 :]]
