"""Steps of the model that lead to where a log begins.

A thread that no line names is executed. It makes the others, which go to their kernels and ask what
they are to be asking. It touches the pages where they are to be, and is gone. Then the origin does
for the others what it had done. A step that is not possible is left out: what the lines say of the
beginning need not fit together where more of them are missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from popcorn_checker.journal.telling import (
    CALLS,
    ON_FUTEX,
    ON_MEMORY,
    ON_PAGE,
    Step,
    ask,
    make_firing,
)
from popcorn_checker.validating.beginnings.ending import Ending
from popcorn_checker.validating.beginnings.holding import READ, WRITE, Holding
from popcorn_checker.validating.beginnings.opening import At, Opening
from popcorn_checker.validating.naming import Numbers
from popcorn_checker.validating.telling import CALLING, ORIGIN
from popcorn_checker.validating.world import World
from popcorn_model.vocabulary import Call


@dataclass
class Start:
    """How things stood when a log begins."""

    openings: Mapping[int, Opening]
    """Index: threads."""
    holdings: Mapping[int, Holding]
    """Index: pages."""
    ending: Ending
    maker: int
    """The thread that made it so."""


class Maker:
    """Takes the steps."""

    def __init__(self, world: World, numbers: Numbers, start: Start) -> None:
        """Nothing has happened yet."""
        self._world = world
        self._threads, self._pages = numbers.threads, numbers.pages
        self._start = start
        self._maker = numbers.threads[start.maker]
        guests = start.ending.guests
        self._place = ORIGIN if ORIGIN in guests or not guests else min(guests)
        """Where the maker is."""

    def make(self) -> None:
        """All steps, in order."""
        openings = {self._threads[t]: each for t, each in self._start.openings.items()}
        self._take("exec_program", self._maker, self._place)
        self._take("run_on", self._maker, self._place)
        for t, opening in openings.items():
            self._bring(t, opening.kernel)
        for t, opening in openings.items():
            self._sleep(t, opening)
        for t, opening in openings.items():
            self._finish_nothing(t, opening)
        for t, opening in openings.items():
            self._ask(t, opening)
        for page, holding in self._start.holdings.items():
            self._place_page(self._pages[page], holding)
        for t, opening in openings.items():
            self._serve(t, opening)
        self._end(openings)
        self._world.settle()

    def _take(self, action: str, *values: object) -> bool:
        firing = make_firing((action, *values))
        world = self._world
        if not world.machine.moves[action].is_enabled(world.cells, *firing.values):
            return False
        world.fire(firing.action, firing.values, is_silent=True)
        world.silent += 1
        return True

    # --- threads ---------------------------------------------------------------------------------

    def _bring(self, t: int, kernel: int) -> None:
        self._take("call_clone", self._maker, self._place)
        self._take("serve_clone", self._maker, self._place, t)
        self._take("run_on", self._maker, self._place)
        self._take("run_on", t, self._place)
        self._hop(t, self._place, kernel)

    def _hop(self, t: int, source: int, target: int) -> None:
        if source != target:
            self._take("call_migrate", t, source, target)
            self._take("serve_migrate", t, source, target)
            self._take("run_on", t, target)

    def _sleep(self, t: int, opening: Opening) -> None:
        if opening.at is At.ASLEEP:
            k, p = opening.kernel, self._pages[next(iter(opening.named))]
            self._take("call_futex", t, k, p, CALLS.index(Call.FUTEX_WAIT))
            self._take("take_page", t, p, k)
            self._take("fall_asleep", t, k, p)

    def _finish_nothing(self, t: int, opening: Opening) -> None:
        """The thread has executed an instruction that faulted, and it was not heard."""
        if opening.is_done and opening.unnamed is not None:
            k, p = opening.kernel, self._pages[opening.unnamed]
            self._fault(t, k, p, READ, is_finished=False)

    def _fault(self, t: int, k: int, p: int, access: int, is_finished: bool = True) -> None:
        self._take("fault", t, k, p, access)
        self._take("take_page", t, p, k)
        self._take("grant", t, k)
        self._take("receive", t, k)
        if is_finished:
            self._take("finish", t, k)

    def _ask(self, t: int, opening: Opening) -> None:
        """The thread stops: what it lacks has not come to its kernel yet."""
        k = opening.kernel
        if opening.is_in_system:
            self._keep("system", t, k)
            self._keep("phase", t, CALLING)
            self._keep("late", t, None if opening.late is None else self._pages[opening.late])
        if opening.at is At.ANSWERED:
            self._take("call_other", t, k)
            self._take("serve_other", t, k)
        elif opening.at in (At.QUESTION, At.GRANTED):
            for action, *values in self._questions(t, k, opening):
                self._take(str(action), *values)

    def _keep(self, name: str, t: int, value: object) -> None:
        self._world.put(self._world.machine.cell(name, t), value)

    def _questions(self, t: int, k: int, opening: Opening) -> Iterator[Step]:
        call = Call.FAULT if opening.at is At.GRANTED else opening.call
        pages = [(self._pages[p], access or "read") for p, access in opening.named.items()]
        if pages or call not in (Call.FAULT, *ON_PAGE, *ON_FUTEX, *ON_MEMORY):
            named = {"call": call, "thread": t, "kernel": k, "goal": opening.goal}
            yield from ask({**named, "pages": pages if call == Call.FAULT else pages[:1]})

    def _serve(self, t: int, opening: Opening) -> None:
        """What the origin had done for the question."""
        k = opening.kernel
        if opening.has_turn:
            turn = "take_turn_to_fork" if opening.call == Call.FORK else "take_turn"
            self._take(turn, t, k)
        due = {(self._pages[page], kernel): page for page, kernel in opening.due}
        granted = opening.at is At.GRANTED
        for page in opening.named if granted else opening.taken:
            p = self._pages[page]
            if opening.call == Call.FORK:
                self._take("want_page", t, k, p)
            self._take("take_page", t, p, k)
            for j in range(self._world.machine.sizes["kernels"]):
                if self._world.get("recall", p, j):
                    is_due = (p, j) in due
                    if not is_due or self._start.holdings[page].has_given(j):
                        self._take("give_way", p, j)
                    if not is_due:
                        self._take("note_way", t, p, j)
        if granted:
            self._take("grant", t, k)

    # --- pages -----------------------------------------------------------------------------------

    def _place_page(self, p: int, holding: Holding) -> None:
        """What is allowed there, and who has it."""
        x, k = self._maker, self._place
        if holding.area != WRITE:
            call = Call.MUNMAP if not holding.area else Call.FORBID
            self._take("call_on_page", x, k, p, CALLS.index(call))
            self._take("take_page", x, p, k)
            self._take(f"serve_{call.value}", x, k, p)
            self._take("run_on", x, k)
        for kernel, access in sorted(holding.get_holders().items()):
            self._hop(x, self._place, kernel)
            self._place = kernel
            self._fault(x, kernel, p, access)

    # --- the end ---------------------------------------------------------------------------------

    def _end(self, openings: Mapping[int, Opening]) -> None:
        """The maker is gone, and with it the process if it was ending."""
        x, ending = self._maker, self._start.ending
        for kernel in sorted(ending.guests):
            if not self._world.get("joined", kernel):
                self._hop(x, self._place, kernel)
                self._place = kernel
        if ending.is_on:
            self._take("call_exit_group", x, self._place)
            self._take("serve_exit_group", x, self._place)
        elif openings:
            self._take("call_exit", x, self._place)
            self._take("serve_exit", x, self._place)
        for kernel in sorted(ending.told()):
            self._take("tell_end", kernel)
        for kernel in sorted(ending.gone()):
            self._take("end_here", kernel)
        if ending.is_on and ending.is_closed:  # who is not told any more has said farewell
            for kernel in range(self._world.machine.sizes["kernels"]):
                if kernel not in ending.guests:
                    self._take("tell_end", kernel)
                    self._take("end_here", kernel)
                    self._take("hear_farewell", kernel)
