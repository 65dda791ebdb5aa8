"""The words of the protocol ``popcorn``: what is sent, and what can be seen, as plain data.

Whoever implements the protocol needs these and nothing else of the model. They are written in the
standard library alone, and know neither the language of the model nor its actions; tests compare
them with the sorts and the states of the model.
"""

from popcorn_model.vocabulary.events import EVENTS, EventRow
from popcorn_model.vocabulary.messages import (
    MESSAGES,
    Access,
    Call,
    Field,
    Kind,
    MessageRow,
    Parcel,
    Side,
)

__all__ = [
    "EVENTS",
    "MESSAGES",
    "Access",
    "Call",
    "EventRow",
    "Field",
    "Kind",
    "MessageRow",
    "Parcel",
    "Side",
]
