"""Consoles held against the model: those of several nodes together, or window by window.

Where each node has one window they are one run, whose order the messages tell. Where a node has
several there are gaps, of which nothing is known: each window is a run of its own then, that begins
anywhere. Who is who is known from all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from popcorn_checker.consoles.look import Look, Setting
from popcorn_checker.consoles.naming import make_names
from popcorn_checker.consoles.owing import get_duties
from popcorn_checker.consoles.reading import Consoles, read_consoles
from popcorn_checker.consoles.telling import is_told
from popcorn_checker.dmesg.advising import tell_passed_over, tell_unread
from popcorn_checker.dmesg.reading import DmesgError
from popcorn_checker.validating.diagnosing import diagnose
from popcorn_checker.validating.validator import Outcome

_NOTHING: Final = (
    "{}: no line says anything of a process that migrates; the log is to be one of a kernel whose "
    "CONFIG_POPCORN_DEBUG_PROCESS_SERVER is set, or the like"
)


@dataclass
class Verdict:
    """What became of some consoles."""

    consoles: Consoles
    looks: list[Look]
    outcomes: list[Outcome]
    """Of each look, up to the first that is not explained."""

    @property
    def is_explained(self) -> bool:
        """Whether all of them are explained."""
        return all(each.is_explained for each in self.outcomes)

    @property
    def is_decided(self) -> bool:
        """Whether there is an answer."""
        return all(each.is_decided for each in self.outcomes)

    @property
    def skipped(self) -> int:
        """Units: lines that say nothing of the process."""
        lines = (line for window in self.consoles.windows for line in window.lines)
        return sum(not is_told(line) and not line.is_empty for line in lines)


def validate(paths: Sequence[Path], setting: Setting, nodes: Sequence[int] = ()) -> Verdict:
    """Whether the model explains the consoles of a run.

    `nodes` says of each file which node has printed it, where the lines do not.

    Raises: DmesgError for what is no log, or for a line that cannot be read where none may be
    missing; UsageError for a variant that there is not.
    Cost: all lines in memory; a step or more for each.
    """
    consoles = read_consoles(paths, nodes)
    for window in consoles.windows:
        if not any(map(is_told, window.lines)):
            raise DmesgError(tell_unread(window.name, window.lines) or _NOTHING.format(window.name))
        if setting.is_complete and (why := tell_passed_over(window.name, window.lines)):
            raise DmesgError(
                f"{why}; so this line is not read, and --complete says that none is missing"
            )
    looks = make_looks(consoles, setting)
    verdict = Verdict(consoles, looks, [])
    for look in looks:
        verdict.outcomes.append(_judge(look))
        if not verdict.outcomes[-1].is_explained:
            break
    return verdict


def make_looks(consoles: Consoles, setting: Setting) -> list[Look]:
    """The windows, those together that are of one run. Raises: UsageError for such a variant."""
    names = make_names(consoles)
    nodes = [window.node for window in consoles.windows]
    groups = (
        [consoles.windows] if len(set(nodes)) == len(nodes) else [(w,) for w in consoles.windows]
    )
    return [Look(setting, names, group) for group in groups]


def _judge(look: Look) -> Outcome:
    is_explained = look.run()
    lines = sum(map(len, look.queues))
    best = look.search.threads[0]
    silent, reordered = best.world.silent, best.reordered
    if is_explained:
        return Outcome(True, True, lines, silent, reordered, tuple(get_duties(look)))
    if look.is_late():
        return Outcome(
            False, False, lines, silent, reordered, reached=_reached(look), is_over=True
        )
    found = diagnose(look)
    doubt = found.doubt(look.setting.is_complete)
    return Outcome(False, not doubt, lines, silent, reordered, diagnosis=found, doubt=doubt)


def _reached(look: Look) -> str:
    last = look.search.recent[-1:]
    return str(last[0]) if last else ""


def get_deaths(look: Look) -> Iterator[tuple[str, int]]:
    """Tasks that the kernel has ended in a defect of its own, and in which line."""
    world = look.search.threads[0].world
    for (kernel, pid), thread in sorted(look.names.threads.items()):
        line = world.get("ended", thread, kernel)
        if line:
            yield f"task {pid} on node {look.names.node(kernel)}", line


