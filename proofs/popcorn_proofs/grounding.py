"""First-order formulas over sorts of a few members: quantifiers become conjunctions.

Solvers look for a finite model of quantified formulas for a long time where they find one of
formulas without quantifiers at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, product
from typing import Any

import z3


class World:
    """So many members of each uninterpreted sort, by the sort's name, as constants."""

    def __init__(self, sorts: Mapping[str, tuple[Any, int]]) -> None:
        """``sorts`` gives each sort and how many members it has."""
        self.members: dict[str, list[Any]] = {
            name: [z3.Const(f"{name}#{i}", sort) for i in range(count)]
            for name, (sort, count) in sorts.items()
        }
        self._known: dict[int, tuple[Any, Any]] = {}

    def distinct(self) -> Iterator[Any]:
        """The members of a sort differ."""
        for members in self.members.values():
            yield from (a != b for a, b in combinations(members, 2))

    def closed(self, function: Any) -> Iterator[Any]:
        """The values of a function are members of this world, and so is what they are made of."""
        domains = [self.members[function.domain(i).name()] for i in range(function.arity())]
        for args in product(*domains):
            yield from self._inside(function(*args))

    def _inside(self, term: Any) -> Iterator[Any]:
        sort = term.sort()
        if sort.name() in self.members:
            yield z3.Or([term == m for m in self.members[sort.name()]])
        elif sort.kind() == z3.Z3_DATATYPE_SORT:
            for i in range(sort.num_constructors()):
                for j in range(sort.constructor(i).arity()):
                    is_made_so = sort.recognizer(i)(term)
                    for fact in self._inside(sort.accessor(i, j)(term)):
                        yield z3.Implies(is_made_so, fact)

    def grounded(self, formula: Any) -> Any:
        """The formula without quantifiers. Cost: the product of the sorts of nested binders."""
        key = formula.get_id()
        if key not in self._known:
            self._known[key] = formula, self._grounded(formula)  # the formula keeps its number
        return self._known[key][1]

    def _grounded(self, formula: Any) -> Any:
        if z3.is_quantifier(formula):
            sorts = [formula.var_sort(i).name() for i in range(formula.num_vars())]
            choices = product(*(self.members[name] for name in sorts))
            bodies = (z3.substitute_vars(formula.body(), *reversed(c)) for c in choices)
            made = [self.grounded(z3.simplify(body)) for body in bodies]
            return z3.And(made) if formula.is_forall() else z3.Or(made)
        if not z3.is_app(formula) or not formula.num_args():
            return formula
        return formula.decl()(*map(self.grounded, formula.children()))
