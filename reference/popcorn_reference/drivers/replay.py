"""A recorded run done again, in one process: each kernel gets what it got, in the same order.

Messages are not in a record: kernels send them again. A message is there when its sender has come
to it, so kernels wait for each other as they did, and for nothing else.
"""

import hashlib
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Any

from popcorn_reference.faults import LocalFault, RecordError, RemoteFault
from popcorn_reference.kernel import ORIGIN
from popcorn_reference.linux.machine import Machine
from popcorn_reference.messages import Message
from popcorn_reference.node import Node, Outside
from popcorn_reference.outputs import HostCall, Over, Report, Send
from popcorn_reference.recording import Act, Record, digest, read
from popcorn_reference.running import (
    MAIN,
    REPEATABLE,
    Ended,
    Job,
    Streams,
    get_processors,
    load_program,
)


def run(job: Job, path: Path, streams: Streams) -> Ended:
    """Repeat a recorded run of a program; the record says how it was run.

    Raises: RecordError if the record is none, is of another program, or cannot be repeated.
    """
    record = read(path)
    about = record.about
    if about.get("processor") not in REPEATABLE:
        raise RecordError(
            f"{path} is of {about.get('processor')} processors, which cannot repeat a run; "
            f"{', '.join(REPEATABLE)} can"
        )
    if about.get("sha256") != job.describe()["sha256"]:
        raise RecordError(f"{path} is of another program than {job.program}: {about['program']}")
    same = replace(
        job, kernels=about["kernels"], processor=about["processor"],
        arguments=tuple(about["arguments"]), environment=about["environment"],
    )  # fmt: skip
    replay = Replay(same, record, streams)
    try:
        return replay.run()
    finally:
        replay.close()


class Replay:
    """Nodes, and what is still to be done to each."""

    def __init__(self, job: Job, record: Record, streams: Streams) -> None:
        processors = get_processors(job.processor)
        self.job = job
        self.streams = streams
        self.machine = Machine(job.kernels)
        self.nodes = [
            Node(number, job.kernels, processors[number % len(processors)],
                 self.machine if number == ORIGIN else None)
            for number in range(job.kernels)
        ]  # fmt: skip
        self.acts = {kernel: deque(acts) for kernel, acts in record.acts.items()}
        self.said = record.said
        self.links: dict[tuple[int, int], deque[Message]] = {}
        self.status: int | None = None
        self.reports: list[str] = []
        self._hashes: dict[int, Any] = {kernel: hashlib.sha256() for kernel in self.acts}
        self._done = dict.fromkeys(self.acts, 0)

    def run(self) -> Ended:
        """Do all of it: what has come of it.

        Raises: RecordError if it cannot be done, or kernels say something else than they did.
        """
        while any(self.acts.values()):
            advanced = [self._advance(kernel) for kernel in self.acts]
            if not any(advanced):
                waiting = [kernel for kernel, acts in self.acts.items() if acts]
                raise RecordError(f"kernels {waiting} wait for messages that nobody sends")
        for kernel, hasher in self._hashes.items():
            if hasher.hexdigest() != self.said[kernel]:
                raise RecordError(f"kernel {kernel} has not said what it said in the record")
        if self.status is None:
            raise RecordError("the program is not over where the record ends")
        return Ended(self.status, [node.counts for node in self.nodes], self.reports)

    def _advance(self, kernel: int) -> bool:
        """Do to a kernel what can be done now; whether that was anything."""
        begun = self._done[kernel]
        acts = self.acts[kernel]
        while acts and self._is_possible(kernel, acts[0]):
            act = acts.popleft()
            self._done[kernel] += 1
            try:
                outputs = self._do(kernel, act)
            except (LocalFault, RemoteFault, KeyError, ValueError) as error:
                number = self._done[kernel]
                raise RecordError(f"act {number} of kernel {kernel}: {act}: {error}") from None
            digest(self._hashes[kernel], act, outputs)
            for output in outputs:
                self._obey(kernel, output)
        return self._done[kernel] > begun

    def _is_possible(self, kernel: int, act: Act) -> bool:
        return act.what != "receive" or bool(self.links.get((int(act.values[0]), kernel)))

    def _do(self, kernel: int, act: Act) -> list[Outside]:
        node, values = self.nodes[kernel], act.values
        match act.what:
            case "begin":
                image, context = load_program(self.job)
                return node.do(self.machine.execute(image, context, node.kernel))
            case "receive":
                source = int(values[0])
                return node.receive(source, self.links[source, kernel].popleft())
            case "slice":
                return node.run((int(values[0]), int(values[1])), int(values[2]))
            case "migrate":
                return node.migrate((int(values[0]), int(values[1])), int(values[2]))
            case "alarm":
                return node.do(node.kernel.rang(int(values[0]), int(values[1])))
        return node.do(node.kernel.resumed(int(values[0]), int(values[1]), values[2]))

    def _obey(self, kernel: int, output: Outside) -> None:
        match output:
            case Send(target, message):
                self.links.setdefault((kernel, target), deque()).append(message)
            case HostCall(_, _, "write", (1 | 2 as number, bytes(data))):
                self.streams.get(number)(data)
            case Over(process, status) if process == MAIN:
                self.status = status
            case Report(text):
                self.reports.append(text)
        self.reports.extend(report.text for report in self.machine.take_reports())

    def close(self) -> None:
        """Free all processors."""
        for node in self.nodes:
            node.close()
