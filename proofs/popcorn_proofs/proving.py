"""Proving a claim: every obligation is put to the solvers, and a verdict is made of the answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from popcorn_checker.errors import HOLDS, SAFETY, UNKNOWN, UsageError
from popcorn_proofs.evidence import Evidence
from popcorn_proofs.script import Obligation
from popcorn_proofs.solving import PROVED, REFUTED, Opinion, ask_all

IN_TURN = ("z3", "cvc5")


@dataclass(frozen=True)
class Effort:
    """How long a solver may think about one obligation, and how many work at once."""

    seconds: float = 30.0
    workers: int = 1
    solvers: tuple[str, ...] = IN_TURN


@dataclass(frozen=True)
class Answer:
    """What became of one obligation: the opinions in turn, the last of which decides."""

    obligation: Obligation
    opinions: tuple[Opinion, ...]

    @property
    def verdict(self) -> str:
        """``unsat`` when it is proved, ``sat`` when it is refuted, else ``unknown``."""
        return self.opinions[-1].verdict

    @property
    def seconds(self) -> float:
        """What all the opinions took."""
        return sum(o.seconds for o in self.opinions)


@dataclass(frozen=True)
class Proof:
    """What became of a claim. With ``part`` not every obligation was asked about."""

    evidence: Evidence
    answers: tuple[Answer, ...]
    part: bool = False
    by_goal: dict[str, list[Answer]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """The answers by what they are about."""
        for answer in self.answers:
            self.by_goal.setdefault(answer.obligation.goal, []).append(answer)

    @property
    def failed(self) -> tuple[Answer, ...]:
        """The obligations that are not so."""
        return tuple(a for a in self.answers if a.verdict == REFUTED)

    @property
    def open(self) -> tuple[Answer, ...]:
        """The obligations that no solver decided."""
        return tuple(a for a in self.answers if a.verdict not in (PROVED, REFUTED))

    @property
    def seconds(self) -> float:
        """What the solvers took, all workers together."""
        return sum(a.seconds for a in self.answers)

    @property
    def exit_code(self) -> int:
        """0 when all is proved, 12 when something is not so, 3 when something is open."""
        if self.failed:
            return SAFETY
        return UNKNOWN if self.open else HOLDS


def prove(
    evidence: Evidence,
    effort: Effort,
    only: str | None = None,
    told: Callable[[Answer], None] = lambda answer: None,
) -> Proof:
    """Ask about every obligation, or those that ``only`` names: an id, an action or a lemma.

    Raises: UsageError when it names none. Cost: one query for each obligation.
    """
    chosen = {o: text for o, text in evidence.scripts.items() if is_named(o, only)}
    if not chosen:
        sources = ", ".join(dict.fromkeys(o.from_ for o in evidence.scripts))
        goals = ", ".join(dict.fromkeys(o.goal for o in evidence.scripts))
        raise UsageError(
            f"claim {evidence.theory.claim.id} has no obligation {only}: write A/B, A or B, "
            f"where A is one of {sources}, and B one of {goals}"
        )
    by_id = {o.id: o for o in chosen}
    scripts = ((o.id, text) for o, text in chosen.items())
    answers = {}
    for name, opinions in ask_all(scripts, effort.seconds, effort.solvers, effort.workers):
        answers[by_id[name]] = Answer(by_id[name], opinions)
        told(answers[by_id[name]])
    ordered = tuple(answers[o] for o in chosen)
    return Proof(evidence, ordered, part=len(chosen) < len(evidence.scripts))


def is_named(obligation: Obligation, only: str | None) -> bool:
    """An option that names obligations names this one."""
    return only in (None, obligation.id, obligation.from_, obligation.goal)
