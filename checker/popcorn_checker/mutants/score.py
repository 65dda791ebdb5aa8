"""What a campaign comes to: how many mutants were refuted, and whether the rest is explained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from popcorn_checker.errors import HOLDS, SAFETY, UNKNOWN
from popcorn_checker.mutants.hunting import Fate, Hunted

ENOUGH: Final = 90.0
"""At least so many of a hundred mutants that are not equivalent have to be refuted."""


@dataclass(frozen=True)
class Score:
    """The mutants of one or several campaigns, with what became of them.

    ``stale`` are waivers for mutations that do not exist. ``assumed`` are guards that belong to an
    assumption, ``stand_ins`` actions that stand in for parts which are left out; they are no
    mutants and are not counted.
    """

    campaigns: tuple[tuple[Hunted, ...], ...]
    stale: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    stand_ins: tuple[str, ...] = ()

    @cached_property
    def hunted(self) -> tuple[Hunted, ...]:
        """Every mutant once."""
        return count_once(self.campaigns)

    @property
    def seconds(self) -> float:
        """How long the search took, of all campaigns."""
        return round(sum(m.seconds for hunted in self.campaigns for m in hunted), 1)

    @cached_property
    def fates(self) -> Counter[Fate]:
        """How many mutants met each fate."""
        return Counter(m.fate for m in self.hunted)

    @property
    def percent(self) -> float:
        """The share that was refuted of all mutants."""
        return _percent(self.fates[Fate.REFUTED], len(self.hunted))

    @property
    def percent_of_different(self) -> float:
        """The share that was refuted of those that are not equivalent to the right protocol."""
        different = len(self.hunted) - self.fates[Fate.EQUIVALENT]
        return _percent(self.fates[Fate.REFUTED], different)

    def exit_code(self, whole: bool) -> int:
        """Whether every mutant is explained, and of a whole campaign whether it refutes enough."""
        few = whole and self.percent_of_different < ENOUGH
        if self.fates[Fate.SURVIVOR] or self.stale or few:
            return SAFETY
        return UNKNOWN if self.fates[Fate.UNDECIDED] else HOLDS

    def to_json(self) -> dict[str, object]:
        """The figures as plain data."""
        return {
            "count": len(self.hunted),
            **{fate.value: self.fates[fate] for fate in Fate},
            "refuted_percent": self.percent,
            "refuted_percent_of_different": self.percent_of_different,
            "seconds": self.seconds,
            "assumed": list(self.assumed),
            "stand_ins": list(self.stand_ins),
            "stale": list(self.stale),
        }

    def text(self) -> str:
        """The figures in words."""
        return "".join(f"{line}\n" for line in ("", *self._lines()))

    def _lines(self) -> Iterator[str]:
        fates = self.fates
        yield (
            f"{fates[Fate.REFUTED]} of {len(self.hunted)} mutants refuted ({self.percent} %; "
            f"{self.percent_of_different} % of those that are not equivalent),"
        )
        yield (
            f"{fates[Fate.EQUIVALENT]} equivalent, {fates[Fate.WAIVED]} harmless, "
            f"{fates[Fate.SURVIVOR]} unexplained, {fates[Fate.UNDECIDED]} not decided; "
            f"{self.seconds:.1f} s of search."
        )
        again = sum(map(len, self.campaigns)) - len(self.hunted)
        if again:
            yield (
                f"Hunted in more than one campaign and counted once, as refuted if it was refuted "
                f"in any: {again}."
            )
        for name, times in Counter(m.by for m in self.hunted if m.by).most_common():
            yield f"  {times:4}  {name}"
        if self.assumed:
            yield (
                f"No mutants are {len(self.assumed)} guards that say what an assumption says; the "
                f"protocol holds without the assumption too: {', '.join(self.assumed)}."
            )
        if self.stand_ins:
            yield (
                "No mutants are made of actions that stand in for a part which is left out: "
                f"{', '.join(self.stand_ins)}."
            )
        for one in self.hunted:
            if one.fate is Fate.SURVIVOR:
                yield f"unexplained: {one.sentence}"
        for waiver in self.stale:
            yield f"waiver for a mutation that does not exist: {waiver}"


RANK: Final = (Fate.REFUTED, Fate.SURVIVOR, Fate.UNDECIDED, Fate.WAIVED, Fate.EQUIVALENT)
"""What became of a mutant of several campaigns: the first of these that it met in any."""


def count_once(campaigns: tuple[tuple[Hunted, ...], ...]) -> tuple[Hunted, ...]:
    """The mutants of several campaigns, each once with the first in rank of what became of it.

    A guard or update has the same sentence wherever its action is hunted, with whatever parts and
    settings; its number differs.
    """
    best: dict[tuple[str, int], Hunted] = {}
    for hunted in campaigns:
        so_far: Counter[str] = Counter()
        for one in hunted:
            key = one.sentence, so_far[one.sentence]
            so_far[one.sentence] += 1
            if key not in best or RANK.index(one.fate) < RANK.index(best[key].fate):
                best[key] = one
    return tuple(best.values())


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 100.0
