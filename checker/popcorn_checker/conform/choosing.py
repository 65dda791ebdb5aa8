"""What a run that is drawn can do next, wherever it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from popcorn_checker.conform import script
from popcorn_checker.conform.case import CALLS_OF, Case
from popcorn_checker.conform.driving import Session
from popcorn_checker.conform.program_driving import ProgramSession
from popcorn_checker.conform.talking import Talk
from popcorn_checker.conform.world import ACCESS, CALLS

TICKS: Final = (1, 2, 3, 5, 8)
"""How much time a thread can have before another begins something, too: others than those that are
written in `race_cases`."""
RARE: Final = ("exit", "exit_group")
"""Calls after which less can happen: they are offered last."""
ENDS_FROM: Final = 12
"""How many steps a program has at least before something ends all of it."""


def choose(
    session: Talk[Any, Any], case: Case, taken: Sequence[script.Step]
) -> Iterator[Sequence[script.Step]]:
    """What can be done now, whatever has happened, kind by kind: the model says so."""
    if isinstance(session, Session):
        yield list(_messages(session, case))
    elif isinstance(session, ProgramSession):
        yield from _program(session, case, taken)


# --- at the level of messages --------------------------------------------------------------------


def _messages(session: Session, case: Case) -> Iterator[script.Step]:
    judge, world = session.judge, session.world
    yield from (script.Begin(k) for k in range(world.kernels) if judge.can("exec_program", 0, k))
    for source, target in session.network.open_links():
        yield script.Deliver(source, target)
    for thread in range(world.threads):
        kernel = judge.place(thread)
        if kernel is not None:
            yield from _questions(session, case, thread, kernel)
    if "services" in case.needs and judge.can("kill"):
        yield script.Kill()


def _questions(
    session: Session, case: Case, thread: int, kernel: int
) -> Iterator[script.Step]:
    calls = [call for need in case.needs for call in CALLS_OF[need]]
    for call in sorted(calls, key=lambda each: each in RARE):
        yield from _of_call(session, thread, kernel, call)


def _of_call(session: Session, thread: int, kernel: int, call: str) -> Iterator[script.Step]:
    judge, world = session.judge, session.world
    pages = range(world.pages)
    if call == "migrate":
        others = (k for k in range(world.kernels) if judge.can("call_migrate", thread, kernel, k))
        yield from (script.Ask(thread, call, goal=k) for k in others)
    elif call == "fault":
        lacking = [(p, a) for p in pages for a in ("read", "write")
                   if judge.can("fault", thread, kernel, p, ACCESS[a])]  # fmt: skip
        yield from (script.Ask(thread, call, (each,)) for each in lacking)
        yield from (
            script.Ask(thread, call, (first, second))
            for first in lacking for second in ((p, a) for p in pages for a in ("read", "write"))
            if first[0] != second[0]
        )  # fmt: skip
    elif call in script.CALLS_WITH_PAGE:
        values = (0, 1) if call in script.WITH_VALUE else (None,)
        access = script.CALLS_WITH_PAGE[call]
        yield from (
            script.Ask(thread, call, ((p, access),), value=v) for p in pages for v in values
        )
    else:
        assert call in CALLS
        yield script.Ask(thread, call)


# --- at the level of programs --------------------------------------------------------------------

_KINDS: Final = (
    ("read",), ("write",), ("migrate",), ("clone",), CALLS_OF["areas"], CALLS_OF["futex"],
    ("other", "exit", "exit_group"),
)  # fmt: skip
"""What is as likely to be drawn; the last may be the end of the run."""


def _program(
    session: ProgramSession, case: Case, taken: Sequence[script.Step]
) -> Iterator[Sequence[script.Step]]:
    """Whoever is at nothing may begin something; after that all may have time, a little or all."""
    if not taken:
        yield [script.Begin(k) for k in range(session.kernels)]
    elif not session.is_over:
        yield [script.Drain()] if not isinstance(taken[-1], script.Drain) else []
        is_first = not isinstance(taken[-1], script.Wait | script.Drain)
        yield [script.Wait(n) for n in TICKS] if is_first and session.judge.is_busy else []
        threads = [t for t in range(session.machine.threads) if session.judge.can_begin(t)]
        if session.judge.is_ending():
            return
        calls = {call for need in case.needs for call in CALLS_OF[need]}
        calls |= {"read", "write"} if "pages" in case.needs else set()
        may_end = len(taken) >= ENDS_FROM
        calls -= set() if may_end else {"exit_group"}
        for kind in _KINDS:
            steps = [
                step for call in kind if call in calls
                for t in (threads[-1:] if call == "exit_group" else threads)
                for step in _begun(session, t, call, len(taken))
            ]  # fmt: skip
            kills = may_end and kind is _KINDS[-1] and "services" in case.needs
            yield [*steps, script.Kill()] if kills else steps


def _begun(
    session: ProgramSession, thread: int, call: str, number: int
) -> Iterator[script.Step]:
    """What a thread can begin with a call, or with a use of memory; no value is written twice."""
    pages = range(session.machine.pages)
    if call == "migrate":
        here = session.places.get(thread)
        others = (k for k in range(session.kernels) if here not in (None, k))
        yield from (script.Ask(thread, call, goal=k) for k in others)
    elif call == "futex_wait":
        held = {(p, m.pages[p]) for m in session.judge.moments for p in pages}
        yield from (
            script.Ask(thread, call, ((p, "read"),), value=v) for p, v in sorted(held | {(0, 0)})
        )
    elif call in script.CALLS_WITH_PAGE:
        value = number if call == "write" else None
        access = script.CALLS_WITH_PAGE[call]
        yield from (script.Ask(thread, call, ((p, access),), value=value) for p in pages)
    elif call != "clone" or session.judge.can_create():
        yield script.Ask(thread, call)
