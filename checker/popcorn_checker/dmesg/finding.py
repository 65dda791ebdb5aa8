"""Which kind a line is, found by its first words, or why it is none.

A line is looked up by what stands before its first bracket, and by the word after that. A few
patterns at most are then left to try, and for most lines one. The keys are not written down: they
are those of lines that the wordings print, for all that a wording leaves open.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from popcorn_checker.dmesg.fields import Value
from popcorn_checker.dmesg.kinds import KINDS
from popcorn_checker.dmesg.rows import Kind
from popcorn_checker.dmesg.wording import Miss, Wording, miss

_KEY: Final = re.compile(r"( *[^ \[0-9]*)(?:\[-?[0-9]+\])? ?([^ \[]*)")
_LENGTH_MAX: Final = 2_048
"""A kernel's line is at most 1,024 bytes long, its frame included; what is longer is none."""
_HEAD_MIN: Final = 4
"""With fewer letters, nothing begins like a kind."""

Key = tuple[str, str]
Rows = tuple[tuple[Kind, Wording], ...]


def get_key(text: str) -> Key:
    """The two words by which a line is looked up."""
    found = _KEY.match(text)
    assert found is not None, "the pattern takes everything, even nothing"
    return found[1], found[2]


def _keys_of(wording: Wording) -> set[Key]:
    """All keys under which a wording is looked up; an empty word stands for any."""
    keys = set()
    for lines in wording.samples():
        firsts, seconds = zip(*map(get_key, lines), strict=True)
        if len(set(firsts)) > 1:
            keys.add(("", ""))
        else:
            keys.add((firsts[0], seconds[0] if len(set(seconds)) == 1 else ""))
    return keys


_ROWS: Final = tuple(
    ((kind, wording), _keys_of(wording)) for kind in KINDS for wording in kind.wordings
)


def _index() -> dict[Key, Rows]:
    """The wordings to try for each key, its own and those that leave more open, in their order."""
    keys = {("", "")}.union(*(own for _, own in _ROWS))
    keys |= {(first, "") for first, _ in keys}
    return {
        key: tuple(row for row, own in _ROWS if own & {key, (key[0], ""), ("", "")}) for key in keys
    }


_INDEX: Final = _index()
_ANY: Final = _INDEX["", ""]

_GROUPS: Final[dict[str, Rows]] = {
    first: tuple(row for row, own in _ROWS if first in {each for each, _ in own})
    for first, _ in _INDEX
    if first
}
"""All wordings by their first word alone, to say what a line that is none of them lacks."""

_BEGINNINGS: Final = {
    head[:length]: kind
    for kind in reversed(KINDS)
    for wording in kind.wordings
    if isinstance(head := wording.parts[0], str)
    for length in range(_HEAD_MIN, len(head))
}
"""What lines begin with before their first field, cut off anywhere."""

_POPCORNS: Final = re.compile(
    "|".join(
        sorted({
            re.escape(head)
            for kind in KINDS
            for wording in kind.wordings
            if isinstance(head := wording.parts[0], str) and head.endswith("[")
        }, key=len, reverse=True)
    )
)
"""What lines begin with that name a task in a bracket: nothing but Popcorn prints these words."""


def find(text: str) -> tuple[Kind, dict[str, Value]] | None:
    """The kind of a line without its frame, and its fields; None if it is none."""
    if len(text) > _LENGTH_MAX:
        return None
    key = get_key(text)
    rows = _INDEX.get(key) or _INDEX.get((key[0], ""), _ANY)
    for kind, wording in rows:
        fields = wording.read(text)
        if fields is not None:
            return kind, fields
    return None


def explain(text: str) -> tuple[Kind | None, str]:
    """The kind that a line begins like, though it is none, and why it is not that.

    The kind is None if several are as near, and the reason is empty if the line begins like none.
    """
    if len(text) > _LENGTH_MAX:
        return None, ""
    rows = _GROUPS.get(get_key(text)[0], ())
    misses = [(kind, miss(wording, text)) for kind, wording in rows]
    told = [each for each in misses if each[1].told]
    if told:
        return _nearest(told)
    if len(text) >= _HEAD_MIN and text.strip() and any(each.cut for _, each in misses):
        return None, "cut off before it says what it is"
    if (kind := _BEGINNINGS.get(text)) is not None:
        return kind, "cut off in its first words"
    return None, ""


def find_popcorn(text: str) -> int | None:
    """Where in a line something stands that only Popcorn prints; None if nothing does.

    Cost: a search, and a lookup for each place that it finds.
    """
    if len(text) > _LENGTH_MAX:
        return None
    starts = (found.start() for found in _POPCORNS.finditer(text))
    return next((start for start in starts if find(text[start:])), None)


def begins_with_newline(text: str) -> bool:
    """Whether a line is of a format that begins with a newline, so that an empty one precedes."""
    found = find(text)
    return found is not None and any(wording.after_empty for wording in found[0].wordings)


def _nearest(misses: Sequence[tuple[Kind, Miss]]) -> tuple[Kind, str]:
    kind, best = max(misses, key=lambda each: each[1].reach)
    return kind, best.why
