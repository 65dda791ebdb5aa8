"""Programs on the kernels of popcorn-2014, where a page is one frame and all kernels map it.

Every kernel can be the one where a program begins. Heap and stack grow before anything else, as
the harness has all pages mapped at the start. What becomes of a thread that uses what no call has
mapped the model leaves out: it gets a signal, as on any Linux.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from popcorn_checker.conform import wire
from popcorn_checker.conform.modelled.kernels import Ask, Kernels
from popcorn_checker.conform.modelled.machine import Machine, Step
from popcorn_checker.evaluate import State

_AREAS: Final = {"forbid": "read", "allow": "write"}
_PAGE_CALLS: Final = {"munmap": "call_munmap", "mmap_over": "call_mmap_at", "mremap": "call_mremap"}
_PLACES: Final = {
    "map_here": "first", "move_page": "last", "move_own_page": "last", "move_copy_of_page": "last"
}  # fmt: skip
_TOUCHES: Final = {"read": "touch_to_read", "write": "touch_to_write"}
_ENTRY: Final = ("k", "r", "p")
"""What all actions call a kernel, an address space and a page: together an entry there."""
ANYTHING: Final = 666
"""What a thread finds in a frame that somebody else may have by now: no case writes it."""


class Kernels2014(Kernels):
    """Kernels with frames that they share."""

    protocol = "popcorn-2014"
    capabilities = ("migration", "pages", "clone", "exit", "areas")
    errors = ("return_error",)

    def __init__(self, machine: Machine) -> None:
        """All frames are empty."""
        super().__init__(machine)
        self._held: dict[int, int] = {}
        self._kernels = range(machine.size("kernels"))

    @staticmethod
    def scope(kernels: int, threads: int, pages: int) -> str:
        """Calls are without bound; each page has frames for its copies and for the zero page."""
        sizes = {"kernels": kernels, "tasks": threads, "pages": pages, "frames": 3 * pages}
        rooms = {"ring_slots": 4 * kernels * threads, "work_slots": 4 * kernels * threads}
        free = dict.fromkeys(("hops", "group_exits", "clones", "vma_ops", "reads"), "any")
        return ",".join(f"{n}={v}" for n, v in {**sizes, **rooms, **free}.items())

    # --- what threads do -------------------------------------------------------------------------

    def begin(self, thread: int, kernel: int) -> Iterator[Ask]:
        """The program starts, and grows by all pages."""
        yield "start_program", {"k": kernel}
        for page in range(self.machine.size("pages")):
            yield "grow", {"t": thread, "p": page}

    def calls(self, state: State, op: wire.Do, child: int | None) -> Iterator[Ask]:
        """A thread to whom it matters on which kernel it is says so by itself."""
        t = {"t": op.thread}
        match op:
            case wire.Do(op="migrate", goal=int(goal)):
                yield "migrate_to_new_kernel", {**t, "d": goal}
                yield "migrate_back", {**t, "d": goal}
            case wire.Do(op="clone") if child is not None:
                yield "clone_thread", {"p": op.thread, "t": child}
            case wire.Do(op="exit"):
                yield "exit_thread", t
                yield "exit_alone", t
            case wire.Do(op="exit_group"):
                yield "call_exit_group", t
            case wire.Do(op="mmap"):
                for page in range(self.machine.size("pages")):
                    yield "call_mmap", {**t, "p": page, "q": page}
            case wire.Do(op="forbid" | "allow" as what, page=int(page)):
                yield "call_mprotect", {**t, "p": page, "q": page, "wanted": _AREAS[what]}
            case wire.Do(op=what, page=int(page)) if what in _PAGE_CALLS:
                yield _PAGE_CALLS[what], {**t, "p": page}

    def touches(self, state: State, op: wire.Do) -> Iterator[Ask]:
        """A fault."""
        if op.op in _TOUCHES and isinstance(op.page, int):
            yield _TOUCHES[op.op], {"t": op.thread, "p": op.page}

    def refuses(self, state: State, thread: int, access: str, page: int) -> bool:
        """No call has left the page mapped so."""
        rights = self.machine.look(state, "mapped", page)
        return bool(rights == "none" or (access == "write" and rights == "read"))

    def signals(self, step: Step) -> Iterator[int]:
        """The kernel of a thread that faults has no area that allows it."""
        if step.firing.action != "fill_nothing":
            return
        values = self.machine.values(step.firing)
        entry = tuple(values[name] for name in _ENTRY)
        is_there = self.machine.get(step.after, "pte", *entry) is not None
        is_read = self.machine.get(step.before, "mode", values["t"]) == "read"
        if not (is_there and (is_read or self.machine.get(step.after, "writable", *entry))):
            yield values["t"]

    def maps(self, step: Step) -> int | None:
        """A call that maps keeps the place as its first page, one that moves as its last."""
        place = _PLACES.get(step.firing.action)
        if place is None:
            return None
        return int(self.machine.get(step.before, place, self.machine.values(step.firing)["t"]))

    # --- where threads and pages are -------------------------------------------------------------

    def places(self, state: State, thread: int) -> list[int]:
        """Where an incarnation runs, by mistake or not."""
        return [
            k for k in self._kernels
            if self.machine.get(state, "inc", thread, k) in ("running", "stray")
        ]  # fmt: skip

    def copies(self, state: State) -> None:
        """Nobody has any: all kernels may write the one frame at once."""

    def _space(self, state: State, thread: int) -> tuple[int, int]:
        """The kernel of a thread, and its address space there."""
        (kernel, *_) = self.places(state, thread)
        return kernel, self.machine.get(state, "uses", thread, kernel)

    # --- what frames hold ------------------------------------------------------------------------

    def follow(self, step: Step) -> None:
        """A frame that is handed out is a copy of what the page showed, or empty.

        One that has gone back to its allocator may be anybody's.
        """
        values = self.machine.values(step.firing)
        held = dict(self._held)  # a step may free the frame that it copies
        for frame in range(self.machine.size("frames")):
            was, now = (self.machine.get(s, "owner", frame) for s in (step.before, step.after))
            if was is None and now is not None:
                shown = self.machine.get(step.before, "pte", *(values[n] for n in _ENTRY))
                self._held[frame] = held.get(shown, 0)
            elif now is None and was is not None:
                self._held[frame] = ANYTHING

    def _frame(self, state: State, thread: int, page: int) -> int:
        return int(self.machine.get(state, "pte", *self._space(state, thread), page))

    def read(self, state: State, thread: int, page: int) -> int:
        """What is in the frame that its page table shows."""
        return self._held.get(self._frame(state, thread, page), 0)

    def write(self, state: State, thread: int, page: int, value: int) -> Iterator[Ask]:
        """Into that frame; the model need not know."""
        self._held[self._frame(state, thread, page)] = value
        return iter(())
