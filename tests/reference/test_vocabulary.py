"""The words of the protocol are those of the model, and whatever is written down has its row."""

from __future__ import annotations

from typing import Any, Final

import pytest

from popcorn_checker.journal.telling import TELLS
from popcorn_model.popcorn import sorts
from popcorn_model.vocabulary import EVENTS, MESSAGES, Access, Call, Kind, Parcel, Side
from popcorn_reference.outputs import Note
from support.joined.join import Join
from support.joined.walks import walk_many

NOT_SEEN: Final = {"stale"}
"""A parcel is stale if it is older than what was last written, which nobody can tell from it."""


def test_words_are_labels_of_the_model() -> None:
    assert [each.value for each in Access] == list(sorts.Access.info.labels)
    assert {each.value for each in Call} - {"system"} == set(sorts.Call.info.labels) - {"none"}
    parcels = set(sorts.Parcel.info.labels) - {"none"} - NOT_SEEN
    assert {each.value for each in Parcel} == parcels


def test_each_kind_of_message_has_one_row() -> None:
    assert [row.kind for row in MESSAGES] == list(Kind)
    to_origin = {row.kind for row in MESSAGES if row.sender is Side.KERNEL}
    assert to_origin == {Kind.CALL, Kind.GAVE, Kind.DONE, Kind.FAREWELL}


def test_each_event_is_told() -> None:
    assert {row.name for row in EVENTS} == set(TELLS)


@pytest.mark.rest  # about 11 s
def test_events_name_what_their_rows_say(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {row.name: set(row.names) for row in EVENTS}
    seen: dict[str, set[str]] = {}
    plain = Join.follow

    def follow(self: Join, notes: list[Note]) -> Any:
        for note in notes:
            seen.setdefault(note.event, set()).update(name for name, _ in note.names)
        return plain(self, notes)

    monkeypatch.setattr(Join, "follow", follow)
    walk_many(range(15), ((2, 2, 1), (3, 3, 2)))
    assert all(names <= rows[event] for event, names in seen.items())
    assert set(rows) - set(seen) == {"areas", "answer"}, "these are of system calls of Linux"
