"""The public language: everything a protocol file needs comes from here.

See ``docs/language.md`` for the tour and ``docs/tutorial.md`` for a first protocol.
"""

from popcorn_model.language.actions import (
    Action,
    Fair,
    Step,
    Tag,
    action,
    for_each,
    given,
    only,
    put,
    send,
    spend,
    take,
    when,
)
from popcorn_model.language.expr import ModelError
from popcorn_model.language.history import history
from popcorn_model.language.messages import Messages, kind
from popcorn_model.language.properties import (
    LeadsTo,
    Mood,
    Property,
    always,
    eventually,
    leads_to,
    sometimes,
)
from popcorn_model.language.protocol import Model, Part, Protocol, Variant, View
from popcorn_model.language.state import Budget, bounded_queue, queue, state
from popcorn_model.language.switches import Repair, Switch
from popcorn_model.language.terms import (
    FALSE,
    TRUE,
    Bool,
    Enumeration,
    Maybe,
    Natural,
    Number,
    Sort,
    Term,
    all_of,
    any_of,
    count,
    every,
    ite,
    label,
    maybe,
    nothing,
    some,
)
from popcorn_model.language.unbounded import ANY

API_VERSION = "1.1"
"""Version of this public language; a change that breaks a protocol file raises the first number."""

__all__ = [
    "ANY",
    "API_VERSION",
    "FALSE",
    "TRUE",
    "Action",
    "Bool",
    "Budget",
    "Enumeration",
    "Fair",
    "LeadsTo",
    "Maybe",
    "Messages",
    "Model",
    "ModelError",
    "Mood",
    "Natural",
    "Number",
    "Part",
    "Property",
    "Protocol",
    "Repair",
    "Sort",
    "Step",
    "Switch",
    "Tag",
    "Term",
    "Variant",
    "View",
    "action",
    "all_of",
    "always",
    "any_of",
    "bounded_queue",
    "count",
    "eventually",
    "every",
    "for_each",
    "given",
    "history",
    "ite",
    "kind",
    "label",
    "leads_to",
    "maybe",
    "nothing",
    "only",
    "put",
    "queue",
    "send",
    "some",
    "sometimes",
    "spend",
    "state",
    "take",
    "when",
]
