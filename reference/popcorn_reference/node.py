"""A kernel together with its processors: what a driver moves.

A node takes messages and time slices, and hands out what concerns others. Between the arrival of
pages and the instruction that has waited for them nothing else happens on a node.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from popcorn_model.vocabulary import Access, Call
from popcorn_reference.cpu.interface import Broke, Called, Cpu, Faulted, Ran, Stopped
from popcorn_reference.kernel import Kernel, Stop, System
from popcorn_reference.linux.context import Thread, pack, unpack
from popcorn_reference.linux.local import LOCAL, Needs, Where
from popcorn_reference.linux.machine import BREAK
from popcorn_reference.memory import Memory
from popcorn_reference.messages import Message, Wanted
from popcorn_reference.outputs import (
    Alarm,
    Forget,
    HostCall,
    Map,
    Note,
    Output,
    Over,
    Protect,
    Ready,
    Report,
    Send,
    Step,
    Unmap,
)

Sets = tuple[tuple[str, int], ...]
Outside = Send | HostCall | Alarm | Over | Report | Note
"""What a node hands to its driver."""

Key = tuple[int, int]
"""A process and a thread."""

REFUSED: Final = "refused"
_SIGSEGV: Final = 11
_EFAULT: Final = -14


@dataclass
class Counts:
    """What a node has done."""

    instructions: int = 0
    """Of slices that ran out; those that ended early are not counted, as nobody tells."""
    slices: int = 0
    faults: int = 0
    calls: int = 0
    migrations: int = 0
    messages: int = 0


@dataclass
class Waiting:
    """A thread that can run."""

    context: bytes | None
    """None where the thread's registers are still on the processor that it has run on last."""
    sets: Sets = ()


@dataclass
class Node:
    """One kernel of a multikernel that runs programs."""

    number: int
    kernels: int
    make_cpu: Callable[[], Cpu]
    system: System | None = None
    cpus: dict[int, Cpu] = field(default_factory=dict)
    ready: dict[Key, Waiting] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)

    def __post_init__(self) -> None:
        self.kernel = Kernel(self.number, self._make_memory, self.system)
        self._loaded: dict[int, tuple[Key, Thread]] = {}
        self._wanted: dict[Key, Wanted] = {}
        self._calling: set[Key] = set()
        """Threads that wait for pages which a call is to use that is done here."""
        self._out: list[Outside] = []

    def _make_memory(self, process: int) -> Memory:
        cpu = self.cpus[process] = self.make_cpu()
        return cpu.memory

    # --- what a driver does ----------------------------------------------------------------------

    def receive(self, source: int, message: Message) -> list[Outside]:
        """A message has arrived."""
        return self.do(self.kernel.receive(source, message))

    def run(self, key: Key, count: int) -> list[Outside]:
        """Run a thread for up to so many instructions."""
        waiting = self.ready.pop(key)
        self.counts.slices += 1
        cpu = self._load(key, waiting)
        if cpu is not None:
            stopped = cpu.run(count)
            if isinstance(stopped, Ran):
                self.counts.instructions += count
                self.ready[key] = Waiting(None)
            else:
                self._after(key, cpu, stopped)
        return self._take()

    def migrate(self, key: Key, goal: int) -> list[Outside]:
        """Send a thread that can run to another kernel."""
        waiting = self.ready.pop(key)
        cpu = self._load(key, waiting)
        if cpu is not None:
            self.counts.migrations += 1
            self._stop(key, cpu, Call.MIGRATE, arguments=(goal,))
        return self._take()

    def do(self, outputs: list[Output]) -> list[Outside]:
        """Carry out what the kernel wants done here; the rest is for others."""
        self._do(outputs)
        return self._take()

    def close(self) -> None:
        """Free all processors."""
        for cpu in self.cpus.values():
            cpu.close()
        self.cpus.clear()

    # --- what the kernel wants -------------------------------------------------------------------

    def _take(self) -> list[Outside]:
        out, self._out = self._out, []
        return out

    def _do(self, outputs: list[Output]) -> None:
        for output in outputs:
            match output:
                case Map(process, page, access):
                    self.cpus[process].map(page, access)
                case Protect(process, page, access):
                    self.cpus[process].protect(page, access)
                case Unmap(process, page):
                    self.cpus[process].unmap(page)
                case Ready(process, thread, context, sets):
                    self.ready[process, thread] = Waiting(context, sets)
                case Step(process, thread, context, sets):
                    self._step((process, thread), Waiting(context, sets))
                case Forget(process):
                    self._forget(process)
                case Over(process):
                    self.cpus.pop(process).close()
                    self._out.append(output)
                case Send():
                    self.counts.messages += 1
                    self._out.append(output)
                case _:
                    self._out.append(output)

    def _forget(self, process: int) -> None:
        for key in [key for key in self.ready if key[0] == process]:
            del self.ready[key]
        for key in [key for key in self._wanted if key[0] == process]:
            del self._wanted[key]
        self._calling = {key for key in self._calling if key[0] != process}
        self._loaded.pop(process, None)
        if process not in self.kernel.homes:
            self.cpus.pop(process).close()

    def _step(self, key: Key, waiting: Waiting) -> None:
        """Execute the instruction that has got its pages."""
        cpu = self._load(key, waiting)
        assert cpu is not None
        stopped = cpu.run(1)
        if isinstance(stopped, Called):
            stopped = self._call_locally(key, cpu, stopped) or stopped
        self._do(self.kernel.stepped(*key))
        if isinstance(stopped, Faulted):
            stopped = Faulted(_unite(self._wanted.get(key, ()), stopped.pages))
        else:
            self._wanted.pop(key, None)
        self._after(key, cpu, stopped)

    # --- threads ---------------------------------------------------------------------------------

    def _load(self, key: Key, waiting: Waiting) -> Cpu | None:
        """Put a thread on its processor; None if what it was answered has ended it."""
        cpu = self.cpus[key[0]]
        if waiting.context is None:
            return cpu
        self._make_room(key[0], cpu)
        thread, registers = unpack(waiting.context)
        cpu.load(registers)
        self._loaded[key[0]] = key, thread
        for name, value in waiting.sets:
            if name == "clear":
                thread.clear = value
            elif name == REFUSED and key in self._calling:
                self._fail_call(key, cpu)
                return None
            elif name == REFUSED:
                where = cpu.get("pc")
                self._stop(key, cpu, Call.SYSTEM, arguments=(BREAK, _SIGSEGV, where))
                return None
            else:
                cpu.put(name, value)
        return cpu

    def _fail_call(self, key: Key, cpu: Cpu) -> None:
        """A call that is done here may not use what it was given: it returns an error."""
        self._calling.discard(key)
        stopped = cpu.run(1)
        if isinstance(stopped, Called):
            cpu.put("result", _EFAULT)
            self.ready[key] = Waiting(None)
        else:
            self._after(key, cpu, stopped)

    def _make_room(self, process: int, cpu: Cpu) -> None:
        """Keep the registers of the thread that has run last, if it waits to run on."""
        if process in self._loaded:
            key, _ = self._loaded[process]
            waiting = self.ready.get(key)
            if waiting is not None and waiting.context is None:
                waiting.context = self._save(key, cpu)

    def _after(self, key: Key, cpu: Cpu, stopped: Stopped) -> None:
        """What becomes of a thread whose slice has ended."""
        if isinstance(stopped, Called):
            stopped = self._call_locally(key, cpu, stopped) or stopped
        match stopped:
            case Ran():
                self.ready[key] = Waiting(None)
            case Faulted(pages):
                self.counts.faults += 1
                self._wanted[key] = pages
                self._stop(key, cpu, Call.FAULT, pages)
            case Called(number, arguments):
                self.counts.calls += 1
                self._stop(key, cpu, Call.SYSTEM, arguments=(number, *arguments))
            case Broke(signal, text):
                self._out.append(Report(f"process {key[0]}, thread {key[1]}: {text}"))
                where = cpu.get("pc")
                self._stop(key, cpu, Call.SYSTEM, arguments=(BREAK, signal, where))

    def _call_locally(self, key: Key, cpu: Cpu, called: Called) -> Stopped | None:
        """Do a call that concerns its thread alone; None if it is not one of those."""
        local = LOCAL.get(called.number)
        if local is None:
            return None
        member = self.kernel.members[key[0]]
        _, thread = self._loaded[key[0]]
        where = Where(key[1], thread, member, self.kernels, cpu.put)
        result = local(where, called.arguments)
        if isinstance(result, Needs):
            self._calling.add(key)
            cpu.rewind()
            return Faulted(result.pages)
        self._calling.discard(key)
        cpu.put("result", int(result))
        return Ran()

    def _save(self, key: Key, cpu: Cpu) -> bytes:
        loaded, thread = self._loaded[key[0]]
        assert loaded == key
        return pack(thread, cpu.save())

    def _stop(
        self,
        key: Key,
        cpu: Cpu,
        call: Call,
        pages: Wanted = (),
        arguments: tuple[int, ...] = (),
    ) -> None:
        stop = Stop(call, self._save(key, cpu), pages, arguments)
        self._do(self.kernel.stopped(*key, stop))


def _unite(before: Wanted, now: Wanted) -> Wanted:
    """All pages of both, each with the more that is wanted of it."""
    pages = dict(before)
    for page, access in now:
        if pages.get(page) is not Access.WRITE:
            pages[page] = access
    return tuple(sorted(pages.items()))
