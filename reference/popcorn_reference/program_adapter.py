"""The reference as a program sees it: `... program_adapter [SEED] [pages]`.

With `pages` it tells also which pages can be used where, and where threads run. The kernels and
their network are inside; what is done from outside is what threads do. Each time that time is given
one message arrives, drawn from those that may.
"""

from __future__ import annotations

import json
import random
import sys
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

from popcorn_reference.adapter import CAPABILITIES, PROCESS, VERSION, Cluster, Object
from popcorn_reference.faults import LocalFault, RemoteFault

PAGES: Final = "pages"
NAME = "popcorn-reference"
_ORIGIN: Final = 0
_ENOUGH: Final = {"none": 0, "read": 1, "write": 2}
_NO_CALL: Final = ("read", "write")
_OF_PAGE: Final = {
    "mmap_over": "write", "munmap": "write", "mremap": "write", "forbid": "read", "allow": "read",
    "futex_wait": "read", "futex_wake": "read",
}  # fmt: skip


class Program:
    """A program on the kernels of a cluster: its threads, and what is on its way."""

    def __init__(self, kernels: int, threads: int, pages: int, seed: int) -> None:
        self.cluster = Cluster(kernels, threads, pages)
        self.links: dict[tuple[int, int], deque[Object]] = {}
        self.places: dict[int, int] = {}
        """Where each thread runs, or has asked; who has not arrived yet is nowhere."""
        self.asked: dict[int, Object] = {}
        self.done: list[dict[str, Any]] = []
        self._draw = random.Random(seed)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left of it."""
        return self.cluster.home.is_over

    def told(self) -> dict[str, Any]:
        """Which pages can be used where, and where threads run that ask for nothing."""
        copies = [
            {"kernel": k, "page": p, "access": str(access)}
            for (p, k), access in sorted(self.cluster.tables.items())
        ]
        places = [
            {"thread": t, "kernel": k} for t, k in sorted(self.places.items())
            if t not in self.asked and self._runs(t)
        ]  # fmt: skip
        return {"copies": copies, "places": places}

    def obey(self, order: Object) -> None:
        """Let a thread do something, or time pass."""
        match order["cmd"]:
            case "run":
                self._give({"cmd": "begin", "kernel": _ORIGIN, "thread": order["thread"],
                            "to": order["kernel"], "context": ""})  # fmt: skip
            case "do":
                self._do(order)
            case "kill" if not self.cluster.home.is_ending:
                self._give({"cmd": "kill", "kernel": _ORIGIN})
            case "tick":
                self._deliver()

    def _give(self, order: Object) -> None:
        for sent in self.cluster.obey(order)["sends"]:
            link = (order["kernel"], sent["to"])
            self.links.setdefault(link, deque()).append(sent["message"])

    def _runs(self, thread: int) -> bool:
        """Whether its kernel has not been told yet that the process ends."""
        member = self.cluster.kernels[self.places[thread]].members.get(PROCESS)
        return member is not None and not member.has_ended

    # --- what threads do -------------------------------------------------------------------------

    def _do(self, order: Object) -> None:
        """A thread begins something, as soon as it runs; who has been ended does not any more."""
        if order["thread"] in self.places and not self._runs(order["thread"]):
            return
        self.asked[order["thread"]] = order
        if order["thread"] in self.places:
            self._begin(order["thread"])

    def _begin(self, thread: int) -> None:
        order = self.asked[thread]
        op = order["op"]
        if op in _NO_CALL:
            self._access(thread)
            return
        stop = {"cmd": "stop", "kernel": self.places[thread], "thread": thread, "call": op,
                "context": ""}  # fmt: skip
        if op in _OF_PAGE:
            stop["pages"] = [{"page": order["page"], "access": _OF_PAGE[op]}]
        self._give({**stop, **{n: order[n] for n in ("goal", "value") if n in order}})

    def _access(self, thread: int) -> None:
        """A thread uses a page, or faults on it."""
        order, kernel = self.asked[thread], self.places[thread]
        has = self.cluster.tables.get((order["page"], kernel))
        if has is not None and _ENOUGH[has] >= _ENOUGH[order["op"]]:
            self._use(thread)
            return
        wanted = [{"page": order["page"], "access": order["op"]}]
        self._give({"cmd": "stop", "kernel": kernel, "thread": thread, "call": "fault",
                    "context": "", "pages": wanted})  # fmt: skip

    def _use(self, thread: int) -> None:
        order = self.asked.pop(thread)
        page, kernel = order["page"], self.places[thread]
        if order["op"] == "read":
            self.done.append({"thread": thread, "value": self.cluster.read(kernel, page)})
        else:
            self.cluster.write(kernel, page, order["value"])
            self.done.append({"thread": thread})

    # --- messages --------------------------------------------------------------------------------

    def _deliver(self) -> None:
        links = sorted(link for link, queue in self.links.items() if queue)
        if not links:
            return
        source, target = self._draw.choice(links)
        message = self.links[source, target].popleft()
        self._give({"cmd": "deliver", "kernel": target, "from": source, "message": message,
                    "writes": self._writes(message)})  # fmt: skip
        if message["kind"] == "ANSWER":
            self._answered(message, target)

    def _writes(self, message: Object) -> list[dict[str, int]]:
        if message["kind"] != "ANSWER" or not message["pages"]:
            return []
        order = self.asked[message["thread"]]
        if order["op"] != "write":
            return []
        return [{"page": order["page"], "value": order["value"]}]

    def _answered(self, message: Object, kernel: int) -> None:
        thread = message["thread"]
        is_new = thread not in self.places
        self.places[thread] = kernel
        order = self.asked.get(thread)
        if order is None:
            return
        if is_new:
            self._begin(thread)
            return
        if order["op"] in _NO_CALL and message["refused"]:
            del self.asked[thread]
            self.done.append({"thread": thread, "refused": True})
        elif order["op"] in _NO_CALL:
            self._use(thread)
        else:
            del self.asked[thread]
            result = {"result": message["result"]} if "result" in message else {}
            self.done.append({"thread": thread, **result})


def answer(
    line: str, program: Program | None, seed: int, level: str = "program"
) -> tuple[dict[str, Any], Program | None]:
    """The answer to a line, and the program that there is after it."""
    order = json.loads(line)
    if order["cmd"] == "hello":
        return {"version": VERSION, "name": NAME, "language": "Python", "level": level,
                "capabilities": CAPABILITIES}, None  # fmt: skip
    seq = order["seq"]
    if order["cmd"] == "reset":
        return {"seq": seq}, Program(order["kernels"], order["threads"], order["pages"], seed)
    assert program is not None
    try:
        program.obey(order)
    except (LocalFault, RemoteFault) as error:
        return {"seq": seq, "result": "error", "text": str(error)}, program
    done, program.done = program.done, []
    told = program.told() if level == PAGES else {}
    return {"seq": seq, "done": done, "over": program.is_over, **told}, program


def serve(answer: Callable[[str], Mapping[str, Any]]) -> None:
    """Answer lines until there are no more."""
    for line in sys.stdin:
        if json.loads(line)["cmd"] == "bye":
            return
        print(json.dumps(answer(line)), flush=True)


def main() -> None:
    """Answer lines, with messages in the order that a seed draws."""
    level = PAGES if PAGES in sys.argv[1:] else "program"
    seed = next((int(each) for each in sys.argv[1:] if each.isdecimal()), 0)
    program: Program | None = None

    def say(line: str) -> Mapping[str, Any]:
        nonlocal program
        said, program = answer(line, program, seed, level)
        return said

    serve(say)


if __name__ == "__main__":
    main()
