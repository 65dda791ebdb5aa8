"""Cases at the level of programs: a thread begins something while another is at something.

How far the other has come is tried with 1, 2, 4 and 8 ticks: what goes wrong only between two of an
implementation's own messages shows where something else comes between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from popcorn_checker.conform.case import Case

TICKS: Final = (1, 2, 4, 8)
"""How much time the first has before the second begins. Units: ticks."""

_PAIR: Final = "begin 0 | drain | t0 clone | drain | t1 migrate 1 | drain"
_HOME: Final = "begin 0 | drain | t0 clone | drain"
_SHARES: Final = ("migration", "pages", "clone")
_LIVES: Final = (*_SHARES, "exit")
_CLAIM: Final = "Katz 2014, claim"


class _Race(NamedTuple):
    """Something that is begun, and what begins after some time."""

    name: str
    needs: tuple[str, ...]
    before: str
    first: str
    then: str
    expects: str
    why: str
    source: str
    is_late: bool = False
    """Whether it can be too late for what begins then: it is left out where nobody is left."""


_WAKE: Final = "drain | t0 futex_wake 0 | drain"
_WAIT_FIRST: Final = f"t1 futex_wait 0 {{n}} | tick {{{{ticks}}}} | t0 write 0 {{m}} | {_WAKE}"
_WRITE_FIRST: Final = f"t0 write 0 {{m}} | tick {{{{ticks}}}} | t1 futex_wait 0 {{n}} | {_WAKE}"
_WAKES: Final = " | ".join(
    (_WRITE_FIRST if n % 2 else _WAIT_FIRST).format(n=n, m=n + 1) for n in range(1, 20)
)
"""A moment between two messages is short, and is tried some times."""

_RACES: Final = (
    _Race("write", _SHARES, f"{_PAIR} | t1 read 0 | drain", "t0 write 0 5",
          "t1 write 0 6 | drain | t0 read 0 | t1 read 0 | drain | t1 write 0 7 | drain | "
          "t0 read 0 | drain",
          "Of two that write one is the last, and both see that one.",
          "Who asks while another is being answered may get what that one is about to change.",
          f"{_CLAIM} 2; finding X1"),
    _Race("read", _SHARES, f"{_PAIR} | t0 clone | drain | t2 migrate 2 | drain | t1 read 0 | drain",
          "t2 write 0 5",
          "t0 read 0 | t1 read 0 | drain | t0 read 0 | t1 read 0 | drain | t2 write 0 6 | drain | "
          "t0 read 0 | t1 read 0 | drain",
          "Who reads while another writes finds what was or what is written; later the latter.",
          "A copy that is handed out while copies are taken away is found out.",
          f"{_CLAIM} 2; finding C5"),
    _Race("leave", _SHARES, f"{_PAIR} | t0 migrate 2 | drain | t1 write 0 5 | drain",
          "t1 migrate 0",
          "t0 write 0 6 | drain | t1 read 0 | drain | t1 write 0 7 | drain | t0 read 0 | drain",
          "A thread that leaves takes no page along as it was, whoever writes it meanwhile.",
          "What has left with a thread, and what is left behind, are both old by then.",
          f"{_CLAIM} 1 and 2"),
    _Race("clone", _SHARES, f"{_HOME} | t1 write 0 5 | drain", "t1 migrate 1",
          "t0 clone | drain | t2 read 0 | drain | t2 write 0 6 | drain | t1 read 0 | drain",
          "A thread that is created while another is on its way shares pages with it.",
          "Who counts the members of a group may miss one that has left and not arrived.",
          f"{_CLAIM} 4; finding W1"),
    _Race("exit", _LIVES, f"{_HOME} | t0 write 0 5 | drain", "t1 migrate 1",
          "t0 exit | drain | t1 read 0 | drain | t1 write 0 6 | drain | t1 read 0 | drain | "
          "t1 exit | drain",
          "What a thread has written outlives it, also while the last other one is on its way.",
          "Who is on its way is nowhere, and the program is not over for that.",
          f"{_CLAIM} 4; finding W2"),
    _Race("end", _LIVES, f"{_HOME} | t1 read 0 | drain", "t1 migrate 1",
          "t0 exit_group | drain",
          "A thread that is on its way while all are ended is ended, too.",
          "Who comes to a kernel after that was told to end its threads is missed.",
          f"{_CLAIM} 4; findings W8a and C26"),
    _Race("late", _LIVES, f"{_PAIR} | t0 read 0 | drain", "t0 exit_group",
          "t1 migrate 0 | tick 1 | t1 write 0 5 | drain",
          "A thread that goes on while all are ended is ended, too, and may be told to go on.",
          "Who leaves a kernel while that is told to end its threads is in neither place.",
          f"{_CLAIM} 4; exit_group(2)", is_late=True),
    _Race("born", _LIVES, f"{_PAIR} | t0 read 0 | drain", "t1 clone",
          "t0 exit_group | drain",
          "A thread that is created while all are ended is ended, too.",
          "Who is not counted yet is not told.", f"{_CLAIM} 4; findings W8a and I102"),
    _Race("unmap", ("areas", *_SHARES), f"{_PAIR} | t0 write 0 5 | drain", "t1 read 0",
          "t0 munmap 0 | drain | t1 read 0 | drain | t0 read 0 | drain | t1 write 0 6 | drain",
          "A page that is on its way when it is unmapped can be used by nobody after that.",
          "A question that is under way brings back what was unmapped.",
          "munmap(2); findings W40 and I14"),
    _Race("map", ("areas", *_SHARES), f"{_PAIR} | t1 write 0 5 | drain", "t0 munmap 0",
          "t1 mmap | drain | t1 write 0 6 | drain | t1 read 0 | t0 read 0 | drain",
          "Who maps memory while a page is unmapped gets that page anew, or nothing.",
          "Where it counts as free too early, what is unmapped is what was just mapped.",
          "munmap(2) and mmap(2)"),
    _Race("wake", ("futex", *_SHARES), f"{_PAIR} | t0 migrate 2 | drain",
          "t1 futex_wait 0 0",
          f"t0 write 0 1 | {_WAKE} | {_WAKES} | t1 read 0 | drain",
          "No wake-up is lost, however far the other has come in going to sleep.",
          "Between its look at the word and its sleep nobody may wake in vain.",
          f"{_CLAIM} 5; futex(2)"),
)  # fmt: skip


def _cases() -> Iterator[Case]:
    for race in _RACES:
        for ticks in TICKS:
            then = race.then.format(ticks=ticks)
            does = f"{race.before} | {race.first} | tick {ticks} | {then}"
            yield Case(f"race/{race.name}/{ticks}", race.needs, does, race.expects, race.why,
                       race.source, derived=race.is_late, level="program")  # fmt: skip


RACE_CASES: Final = tuple(_cases())
