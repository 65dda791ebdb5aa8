"""One kernel in a process of its own: it waits for messages, and runs threads meanwhile.

Started by `processes` as a program: its first argument says, as JSON, what it is. It ends when it
is told to, and when whoever started it is gone.
"""

import ctypes
import json
import os
import random
import select
import signal
import socket
import sys
import time
from collections import deque
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from popcorn_reference.drivers.links import Control, Link
from popcorn_reference.drivers.simulation import POLICIES
from popcorn_reference.faults import ElfError, GuestError, LocalFault, RemoteFault
from popcorn_reference.host import Host
from popcorn_reference.journal import Journal
from popcorn_reference.kernel import ORIGIN
from popcorn_reference.linux.machine import Machine
from popcorn_reference.messages import Message
from popcorn_reference.node import Key, Node, Outside
from popcorn_reference.outputs import Alarm, HostCall, Note, Over, Report, Send
from popcorn_reference.recording import Act, Recorder
from popcorn_reference.running import MAIN, Job, NotHere, get_processors, load_program

_PR_SET_PDEATHSIG: Final = 1
_TELL_SECONDS: Final = 0.05


class Lonely:
    """A node, its links, and what it has to do."""

    def __init__(self, number: int, job: Job, links: dict[int, Link], chief: Link) -> None:
        processors = get_processors(job.processor)
        self.job = job
        self.machine = Machine(job.kernels) if number == ORIGIN else None
        make_cpu = processors[number % len(processors)]
        self.node = Node(number, job.kernels, make_cpu, self.machine)
        self.links = links
        self.chief = chief
        self.host = Host(job.root, job.is_writable, {1: _write_to(1), 2: _write_to(2)})
        self.draw = random.Random(f"{job.seed} {number}")
        self.own: deque[tuple[int, Message]] = deque()
        self.alarms: dict[Key, int] = {}
        self.spent = 0
        self.is_done = False
        self.journal = _make_journal(job, number)
        self.recorder = _make_recorder(job, number)
        self._told = 0.0
        self._was_idle = False

    # --- work ------------------------------------------------------------------------------------

    def begin(self) -> None:
        """The origin begins the program."""
        assert self.machine is not None
        image, context = load_program(self.job)
        begun = self.node.do(self.machine.execute(image, context, self.node.kernel))
        self._obey(Act("begin"), begun)

    def work(self) -> None:
        """Go on until told to end."""
        while not self.is_done:
            self._hear()
            self._ring()
            while self.own:
                source, message = self.own.popleft()
                self._obey(Act("receive", (source,)), self.node.receive(source, message))
            if self.node.ready and not self.own:
                self._slice()
            self._tell(is_last=False)
        self._tell(is_last=True)

    def _slice(self) -> None:
        key = next(iter(self.node.ready))
        count = self.draw.randint(1, self.job.quantum)
        before = self.node.counts.instructions
        outputs = self.node.run(key, count)
        self.spent += max(1, self.node.counts.instructions - before)
        self._obey(Act("slice", (*key, count)), outputs)
        here = self.node.number
        goal = POLICIES[self.job.policy](self.draw, self.job.kernels, here)
        if goal != here and key in self.node.ready:
            self._obey(Act("migrate", (*key, goal)), self.node.migrate(key, goal))

    def _hear(self) -> None:
        links = [*self.links.values(), self.chief]
        reads = [link for link in links if not link.is_closed]
        writes = [link for link in reads if link.has_more]
        ready, writable, _ = select.select(reads, writes, [], self._patience())
        for link in writable:
            link.flush()
        for link in ready:
            for what in link.receive():
                if isinstance(what, dict):
                    self.is_done = True
                else:
                    self.own.append((self._source(link), what))
            if link is self.chief and link.is_closed:
                self.is_done = True

    def _source(self, link: Link) -> int:
        return next(number for number, each in self.links.items() if each is link)

    def _patience(self) -> float:
        if self.own or self.node.ready:
            return 0.0
        if self.alarms:
            return max(0.0, (min(self.alarms.values()) - time.monotonic_ns()) / 1e9)
        return 1.0

    def _ring(self) -> None:
        for key, due in list(self.alarms.items()):
            if due <= time.monotonic_ns():
                del self.alarms[key]
                self._obey(Act("alarm", key), self.node.do(self.node.kernel.rang(*key)))

    # --- what the node says ----------------------------------------------------------------------

    def _obey(self, act: Act, outputs: list[Outside]) -> None:
        if self.recorder is not None:
            self.recorder.add(self.node.number, act, outputs)
        for output in outputs:
            if self.journal is not None and isinstance(output, Note | Send):
                self.journal.add(self.node.number, output)
            match output:
                case Send(target, message):
                    if target == self.node.number:
                        self.own.append((target, message))
                    else:
                        self.links[target].send(message)
                case HostCall(process, thread, name, arguments):
                    self._tell(is_last=False, is_busy=True)
                    result = self.host.call(name, arguments)
                    done = self.node.do(self.node.kernel.resumed(process, thread, result))
                    self._obey(Act("host", (process, thread, result)), done)
                case Alarm(process, thread, nanoseconds):
                    self.alarms.pop((process, thread), None)
                    if nanoseconds > 0:
                        self.alarms[process, thread] = time.monotonic_ns() + nanoseconds
                case Over(process, status):
                    if process == MAIN:
                        self.chief.send({"over": status})
                case Report(text):
                    self.chief.send({"report": text})
                case Note():
                    pass
        if self.machine is not None:
            for report in self.machine.take_reports():
                self.chief.send({"report": report.text})

    def _tell(self, is_last: bool, is_busy: bool = False) -> None:
        """Tell the chief how far this kernel is, now and then; and before it waits for a person."""
        now = time.monotonic()
        if is_last or (is_busy and self._was_idle) or now - self._told > _TELL_SECONDS:
            self._told = now
            idle = not (is_busy or self.node.ready or self.own or self.alarms)
            self._was_idle = idle
            self.chief.send(
                {
                    "counts": asdict(self.node.counts), "spent": self.spent, "idle": idle,
                    "threads": len(self.node.ready), "last": is_last,
                }
            )  # fmt: skip

    def close(self) -> None:
        """Free what there is."""
        self.node.close()
        self.host.close()
        for written in (self.journal, self.recorder):
            if written is not None:
                written.close()


def _write_to(number: int) -> Any:
    def write(data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(number, view) :]

    return write


def _make_journal(job: Job, number: int) -> Journal | None:
    if job.journal is None:
        return None
    path = job.journal.with_name(f"{job.journal.name}.{number}")
    about = {"program": str(job.program), "kernels": job.kernels, "kernel": number}
    return Journal(path, about)


def _make_recorder(job: Job, number: int) -> Recorder | None:
    if job.record is None:
        return None
    path = job.record.with_name(f"{job.record.name}.{number}")
    return Recorder(path, job.describe())


def read_job(said: Control) -> Job:
    """A job from what was said as JSON."""
    values = dict(said)
    for name in ("program", "root", "journal", "record"):
        values[name] = None if said[name] is None else Path(said[name])
    return Job(**{**values, "arguments": tuple(said["arguments"])})


def _connect(said: Control) -> tuple[dict[int, Link], Link]:
    links = {
        int(number): Link(socket.socket(fileno=fd)) for number, fd in said["links"].items()
    }
    return links, Link(socket.socket(fileno=said["chief"]))


def main() -> int:
    """Be one kernel."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    said: Control = json.loads(sys.argv[1])
    if os.getppid() != said["parent"]:
        return 1
    links, chief = _connect(said)
    try:
        lonely = Lonely(said["number"], read_job(said["job"]), links, chief)
        try:
            if lonely.machine is not None:
                lonely.begin()
            lonely.work()
        finally:
            lonely.close()
    except (GuestError, ElfError, NotHere, LocalFault, RemoteFault) as error:
        chief.send({"error": str(error), "kind": type(error).__name__})
    except OSError as error:
        chief.send({"error": f"{error.filename}: {error.strerror}", "kind": "OSError"})
    _drain(chief)
    return 0


def _drain(link: Link) -> None:
    while link.has_more and not link.is_closed:
        select.select([], [link], [], 1.0)
        link.flush()


if __name__ == "__main__":
    sys.exit(main())
