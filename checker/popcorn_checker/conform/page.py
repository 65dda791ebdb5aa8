"""A page of all cases: a row for each, and a column for each implementation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape as escape_text
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from popcorn_checker.conform.report import RIGHT_MAX, tell_said
from popcorn_checker.conform.running import SAYS
from popcorn_checker.conform.wire import clean
from popcorn_checker.errors import UsageError

Results = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Index: names of implementations, then ids of cases; values as `report.to_data` has them."""


class _Said(msgspec.Struct):
    """An order, and what was answered."""

    order: dict[str, Any]
    reply: dict[str, Any] | None


class _Case(msgspec.Struct):
    """What the page needs of a case."""

    id: str
    grade: str
    seen: str
    right: list[str]
    does: str
    expects: str
    why: str
    source: str
    earlier: list[str] = []
    at: str = ""
    log: list[_Said] = []
    came: str = ""
    stderr: str = ""


class _Named(msgspec.Struct):
    """What the page needs of an implementation."""

    name: str


class _Printed(msgspec.Struct):
    """What the page needs of what --json has printed."""

    format: Literal["popcorn-conform"]
    implementation: _Named
    cases: list[_Case]


def read_printed(option: str, path: Path) -> dict[str, Any]:
    """What --json has printed about an implementation.

    Raises: UsageError if it is not that, with the option that has named it.
    """
    try:
        found: dict[str, Any] = msgspec.json.decode(path.read_bytes())
        msgspec.convert(found, _Printed)
    except OSError as error:
        raise UsageError(f"{option} {path} cannot be read: {error.strerror or error}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(
            f"{option} {path} is not what popcorn-spec conform --json prints: {error}"
        ) from None
    return found


def side_by_side(found: Sequence[Mapping[str, Any]]) -> Results:
    """A column for each; implementations of the same name are numbered."""
    columns: dict[str, dict[str, Mapping[str, Any]]] = {}
    for each in found:
        name, number = str(each["implementation"]["name"]), 1
        while (column := name if number == 1 else f"{name} ({number})") in columns:
            number += 1
        columns[column] = {case["id"]: case for case in each["cases"]}
    return columns


_STYLE: Final = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
table { border-collapse: collapse } th, td { padding: .25rem .6rem; text-align: left }
th { position: sticky; top: 0; background: Canvas } tr { border-bottom: 1px solid #8884 }
.conforms { color: #1a7f37 } .non-strict { color: #9a6700 } .fails, .broken { color: #c62828 }
.unsupported, .undecided { color: #777 } details { margin: .2rem 0 } pre { white-space: pre-wrap }
:root { color-scheme: light dark }
"""


def to_page(results: Results) -> str:
    """A page with a row for each case and a column for each implementation."""
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


def escape(text: str) -> str:
    """Text as HTML has it, whoever has said it."""
    return escape_text(clean(text))


def _about(id_: str, results: Results) -> str:
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
    told = [*case["right"][:RIGHT_MAX], *case.get("earlier", ())]
    right = "".join(f"<p>right would be: {escape(each)}</p>" for each in told)
    return (
        f"<details><summary>{grade}</summary><p>{escape(case['seen'])}</p>{right}"
        f"{_where(case)}<pre>{escape(case['does'])}</pre>{_said(case)}</details>"
    )


def _where(case: Mapping[str, Any]) -> str:
    return f"<p>at: {escape(case['at'])}</p>" if case.get("at") else ""


def _said(case: Mapping[str, Any]) -> str:
    """All that was said, where a case leaves that, and the last of it on stderr."""
    if "log" not in case:
        return ""
    said = "\n".join(tell_said(case["log"], case.get("came", "")))
    stderr = "\n".join(case.get("stderr", "").splitlines()[-5:])
    last = f"<p>stderr:</p><pre>{escape(stderr)}</pre>" if stderr else ""
    return f"<details><summary>what was said</summary><pre>{escape(said)}</pre></details>{last}"
