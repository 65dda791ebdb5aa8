"""What an engine is to explore, in one call: a protocol as it is by default, or a model."""

from popcorn_checker.exploring import Subject
from popcorn_checker.scopes import make_scope
from popcorn_model.language import Model, Protocol


def configure(model: Model | Protocol) -> Model:
    """The default variant of a protocol; a model is what it is."""
    return model.configured() if isinstance(model, Protocol) else model


def at_scope(model: Model | Protocol, scope: str = "") -> Subject:
    """The default variant of a protocol, or a model, at a scope: its own one, if none is given."""
    made = configure(model)
    return Subject(made, make_scope(made, scope))
