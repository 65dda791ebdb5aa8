"""A multikernel of several processes, one for each kernel, over Unix sockets or TCP.

Whoever starts them is no kernel: it hears how far they are, tells them to end when the program is
over, and ends them all when one has died.
"""

import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Final

from popcorn_reference.drivers.links import Control, Link
from popcorn_reference.faults import ElfError, GuestError, Spent
from popcorn_reference.kernel import ORIGIN
from popcorn_reference.node import Counts
from popcorn_reference.running import (
    Ended,
    Job,
    NotHere,
    add_reports,
    get_processors,
    load_program,
)

_END_SECONDS: Final = 5.0
_IDLE_SECONDS: Final = 2.0
"""How long all kernels have nothing to do before the program is taken to sleep for ever."""

Pair = tuple[socket.socket, socket.socket]
Outputs = tuple[int | None, int | None]

_KINDS: Final[dict[str, type[Exception]]] = {
    "ElfError": ElfError, "NotHere": NotHere, "OSError": NotHere,
}  # fmt: skip
"""What a kernel that cannot begin may say is wrong."""


def make_unix_pair() -> Pair:
    """Two ends of a link that is a Unix socket."""
    return socket.socketpair()


def make_tcp_pair() -> Pair:
    """Two ends of a link that is a TCP connection on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        near = socket.create_connection(server.getsockname())
        while True:
            far, address = server.accept()
            if address == near.getsockname():
                return near, far
            far.close()


TRANSPORTS: Final[dict[str, Callable[[], Pair]]] = {"unix": make_unix_pair, "tcp": make_tcp_pair}


@dataclass
class Child:
    """A kernel's process, and what it has said last."""

    program: subprocess.Popen[bytes]
    link: Link
    counts: Counts = field(default_factory=Counts)
    spent: int = 0
    is_idle: bool = False
    threads: int = 0
    is_last: bool = False


Watch = Callable[[list[Child]], None]


def run(
    job: Job,
    transport: str = "unix",
    outputs: Outputs = (None, None),
    watch: Watch | None = None,
) -> Ended:
    """Run a program: what has come of it. It writes to two descriptors, by default to ours.

    Raises: ElfError, AssemblyError, NotHere if it cannot be begun; Spent if the budget is spent or
    nothing can happen any more, GuestError if a kernel's process dies or cannot go on, both with
    what was reported as notes.
    """
    get_processors(job.processor)
    load_program(job)
    chief = _Chief(job, watch)
    try:
        chief.start(TRANSPORTS[transport], outputs)
        return chief.wait()
    except GuestError as error:
        add_reports(error, chief.reports)
        raise
    finally:
        chief.close()


class _Chief:
    def __init__(self, job: Job, watch: Watch | None) -> None:
        self.job = job
        self.watch = watch
        self.children: list[Child] = []
        self.reports: list[str] = []
        self.status: int | None = None
        self._idle_since: float | None = None

    # --- beginning -------------------------------------------------------------------------------

    def start(self, make_pair: Callable[[], Pair], outputs: Outputs) -> None:
        """Start a process for each kernel; each but the origin has a link to the origin."""
        ends: list[dict[int, socket.socket]] = [{} for _ in range(self.job.kernels)]
        for number in range(1, self.job.kernels):
            ends[ORIGIN][number], ends[number][ORIGIN] = make_pair()
        for number, links in enumerate(ends):
            self.children.append(self._start_one(number, links, outputs))
        for links in ends:
            for end in links.values():
                end.close()

    def _start_one(
        self, number: int, links: dict[int, socket.socket], outputs: Outputs
    ) -> Child:
        mine, its = socket.socketpair()
        numbers = {other: end.fileno() for other, end in links.items()}
        said = {
            "number": number, "parent": os.getpid(), "links": numbers, "chief": its.fileno(),
            "job": _plain(self.job),
        }  # fmt: skip
        command = [sys.executable, "-m", "popcorn_reference.drivers.lonely", json.dumps(said)]
        program = subprocess.Popen(
            command, pass_fds=[*numbers.values(), its.fileno()], stdout=outputs[0],
            stderr=outputs[1],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )  # fmt: skip
        its.close()
        return Child(program, Link(mine))

    # --- while they work -------------------------------------------------------------------------

    def wait(self) -> Ended:
        """Hear them until the program is over."""
        while self.status is None:
            self._hear()
            self._check()
            if self.watch is not None:
                self.watch(self.children)
        self._end()
        return Ended(self.status, [child.counts for child in self.children], self.reports)

    def _hear(self) -> None:
        links = [child.link for child in self.children if not child.link.is_closed]
        ready, _, _ = select.select(links, [], [], 0.1)
        for child in self.children:
            if child.link in ready:
                for said in child.link.receive():
                    assert isinstance(said, dict)
                    self._note(child, said)

    def _note(self, child: Child, said: Control) -> None:
        if "counts" in said:
            child.counts = Counts(**said["counts"])
            child.spent, child.is_idle = said["spent"], said["idle"]
            child.threads, child.is_last = said["threads"], said["last"]
        elif "over" in said:
            self.status = said["over"]
        elif "report" in said:
            self.reports.append(said["report"])
        elif said["kind"] in _KINDS:
            raise _KINDS[said["kind"]](said["error"])
        else:
            number = self.children.index(child)
            raise GuestError(f"kernel {number}: {said['error']}")

    def _check(self) -> None:
        """Look whether the run has to be given up."""
        if self.status is not None:
            return
        for number, child in enumerate(self.children):
            code = child.program.poll()
            if code is not None:
                self._hear()
                how = f"signal {-code}" if code < 0 else f"exit code {code}"
                raise GuestError(f"the process of kernel {number} has died ({how})")
        budget = self.job.budget
        if budget is not None and sum(child.spent for child in self.children) >= budget:
            raise Spent(f"the budget of {budget:,} instructions is spent")
        self._check_idle()

    def _check_idle(self) -> None:
        now = time.monotonic()
        if not all(child.is_idle for child in self.children):
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = now
        elif now - self._idle_since > _IDLE_SECONDS:
            raise Spent("every thread of the program sleeps, and nothing will wake them")

    # --- the end ---------------------------------------------------------------------------------

    def _end(self) -> None:
        """Tell all to end, and hear their last words."""
        for child in self.children:
            child.link.send({"end": True})
        until = time.monotonic() + _END_SECONDS
        while time.monotonic() < until:
            if all(child.is_last or child.link.is_closed for child in self.children):
                break
            self._hear()

    def close(self) -> None:
        """Leave no process behind."""
        for child in self.children:
            child.link.close()
        until = time.monotonic() + _END_SECONDS
        for child in self.children:
            try:
                child.program.wait(max(0.0, until - time.monotonic()) if self.status is not None
                                   else 0.0)  # fmt: skip
            except subprocess.TimeoutExpired:
                child.program.kill()
                child.program.wait()


def _plain(job: Job) -> dict[str, object]:
    said = asdict(job)
    for name in ("program", "root", "journal", "record"):
        said[name] = str(said[name]) if said[name] is not None else None
    return said
