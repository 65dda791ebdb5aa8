"""One action over sorts of any size: its guard, and what every function is afterwards.

A function of the state after a step is defined by cases from the state before it. Where an update
ranges over members (`for_each`) and its variable is an index of the cell that it writes, as it
nearly always is, the cell's own index takes the variable's place. Otherwise the cell is what some
member wrote to it, and a formula for all members says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, takewhile

import z3

from popcorn_checker.symbolic.anysize.translate import AnyTerms, variables_of
from popcorn_checker.symbolic.anysize.vocabulary import Moment, Vocabulary
from popcorn_checker.symbolic.terms import Environment
from popcorn_model.language import Action
from popcorn_model.language import expr as e
from popcorn_model.language.walk import flat_updates


@dataclass(frozen=True)
class Definition:
    """``function(*variables) == value``: a function of the state afterwards, where it is one."""

    function: z3.FuncDeclRef
    variables: tuple[z3.ExprRef, ...]
    value: z3.ExprRef

    @property
    def formula(self) -> z3.BoolRef:
        """The definition for all its variables."""
        applied = self.function(*self.variables) == self.value
        return z3.ForAll(list(self.variables), applied) if self.variables else applied


@dataclass(frozen=True)
class AnyStep:
    """One action between two moments.

    ``params`` are free constants, one for each parameter, and ``slots`` what the action chose for
    the items that it sends; ``guard`` is when the action may be taken, without what it must not
    meet: ``meaning`` fails where the step would take from an empty queue or make a number
    negative, which is an error of the model. ``choices`` say of the slots that they lie behind
    all that wait. ``definitions`` and ``relations`` together say what every family of state is
    afterwards, also those that the action leaves alone: of those, ``frame`` has the names.
    """

    action: Action
    params: tuple[z3.ExprRef, ...]
    slots: tuple[z3.FuncDeclRef, ...]
    guard: z3.BoolRef
    meaning: z3.BoolRef
    choices: tuple[z3.BoolRef, ...]
    definitions: tuple[Definition, ...]
    relations: tuple[z3.BoolRef, ...]
    frame: frozenset[str]

    @property
    def formulas(self) -> tuple[z3.BoolRef, ...]:
        """The whole step, as formulas that all hold."""
        effects = (d.formula for d in self.definitions)
        return (self.guard, self.meaning, *self.choices, *effects, *self.relations)

    @property
    def fault(self) -> z3.BoolRef:
        """The action may be taken and has no meaning: a claim that this never is, is a lemma."""
        return z3.And(self.guard, z3.Not(self.meaning))


@dataclass(frozen=True)
class _Write:
    """One write under its binders: when, where and what, all about the state before."""

    variables: tuple[z3.ExprRef, ...]
    test: z3.BoolRef
    index: tuple[z3.ExprRef, ...] = ()
    value: z3.ExprRef | None = None

    def at(self, index: list[z3.ExprRef]) -> _Write:
        """This write to the cell at an index, with the variables gone that the index decides."""
        pairs, left = [], list(self.variables)
        for mine, wanted in zip(self.index, index, strict=True):
            if any(mine.eq(v) for v in left):
                pairs.append((mine, wanted))
                left = [v for v in left if not mine.eq(v)]

        def put(term: z3.ExprRef) -> z3.ExprRef:
            return z3.substitute(term, *pairs) if pairs else term

        moved = [put(x) for x in self.index]
        meets = [a == b for a, b in zip(moved, index, strict=True) if not a.eq(b)]
        tests = [x for x in (*meets, put(self.test)) if not z3.is_true(x)]
        test = z3.And(tests) if len(tests) > 1 else tests[0] if tests else self.test
        return _Write(tuple(left), test, tuple(index), put(self.value))


@dataclass(frozen=True)
class _Sent:
    """An item that a step sends: the binders around it, its queue, and its slot."""

    queue: e.QueueInfo
    variables: tuple[z3.ExprRef, ...]
    index: tuple[z3.ExprRef, ...]
    slot: z3.FuncDeclRef


class _Gathered:
    """The leaf updates of one action, by the function that each writes."""

    def __init__(self, vocabulary: Vocabulary, terms: AnyTerms, name: str) -> None:
        """``name`` is the action's."""
        self.vocabulary, self.terms, self.name = vocabulary, terms, name
        self.puts: dict[e.StateInfo, list[_Write]] = {}
        self.waits: dict[e.QueueInfo, list[_Write]] = {}
        self.items: dict[e.QueueInfo, list[_Write]] = {}
        self.taken: dict[e.QueueInfo, list[_Write]] = {}
        self.sent: list[_Sent] = []
        self.meaning: list[z3.BoolRef] = []

    def gather(self, updates: tuple[e.Update, ...], env: Environment, around: _Write) -> None:
        """Note every leaf update with the binders and conditions around it."""
        terms = self.terms
        for update in updates:
            match update:
                case e.When(condition, inner, _):
                    test = terms.conjunction((around.test, terms.value(condition, env)))
                    self.gather(inner, env, _Write(around.variables, test))
                case e.Each(var, inner, _):
                    term = terms.bound(var)
                    test = terms.conjunction((around.test, terms.typed(var.sort, term)))
                    self.gather(inner, {**env, var: term},
                                _Write((*around.variables, term), test))  # fmt: skip
                case e.Put(target, value, _):
                    self._put(target, terms.value(value, env), env, around)
                case e.Push(ref, item, _):
                    self._push(ref, terms.value(item, env), env, around)
                case e.Pop(ref, _):
                    index = tuple(terms.values(ref.index, env))
                    self._must(around, terms.waiting(ref.queue, list(index)))
                    write = _Write(around.variables, around.test, index, terms.truth(False))
                    self.taken.setdefault(ref.queue, []).append(write)

    def _must(self, around: _Write, condition: z3.BoolRef) -> None:
        """Where the update happens, it has a meaning only under a condition."""
        if not z3.is_true(z3.simplify(condition)):
            said = self.terms.implies(around.test, condition)
            self.meaning.append(self.terms.for_all(list(around.variables), said))

    def _put(self, target: e.Read, value: z3.ExprRef, env: Environment, around: _Write) -> None:
        index = tuple(self.terms.values(target.index, env))
        write = _Write(around.variables, around.test, index, value)
        self.puts.setdefault(target.state, []).append(write)
        self._must(around, self.terms.typed(target.sort, value))

    def _push(self, ref: e.QueueRef, item: z3.ExprRef, env: Environment, around: _Write) -> None:
        """An item is sent: each member that sends it chooses a slot."""
        queue, variables = ref.queue, around.variables
        index = tuple(self.terms.values(ref.index, env))
        sorts = [v.sort() for v in variables]
        name = f"{self.name}.slot{len(self.sent) + 1}"
        slot = z3.Function(name, *sorts, self.vocabulary.slot)
        self.sent.append(_Sent(queue, variables, index, slot))
        where = (*index, slot(*variables))
        there = _Write(variables, around.test, where, self.terms.truth(True))
        self.waits.setdefault(queue, []).append(there)
        self.items.setdefault(queue, []).append(_Write(variables, around.test, where, item))

    # --- slots -------------------------------------------------------------------------------

    def choices(self) -> Iterator[z3.BoolRef]:
        """Slots lie behind all that wait, differ, and those of later sends behind earlier ones."""
        terms = self.terms
        for one in self.sent:
            waiting, chosen = terms.fresh_slot(), one.slot(*one.variables)
            behind = z3.Implies(
                terms.waits(one.queue, list(one.index), waiting),
                self.vocabulary.before(waiting, chosen),
            )
            yield terms.for_all([*one.variables, waiting], behind)
            if one.variables:
                yield self._apart(one, one, len(one.variables))
        for one, other in combinations(self.sent, 2):
            if one.queue is other.queue:
                yield from self._in_order(one, other)

    def _in_order(self, one: _Sent, other: _Sent) -> Iterator[z3.BoolRef]:
        pairs = zip(one.variables, other.variables, strict=False)
        common = sum(1 for _ in takewhile(lambda pair: pair[0].eq(pair[1]), pairs))
        variables = [*one.variables, *other.variables[common:]]
        ordered = self.vocabulary.before(one.slot(*one.variables), other.slot(*other.variables))
        yield self.terms.for_all(variables, ordered)
        if common:
            yield self._apart(one, other, common)

    def _apart(self, one: _Sent, other: _Sent, common: int) -> z3.BoolRef:
        """Members that differ in one of the common variables choose different slots."""
        others = [self.terms.fresh("other", v.sort()) for v in other.variables]
        pairs = list(zip(one.variables[:common], others, strict=False))
        differ = z3.Or([a != b for a, b in pairs])
        slots = one.slot(*one.variables) != other.slot(*others)
        return self.terms.for_all([*one.variables, *others], z3.Implies(differ, slots))


class Stepper:
    """Translates actions between two moments."""

    def __init__(self, vocabulary: Vocabulary, now: Moment, then: Moment) -> None:
        """Guards and values are read in ``now``."""
        self.vocabulary = vocabulary
        self.now, self.then = now, then
        self.terms = AnyTerms(vocabulary, now)

    @staticmethod
    def written(action: Action) -> frozenset[object]:
        """The families that an action may write."""
        found: set[object] = set()
        for update in flat_updates(action.updates):
            match update:
                case e.Put(target):
                    found.add(target.state)
                case e.Push(ref) | e.Pop(ref):
                    found.add(ref.queue)
        return frozenset(found)

    def step(self, action: Action) -> AnyStep:
        """One action. Raises: NoReading."""
        terms = self.terms
        params = tuple(
            z3.Const(f"{action.name}.{v.name}", self.vocabulary.sort(v.sort))
            for v in action.params
        )
        env = dict(zip(action.params, params, strict=True))
        typed = [terms.typed(v.sort, x) for v, x in env.items()]
        guard = terms.conjunction([*typed, *(terms.value(g, env) for g in action.guards)])
        gathered = _Gathered(self.vocabulary, terms, action.name)
        gathered.gather(action.updates, env, _Write((), terms.truth(True)))
        definitions: list[Definition] = []
        relations: list[z3.BoolRef] = []
        for effect in self._effects(gathered):
            (definitions if isinstance(effect, Definition) else relations).append(effect)
        families: tuple[e.StateInfo | e.QueueInfo, ...] = (*self.now.cells, *self.now.queues)
        written = self.written(action)
        return AnyStep(
            action=action,
            params=params,
            slots=tuple(one.slot for one in gathered.sent),
            guard=guard,
            meaning=terms.conjunction(gathered.meaning),
            choices=tuple(gathered.choices()),
            definitions=tuple(definitions),
            relations=tuple(relations),
            frame=frozenset(f.name for f in families if f not in written),
        )

    # --- what is so afterwards ---------------------------------------------------------------

    def _effects(self, gathered: _Gathered) -> Iterator[Definition | z3.BoolRef]:
        for state, before in self.now.cells.items():
            after, index = self.then.cells[state], variables_of(self.terms, state.index)
            if not before.eq(after):
                writes = gathered.puts.get(state, [])
                yield from self._written(after, index, before(*index), writes)
        for queue, old in self.now.queues.items():
            new = self.then.queues[queue]
            if old.waits.eq(new.waits):
                continue
            index = [*variables_of(self.terms, queue.index), self.terms.fresh_slot()]
            yield Definition(new.waits, tuple(index), self._waits(queue, index, gathered))
            items = gathered.items.get(queue, [])
            yield from self._written(new.item, index, old.item(*index), items)

    def _written(
        self, after: z3.FuncDeclRef, index: list[z3.ExprRef], value: z3.ExprRef,
        writes: list[_Write],
    ) -> Iterator[Definition | z3.BoolRef]:  # fmt: skip
        """A function afterwards, given the value that a cell had: by cases, if the index decides
        which write meets a cell; otherwise for every write, and for the cells that none meets."""
        terms, met, loose = self.terms, [], []
        for write in reversed(writes):
            here = write.at(index)
            if here.variables:
                loose.append(write)
                met.append(terms.exists(list(here.variables), here.test))
            else:
                value = terms.ite(here.test, here.value, value)
        if not loose:
            yield Definition(after, tuple(index), value)
            return
        for write in loose:
            said = terms.implies(write.test, after(*write.index) == write.value)
            yield terms.for_all(list(write.variables), said)
        same = z3.Or([*met, after(*index) == value])
        yield terms.for_all(index, same)

    def _waits(
        self, queue: e.QueueInfo, index: list[z3.ExprRef], gathered: _Gathered
    ) -> z3.BoolRef:
        """An item waits afterwards: it was sent, or it waited and was not taken."""
        terms, old, (*where, slot) = self.terms, self.now.queues[queue], index
        pops = [w.at(where) for w in gathered.taken.get(queue, [])]
        taken = terms.disjunction([terms.exists(list(w.variables), w.test) for w in pops])
        gone = terms.conjunction((taken, slot == old.head(*where)))
        stays = terms.conjunction((old.waits(*index), terms.negation(gone)))
        pushes = [w.at(index) for w in gathered.waits.get(queue, [])]
        joins = [terms.exists(list(w.variables), w.test) for w in pushes]
        return terms.disjunction([stays, *joins])
