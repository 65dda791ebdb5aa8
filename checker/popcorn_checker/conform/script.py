"""What a case does, as a line of text: steps with bars between them.

    begin 1 | drain | t0 fault w0 | drain | t0 migrate 2 | drain

A thread is named where it runs, whichever kernel that is. The first page of a fault is one that its
kernel may not use so. After `fault` and after calls on memory
come pages, `r0` to read page 0 and `w0` to write it. `drain` lets everything arrive; `drain but
RECALL 0>2` holds back what kernel 0 sends to kernel 2 from the first such message on. Of a program
`tick 3` lets time pass three times, whatever comes of it.

    begin 0 | drain | refuse t0 migrate 2 at 1 | refuse again 0>0 | refuse DONE t0 1>0

What does not fit is to be refused, and is to change nothing. With `at` it is told to another kernel
than the one that it is for. `again` is the last message that has arrived there, once more; and a
message with its kind was sent by nobody.
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
class Wait:
    """Time passes, so many times: who has begun something is perhaps in the middle of it."""

    ticks: int

    def __str__(self) -> str:
        """As text."""
        return f"tick {self.ticks}"


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


@dataclass(frozen=True)
class Again:
    """The last message from one kernel to another that has arrived, once more."""

    source: int
    target: int

    def __str__(self) -> str:
        """As text."""
        return f"again {self.source}>{self.target}"


@dataclass(frozen=True)
class Forged:
    """A message that nobody has sent."""

    kind: str
    about: str
    """A thread, a page with what another wants of it, a page, or nothing: t0, r0, 0."""
    source: int
    target: int

    @property
    def number(self) -> int:
        """The number of that thread or page."""
        return int(self.about.lstrip("trw"))

    def __str__(self) -> str:
        """As text."""
        return " ".join(filter(None, (self.kind, self.about, f"{self.source}>{self.target}")))


Odd = Begin | Ask | Ring | Kill | Again | Forged


@dataclass(frozen=True)
class Refuse:
    """Something that does not fit: it is to be refused, and is to change nothing."""

    what: Odd
    at: int | None = None
    """The kernel that is told of it, if that is not the one that it is for."""

    def __str__(self) -> str:
        """As text."""
        return f"refuse {self.what}" + ("" if self.at is None else f" at {self.at}")


Step = Begin | Ask | Deliver | Drain | Wait | Ring | Kill | Refuse

_LINK: Final = r"(\d+)>(\d+)"
FORGED: Final = {
    "CALL": r"t\d+", "ANSWER": r"t\d+", "DONE": r"t\d+", "RECALL": r"[rw]\d+", "GAVE": r"\d+",
    "END": "", "FAREWELL": "",
}  # fmt: skip
"""Index: kinds of messages. Values: what one is about."""
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
    if found := re.fullmatch(r"refuse (.*?)(?: at (\d+))?", text):
        odd = _odd(found[1])
        if odd is not None:
            return Refuse(odd, None if found[2] is None else int(found[2]))
    elif found := re.fullmatch(r"begin (\d+)", text):
        return Begin(int(found[1]))
    if text == "kill":
        return Kill()
    if found := re.fullmatch(r"tick (\d+)", text):
        return Wait(int(found[1]))
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
        f"{text!r} is no step; there are: begin K, drain, drain but KIND J>K, deliver J>K, "
        "tick N, ring tN, kill, tN fault r0 w1, tN migrate K, "
        f"tN CALL for {', '.join(BARE)}, tN CALL PAGE for "
        f"{', '.join(CALLS_WITH_PAGE)} (with a value after it for {', '.join(WITH_VALUE)}), and "
        "refuse STEP, refuse STEP at K, refuse again J>K, refuse KIND tN J>K"
    )


def _odd(text: str) -> Odd | None:
    """What can be refused."""
    if found := re.fullmatch(rf"again {_LINK}", text):
        return Again(int(found[1]), int(found[2]))
    if found := re.fullmatch(rf"([A-Z]+) ?(\w*) {_LINK}", text):
        kind, about = found[1], found[2]
        if re.fullmatch(FORGED.get(kind, "-"), about):
            return Forged(kind, about, int(found[3]), int(found[4]))
        return None
    step = _parse(text)
    return step if isinstance(step, Begin | Ask | Ring | Kill) else None


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
