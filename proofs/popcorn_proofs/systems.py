"""From a theory to its system: the model read over sorts of any size, printed piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import z3

from popcorn_checker.symbolic.anysize import AnySize, AnyStep, Definition, Moment
from popcorn_model.language import Action, Property
from popcorn_proofs.claim import Theory
from popcorn_proofs.script import MEANING, Step, System
from popcorn_proofs.smtlib import Symbols, formula, symbol

MARK: Final = "!"
LOGIC: Final = "ALL"


class Reader:
    """One theory over sorts of any size. Raises: NoReading where the language has no such form."""

    def __init__(self, theory: Theory) -> None:
        """The symbols of the state that a step starts from."""
        self.theory = theory
        self.reading = AnySize(theory.model)
        self.now = self.reading.moment()

    def system(self) -> System:
        """The whole claim as pieces of text. Cost: one formula for each piece."""
        theory = self.theory
        steps = {a.name: self.step(a) for a in theory.model.actions}
        lemmas, safety, known = (
            {p.name: self.property(p) for p in listed}
            for listed in (theory.lemmas, theory.safety, theory.known)
        )
        return System(
            claim=theory.claim.id,
            logic=LOGIC,
            declarations=tuple(self._declarations()),
            axioms=_numbered(self.reading.axioms(self.now)),
            start=_numbered(self.reading.initial(self.now)),
            lemmas=lemmas,
            safety=safety,
            steps=steps,
            known=known,
        )

    def property(self, prop: Property) -> str:
        """A lemma or a safety property of the state now."""
        return formula(self.reading.claim(prop, self.now))

    def step(self, action: Action) -> Step:
        """One action."""
        then = self.reading.moment(MARK, self.reading.changed_by(action), self.now)
        made = self.reading.step(action, self.now, then)
        defined = {d.function.name(): _definition(d) for d in made.definitions}
        later = {name: f for name, f in self._functions(then).items() if name.endswith(MARK)}
        declared = {n: _declaration(f) for n, f in later.items() if n not in defined}
        following = {n.removesuffix(MARK): text for n, text in {**declared, **defined}.items()}
        return Step(
            constants=tuple(map(_declaration, (*_declarations_of(made.params), *made.slots))),
            guards={n: formula(f) for n, f in self._guards(made, then)},
            next={n: following[n] for n in following},
        )

    def _guards(self, made: AnyStep, then: Moment) -> Iterator[tuple[str, Any]]:
        parts = made.guard.children() if z3.is_and(made.guard) else [made.guard]
        yield from ((str(n), f) for n, f in enumerate(parts, start=1) if not z3.is_true(f))
        if not z3.is_true(z3.simplify(made.meaning)):
            yield MEANING, made.meaning
        yield from ((f"choice{n}", f) for n, f in enumerate(made.choices, start=1))
        yield from ((f"effect{n}", f) for n, f in enumerate(made.relations, start=1))
        known = {f.get_id() for f in self.reading.axioms(self.now)}
        new = [f for f in self.reading.axioms(then) if f.get_id() not in known]
        yield from ((f"axiom{n}", f) for n, f in enumerate(new, start=1))

    # --- declarations ------------------------------------------------------------------------

    def _declarations(self) -> Iterator[str]:
        functions = self._functions(self.now)
        vocabulary = self.reading.vocabulary
        constants = {f.name(): f for f in vocabulary.constants()}
        symbols = Symbols()
        order = [vocabulary.before] if self.theory.model.queues else []
        for function in (*functions.values(), *constants.values(), *order):
            symbols.note(function)
        for sort in self.theory.members:
            symbols.note_sort(vocabulary.sort(sort))
        yield from symbols.sorts()
        for function in (*order, *constants.values(), *functions.values()):
            yield _declaration(function)

    @staticmethod
    def _functions(moment: Moment) -> dict[str, Any]:
        found = list(moment.cells.values())
        for queue in moment.queues.values():
            found += [queue.waits, queue.item, queue.head]
        return {f.name(): f for f in found}


def _numbered(formulas: Iterable[Any]) -> dict[str, str]:
    return {str(n): formula(f) for n, f in enumerate(formulas, start=1)}


def _declarations_of(constants: Iterable[Any]) -> Iterator[Any]:
    return (c.decl() for c in constants)


def _declaration(function: Any) -> str:
    sorts = " ".join(symbol(function.domain(i).name()) for i in range(function.arity()))
    return f"(declare-fun {symbol(function.name())} ({sorts}) {symbol(function.range().name())})"


def _definition(made: Definition) -> str:
    names = [f"x{n}" for n, _ in enumerate(made.variables, start=1)]
    pairs = list(zip(names, made.variables, strict=True))
    fresh = [(v, z3.Const(n, v.sort())) for n, v in pairs]
    body = z3.substitute(made.value, *fresh) if fresh else made.value
    listed = " ".join(f"({n} {symbol(v.sort().name())})" for n, v in pairs)
    name, range_ = symbol(made.function.name()), symbol(made.function.range().name())
    return f"(define-fun {name} ({listed}) {range_}\n  {formula(body)})"


