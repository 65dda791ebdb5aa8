"""A vacuity ledger asks whether each guard matters and whether each condition ever holds.

A guard matters if in some reachable state it alone keeps some instance of its action from being
taken: it is false there and all other guards are true; budgets and full queues are left aside. A
guard that is a constant in every instance of the scope is not asked about. The condition of an
`always` is the premise of its implication, under whatever universal quantifiers; that of an
`eventually` is its trigger. The questions here are formulas, for any engine to answer.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from itertools import product

from popcorn_checker.ground import Grounder, cases, inward
from popcorn_checker.scopes import Scope
from popcorn_model.language import Action, Model, Mood, Property, prose
from popcorn_model.language import expr as e
from popcorn_model.language.simplify import conjoin, negate


@dataclass(frozen=True)
class Question:
    """Whether one of some formulas holds in some reachable state.

    ``id`` names a guard as mutations do, or a property; ``text`` is the guard or condition.
    """

    id: str
    text: str
    ways: tuple[e.Expr, ...]


def guard_questions(model: Model, scope: Scope, skip: Container[str]) -> Iterator[Question]:
    """For each guard, the formulas under which it matters; not of actions to ``skip``.

    Cost: the guards of every instance of every action, each as often as the action has guards.
    """
    grounder = Grounder(model, scope)
    for action in model.actions:
        if action.name not in skip:
            yield from _of_action(grounder, action)


def _of_action(grounder: Grounder, action: Action) -> Iterator[Question]:
    texts = prose.guard_lines(action)
    for n, (varies, ways) in enumerate(guard_ways(grounder, action)):
        if varies:
            yield Question(f"{action.name}/guard{n + 1}", texts[n], ways)


def guard_ways(
    grounder: Grounder, action: Action
) -> list[tuple[bool, tuple[e.Expr, ...]]]:
    """For each guard whether it is no constant, and the formulas under which it matters."""
    ways: list[list[e.Expr]] = [[] for _ in action.guards]
    varies = [False for _ in action.guards]
    for values in grounder.instances(action.params):
        bindings = grounder.bindings(action.params, values)
        guards = tuple(grounder.expression(g, bindings) for g in action.guards)
        false = [n for n, guard in enumerate(guards) if guard == e.NO]
        for n, guard in enumerate(guards):
            varies[n] = varies[n] or not isinstance(guard, e.Const)
            if false in ([], [n]):
                others = guards[:n] + guards[n + 1 :]
                made = (conjoin((*others, case)) for case in cases(inward(negate(guard))))
                ways[n] += [way for way in made if way != e.NO]
    return [(one, tuple(found)) for one, found in zip(varies, ways, strict=True)]


def condition_questions(model: Model, scope: Scope) -> Iterator[Question]:
    """For each property with a condition, its instances."""
    grounder = Grounder(model, scope)
    for prop in model.properties:
        found = list(conditions(prop))
        for n, (variables, condition) in enumerate(found, start=1):
            name = prop.name if len(found) == 1 else f"{prop.name}/condition{n}"
            params = (*prop.params, *variables)
            instances = (
                grounder.expression(condition, grounder.bindings(params, values))
                for values in product(*(range(scope.size(p.sort)) for p in params))
            )
            ways = tuple(case for formula in instances for case in cases(inward(formula)))
            yield Question(name, prose.expression(condition, {v: v.name for v in params}), ways)


def conditions(prop: Property) -> Iterator[tuple[tuple[e.Var, ...], e.Expr]]:
    """What must hold before a property asks for something, with the binders around it.

    A property without a condition has none; neither has one that only says *never*.
    """
    if prop.mood is Mood.EVENTUALLY and prop.trigger != e.YES:
        yield (), prop.trigger
    elif prop.mood is Mood.ALWAYS:
        yield from _premises(prop.body)


def _premises(node: e.Expr) -> Iterator[tuple[tuple[e.Var, ...], e.Expr]]:
    match node:
        case e.And(_, args):
            for arg in args:
                yield from _premises(arg)
        case e.Quantified(_, True, var, body):
            for variables, premise in _premises(body):
                yield (var, *variables), premise
        case e.Or(_, args):
            negated = [arg.arg for arg in args if isinstance(arg, e.Not)]
            if len(negated) == len(args):
                negated = negated[:1]  # a implies not b: the first is the premise
            if negated:
                yield (), conjoin(tuple(negated))
