"""Which steps of the model the events of the reference are, as the checker tells them."""

from __future__ import annotations

from popcorn_checker.evaluate import Firing
from popcorn_checker.journal.telling import CALLS
from popcorn_checker.journal.telling import tell as tell_event
from popcorn_model.vocabulary import Call
from popcorn_reference.outputs import Note


def number_of(call: Call) -> int:
    """The label of a call, as states of the model have it."""
    return CALLS.index(call.value)


def tell(note: Note) -> list[Firing]:
    """The steps that an event is, in order; none for what the model does not follow."""
    return tell_event(note.event, {n: value for n, value in note.names if value is not None})
