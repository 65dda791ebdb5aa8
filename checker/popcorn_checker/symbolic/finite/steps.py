"""The transition relation at a scope: what each instance of an action needs and does, as formulas.

Each ground rule has a *chooser*, a truth value that says that it is the step that is taken. From
it follow the rule's guards; each cell is what the chosen rule wrote, or what it was. What happens
to a queue is said once for all rules: whether its head leaves, and which items join it, in order.
A step that has no meaning, or that would overfill a queue, is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import z3

from popcorn_checker.ground import Grounder, GroundRule
from popcorn_checker.symbolic.finite.bits import Bits, Index, Moment, QueueBits
from popcorn_checker.symbolic.finite.translate import FiniteTerms
from popcorn_checker.symbolic.finite.updates import Arrival, Writes, gather
from popcorn_model.language import expr as e


@dataclass(frozen=True)
class Relation:
    """Every step from one moment to the next.

    ``choosers[n]`` belongs to ``rules[n]``, and exactly one of them is true. ``helpers`` are
    variables that the formulas define. ``possible[n]`` is when the rule can be taken; ``faulty[n]``
    when its guards hold and it has no meaning, which is no step.
    """

    bits: Bits
    rules: tuple[GroundRule, ...]
    now: Moment
    then: Moment
    choosers: tuple[z3.BoolRef, ...]
    helpers: tuple[z3.ExprRef, ...]
    formulas: tuple[z3.BoolRef, ...]
    possible: tuple[z3.BoolRef, ...]
    faulty: tuple[z3.BoolRef, ...]
    terms: FiniteTerms = field(repr=False)


def relate(grounder: Grounder, rules: Sequence[GroundRule] | None = None) -> Relation:
    """The transition relation of a model at a scope. Cost: the ground rules and their updates."""
    return _Relating(grounder, tuple(grounder.rules() if rules is None else rules)).relation()


@dataclass
class _Queue:
    """What the rules do to one queue."""

    pops: list[z3.BoolRef] = field(default_factory=list)
    arrivals: list[list[Arrival]] = field(default_factory=list)


class _Relating:
    """Builds a relation rule by rule."""

    def __init__(self, grounder: Grounder, rules: tuple[GroundRule, ...]) -> None:
        self.model = grounder.model
        self.bits = Bits(grounder.model, grounder.scope)
        self.rules = rules
        self.now, self.then = self.bits.moment(""), self.bits.moment("'")
        self.terms = FiniteTerms(self.bits, self.now)
        self.choosers = tuple(z3.Bool(f"take{n}") for n in range(len(rules)))
        self.helpers: list[z3.ExprRef] = []
        self.formulas: list[z3.BoolRef] = []
        self.writes: dict[tuple[object, Index], list[tuple[z3.BoolRef, z3.ExprRef]]] = {}
        self.queues: dict[tuple[object, Index], _Queue] = {}
        self.possible: list[z3.BoolRef] = []
        self.faulty: list[z3.BoolRef] = []

    def relation(self) -> Relation:
        """Everything, rule by rule and then cell by cell."""
        for chooser, rule in zip(self.choosers, self.rules, strict=True):
            self._rule(chooser, rule)
        self.formulas.append(z3.Or(self.choosers) if self.choosers else z3.BoolVal(False))
        self.formulas += self._at_most_one()
        for place, cell in self.now.cells.items():
            self._cell(self.then.cells[place], cell, self.writes.get(place, []))
        for place, queue in self.now.queues.items():
            self._queue(place, queue)
        return Relation(
            bits=self.bits,
            rules=self.rules,
            now=self.now,
            then=self.then,
            choosers=self.choosers,
            helpers=tuple(self.helpers),
            formulas=tuple(self.formulas),
            possible=tuple(self.possible),
            faulty=tuple(self.faulty),
            terms=self.terms,
        )

    # --- rules -------------------------------------------------------------------------------

    def _rule(self, chooser: z3.BoolRef, rule: GroundRule) -> None:
        terms = self.terms
        guard = terms.conjunction([terms.of(g) for g in rule.guards])
        found: Writes = gather(terms, rule.updates)
        self.possible.append(terms.conjunction((guard, *found.needs, terms.negation(found.fault))))
        self.faulty.append(terms.conjunction((guard, found.fault)))
        self.formulas.append(z3.Implies(chooser, self.possible[-1]))
        for place, test, value in found.cells:
            self.writes.setdefault(place, []).append((_both(chooser, test), value))
        for place, test in found.pops:
            self.queues.setdefault(place, _Queue()).pops.append(_both(chooser, test))
        for place, arriving in found.arrivals.items():
            queue = self.queues.setdefault(place, _Queue())
            for number, arrival in enumerate(arriving):
                if number == len(queue.arrivals):
                    queue.arrivals.append([])
                chosen = Arrival(_both(chooser, arrival.test), arrival.item)
                queue.arrivals[number].append(chosen)

    def _at_most_one(self) -> Iterator[z3.BoolRef]:
        """No two choosers, said with few clauses: they stand in a square, and no two columns or
        rows of it are in use."""
        many = len(self.choosers)
        side = max(1, round(many**0.5))
        rows = [self._helper(z3.Bool(f"row{i}")) for i in range(-(-many // side))]
        columns = [self._helper(z3.Bool(f"column{i}")) for i in range(side)]
        for n, chooser in enumerate(self.choosers):
            yield z3.Implies(chooser, z3.And(rows[n // side], columns[n % side]))
        for line in (rows, columns):
            for i, one in enumerate(line):
                for other in line[:i]:
                    yield z3.Or(z3.Not(one), z3.Not(other))

    def _helper(self, term: z3.ExprRef) -> z3.ExprRef:
        self.helpers.append(term)
        return term

    # --- cells -------------------------------------------------------------------------------

    def _cell(
        self, after: z3.ExprRef, before: z3.ExprRef, writes: list[tuple[z3.BoolRef, z3.ExprRef]]
    ) -> None:
        """What a rule wrote, or what it was."""
        by_value: dict[int, tuple[z3.ExprRef, list[z3.BoolRef]]] = {}
        for test, value in writes:
            by_value.setdefault(value.get_id(), (value, []))[1].append(test)
        for value, tests in by_value.values():
            same = self.terms.equal(after, value)
            self.formulas.append(z3.Implies(self.terms.disjunction(tests), same))
        anything = self.terms.disjunction([test for test, _ in writes])
        self.formulas.append(z3.Or(anything, after == before))

    # --- queues ------------------------------------------------------------------------------

    def _queue(self, place: tuple[object, Index], before: QueueBits) -> None:
        """The head leaves, then items join, one after the other."""
        done = self.queues.get(place, _Queue())
        after = self.then.queues[place]
        if not before.taken:
            return
        family, index = place
        assert isinstance(family, e.QueueInfo)
        name = ".".join((family.name, *map(str, index)))
        queue = before
        if done.pops:
            leaves = self._named(f"{name}.leaves", done.pops)
            queue = _shifted(before, leaves)
        for number, arrivals in enumerate(done.arrivals):
            joins = self._named(f"{name}.joins{number}", [a.test for a in arrivals])
            item = self._helper(z3.BitVec(f"{name}.item{number}", before.slots[0].size()))
            for arrival in arrivals:
                self.formulas.append(z3.Implies(arrival.test, item == arrival.item))
            queue = _joined(queue, joins, item)
        for new, old in zip(
            (*after.taken, *after.slots), (*queue.taken, *queue.slots), strict=True
        ):
            self.formulas.append(new == old)

    def _named(self, name: str, tests: list[z3.BoolRef]) -> z3.BoolRef:
        helper = self._helper(z3.Bool(name))
        self.formulas.append(helper == self.terms.disjunction(tests))
        return helper


def _both(chooser: z3.BoolRef, test: z3.BoolRef) -> z3.BoolRef:
    return chooser if z3.is_true(test) else z3.And(chooser, test)


def _shifted(queue: QueueBits, leaves: z3.BoolRef) -> QueueBits:
    """The queue without its head, if that leaves."""
    nothing = z3.BitVecVal(0, queue.slots[0].size())
    taken = zip(queue.taken, (*queue.taken[1:], z3.BoolVal(False)), strict=True)
    slots = zip(queue.slots, (*queue.slots[1:], nothing), strict=True)
    return QueueBits(
        tuple(z3.If(leaves, after, here) for here, after in taken),
        tuple(z3.If(leaves, after, here) for here, after in slots),
    )


def _joined(queue: QueueBits, joins: z3.BoolRef, item: z3.BitVecRef) -> QueueBits:
    """The queue with an item more in its first free slot, if one joins."""
    before = (z3.BoolVal(True), *queue.taken[:-1])
    here = [
        z3.And(joins, z3.Not(taken)) if i == 0 else z3.And(joins, z3.Not(taken), before[i])
        for i, taken in enumerate(queue.taken)
    ]
    return QueueBits(
        tuple(z3.Or(taken, arrives) for taken, arrives in zip(queue.taken, here, strict=True)),
        tuple(z3.If(arrives, item, slot)
              for slot, arrives in zip(queue.slots, here, strict=True)),
    )  # fmt: skip


