"""The lists of mutations that designs have, by protocol, and the table of what became of them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from typing import Final

from popcorn_checker.errors import HOLDS, SAFETY, UNKNOWN, UsageError
from popcorn_checker.exploring import Effort
from popcorn_checker.lookup import pick
from popcorn_checker.mutants import pages_2020, tasks_2020
from popcorn_checker.mutants.hunting import Fate
from popcorn_checker.mutants.planned import Met, Planned, find_wrong_grounds, meet
from popcorn_checker.writing import print_json

PLANNED: Final[dict[str, tuple[Planned, ...]]] = {
    "popcorn-2020": (*pages_2020.PLANNED, *tasks_2020.PLANNED)
}


def meet_planned(protocol: str, only: Iterable[str], effort: Effort, json: bool) -> int:
    """Hunt the listed mutations of a protocol, or those that are named; print the table.

    Raises: UsageError for an unknown one, or where the right protocol fails. Cost: see `meet`.
    """
    listed = PLANNED[protocol]
    asked = pick("listed mutation", only, (p.id for p in listed))
    wanted = [p for p in listed if not asked or p.id in asked]
    wrong = find_wrong_grounds(wanted, effort)
    if wrong:
        raise UsageError(f"without any mutation {protocol} fails: {'; '.join(wrong)}")
    found = []
    for planned in wanted:
        found.append(meet(planned, effort))
        if not json:
            sys.stdout.write(_line(found[-1]))
            sys.stdout.flush()
    if json:
        print_json({"mutants": [met.to_json() for met in found]})
    else:
        sys.stdout.write(_sum(found))
    return _exit_code(found)


def _line(met: Met) -> str:
    steps = f" in {met.length} steps" if met.length is not None else ""
    joint = " by " if met.fate == Fate.REFUTED.value else ": "
    how = f"{joint}{met.by}{steps}" if met.by else ""
    where = f", at {met.planned.scope}" if met.planned.scope else ""
    return f"{met.planned.id:<5} {met.planned.sentence}\n      {met.fate}{how}{where}\n"


def _sum(found: list[Met]) -> str:
    fates = Counter(met.fate for met in found)
    told = ", ".join(f"{many} {fate}" for fate, many in fates.items())
    return f"\n{len(found)} listed mutations: {told}\n"


def _exit_code(found: list[Met]) -> int:
    if any(met.fate == Fate.SURVIVOR.value for met in found):
        return SAFETY
    return HOLDS if all(met.explained for met in found) else UNKNOWN
