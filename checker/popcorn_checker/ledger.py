"""Drawing the vacuity ledger: what a complete exploration never exercised.

An action that never fires leaves the verdict unknown, since all that follows from it is unknown.
A guard that never mattered and a condition that never held are noted with their number: at a small
scope there always are some, and a verdict that is unknown at every small scope would say nothing.
The strict ledger makes them doubts too. A row that somebody gave a reason for is neither.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Final

from popcorn_checker.exploring import Exploration, Subject
from popcorn_checker.ground import Grounder
from popcorn_checker.patience import Patience
from popcorn_checker.scopes import Scope
from popcorn_checker.vacuity import Question, condition_questions, guard_questions
from popcorn_checker.verdict import Vacuity
from popcorn_model.language import Action
from popcorn_model.language import expr as e
from popcorn_model.language.carried import ever_possible

OFF, NOTE, STRICT = "off", "note", "strict"
LEDGERS: Final = (NOTE, STRICT, OFF)


def draw_actions(subject: Subject, found: Exploration, waivers: Mapping[str, str]) -> Vacuity:
    """Which actions never fired in a complete exploration, and which are not offered at all."""
    idle = [a for a in subject.model.actions if not found.fired.get(a.name)]
    absent = {a.name: why for a in idle if (why := _without_instance(subject, a))}
    beyond = _beyond(subject, absent.keys()) if idle else frozenset()
    late = {a.name: "what must come before it is not offered" for a in idle if a.name in beyond}
    unoffered = late | absent
    unfired = [a.name for a in idle if a.name not in unoffered]
    return Vacuity(
        unfired=tuple(name for name in unfired if name not in waivers),
        unoffered=unoffered,
        waived={name: waivers[name] for name in unfired if name in waivers},
    )


def _beyond(subject: Subject, absent: Collection[str]) -> frozenset[str]:
    """The actions that nothing leads to but such as the scope does not offer."""
    model = subject.model
    offered = tuple(a for a in model.actions if a.name not in absent)
    reached = ever_possible(model.states, model.queues, model.actions)
    return reached - ever_possible(model.states, model.queues, offered)


def _without_instance(subject: Subject, action: Action) -> str:
    """Why the scope has no instance of an action, or nothing if it has one."""
    spent = _nothing_left(action, subject.scope)
    if spent:
        return f"the scope has {spent}=0"
    grounder = Grounder(subject.model, subject.scope)
    for values in grounder.instances(action.params):
        bindings = grounder.bindings(action.params, values)
        if all(grounder.expression(g, bindings) != e.NO for g in action.guards):
            return ""
    return "no choice of members fits its guards"


def _nothing_left(action: Action, scope: Scope) -> str:
    """The budget without a unit that the action needs, or nothing."""
    for update in action.updates:
        if isinstance(update, e.Spend) and scope.entries[update.budget.name] == 0:
            return update.budget.name
    return ""


def draw_rest(
    vacuity: Vacuity, subject: Subject, found: Exploration, waivers: Mapping[str, str],
    patience: Patience,
) -> Vacuity:  # fmt: skip
    """The ledger with guards and conditions as well; guards of actions that fired only.

    Raises: ScopeError when a formula is too large; Impatience. Cost: at most one more look at
    every state of the exploration.
    """
    if found.search is None:
        return replace(vacuity, undrawn="that needs --engine explicit")
    from popcorn_checker.explicit.sweep import unanswered

    fired = {name for name, times in found.fired.items() if times}
    skip = {a.name for a in subject.model.actions} - fired
    guards = tuple(guard_questions(subject.model, subject.scope, skip))
    conditions = tuple(condition_questions(subject.model, subject.scope))
    idle = unanswered(found.search, guards, patience.pause)
    unmet = unanswered(found.search, conditions, patience.pause)
    waived = {q.id: waivers[q.id] for q in (*idle, *unmet) if q.id in waivers}
    return replace(
        vacuity,
        idle_guards=dict(_rows(idle, waived)),
        idle_antecedents=dict(_rows(unmet, waived)),
        waived={**vacuity.waived, **waived},
        guards=len(guards),
        antecedents=len(conditions),
    )


def _rows(questions: list[Question], waived: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((q.id, q.text) for q in questions if q.id not in waived)
