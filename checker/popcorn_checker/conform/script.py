"""What a case does, as a line of text: steps with bars between them.

    begin 1 | drain | t0 fault w0 | drain | t0 migrate 2 | drain

A thread is named where it runs, whichever kernel that is. The first page of a fault is one that its
kernel may not use so. After `fault` and after calls on memory
come pages, `r0` to read page 0 and `w0` to write it. `drain` lets everything arrive; `drain but
RECALL 0>2` holds back what kernel 0 sends to kernel 2 from the first such message on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

CALLS_WITH_PAGE: Final = {
    "mmap_over": "write", "munmap": "write", "mremap": "write", "fill": "write", "forbid": "read",
    "allow": "read", "look": "read", "futex_wait": "read", "futex_wake": "read",
    "read": "read", "write": "write",
}  # fmt: skip
"""Index: calls about one page. Values: what they want of it."""
WITH_VALUE: Final = ("fill", "futex_wait", "write")
BARE: Final = ("clone", "exit", "exit_group", "fork", "mmap", "other")

Pages = tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Begin:
    """The process begins, with thread 0 on a kernel."""

    to: int

    def __str__(self) -> str:
        """As text."""
        return f"begin {self.to}"


@dataclass(frozen=True)
class Ask:
    """A thread stops, and asks for something."""

    thread: int
    call: str
    pages: Pages = ()
    goal: int | None = None
    value: int | None = None

    def __str__(self) -> str:
        """As text."""
        pages = [f"{access[0]}{page}" for page, access in self.pages] if self.call == "fault" else [
            str(page) for page, _ in self.pages]  # fmt: skip
        rest = [str(each) for each in (self.goal, self.value) if each is not None]
        return " ".join([f"t{self.thread}", self.call, *pages, *rest])


@dataclass(frozen=True)
class Deliver:
    """The first message from one kernel to another arrives."""

    source: int
    target: int

    def __str__(self) -> str:
        """As text."""
        return f"deliver {self.source}>{self.target}"


@dataclass(frozen=True)
class Drain:
    """Everything arrives, but what is held back."""

    held: tuple[tuple[str, int, int], ...] = ()

    def __str__(self) -> str:
        """As text."""
        return "drain" + "".join(f" but {kind} {a}>{b}" for kind, a, b in self.held)


@dataclass(frozen=True)
class Ring:
    """The time of a thread that sleeps is over."""

    thread: int

    def __str__(self) -> str:
        """As text."""
        return f"ring t{self.thread}"


@dataclass(frozen=True)
class Kill:
    """Something outside ends the process."""

    def __str__(self) -> str:
        """As text."""
        return "kill"


Step = Begin | Ask | Deliver | Drain | Ring | Kill

_LINK: Final = r"(\d+)>(\d+)"
_HELD: Final = re.compile(rf"but ([A-Z]+) {_LINK}\s*")


class ScriptError(Exception):
    """A text is not what a case does: which step, and what would have been right."""


def parse(text: str) -> tuple[Step, ...]:
    """The steps of a text. Raises: ScriptError."""
    return tuple(_parse(each.strip()) for each in text.split("|"))


def show(steps: tuple[Step, ...]) -> str:
    """Steps as a text that can be read again."""
    return " | ".join(map(str, steps))


def _parse(text: str) -> Step:
    if found := re.fullmatch(r"begin (\d+)", text):
        return Begin(int(found[1]))
    if text == "kill":
        return Kill()
    if found := re.fullmatch(r"ring t(\d+)", text):
        return Ring(int(found[1]))
    if found := re.fullmatch(rf"deliver {_LINK}", text):
        return Deliver(int(found[1]), int(found[2]))
    if found := re.fullmatch(rf"drain\s*((?:but [A-Z]+ {_LINK}\s*)*)", text):
        return Drain(tuple((k, int(a), int(b)) for k, a, b in _HELD.findall(found[1])))
    if found := re.fullmatch(r"t(\d+) (\w+)((?: \w+)*)", text):
        asked = _asked(int(found[1]), found[2], found[3].split())
        if asked is not None:
            return asked
    raise ScriptError(
        f"{text!r} is no step; there are: begin K, drain, drain but KIND J>K, deliver J>K, ring "
        f"tN, kill, tN fault r0 w1, tN migrate K, tN CALL for {', '.join(BARE)}, and tN CALL PAGE "
        f"for {', '.join(CALLS_WITH_PAGE)} (with a value after it for {', '.join(WITH_VALUE)})"
    )


def _asked(thread: int, call: str, rest: list[str]) -> Ask | None:
    if call == "fault" and rest and all(re.fullmatch(r"[rw]\d+", each) for each in rest):
        words = {"r": "read", "w": "write"}
        return Ask(thread, call, tuple((int(each[1:]), words[each[0]]) for each in rest))
    numbers = [int(each) for each in rest if each.isdecimal()]
    if len(numbers) != len(rest):
        return None
    match call, numbers:
        case "migrate", [goal]:
            return Ask(thread, call, goal=goal)
        case _, [page] if call in CALLS_WITH_PAGE and call not in WITH_VALUE:
            return Ask(thread, call, ((page, CALLS_WITH_PAGE[call]),))
        case _, [page, value] if call in WITH_VALUE:
            return Ask(thread, call, ((page, CALLS_WITH_PAGE[call]),), value=value)
        case _, [] if call in BARE:
            return Ask(thread, call)
    return None
