"""What a claim comes to in SMT-LIB: a system of named pieces, and scripts made of them.

The *system* is one text: declarations, what is known of the sorts, the start, the lemmas, the
safety properties and, for each action, its parameters, its guards and the next value of every
variable that it changes. An obligation is a script of some of these pieces and nothing else, so
that a reader who knows only this convention can see what has been proved from what:

* ``start/L``: the start implies lemma L.
* ``A/L``: the lemmas and the guards of action A imply L after A: the piece L with every symbol
  that A changes, ``s``, replaced by the one that A defines, ``s!``.
* ``A/meaning``: the lemmas and the other guards of A imply its guard ``meaning``, which says that
  A takes from no empty queue; only where there is such a guard.
* ``safety/P``: the lemmas imply property P.

Each script asserts the negation of its goal, so that *unsat* means proved. Where a claim rests on
another one, the lemmas of that claim are *known*: a script may assume them as it does the lemmas.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

START: Final = "start"
SAFETY: Final = "safety"
MEANING: Final = "meaning"
SEED: Final = 0

_TOKEN: Final = re.compile(r"\|[^|]*\||[^\s()|]+")


@dataclass(frozen=True)
class Step:
    """One action: its constants, its guards by name, and the next values that it defines.

    ``constants`` are declarations. ``next`` maps a symbol to a definition, or a declaration, of
    the symbol with an exclamation mark behind it; what has none does not change. The ``guards``
    also say what holds of the symbols that are only declared.
    """

    constants: tuple[str, ...]
    guards: Mapping[str, str]
    next: Mapping[str, str]


@dataclass(frozen=True)
class System:
    """All the pieces of one claim. Formulas go by name."""

    claim: str
    logic: str
    declarations: tuple[str, ...]
    axioms: Mapping[str, str]
    start: Mapping[str, str]
    lemmas: Mapping[str, str]
    safety: Mapping[str, str]
    steps: Mapping[str, Step]
    known: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """The system as one script that only declares, each piece under a heading."""
        lines = [*_head(self, self.claim), *self.declarations]
        for title, formulas in (
            ("axiom", self.axioms), (START, self.start), ("known", self.known),
            ("lemma", self.lemmas), (SAFETY, self.safety),
        ):  # fmt: skip
            for name, formula in formulas.items():
                lines += [_section(title, name), _assert(formula, f"{title}:{name}")]
        for name, step in self.steps.items():
            lines += [_section("action", name), *step.constants, *step.next.values()]
            lines += [_assert(g, f"guard:{n}") for n, g in step.guards.items()]
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, order=True)
class Obligation:
    """One thing to prove: ``from_`` is an action, `START` or `SAFETY`; ``goal`` a property."""

    from_: str
    goal: str

    @property
    def id(self) -> str:
        """How it is named in tables and on the command line."""
        return f"{self.from_}/{self.goal}"

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.from_}.{self.goal}.smt2"


def obligations(system: System) -> Iterator[Obligation]:
    """Everything that has to be proved for the claim, in a stable order."""
    for goal in system.lemmas:
        yield Obligation(START, goal)
    for action, step in system.steps.items():
        for goal in (*system.lemmas, *([MEANING] if MEANING in step.guards else [])):
            yield Obligation(action, goal)
    for goal in system.safety:
        yield Obligation(SAFETY, goal)


def script(
    system: System, asked: Obligation, by: Collection[str] | None = None
) -> str:
    """The SMT-LIB script of one obligation; it ends with ``check-sat`` and ``exit``.

    With ``by`` it assumes no lemmas but these.
    """
    lines = [*_head(system, f"{system.claim}: {asked.id}", "unsat"), *system.declarations]
    lines += [_assert(f, f"axiom:{n}") for n, f in system.axioms.items()]
    if asked.from_ == START:
        lines += [_assert(f, f"start:{n}") for n, f in system.start.items()]
    else:
        assumed = (("known", system.known), ("lemma", system.lemmas))
        lines += [
            _assert(f, f"{title}:{n}") for title, pieces in assumed for n, f in pieces.items()
            if by is None or n in by
        ]  # fmt: skip
    if asked.from_ in (START, SAFETY):
        goal = (system.safety if asked.from_ == SAFETY else system.lemmas)[asked.goal]
    else:
        step = system.steps[asked.from_]
        meant = asked.goal == MEANING
        goal = step.guards[MEANING] if meant else after(system.lemmas[asked.goal], step.next)
        lines += [*step.constants, *step.next.values()]
        guards = {n: f for n, f in step.guards.items() if not (meant and n == MEANING)}
        lines += [_assert(f, f"guard:{n}") for n, f in guards.items()]
    lines += [_assert(f"(not {goal})", f"goal:{asked.goal}"), "(check-sat)", "(exit)"]
    return "\n".join(lines) + "\n"


def after(formula: str, changed: Mapping[str, str]) -> str:
    """The formula about the next state: symbols that change get an exclamation mark."""

    def primed(match: re.Match[str]) -> str:
        return f"{match[0]}!" if match[0] in changed else match[0]

    return _TOKEN.sub(primed, formula)


def _head(system: System, source: str, status: str | None = None) -> Iterator[str]:
    yield "(set-info :smt-lib-version 2.6)"
    yield f"(set-option :random-seed {SEED})"
    yield f"(set-info :source |{source}|)"
    if status is not None:
        yield f"(set-info :status {status})"
    yield f"(set-logic {system.logic})"


def _section(title: str, name: str) -> str:
    return f"(set-info :section |{title} {name}|)"


def _assert(formula: str, name: str) -> str:
    return f"(assert (! {formula} :named |{name}|))"
