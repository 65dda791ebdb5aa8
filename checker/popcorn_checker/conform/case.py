"""A case of the kit: what is done, what is expected and why, and where that is written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from popcorn_checker.conform.script import Ask, Refuse, Step, parse


@dataclass(frozen=True)
class Case:
    """One thing that is tried, under an id that can be cited: `group/what/number`."""

    id: str
    needs: tuple[str, ...]
    """The capabilities without which it makes no sense."""
    does: str
    """What is sent, as a script."""
    expects: str
    """What is expected, for people: whether it is so, the model tells."""
    why: str
    source: str
    kernels: int = 3
    threads: int = 3
    pages: int = 2
    derived: bool = False
    """Whether it is made for one of several orders in which answers may be sent: steps that cannot
    be taken with another one are left out."""
    level: str = "messages"
    """Where an implementation has to be observed for it."""
    examples: int = 0
    """Of an exploration: how many runs are drawn, in place of what the script says."""

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """What it does, step by step."""
        return parse(self.does)

    @property
    def calls(self) -> frozenset[str]:
        """The calls that its threads make."""
        asked = (step.what if isinstance(step, Refuse) else step for step in self.steps)
        return frozenset(step.call for step in asked if isinstance(step, Ask))


CALLS_OF = {
    "migration": ("migrate",),
    "pages": ("fault",),
    "clone": ("clone",),
    "exit": ("exit", "exit_group"),
    "areas": ("mmap", "mmap_over", "munmap", "forbid", "allow", "mremap"),
    "futex": ("futex_wait", "futex_wake"),
    "fork": ("fork",),
    "services": ("look", "fill", "other"),
}
"""Index: capabilities. Values: the calls that an implementation with it understands."""
