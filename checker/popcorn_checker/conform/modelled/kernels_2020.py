"""Programs on the nodes of popcorn-2020, which send each other copies of pages.

The node where a program begins is its origin, whatever its number is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Final

from popcorn_checker.conform import wire
from popcorn_checker.conform.modelled.kernels import Ask, Kernels
from popcorn_checker.conform.modelled.machine import Machine, Step
from popcorn_checker.evaluate import State

ORIGIN: Final = 0
_CALLS: Final = {
    "munmap": "call_munmap", "mmap_over": "call_mmap_over", "mremap": "call_mremap",
    "forbid": "call_mprotect", "futex_wait": "call_futex", "futex_wake": "call_futex",
}  # fmt: skip
_NEED_AREA: Final = (
    "munmap", "forbid", "mremap", "futex_wait", "futex_wake", "read", "write",
)  # fmt: skip
_FETCHES: Final = ("ask_for_area", "follow_fetch")
_FAULTS: Final = ("open_handle", "follow_handle", "wait_for_handle", "fault_as_usual", "claim_page")
_MOVES: Final = ("move_at_origin", "move_here")
_SENT: Final = ("data", "stale")
_ALLOW: Final = {"read": ("read", "write"), "write": ("write",)}


class Kernels2020(Kernels):
    """Nodes with copies of their own, and what is on its way between them."""

    protocol = "popcorn-2020"
    capabilities = ("migration", "pages", "clone", "exit", "areas", "futex")

    def __init__(self, machine: Machine) -> None:
        """All frames are empty."""
        super().__init__(machine)
        self._start = ORIGIN
        self._held: dict[tuple[int, int], int] = {}
        self._mail: dict[tuple[str, int, int], int] = {}
        kernels, pages = range(machine.size("kernels")), range(machine.size("pages"))
        self._cells = tuple(product(pages, kernels))

    @staticmethod
    def scope(kernels: int, threads: int, pages: int) -> str:
        """As many followers at a handle as there are threads."""
        return f"kernels={kernels},tasks={threads},pages={pages},places={threads}"

    def named(self, kernel: int) -> int:
        """The origin changes places with the first node."""
        return {ORIGIN: self._start, self._start: ORIGIN}.get(kernel, kernel)

    # --- what threads do -------------------------------------------------------------------------

    def begin(self, thread: int, kernel: int) -> Iterator[Ask]:
        """The program is executed at its origin."""
        self._start = kernel
        yield "exec_program", {"t": thread}

    def calls(self, state: State, op: wire.Do, child: int | None) -> Iterator[Ask]:
        """What there is at the origin, and on a remote."""
        t = {"t": op.thread}
        is_home = self.places(state, op.thread) == [ORIGIN]
        match op:
            case wire.Do(op="migrate", goal=int(goal)):
                if is_home:
                    yield "migrate", {**t, "k": self.named(goal)}
                elif self.named(goal) == ORIGIN:
                    yield "migrate_back", t
                else:
                    yield "migrate_onward", {**t, "d": self.named(goal)}
            case wire.Do(op="clone") if child is not None:
                yield ("clone_thread" if is_home else "clone_on_remote"), {"t": child}
            case wire.Do(op="exit"):
                yield ("exit_at_origin" if is_home else "exit_on_remote"), t
            case wire.Do(op="exit_group"):
                yield ("kill_process", {}) if is_home else ("exit_group_on_remote", t)
            case wire.Do(op="mmap"):
                yield "call_mmap", t
            case wire.Do(op="futex_wait" | "futex_wake" as what, page=int(page)):
                yield "call_futex", {**t, "p": page, "what": what}
            case wire.Do(op=what, page=int(page)) if what in _CALLS:
                if what == "mremap" and not is_home and self.machine.has("move_here"):
                    yield "move_here", {**t, "p": page}
                else:
                    yield _CALLS[what], {**t, "p": page}

    def touches(self, state: State, op: wire.Do) -> Iterator[Ask]:
        """A fault; a call about a page that its node knows nothing of looks at the page first."""
        if op.op not in _NEED_AREA or not isinstance(op.page, int):
            return
        about: dict[str, int | str] = {"t": op.thread, "p": op.page}
        yield from ((name, about) for name in _FETCHES)
        if op.op in _ALLOW:
            yield from ((name, {**about, "a": op.op}) for name in _FAULTS)
            yield ("drop_other_copies" if op.op == "write" else "claim_from_nobody"), about

    def kills(self) -> Iterator[Ask]:
        """A signal that ends the process."""
        yield "kill_process", {}

    def refuses(self, state: State, thread: int, access: str, page: int) -> bool:
        """The areas of its node forbid it; a remote that has none asks first."""
        (kernel, *_) = self.places(state, thread)
        area = self.machine.get(state, "area", page, kernel)
        if area == "none":
            return kernel == ORIGIN
        return area not in _ALLOW[access]

    def signals(self, step: Step) -> Iterator[int]:
        """There is no such area, or the page cannot be had."""
        get, values = self.machine.get, self.machine.values(step.firing)
        match step.firing.action:
            case "install_area" if get(step.before, "got", values["t"]) == "none":
                yield from self._fetchers(step.before, values["p"], values["k"])
            case "back_off" if get(step.before, "reply", values["p"], values["k"]) == "error":
                yield values["t"]
            case "fail_at_origin":
                yield values["t"]

    def _fetchers(self, state: State, page: int, kernel: int) -> Iterator[int]:
        """The threads of a node that wait to be told of an area."""
        get = self.machine.get
        for thread in range(self.machine.size("tasks")):
            is_here = get(state, "at", thread) == kernel and get(state, "about", thread) == page
            if is_here and get(state, "call", thread) in ("following", "installing"):
                yield thread

    def maps(self, step: Step) -> int | None:
        """Where is for the origin to say, or as built for the node that does it alone."""
        values = self.machine.values(step.firing)
        if step.firing.action in _MOVES:
            return values["q"]
        return values["p"] if step.firing.action == "map_for_call" else None

    def extra(self) -> Iterator[str]:
        """The word is not as expected."""
        yield "find_other_word"

    def may(self, step: Step, ops: Mapping[int, wire.Do]) -> bool:
        """A thread falls asleep if the word is as it expects, and only then."""
        if step.firing.action not in ("fall_asleep", "find_other_word"):
            return True
        values = self.machine.values(step.firing)
        is_expected = self._held.get((values["p"], ORIGIN), 0) == ops[values["t"]].value
        return is_expected == (step.firing.action == "fall_asleep")

    # --- where threads and pages are -------------------------------------------------------------

    def places(self, state: State, thread: int) -> list[int]:
        """Where it is, and where another task takes itself for it."""
        get = self.machine.get
        at = get(state, "at", thread)
        here = [] if at is None else [int(at)]
        if get(state, "home", thread) == "running":
            here.append(ORIGIN)
        here += [
            k for k in range(self.machine.size("kernels"))
            if get(state, "remote", thread, k) == "running"
        ]  # fmt: skip
        return list(dict.fromkeys(here))

    def copies(self, state: State) -> tuple[wire.Held, ...]:
        """What both the page table and the areas of a node allow."""
        return tuple(self._copies(state))

    def _copies(self, state: State) -> Iterator[wire.Held]:
        for page, kernel in self._cells:
            area = self.machine.get(state, "area", page, kernel)
            pte = self.machine.get(state, "pte", page, kernel)
            if pte in ("read", "write") and area != "none":
                is_writable = area == pte == "write"
                yield wire.Held(self.named(kernel), page, "write" if is_writable else "read")

    # --- what copies hold ------------------------------------------------------------------------

    def follow(self, step: Step) -> None:
        """Copies are sent and taken, and frames are given back."""
        for page, kernel in self._cells:
            if self._becomes(step, "reply", page, kernel, *_SENT):
                self._mail["reply", page, kernel] = self._held.get((page, ORIGIN), 0)
            if self._becomes(step, "answer", page, kernel, *_SENT):
                self._mail["answer", page, kernel] = self._held.get((page, kernel), 0)
        values = self.machine.values(step.firing)
        match step.firing.action:
            case "map_page":
                page, kernel = values["p"], values["k"]
                self._held[page, kernel] = self._mail["reply", page, kernel]
            case "collect_answer":
                page, kernel = values["p"], values["k"]
                if self.machine.get(step.before, "answer", page, kernel) in _SENT:
                    self._held[page, ORIGIN] = self._mail["answer", page, kernel]
            case name if name in _MOVES:
                kernel = values.get("k", ORIGIN)
                self._held[values["q"], kernel] = self._held.get((values["p"], kernel), 0)
        for page, kernel in self._cells:
            if self._becomes(step, "pte", page, kernel, "none"):
                self._held.pop((page, kernel), None)

    def _becomes(self, step: Step, name: str, page: int, kernel: int, *what: str) -> bool:
        was, now = (self.machine.get(s, name, page, kernel) for s in (step.before, step.after))
        return was not in what and now in what

    def read(self, state: State, thread: int, page: int) -> int:
        """What the copy of its node holds."""
        return self._held.get((page, self.places(state, thread)[0]), 0)

    def write(self, state: State, thread: int, page: int, value: int) -> Iterator[Ask]:
        """To the copy of its node; the model is told where others become old by that."""
        self._held[page, self.places(state, thread)[0]] = value
        yield "store", {"t": thread, "p": page}
