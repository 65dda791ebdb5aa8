"""A line of a console as the rules that explain it see it: its fields, and the state it meets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from popcorn_checker.consoles.naming import Names, get_printer
from popcorn_checker.dmesg.reading import Line
from popcorn_checker.validating.observing import Get, Item, Keep, Need, Take, Way

ORIGIN: Final = 0
Ways = list[Way] | str
"""What a line may be; or why it can be nothing, whatever the state."""


class Mistaken(Exception):
    """A line cannot be right in what it says of who is who: why."""


@dataclass(frozen=True)
class Printed:
    """A line, where it was printed, and in what state of the model."""

    names: Names
    labels: Mapping[str, tuple[str, ...]]
    """Index: families; what their values are called."""
    actions: frozenset[str]
    """The model's."""
    k: int
    """The kernel that has printed it."""
    line: Line
    get: Get
    observed: frozenset[int]
    """Kernels of which there are lines yet."""
    is_complete: bool = False
    """Whether no line of these is missing."""

    @property
    def is_origin(self) -> bool:
        """Whether it was printed at the origin."""
        return self.k == ORIGIN

    def number(self, name: str) -> int:
        """A field that is a number."""
        value = self.line.fields[name]
        assert isinstance(value, int)
        return value

    @property
    def pid(self) -> int:
        """The task that stands first."""
        return self.number("pid")

    @cached_property
    def t(self) -> int:
        """The thread of that task. Raises: Mistaken if it is none's."""
        found = self.names.thread(self.k, self.pid)
        if found is None:
            raise Mistaken(f"task {self.pid} on node {self.names.node(self.k)} is no thread's")
        return found

    @property
    def is_worker(self) -> bool:
        """Whether that task is this remote's worker."""
        return not self.is_origin and self.pid == self.names.workers.get(self.k)

    @property
    def is_unlinked(self) -> bool:
        """Whether that task was created at this remote, and has no shadow."""
        return not self.is_origin and self.names.is_unlinked(self.k, self.pid)

    @cached_property
    def p(self) -> int:
        """The page that the line names."""
        address = self.number("addr" if "addr" in self.line.fields else "page")
        found = self.names.page(address)
        assert found is not None, "all pages that lines name have numbers"
        return found

    @property
    def j(self) -> int | None:
        """The kernel of the peer, if a line says which nodes there are."""
        return self.names.kernel(self.line.fields["peer_node"])

    @property
    def threads(self) -> list[int]:
        """All threads."""
        return self.names.get_threads()

    @property
    def peer(self) -> int | None:
        """The thread of the peer's task, if it is one."""
        return None if self.j is None else self.names.thread(self.j, self.number("peer_pid"))

    @property
    def printer(self) -> int:
        """Who has printed the line, by number; one more for who never has, if it is altered."""
        printers = self.names.printers
        return printers.get((self.k, get_printer(self.line)), len(printers))

    # --- what other kernels have done, of which there are no lines --------------------------------

    def away(self, t: int) -> int | None:
        """The remote on which thread t is or that it is on its way to, if its lines are lacking."""
        for k in self.nodes:
            is_there = self.label("remote", t, k) != "none" or self.label("work", t, k) != "none"
            if k not in self.observed and is_there:
                return k
        return None

    def arrives(self, t: int, k: int) -> Iterator[Item]:
        """The steps, on a kernel whose lines are lacking, with which thread t comes to run."""
        if k in self.observed or self.label("remote", t, k) == "running":
            return
        if self.label("work", t, k) == "arriving":
            yield take("queue_clone", t, k)
        if self.label("worker", k) in ("none", "starting"):
            yield take("build_address_space", k)
        if self.label("work", t, k) in ("arriving", "fork"):
            yield take("fork_thread", t, k)
        yield take("pair", t, k)
        yield take("take_pairing", t, k)

    def is_free_at_home(self, t: int) -> bool:
        """Whether thread t runs at the origin."""
        return (
            self.get("at", t) == ORIGIN and self.label("doing", t) == "running"
            and self.label("call", t) == "none"
        )  # fmt: skip

    def ends_fault(self, t: int) -> Iterator[Item]:
        """The steps at the origin, whose lines are lacking, with which a fault of thread t ends."""
        page = self.get("touched", t)
        if page is None or self.get("at", t) != ORIGIN or self.label("doing", t) != "asking":
            return
        for k in self.nodes:
            if self.get("awaited", page, k):
                yield take("collect_answer", page, k)
        yield take("map_at_origin", t, page)

    def exits(self, t: int) -> Iterator[Item]:
        """The steps at the origin, whose lines are lacking, with which thread t ends."""
        home, mail = self.label("home", t), self.label("mail", t)
        if home == "shadow" and mail == "exit":
            yield take("follow_into_exit", t)
        elif home == "running" or mail == "back":
            yield from (take("resume", t),) if mail == "back" else self.ends_fault(t)
            yield take("exit_at_origin", t)
        else:
            return
        if "leave_address_space" in self.actions:
            yield take("leave_address_space", t)

    @property
    def nodes(self) -> list[int]:
        """All kernels."""
        return list(self.names.consoles.kernels.values())

    def unmaps_too(self, t: int, k: int) -> Iterator[Item]:
        """The steps with which node k, whose lines are lacking, is told what thread t unmaps."""
        if self.get("awaits", t) != k:
            yield take("tell_node", t, k)
        if self.label("work", t, k) == "none":
            yield take("queue_unmap", t, k)
        if self.label("work", t, k) != "unmapping":
            yield take("begin_unmap", t, k)
        yield take("lower_for_origin", t, self.get("about", t), k)
        yield take("take_acknowledgement", t, k)

    def unmaps_at_last(self, t: int) -> Iterator[Item]:
        """The steps at the origin after all nodes have unmapped what thread t unmaps."""
        if self.label("call", t) != "applying":
            yield take("all_are_told", t)
        if "unmap_here" in self.actions:  # as built the origin's turn comes last
            yield take("lower_at_origin", t, self.get("about", t))

    def ends_munmap(self, t: int) -> Iterator[Item]:
        """The steps with which a munmap of thread t ends, where the node that owes has no lines."""
        k = self.get("awaits", t)
        if self.is_origin and k is not None and k not in self.observed:
            yield from self.unmaps_too(t, k)
            yield from self.unmaps_at_last(t)

    # --- the state -------------------------------------------------------------------------------

    def label(self, name: str, *index: int) -> str:
        """What is in a cell, by its label."""
        return self.labels[name][self.get(name, *index)]

    def need(self, name: str, index: tuple[int, ...], *labels: str) -> Need:
        """A cell must have a value with one of these labels."""
        return Need(name, index, tuple(self.labels[name].index(each) for each in labels))

    def need_not(self, name: str, index: tuple[int, ...], *labels: str) -> Need:
        """A cell must have a value with another label."""
        return self.need(name, index, *(x for x in self.labels[name] if x not in labels))

    def runs(self, t: int) -> tuple[Item, ...]:
        """Thread t runs where the line was printed, in the task that stands first."""
        return (
            *self.is_task(t), *self.ends_munmap(t), Need("at", (t,), (self.k,)),
            self.need("doing", (t,), "running"), self.need("call", (t,), "none"),
        )  # fmt: skip

    def is_task(self, t: int) -> tuple[Item, ...]:
        """The task that stands first is, and stays, the one that runs thread t here."""
        if self.is_origin:
            return ()
        return (Need("pid", (t, self.k), (None, self.pid)), Keep("pid", (t, self.k), self.pid))


def one(*items: Item) -> list[Way]:
    """The only way."""
    return [Way(items)]


def take(action: str, *values: int | None) -> Take:
    """A step; None for what the line does not say."""
    return Take(action, values)
