"""What a line of a console says in terms of the model `popcorn-2020`: the ways to do it.

`about_threads`, `about_areas` and `about_pages` have a rule for each kind of line. Here is what
concerns all of them: who a line is about must be who it was, and a task that has died does nothing
any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from enum import Enum
from typing import Final

from popcorn_checker.consoles import about_areas, about_pages, about_threads
from popcorn_checker.consoles.elsewhere import before_reader
from popcorn_checker.consoles.line import ORIGIN, Mistaken, Printed, Ways, one
from popcorn_checker.consoles.naming import BY_WORKER, OF_SHADOW, SERVING, Names
from popcorn_checker.dmesg.reading import Line
from popcorn_checker.validating.observing import Entry, Get, Keep, Take, Way
from popcorn_model.language import Model
from popcorn_model.popcorn_2020.advice import ADVICE

DEATHS: Final = frozenset({
    "kernel_bug", "null_pointer", "bad_pointer", "bug", "oops", "trap", "protection_fault",
})  # fmt: skip
"""Kinds of lines with which a kernel says that it ends the task that prints them."""
BY_THREAD: Final = frozenset({
    "migrate", "page_fault", "area_fault", "area_ask", "area_pended", "area_nearest",
    "taken_at_origin", "call_mmap", "call_brk", "call_munmap", "call_mprotect",
})  # fmt: skip
"""Kinds that a thread prints in its own task, and not a worker on its behalf."""
READERS: Final = frozenset({"taken_at_origin", "taken_for", "taken", "joined", "waits"})
"""Kinds with which somebody begins to hold a node's semaphore to read, asleep or not."""
RECEIPTS: Final[Mapping[str, str]] = {
    "task_migrate": "take_clone_request", "task_pairing": "take_pairing",
    "task_exit_origin": "take_termination", "task_migrate_back": "leave_mail",
    "task_exit_remote": "leave_mail", "vma_info_request": "leave_mail",
    "futex_request": "leave_mail", "task_refused": "take_refusal", "signal": "take_signal",
}  # fmt: skip
"""Index: kinds of messages; the step with which one is received."""

NEVER: Final = 1000
"""Units: steps, more than may be missing."""
ADVISED: Final = frozenset(action.name for action in ADVICE)
"""Steps of calls that give advice about memory."""
UNLIKELY: Final[Mapping[str, int]] = {
    "kill_process": 3, "exit_group_on_remote": 3, "exit_at_origin": 1, "exit_on_remote": 1,
    "die_of_signal_64": 4, "fail_to_build": 4, "fail_to_allocate": 3, "lose_shadow": 4,
    "stop_worker": 3, "clone_on_remote": 2, "migrate_onward": 3, "fail_to_map": 2, "store": 9,
    "call_munmap": 1, "call_mprotect": 3, "call_brk": 1,
}  # fmt: skip
"""Steps that are seldom, and by how much."""
STEPS_OF_ORIGIN: Final = frozenset({
    "migrate", "resume", "exit_at_origin", "follow_into_exit",
    "begin_for_remote", "tell_node", "fault_as_usual", "drop_other_copies", "claim_page",
    "map_at_origin", "touch_first", "serve_here", "serve_by_claim", "reply_to_request",
    "refuse_request", "park_request", "give_up_on_semaphore", "miss_area",
})  # fmt: skip
"""Steps that the origin's lines tell of."""
STEPS_OF_REMOTE: Final = frozenset({
    "build_address_space", "fork_thread", "pair", "migrate_back", "end_parked", "exit_on_remote",
    "ask_for_area", "follow_fetch", "begin_unmap", "lower_for_origin",
    "open_handle", "follow_handle", "wait_for_handle", "ask_origin", "map_page", "take_grant",
    "back_off", "leave_handle", "invalidate", "defer_invalidation", "invalidate_at_last",
    "serve_page", "send_page", "wait_to_serve", "find_nothing_to_send", "call_mmap",
})  # fmt: skip
"""Steps that a remote's lines tell of."""

_RULES: Final[Mapping[str, Callable[[Printed], Ways]]] = {
    **about_threads.RULES, **about_areas.RULES, **about_pages.RULES,
}  # fmt: skip


def is_told(line: Line) -> bool:
    """Whether a line says something of the process."""
    if line.kind is None:
        return False
    return line.kind.name in _RULES or line.kind.name in (*DEATHS, "registers", "hung_task")


class Haste(Enum):
    """Which of the steps that no line tells of are taken as soon as they are possible."""

    ALL = "what has begun goes on"
    MESSAGES = "messages are received"
    NONE = "none: each is taken when a line needs it"


class ConsoleObserver:
    """The front end for the consoles of one process."""

    haste = Haste.ALL
    """Races are between steps that are late: to find them, there must be less haste."""

    own = (
        "pid", "exit", "ending_told", "ended", "fault", "serving", "dropping", "dropper",
        "holders", "dying", "over", "asked", "sent", "owed",
    )  # fmt: skip
    duties: Mapping[str, str] = {
        "awaits": "an acknowledgement of the munmap", "request": "an answer to a request",
        "recall": "the copy", "work": "the arrival", "doing": "the end of a fault",
        "call": "the return of a call", "sent": "an answer to a request",
    }  # fmt: skip

    def __init__(
        self, names: Names, model: Model, observed: frozenset[int], is_complete: bool = False
    ) -> None:
        """Of the model it needs what values are called, and which actions there are.

        `observed` are the kernels whose lines are there; complete, if all of them are.
        """
        self.names = names
        self._observed = observed
        self._is_complete = is_complete
        self.unlikely = {**UNLIKELY, **dict.fromkeys(ADVISED, 3)}
        told = STEPS_OF_ORIGIN if ORIGIN in observed else frozenset()
        if observed - {ORIGIN}:
            told |= STEPS_OF_REMOTE
        for action in told:
            self.unlikely[action] = NEVER if is_complete else self.unlikely.get(action, 0) + 1
        self._labels = {family.name: family.sort.labels for family in model.states}
        self._actions = frozenset(action.name for action in model.actions)
        self._threads = names.get_threads()
        self._ack = self._labels["answer"].index("ack")
        self._leaving = self._labels["home"].index("leaving")

    def ways(self, entry: Entry, get: Get) -> Ways:
        """What a line may be in a state; or why it can be nothing, whatever the state."""
        ways = self._ways(entry, get)
        if entry.content["is_last"] and not isinstance(ways, str):
            over = Keep("over", (entry.content["kernel"],), True)
            return [replace(way, items=(*way.items, over)) for way in ways]
        return ways

    def _ways(self, entry: Entry, get: Get) -> Ways:
        line: Line = entry.content["line"]
        k: int = entry.content["kernel"]
        assert line.kind is not None
        kind = line.kind.name
        observed = frozenset(j for j in self._observed if not get("over", j))
        x = Printed(
            self.names, self._labels, self._actions, k, line, get, observed, self._is_complete
        )
        if kind in DEATHS or kind == "registers":
            return self._death(x, kind)
        if kind == "hung_task":
            t = self.names.thread(k, x.pid)
            return one() if t is None else about_areas.is_waiting(x, t)
        try:
            wrong = self._mistaken(x, kind)
            ways = wrong or _RULES[kind](x)
        except Mistaken as error:
            return str(error)
        if isinstance(ways, str):
            return ways
        if kind in READERS:  # now, or after calls that wait for the semaphore to write
            ways = [
                replace(way, items=(*first, *way.items), before=len(first))
                for first in before_reader(x) for way in ways
            ]  # fmt: skip
        possible = [way for way in ways if self._exists(way)]
        return possible or "in this variant of the model no kernel does what the line says"

    def _exists(self, way: Way) -> bool:
        return all(x.action in self._actions for x in way.items if isinstance(x, Take))

    def _mistaken(self, x: Printed, kind: str) -> str:
        """Why a line cannot be right in what it says of who is who."""
        f, names = x.line.fields, self.names
        is_remote_thread = not x.is_origin and "pid" in f and not x.is_worker
        if is_remote_thread and kind in OF_SHADOW:
            peer = x.number("peer_pid")
            home = names.homes.get((x.k, x.pid), peer)
            if home != peer:
                said = names.said[x.k, x.pid]
                return f"the shadow of {x.pid} is {home}, as {said} says, not {peer}"
            if home >= 0 and names.kernel(f["peer_node"]) != ORIGIN:
                return f"shadows are at the origin, node {names.node(ORIGIN)}"
        if not x.is_origin and kind in (*BY_WORKER, *SERVING) and not x.is_worker:
            return f"the worker on this node is {names.workers.get(x.k)}, not {x.pid}"
        if not x.is_origin and kind in ("invalidate", "invalidated") and x.j != ORIGIN:
            return f"copies are recalled by the origin, node {names.node(ORIGIN)}"
        if not x.is_origin and kind in SERVING and x.j != ORIGIN:
            return f"pages are asked for by the origin, node {names.node(ORIGIN)}"
        if x.is_origin and kind in ("munmap_tell", "revoke", "terminate", "page_ask"):
            worker = None if x.j is None else names.workers.get(x.j)
            if worker is not None and worker != f["peer_pid"]:
                return f"the worker on node {f['peer_node']} is {worker}, not {f['peer_pid']}"
        if is_remote_thread and x.is_unlinked and "clone_on_remote" not in self._actions:
            return (
                f"{x.pid} has no shadow, as {names.said[x.k, x.pid]} says, so it was created on "
                "this node, and in this variant no thread is"
            )
        if kind in BY_THREAD and "pid" in f and not x.is_worker:
            ended = x.get("ended", x.t, x.k)
            if ended:
                return f"task {x.pid} ended in line {ended}"
        return ""

    def _death(self, x: Printed, kind: str) -> Ways:
        """A task has run into a defect of the kernel: it does nothing any more."""
        f, caller = x.line.fields, x.line.caller
        pid = f["pid"] if kind == "registers" else None
        if caller is not None and caller.startswith("T"):
            pid = int(caller[1:])
        elif kind != "registers":
            return one(Keep("dying", (x.k,), True))  # who it is is said some lines later
        if not isinstance(pid, int) or (kind == "registers" and not x.get("dying", x.k)
                                        and caller is None):  # fmt: skip
            return one()
        t = self.names.thread(x.k, pid)
        if t is None:
            return one(Keep("dying", (x.k,), None))
        return one(Keep("ended", (t, x.k), x.line.number), Keep("dying", (x.k,), None))

    def receipts(self, get: Get) -> Iterator[Take]:
        """Messages are received, in the order in which they came; and what follows goes on.

        That is how it is most often, and it finds most behaviours soonest; see `haste`.
        """
        if self.haste is Haste.NONE:
            return
        kernels = self.names.consoles.kernels.values()
        for j in kernels:
            for k in kernels:
                items = get("channel", j, k)
                if items:
                    yield from self._receipt(items[0], j, k)
        if self.haste is Haste.MESSAGES:
            return
        for t in self._threads:
            yield from self._goes_on(t, get)
        for p in range(len(self.names.pages)):
            for k in kernels:
                if get("answer", p, k) == self._ack:
                    yield Take("collect_answer", (p, k))

    def _goes_on(self, t: int, get: Get) -> Iterator[Take]:
        """Steps of a thread, or for it, that have begun and that no line tells of."""
        call = self._labels["call"][get("call", t)]
        if call == "telling":
            yield Take("all_are_told", (t,))
        elif call == "writing" and "unmap_here" in self._actions:
            yield Take("unmap_here", (t, get("about", t), get("at", t)))
        elif call == "applying" and get("at", t) == ORIGIN and get("about", t) is not None:
            yield Take("lower_at_origin", (t, get("about", t)))
        elif call == "finishing":
            yield Take("finish_here", (t, get("about", t), get("at", t)))
        if "leave_address_space" in self._actions and get("home", t) == self._leaving:
            yield Take("leave_address_space", (t,))

    def _receipt(self, item: tuple[str, tuple[int, ...]], j: int, k: int) -> Iterator[Take]:
        kind, values = item
        if kind == "vma_op_request":
            action = "leave_mail" if k == ORIGIN else "queue_unmap"
        elif kind == "vma_op_response":
            action = "take_acknowledgement" if k == ORIGIN else "take_answer"
        elif kind == "vma_info_response":
            yield Take("take_area", (values[0], k, values[1]))
            return
        else:
            action = RECEIPTS.get(kind, "")
        if kind == "task_exit_origin":
            yield Take(action, (k,))
        elif action in self._actions:
            yield Take(action, (values[0], j if k == ORIGIN else k))


