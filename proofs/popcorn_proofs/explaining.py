"""Why an obligation fails: a smallest structure, whether it is reachable, what would exclude it.

A counterexample to induction is a state from which one step breaks a lemma. If the state can be
reached, the lemma is wrong, and so is the protocol if that lemma is a safety property. If it
cannot, a lemma is missing that excludes it; small state graphs know candidates.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from popcorn_checker.explain import words
from popcorn_checker.show.text import to_text
from popcorn_checker.trace import Trace
from popcorn_checker.tracing import make_step, readable
from popcorn_model.language import Property
from popcorn_model.language.prose import expression
from popcorn_proofs.atoms import widths
from popcorn_proofs.claim import Theory
from popcorn_proofs.mining import candidates, make_lemma, open_mines
from popcorn_proofs.population import Population, find_embedded, populate
from popcorn_proofs.script import MEANING, SAFETY, START, Obligation
from popcorn_proofs.structures import Finder, Structure

CANDIDATES_MAX: Final = 5


@dataclass
class Explainer:
    """Explains failed obligations of one theory; small state graphs are explored once."""

    theory: Theory
    told: Callable[[str], None]
    _populations: list[Population] = field(default_factory=list, repr=False)

    def explain(self, asked: Obligation) -> Structure | None:
        """Tell all there is to say about one failure. Cost: the probes of the claim."""
        structure = Finder(self.theory).find(asked, self.goal(asked), self.theory.lemmas)
        if structure is None:
            self.told("no structure of a few members shows why")
            return None
        self.told(_facts(structure) + to_text(make_picture(structure, self.goal(asked))))
        if asked.from_ != START:
            self._place(structure)
        return structure

    def goal(self, asked: Obligation) -> Property | None:
        """The property that an obligation is about; none for the meaning of an action."""
        listed = self.theory.safety if asked.from_ == SAFETY else self.theory.lemmas
        return next((p for p in listed if p.name == asked.goal), None)

    def _place(self, structure: Structure) -> None:
        """Say whether the state can be reached, and what would exclude it if not."""
        looked, goal = [], structure.obligation.goal
        for population in self.populations():
            where, states = population.sizes, population.found.states
            number, failing = find_embedded(population, structure), population.failing(goal)
            if number is not None:
                self._show(population, number, f"The state is reachable in {{}} steps at {where}: "
                           f"{self._verdict(structure)}")  # fmt: skip
                return
            if failing is not None:
                told = f"The state is not reachable at {where}, but one in which {goal} fails is, "
                self._show(population, failing,
                           f"{told}in {{}} steps: {self._verdict(structure)}")  # fmt: skip
                return
            whole = "" if population.complete else ", as far as it was explored"
            looked.append(f"{where} ({states:,} states{whole})")
        if not looked:
            self.told("No scope is listed at which to ask whether the state is reachable.")
            return
        self.told(f"The state is not reachable at {'; '.join(looked)}: a lemma is missing.\n")
        self._candidates(structure)

    def _show(self, population: Population, number: int, sentence: str) -> None:
        run = population.run_to(number)
        self.told(f"{sentence.format(run.length)}\n\n{to_text(run)}")

    def _verdict(self, structure: Structure) -> str:
        goal = structure.obligation.goal
        if goal in self.theory.claim.safety or structure.obligation.from_ == SAFETY:
            return "the protocol is wrong."
        return f"the protocol is wrong, or else the lemma {goal} is."

    def _candidates(self, structure: Structure) -> None:
        whole = [p for p in self.populations() if p.complete]
        if not whole:
            return
        mines = open_mines(self.theory, widths(self.theory), whole)
        found = []
        for cube in candidates(mines, structure):
            found.append(expression(make_lemma(cube, "candidate").body))
            if len(found) == CANDIDATES_MAX:
                break
        if found:
            self.told("Candidates, each of which holds in all those states and excludes it:")
            self.told("".join(f"    {text}\n" for text in found))
        else:
            self.told("No candidate of a few literals excludes it.\n")

    def populations(self) -> Iterator[Population]:
        """The small state graphs, each explored when first needed, up to one that is too large."""
        for number, scope in enumerate(self.theory.claim.probes):
            if number == len(self._populations):
                self._populations.append(populate(self.theory, scope))
            yield self._populations[number]
            if not self._populations[number].complete:
                return


def _facts(structure: Structure) -> str:
    """The cells of the state that are not as at the start."""
    evaluator = structure.evaluator
    plain = readable(evaluator, evaluator.initial())
    cells = readable(evaluator, structure.state)
    odd = [f"{name} = {words(value)}" for name, value in cells.items() if value != plain[name]]
    sizes = ", ".join(f"{n} {name}" for name, n in structure.sizes.items())
    told = textwrap.fill("; ".join(odd) or "nothing", 92, break_on_hyphens=False)
    told = textwrap.indent(told, "    ")
    return f"\nWith {sizes}, and in this state (the rest is as at the start):\n{told}\n\n"


def make_picture(structure: Structure, goal: Property | None) -> Trace:
    """The structure as a trace of one step, or none; its first state is no start."""
    evaluator, theory = structure.evaluator, structure.theory
    model, scope = theory.model, evaluator.scope
    states, steps = [readable(evaluator, structure.state)], []
    if structure.firing is not None and structure.after is not None:
        action = model.action(structure.firing.action)
        steps.append(make_step(evaluator, structure.state, action, structure.firing))
        states.append(readable(evaluator, structure.after))
    view = model.view
    asked = structure.obligation
    return Trace(
        protocol=model.protocol,
        variant=model.variant,
        scope={f"{n.lower()}s": v for n, v in structure.sizes.items()},
        settings={},
        states=tuple(states),
        steps=tuple(steps),
        sorts={s.name: scope.members(s) for s in theory.members},
        property=asked.goal,
        property_doc=goal.doc if goal is not None else "",
        reason=_reason(asked),
        lanes=view.lanes.info.name if view else "",
        tokens="",
    )


def _reason(asked: Obligation) -> str:
    if asked.from_ == START:
        return f"{asked.goal} does not hold at the start."
    if asked.from_ == SAFETY:
        return f"All lemmas hold here, and {asked.goal} does not."
    if asked.goal == MEANING:
        return f"All lemmas hold here, and {asked.from_} takes from an empty queue."
    return f"All lemmas hold before {asked.from_}, and {asked.goal} does not after it."
