"""Mutations that change nothing on a ground, found by one look at the right protocol's states.

A dropped guard makes a difference if in some reachable state it alone keeps an instance of its
action from being taken; a dropped update if in some reachable state it is taken and would leave
something else behind. Where neither ever is the case the mutant has the same states and the same
transitions, step by step, and need not be explored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from popcorn_checker.exploring import Exploration, Subject
from popcorn_checker.ground import Grounder, GroundUpdate, cases, inward
from popcorn_checker.vacuity import Question, condition_questions, guard_ways
from popcorn_model.language import Action
from popcorn_model.language import expr as e
from popcorn_model.language.simplify import conjoin, fold, negate
from popcorn_model.language.walk import single_updates

if TYPE_CHECKING:
    from popcorn_checker.explicit.search import Search


def find_idle(subject: Subject, found: Exploration, action: Action) -> frozenset[str]:
    """The ids of an action's mutations that change nothing in a complete exploration.

    None for an engine that keeps no states to look at. Raises: ScopeError when a formula is too
    large. Cost: at most one more look at every state.
    """
    if found.search is None:
        return frozenset()
    grounder = Grounder(subject.model, subject.scope)
    return _unanswered(found.search, tuple(difference_questions(grounder, action)))


def find_empty(subject: Subject, found: Exploration) -> frozenset[str]:
    """The properties, or conditions of them, that never ask for anything in an exploration.

    None for an engine that keeps no states to look at. Cost and errors as of `find_idle`.
    """
    if found.search is None:
        return frozenset()
    return _unanswered(found.search, tuple(condition_questions(subject.model, subject.scope)))


def _unanswered(search: Search, questions: Sequence[Question]) -> frozenset[str]:
    from popcorn_checker.explicit.sweep import unanswered

    return frozenset(q.id for q in unanswered(search, questions, lambda: None))


def difference_questions(grounder: Grounder, action: Action) -> Iterator[Question]:
    """For each guard and update of an action, when it matters that it is there."""
    for n, (_, ways) in enumerate(guard_ways(grounder, action), start=1):
        yield Question(f"{action.name}/guard{n}", "", ways)
    for n, update in enumerate(single_updates(action.updates), start=1):
        yield Question(
            f"{action.name}/update{n}", "", tuple(_update_ways(grounder, action, update))
        )


def _update_ways(grounder: Grounder, action: Action, update: e.Update) -> Iterator[e.Expr]:
    for values in grounder.instances(action.params):
        bindings = grounder.bindings(action.params, values)
        guards = tuple(grounder.expression(g, bindings) for g in action.guards)
        if e.NO in guards:
            continue
        for leaf in grounder.updates((update,), bindings, e.YES):
            yield from cases(inward(conjoin((*guards, leaf.test, _changes(leaf)))))


def _changes(leaf: GroundUpdate) -> e.Expr:
    """A store changes a cell unless it has the value; to send, take or spend always does."""
    match leaf.update:
        case e.Put(target, value, _):
            return negate(fold(e.Equal(e.TRUTH, target, value)))
    return e.YES
