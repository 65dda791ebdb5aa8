"""The cases: one for each thing that a thread, or a page, can meet; and what is drawn at random.

Threads of a process that ends, and what is sent at the same time as something else, are the points
at which published systems have failed; those cases name the finding.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from popcorn_checker.conform.case import Case
from popcorn_checker.conform.cases_memory import MEMORY
from popcorn_checker.conform.cases_refused import REFUSED
from popcorn_checker.conform.covered import covering_cases
from popcorn_checker.conform.program_cases import PROGRAM_CASES, PROGRAM_EXPLORED
from popcorn_checker.conform.race_cases import RACE_CASES
from popcorn_checker.errors import UsageError

_THESIS: Final = "Katz 2014, claim"
_MIGRATES: Final = ("migration",)
_SHARES: Final = ("migration", "pages", "clone")

MIGRATION: Final = (
    Case("migration/there/1", _MIGRATES, "begin 0 | drain | t0 migrate 1 | drain",
         "One CALL with the thread's context, answered to the kernel that it wants to go to.",
         "A thread is where its context is, and its context is sent once.",
         f"{_THESIS} 1; popcorn: CALL migrate, ANSWER"),
    Case("migration/back/1", _MIGRATES,
         "begin 0 | drain | t0 migrate 1 | drain | t0 migrate 0 | drain",
         "The thread comes back to the origin with the context that it had when it left.",
         "Of all findings about threads most are about the way back.",
         f"{_THESIS} 3; findings W15, C3"),
    Case("migration/back/2", _MIGRATES,
         "begin 1 | drain | t0 migrate 2 | drain | t0 migrate 1 | drain | t0 migrate 2 | drain",
         "A kernel that a thread has left takes it in again.",
         "What a thread has left behind must not be taken for the thread.", f"{_THESIS} 3"),
    Case("migration/back/3", ("migration", "pages"),
         "begin 1 | drain | t0 fault w0 | drain | t0 migrate 2 | drain | t0 migrate 1 | drain | "
         "t0 fault r1 | drain",
         "Back on the kernel on which it has written, the thread goes on with its pages there.",
         "Pages stay with the kernel when a thread leaves.", f"{_THESIS} 2 and 3"),
    Case("migration/hops/1", _MIGRATES,
         "begin 0 | drain | t0 migrate 1 | drain | t0 migrate 2 | drain | t0 migrate 3 | drain | "
         "t0 migrate 1 | drain | t0 migrate 0 | drain | t0 migrate 2 | drain",
         "Any number of hops, in any order.",
         "A remote that knows only the way home cannot do the second hop.",
         f"{_THESIS} 3; finding C4", kernels=4),
    Case("migration/hops/2", ("migration", "pages"),
         "begin 0 | drain | t0 fault w0 | drain | t0 migrate 1 | drain | t0 fault w0 | drain | "
         "t0 migrate 2 | drain | t0 fault w0 | drain | t0 migrate 0 | drain | t0 fault r0 | drain",
         "After each hop the thread reads what it has written before.",
         "The address space is one, wherever a thread is.", f"{_THESIS} 2 and 3"),
    Case("migration/many/1", ("migration", "clone"),
         "begin 0 | drain | t0 clone | drain | t0 clone | drain | t0 migrate 1 | t1 migrate 1 | "
         "t2 migrate 2 | drain | t1 migrate 2 | t2 migrate 1 | drain",
         "Threads cross each other on their way; each arrives once.",
         "Each context has a message of its own.", f"{_THESIS} 1"),
)  # fmt: skip

CLONE: Final = (
    Case("clone/origin/1", ("clone",), "begin 0 | drain | t0 clone | drain",
         "Two answers: to the parent, with the number of its child, and the child itself.",
         "The child begins where its parent goes on, with the parent's context.",
         f"{_THESIS} 4; popcorn: origin, CALL clone"),
    Case("clone/remote/1", ("clone", "migration"),
         "begin 1 | drain | t0 clone | drain | t1 migrate 2 | drain | t1 clone | drain",
         "A thread creates another on a kernel that is not the origin, and so does that one.",
         "As built, a thread that is created on a remote belongs to nobody.",
         f"{_THESIS} 4; finding I102"),
    Case("clone/remote/2", ("clone", "migration", "exit"),
         "begin 1 | drain | t0 clone | drain | t1 migrate 0 | drain | t1 exit | drain | t0 exit | "
         "drain",
         "A thread that was created away may go to the origin and exit there.",
         "Its home has counted it.", f"{_THESIS} 4; finding W1"),
    Case("clone/origin/2", _SHARES,
         "begin 0 | drain | t0 clone | drain | t0 migrate 1 | drain | t0 fault w0 | drain | "
         "t1 fault r0 | drain | t1 fault w0 | drain | t0 fault r0 | drain",
         "A thread that was created at the origin shares pages with one that has left.",
         "As built a child of a thread that never left takes its group for a local one.",
         "finding W1"),
    Case("clone/full/1", ("clone",),
         "begin 0 | drain | t0 clone | drain | t0 clone | drain",
         "When there can be no more threads the call fails with EAGAIN.",
         "A thread that waits for ever is not an answer.", "clone(2)", threads=2),
)  # fmt: skip

EXIT: Final = (
    Case("exit/origin/1", ("exit",), "begin 0 | drain | t0 exit | drain",
         "The last thread exits: END to every kernel that had threads, and FAREWELL from each.",
         "Nothing of a process is left when it is over.", f"{_THESIS} 4; popcorn: END, FAREWELL"),
    Case("exit/remote/1", ("exit", "migration"),
         "begin 0 | drain | t0 migrate 1 | drain | t0 migrate 2 | drain | t0 exit | drain",
         "A thread exits on the third kernel: all three are told.",
         "Whoever has been visited keeps something until it is told.", f"{_THESIS} 4"),
    Case("exit/first/1", ("exit", "clone", "migration"),
         "begin 0 | drain | t0 clone | drain | t1 migrate 1 | drain | t0 exit | drain | "
         "t1 clone | drain | t2 exit | drain | t1 exit | drain",
         "The first thread exits, and the others live on.",
         "As built a dead leader hides the address space of those that live.", "finding W2",
         threads=3),
    Case("exit/pages/1", ("exit", "clone", "migration", "pages"),
         "begin 0 | drain | t0 clone | drain | t0 fault w0 | drain | t1 migrate 1 | drain | "
         "t0 exit | drain | t1 fault r0 | drain | t1 fault w0 | drain | t1 exit | drain",
         "What a thread has written is there after it is gone.",
         "As built a frame is not found when its leader is dead.", "finding W2"),
    Case("exit/clone/1", ("exit", "clone", "migration"),
         "begin 1 | drain | t0 clone | drain | t0 exit | drain | t1 exit | drain",
         "A thread creates another and exits: the process is not over before the child is.",
         "As built closure is declared while a member lives.", "finding W10"),
    Case("exit/clone/2", ("exit", "clone", "migration"),
         "begin 0 | drain | t0 clone | drain | t1 migrate 1 | drain | t1 clone | t0 exit | drain | "
         "t1 exit | drain | t2 exit | drain",
         "A clone and an exit at the same time, on two kernels.",
         "Who is created while somebody counts must be counted.", "finding W10"),
    Case("exit/group/1", ("exit", "clone", "migration"),
         "begin 0 | drain | t0 clone | drain | t1 migrate 1 | drain | t1 exit_group | drain",
         "One thread ends all of them, from a kernel that is not the origin.",
         "exit_group(2) is about all threads, wherever they are.", f"{_THESIS} 4; finding C7"),
    Case("exit/group/2", ("exit", "clone", "migration"),
         "begin 0 | drain | t0 clone | drain | t1 exit_group | t0 migrate 1 | drain",
         "A thread is on its way while the group exits: it does not run any more.",
         "As built a thread that arrives after the order to exit lives for ever.", "finding W8a"),
    Case("exit/group/3", ("exit", "clone", "migration"),
         "begin 0 | drain | t0 clone | drain | t1 migrate 1 | drain | t0 exit_group | t1 clone | "
         "drain",
         "A thread is created while the group exits: it never runs.",
         "As built a clone in flight escapes.", "finding W8a"),
    Case("exit/group/4", ("exit", "clone", "migration", "pages"),
         "begin 0 | drain | t0 clone | drain | t1 migrate 1 | drain | t1 fault w0 | drain | "
         "t0 fault w0 | t1 exit_group | drain",
         "A question about a page that is under way when the process ends is dropped.",
         "Nobody may wait for a kernel that has said farewell.", "popcorn: origin, drop"),
)  # fmt: skip

_MODEST: Final = ("migration", "pages", "clone", "exit")
_ALL: Final = (*_MODEST, "areas", "futex", "fork", "services")
_DRAWN: Final = "Runs that are drawn: threads ask what they may, and messages take their time."

EXPLORED: Final = (
    Case("explore/threads/1", ("migration", "clone", "exit"), "", _DRAWN,
         "Nobody has thought of all ways in which threads can cross.", f"{_THESIS} 1, 3 and 4",
         kernels=3, threads=3, pages=1, examples=60),
    Case("explore/pages/1", _SHARES, "", _DRAWN,
         "Nobody has thought of all ways in which pages can be asked for at once.",
         f"{_THESIS} 2", kernels=3, threads=3, pages=1, examples=60),
    Case("explore/pages/2", _MODEST, "", _DRAWN,
         "With two pages a thread can hold one and wait for the other.", f"{_THESIS} 2 and 4",
         kernels=2, threads=3, pages=2, examples=60),
    Case("explore/all/1", _ALL, "", _DRAWN, "What works alone may not work beside the rest.",
         f"{_THESIS} 5", kernels=3, threads=3, pages=2, examples=100),
)  # fmt: skip
"""Cases without a script: see `exploring`."""

CASES: Final = (
    *MIGRATION, *CLONE, *EXIT, *MEMORY, *REFUSED, *EXPLORED, *PROGRAM_CASES, *RACE_CASES,
    *PROGRAM_EXPLORED,
)  # fmt: skip


def find_cases(ids: tuple[str, ...] = (), every: bool = False) -> tuple[Case, ...]:
    """Cases by id, or by the beginning of one (`pages` or `pages/two`).

    Without ids all that were written or are drawn, or really every one.

    Raises: UsageError for what is neither an id nor the beginning of one.
    """
    if not ids:
        return (*CASES, *covering_cases()) if every else CASES
    known = (*CASES, *covering_cases())
    groups = {c.id.rsplit("/", n)[0] for c in known for n in range(3)}
    for each in ids:
        if each not in groups:
            near = get_close_matches(each, groups, 3)
            hint = f"did you mean {' or '.join(near)}? " if near else ""
            legal = ", ".join(sorted({g.split("/")[0] for g in groups}))
            raise UsageError(
                f"there is no case {each}, and no group of cases; {hint}--list shows them; "
                f"they begin with {legal}"
            )
    return tuple(c for c in known if any(c.id == i or c.id.startswith(f"{i}/") for i in ids))
