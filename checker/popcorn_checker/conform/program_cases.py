"""Cases at the level of programs: threads on several kernels, and what they must not see."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from popcorn_checker.conform.case import Case

_TWO: Final = "begin 0 | drain | t0 clone | drain | t1 migrate 1 | drain | "
_THREE: Final = (
    "begin 0 | drain | t0 clone | drain | t0 clone | drain | t1 migrate 1 | drain | "
)
_SHARES: Final = ("migration", "pages", "clone")
_CLAIM: Final = "Katz 2014, claim"

_CASES: Final = (
    Case("program/migrate/1", ("migration", "pages"),
         "begin 0 | drain | t0 write 0 5 | drain | t0 migrate 1 | drain | t0 read 0 | drain | "
         "t0 migrate 2 | drain | t0 read 0 | drain | t0 migrate 0 | drain | t0 read 0 | drain",
         "A thread finds what it has written, wherever it is.",
         "A program cannot tell the multikernel from one kernel.",
         f"{_CLAIM} 1, 3 and 5; finding C33"),
    Case("program/migrate/2", ("migration", "pages"),
         "begin 0 | drain | t0 read 0 | drain | t0 migrate 1 | drain | t0 write 0 5 | drain | "
         "t0 migrate 0 | drain | t0 read 0 | drain | t0 write 0 6 | drain | t0 migrate 1 | drain | "
         "t0 read 0 | drain",
         "A thread that comes back to where it has been finds what it has written since.",
         "A copy from its first time there would be found out.", f"{_CLAIM} 2 and 3"),
    Case("program/migrate/3", ("migration",),
         "begin 0 | drain | t0 migrate 1 | drain | t0 migrate 2 | drain | t0 migrate 0 | drain | "
         "t0 migrate 1 | drain",
         "A thread that goes to another kernel arrives, wherever it goes from.",
         "Who is on its way for ever does nothing more.", f"{_CLAIM} 1 and 3; finding C33"),
    Case("program/migrate/4", _SHARES,
         f"{_TWO}t1 write 0 5 | t0 migrate 2 | drain | t0 read 0 | drain | t0 migrate 0 | drain | "
         "t0 migrate 1 | t1 migrate 0 | drain | t0 read 0 | t1 read 0 | drain | t1 write 0 6 | "
         "t0 migrate 0 | drain | t0 read 0 | drain",
         "Threads cross each other on their way, and find what either has written.",
         "Each context has a message of its own, and pages have theirs.", f"{_CLAIM} 1 and 2"),
    Case("program/share/1", _SHARES,
         f"{_TWO}t0 write 0 5 | drain | t1 read 0 | drain | t1 write 0 6 | drain | t0 read 0 | "
         "drain",
         "What one thread has written another reads, on another kernel, and back.",
         "There is one address space.", f"{_CLAIM} 2"),
    Case("program/share/2", _SHARES,
         f"{_TWO}t1 read 0 | drain | t0 write 0 5 | drain | t1 read 0 | drain | t0 write 0 6 | "
         "drain | t1 read 0 | drain",
         "Who has read a page before does not read it as it was then.",
         "A copy that is not taken away is found out.", f"{_CLAIM} 2; finding C5"),
    Case("program/share/3", _SHARES,
         f"{_TWO}t0 write 0 5 | t1 write 0 6 | drain | t0 read 0 | t1 read 0 | drain | "
         "t0 read 0 | t1 read 0 | drain",
         "Of two that write at once one is the last, and both see that one.",
         "Two writers at a time have two truths.", f"{_CLAIM} 2; finding X1"),
    Case("program/share/4", _SHARES,
         f"{_TWO}t0 write 0 1 | drain | t0 write 1 1 | t1 read 1 | drain | t1 read 0 | drain | "
         "t0 write 0 2 | t1 write 1 2 | drain | t0 read 1 | t1 read 0 | drain",
         "Writes to different pages are seen in one order.", "A program relies on that.",
         f"{_CLAIM} 5"),
    Case("program/share/5", _SHARES,
         "begin 0 | drain | t0 clone | drain | t0 migrate 1 | drain | t0 write 0 5 | drain | "
         "t1 read 0 | drain | t1 write 0 6 | drain | t0 read 0 | drain",
         "A thread that was created at home shares pages with one that has left.",
         "As built a child of a thread that never left takes its group for a local one.",
         "finding W1"),
    Case("program/share/6", _SHARES,
         f"{_THREE}t2 migrate 2 | drain | t1 read 0 | drain | t2 write 0 5 | drain | t1 read 0 | "
         "drain",
         "Who reads on one kernel sees what is written on another, when neither is at home.",
         "The origin has to tell a reader of a writer.", "finding C5"),
    Case("program/share/7", _SHARES,
         f"{_TWO}t0 clone | drain | t1 write 0 5 | drain | t2 read 0 | drain",
         "A thread that is created at home while others are away shares pages with them.",
         "As built it takes its group for a local one.", "finding W1"),
    Case("program/clone/1", ("clone", "migration", "pages"),
         "begin 1 | drain | t0 write 0 3 | drain | t0 clone | drain | t1 read 0 | drain | "
         "t1 migrate 2 | drain | t1 clone | drain | t2 read 0 | drain",
         "A thread that is created away sees what all see.",
         "As built it belongs to nobody.", f"{_CLAIM} 4; finding I102"),
    Case("program/clone/2", ("clone",),
         "begin 0 | drain | t0 clone | drain | t0 clone | drain | t0 clone | drain",
         "When there can be no more threads the call fails.", "It returns, in any case.",
         "clone(2)"),
    Case("program/exit/1", ("exit", "clone", "migration", "pages"),
         f"{_TWO}t0 write 0 5 | drain | t0 exit | drain | t1 read 0 | drain | t1 exit | drain",
         "What a thread has written outlives it; the program is over with the last one.",
         "As built a dead leader hides the address space.", f"{_CLAIM} 4; finding W2"),
    Case("program/exit/2", ("exit", "clone", "migration"),
         f"{_TWO}t1 exit_group | drain", "One thread ends all, from wherever it is.",
         "exit_group(2) says so.", f"{_CLAIM} 4; findings W8a and I34"),
    Case("program/exit/3", ("exit", "clone", "migration"),
         f"{_TWO}t1 clone | t0 exit_group | drain",
         "Who is created while all are ended is ended, too.", "As built it lives on.",
         "findings W8a and I102"),
    Case("program/exit/4", ("exit", "clone", "migration", "pages"),
         "begin 1 | drain | t0 clone | drain | t0 exit | drain | t1 write 0 5 | drain | "
         "t1 migrate 0 | drain | t1 read 0 | drain | t1 exit | drain",
         "A thread creates another and exits: the program is not over before the child is.",
         "As built closure is declared while a member lives.", "findings W2 and W10"),
    Case("program/exit/5", ("exit", "clone", "migration"),
         "begin 0 | drain | t0 clone | drain | t1 migrate 1 | t0 exit_group | drain",
         "Who is on its way when all are ended is ended, too.",
         "As built the end arrives before the thread does, and finds nobody.", "finding W8a"),
    Case("program/exit/6", ("exit", "clone", "migration"), f"{_TWO}t0 exit_group | drain",
         "One thread ends all, wherever they are.",
         "As built nobody passes on that a thread is to die.", "exit_group(2); finding C26"),
    Case("program/unmap/1", ("areas", *_SHARES),
         f"{_TWO}t1 write 0 5 | drain | t0 munmap 0 | drain | t1 read 0 | drain | t1 write 0 1 | "
         "drain",
         "When munmap has returned nobody can use the page, on any kernel.",
         "As built it returns before it is in force.", "munmap(2); finding W40"),
    Case("program/unmap/2", ("areas", *_SHARES),
         f"{_TWO}t1 write 0 5 | drain | t0 munmap 0 | t1 read 0 | drain | t0 mmap | drain | "
         "t1 read 0 | drain",
         "Memory that is mapped anew is empty, for all.", "An old copy would still have it.",
         "mmap(2)"),
    Case("program/unmap/3", ("areas", *_SHARES),
         f"{_THREE}t0 write 0 5 | drain | t1 read 0 | drain | t0 munmap 0 | t2 write 1 7 | "
         "t1 read 0 | drain",
         "While a page is unmapped a thread finds what was there, or is refused.",
         "As built its memory is given to others before all have let go of it.", "finding W40"),
    Case("program/forbid/1", ("areas", *_SHARES),
         f"{_TWO}t1 write 0 5 | drain | t0 forbid 0 | drain | t1 write 0 6 | drain | t1 read 0 | "
         "drain | t0 allow 0 | drain | t1 write 0 7 | drain | t0 read 0 | drain",
         "mprotect is in force on all kernels when it has returned.",
         "As built it does nothing on others.", "mprotect(2); findings W46 and C17b"),
    Case("program/forbid/2", ("areas", *_SHARES),
         f"{_TWO}t1 forbid 1 | drain | t0 write 1 5 | drain | t1 read 1 | drain",
         "mprotect works also where nobody has used the page yet.",
         "As built it fails there.", "mprotect(2); finding P22"),
    Case("program/forbid/3", ("areas", *_SHARES),
         f"{_TWO}t1 write 0 5 | drain | t0 munmap 0 | drain | t1 allow 0 | drain | t1 read 0 | "
         "drain | t0 forbid 0 | drain | t0 read 0 | drain",
         "mprotect maps nothing where nothing is mapped; whether it fails there is not judged.",
         "What was unmapped would come back.", "mprotect(2)"),
    Case("program/over/1", ("areas", *_SHARES),
         f"{_TWO}t1 write 0 5 | drain | t0 mmap_over 0 | drain | t1 read 0 | drain",
         "What is mapped over a page replaces it for all.", "An old copy would still have it.",
         "mmap(2), MAP_FIXED; finding C17c"),
    Case("program/move/1", ("areas", *_SHARES),
         f"{_TWO}t1 write 0 5 | drain | t0 munmap 1 | drain | t0 mremap 0 | drain | t1 read 1 | "
         "drain | t1 read 0 | drain",
         "A page that moves takes along what was written to it.", "It may be on another kernel.",
         "mremap(2); findings W41 and C17e"),
    Case("program/move/2", ("areas", *_SHARES),
         f"{_TWO}t0 munmap 1 | drain | t1 mmap | drain | t1 write 1 5 | drain | t0 mremap 0 | "
         "drain | t1 read 1 | drain",
         "A page does not move to where another kernel has mapped something.",
         "As built a kernel looks only at its own areas.", "mremap(2); finding P21"),
    Case("program/move/3", ("areas", *_SHARES),
         f"{_TWO}t0 write 0 5 | drain | t1 read 0 | drain | t0 munmap 1 | drain | t1 mremap 0 | "
         "drain | t0 read 1 | drain",
         "A page that is moved from away has moved at home, too.",
         "As built only the kernel of the call moves it.", "mremap(2); findings W41 and C23"),
    Case("program/move/4", ("areas", *_SHARES),
         f"{_TWO}t0 write 0 5 | drain | t0 forbid 0 | drain | t0 munmap 1 | drain | "
         "t0 mremap 0 | drain | t0 write 1 6 | t1 write 1 7 | drain | t1 read 1 | drain",
         "A page that moves may be used as before: what was forbidden stays so.",
         "Who maps the new place as if it were a new one forgets that.", "mremap(2); mprotect(2)"),
    Case("program/futex/1", ("futex", *_SHARES),
         f"{_TWO}t1 futex_wait 0 0 | drain | t0 write 0 1 | drain | t0 futex_wake 0 | drain | "
         "t1 read 0 | drain",
         "A thread that sleeps on one kernel is woken from another, and sees what was written.",
         "Locks are made of this.", f"{_CLAIM} 5; futex(2)"),
    Case("program/futex/2", ("futex", *_SHARES),
         f"{_TWO}t1 futex_wait 0 0 | t0 write 0 1 | drain | t0 futex_wake 0 | drain",
         "No wake-up is lost between the look and the sleep.", "A lost one is waited for for ever.",
         "futex(2)"),
    Case("program/futex/3", ("futex", *_SHARES),
         f"{_TWO}t0 write 0 4 | drain | t1 futex_wait 0 3 | drain | t1 futex_wait 0 0 | drain | "
         "t0 futex_wake 0 | drain",
         "Who expects another word does not sleep, nor who expects the one before.",
         "It would not be woken; what the word was where it was not changed is old.", "futex(2)"),
    Case("program/futex/4", ("futex", *_SHARES),
         f"{_TWO}t1 futex_wake 0 | drain | t1 futex_wake 0 | drain",
         "Who has called futex from away can do so again.",
         "As built whoever serves it at home stops after the first call.", "finding C1"),
    Case("program/futex/5", ("futex", *_SHARES),
         f"{_THREE}t2 migrate 2 | drain | t1 futex_wait 0 0 | t2 futex_wait 0 0 | tick 9 | "
         "t0 write 0 1 | drain | t0 futex_wake 0 | drain | t0 futex_wake 0 | drain | "
         "t0 futex_wake 0 | drain | t1 read 0 | t2 read 0 | drain",
         "Of two that sleep on one word each wake-up wakes one, and says so.",
         "Who wakes all says a wrong number, or lets one go on that nobody has woken.",
         "futex(2), FUTEX_WAKE"),
    Case("program/futex/6", ("futex", *_SHARES),
         f"{_THREE}t2 migrate 2 | drain | t1 futex_wait 0 0 | t2 futex_wait 1 0 | tick 9 | "
         "t0 write 0 1 | drain | t0 write 1 1 | drain | t0 futex_wake 1 | drain | t2 read 1 | "
         "drain | t0 futex_wake 1 | drain | t0 futex_wake 0 | drain | t1 read 0 | drain",
         "A wake-up is for those who sleep on that word.",
         "Who keeps one list for all words wakes the wrong one.", "futex(2)"),
)  # fmt: skip

PROGRAM_CASES: Final = tuple(replace(case, level="program") for case in _CASES)

_DRAWN: Final = "Runs that are drawn: threads do what they like, several at once."
_LIVES: Final = (*_SHARES, "exit")
_ALL: Final = (*_LIVES, "areas", "futex", "services")

PROGRAM_EXPLORED: Final = (
    Case("explore/program/1", _SHARES, "", _DRAWN,
         "Nobody has thought of all ways in which threads can share a page.",
         f"{_CLAIM} 1 and 2", pages=1, level="program", examples=60),
    Case("explore/program/2", _LIVES, "", _DRAWN,
         "Nobody has thought of all ways in which threads can come and go.", f"{_CLAIM} 3 and 4",
         level="program", examples=80),
    Case("explore/program/3", (*_LIVES, "areas"), "", _DRAWN,
         "What is mapped changes while others use it.", f"{_CLAIM} 2; mmap(2)", kernels=2,
         level="program", examples=80),
    Case("explore/program/4", _ALL, "", _DRAWN, "What works alone may not work beside the rest.",
         f"{_CLAIM} 5", level="program", examples=100),
    Case("explore/program/5", ("futex", *_SHARES), "", _DRAWN,
         "Nobody has thought of all ways in which threads can sleep and wake each other.",
         f"{_CLAIM} 5; futex(2)", pages=1, level="program", examples=80),
)  # fmt: skip
"""Cases without a script: see `exploring`."""
