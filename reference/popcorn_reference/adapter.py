"""The reference behind the protocol of adapters: `python -m popcorn_reference.adapter`.

All kernels are in one process. A line is a JSON object, and so is its answer; what they say stands
in `docs/adapters.md`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from popcorn_model.vocabulary import Access, Call, Kind, Parcel
from popcorn_reference.areas import Areas
from popcorn_reference.faults import LocalFault, RemoteFault
from popcorn_reference.kernel import Kernel, NoSystem, Stop
from popcorn_reference.memory import PAGE_SIZE, Frames
from popcorn_reference.messages import (
    Answer,
    Asked,
    Done,
    End,
    Farewell,
    Gave,
    Granted,
    Message,
    Recall,
)
from popcorn_reference.outputs import Map, Output, Protect, Send, Step, Unmap
from popcorn_reference.questions import WANTS

NAME = "popcorn-reference"
VERSION: Final = 1
PROCESS: Final = 1
PAGE_BYTES: Final = 16
VALUE_BYTES: Final = 8
_WRITABLE: Final = 2
_FOR_ORIGIN: Final = ("begin", "ring", "kill")
CAPABILITIES: Final = (
    "migration", "pages", "clone", "exit", "areas", "futex", "fork", "services",
)  # fmt: skip

Object = Mapping[str, Any]


class AllFrames(Frames):
    """Frames of which all are known from the beginning: any page may hold something."""

    def __init__(self, pages: int) -> None:
        super().__init__(PAGE_BYTES)
        self._pages = pages

    def touched(self) -> Iterable[int]:
        """All pages."""
        return range(self._pages)


class Cluster:
    """All kernels of a run."""

    def __init__(self, kernels: int, threads: int, pages: int) -> None:
        self.pages = pages
        self._sizes = {
            "kernel": kernels, "from": kernels, "to": kernels, "goal": kernels,
            "thread": threads, "page": pages,
        }  # fmt: skip
        system = NoSystem(threads)
        self.kernels = [
            Kernel(k, lambda process: AllFrames(pages), system) for k in range(kernels)
        ]
        areas = Areas()
        areas.set(0, pages, Access.WRITE)
        self.home = self.kernels[0].make_home(PROCESS, areas)
        self.tables: dict[tuple[int, int], Access] = {}
        system.threads = 1

    # --- orders ----------------------------------------------------------------------------------

    def obey(self, order: Object) -> dict[str, Any]:
        """Carry an order out, and tell what came of it.

        Raises: LocalFault, RemoteFault if it cannot be carried out; nothing has changed then.
        """
        self._refuse_unknown(order)
        self._refuse_out_of_place(order)
        reads: list[dict[str, int]] = []
        sends = [
            {"to": send.target, "message": write_message(send.message)}
            for send in self._sends(order, reads)
        ]
        k = order["kernel"]
        copies = [
            {"page": p, "access": str(access)}
            for (p, at), access in sorted(self.tables.items()) if at == k
        ]  # fmt: skip
        return {"sends": sends, "copies": copies, "reads": reads}

    def read(self, kernel: int, page: int) -> int:
        """What a kernel has in its frame for a page."""
        return _number(self.kernels[kernel].members[PROCESS].memory.page(page))

    def write(self, kernel: int, page: int, value: int) -> None:
        """Put a number into a kernel's frame for a page."""
        self.kernels[kernel].members[PROCESS].memory.page(page)[:VALUE_BYTES] = _bytes(value)

    def _refuse_unknown(self, found: Object) -> None:
        """There are so many kernels, threads and pages, and a question says what it is about."""
        for name, size in self._sizes.items():
            if found.get(name, 0) >= size:
                raise LocalFault(f"{name} {found[name]}: there are {size}")
        if "call" in found:
            refuse_incomplete(found)
        if "message" in found:
            self._refuse_unknown(found["message"])
        for each in (*found.get("pages", ()), *found.get("writes", ())):
            self._refuse_unknown(each)

    def _refuse_out_of_place(self, order: Object) -> None:
        """What is for the origin is told to it, and comes when it can."""
        cmd, home = order["cmd"], self.home
        if cmd in _FOR_ORIGIN and order["kernel"] != home.kernel:
            raise LocalFault(f"{cmd} is for kernel {home.kernel}, which is the origin")
        if cmd == "begin" and home.roll.lives:
            raise LocalFault("the process has begun")
        if cmd == "kill" and (home.is_ending or not home.roll.lives):
            raise LocalFault("there is no process, or it ends already")
        if cmd == "ring" and order["thread"] not in home.roll.asleep():
            raise LocalFault(f"thread {order['thread']} does not sleep")
        if cmd == "stop" and order["call"] == "migrate" and order["goal"] == order["kernel"]:
            raise LocalFault(f"thread {order['thread']} is on kernel {order['goal']}")
        if cmd == "deliver" and order["message"]["kind"] == "ANSWER":
            self._refuse_other_pages(order["kernel"], order["message"].get("pages", ()))

    def _refuse_other_pages(self, kernel: int, pages: Iterable[Object]) -> None:
        """A copy may be newer than what is sent; what is not here has to be sent."""
        for granted in pages if kernel != self.home.kernel else ():
            if ("value" in granted) == ((granted["page"], kernel) in self.tables):
                raise RemoteFault(
                    f"page {granted['page']} comes with its value just if kernel {kernel} has no "
                    "copy of it"
                )

    def _sends(self, order: Object, reads: list[dict[str, int]]) -> Iterator[Send]:
        k: int = order["kernel"]
        kernel = self.kernels[k]
        match order["cmd"]:
            case "begin":
                context = order["context"].encode()
                out = kernel.begin(self.home, order["thread"], order["to"], context)
            case "stop":
                out = kernel.stopped(PROCESS, order["thread"], self._stop(order))
            case "deliver":
                out = kernel.receive(order["from"], read_message(order["message"], self.pages))
            case "ring":
                out = kernel.rang(PROCESS, order["thread"])
            case "kill":
                self.home.kill(9)
                out = kernel.rang(PROCESS, -1)
            case _:
                out = []
        yield from self._follow(k, out, order, reads)

    def _stop(self, order: Object) -> Stop:
        asked = read_question(order, self.pages)
        return Stop(asked.call, asked.context, asked.pages, asked.arguments)

    def _follow(
        self, k: int, out: list[Output], order: Object, reads: list[dict[str, int]]
    ) -> Iterator[Send]:
        for output in out:
            match output:
                case Send():
                    yield output
                case Map(_, page, access) | Protect(_, page, access):
                    self.tables[page, k] = access
                case Unmap(_, page):
                    del self.tables[page, k]
                case Step(process, thread, _):
                    self._execute(k, order, reads)
                    more = self.kernels[k].stepped(process, thread)
                    yield from self._follow(k, more, order, reads)
                case _:
                    pass

    def _execute(self, k: int, order: Object, reads: list[dict[str, int]]) -> None:
        """The instruction that has faulted reads and writes the pages that it wanted."""
        for granted in order["message"].get("pages", ()):
            if granted["access"] == "read":
                value = self.read(k, granted["page"])
                reads.append({"page": granted["page"], "value": value})
        for written in order.get("writes", ()):
            self.write(k, written["page"], written["value"])


# --- messages ------------------------------------------------------------------------------------


def read_message(found: Object, pages: int) -> Message:
    """A message of the reference from an object; a call may be about any of so many pages."""
    match Kind(found["kind"]):
        case Kind.CALL:
            return read_question(found, pages)
        case Kind.ANSWER:
            granted = tuple(map(_read_granted, found.get("pages", ())))
            call = Call.FAULT if granted else Call.SYSTEM
            return Answer(PROCESS, found["thread"], call, found["context"].encode(), granted)
        case Kind.RECALL:
            return Recall(PROCESS, found["page"], Access(found["access"]))
        case Kind.GAVE:
            return Gave(PROCESS, found["page"], *_read_parcel(found))
        case Kind.DONE:
            return Done(PROCESS, found["thread"])
        case Kind.END:
            return End(PROCESS)
        case Kind.FAREWELL:
            return Farewell(PROCESS)


def read_question(found: Object, pages: int) -> Asked:
    """A question, with the numbers that the reference wants for its call."""
    call, value = Call(found["call"]), found.get("value", 0)
    wanted = tuple((each["page"], Access(each["access"])) for each in found.get("pages", ()))
    arguments: tuple[int, ...] = ()
    match call:
        case Call.MIGRATE:
            arguments = (found["goal"],)
        case Call.MMAP:
            arguments = (0, pages, _WRITABLE)
        case Call.MREMAP:
            arguments = (0, pages)
        case Call.FUTEX_WAIT:
            arguments = (wanted[0][0] * PAGE_SIZE, value)
        case Call.FUTEX_WAKE:
            arguments = (wanted[0][0] * PAGE_SIZE, 1)
        case Call.LOOK:
            arguments = (0,)
        case Call.FILL:
            arguments = (0, value)
    context = found["context"].encode()
    return Asked(PROCESS, found["thread"], call, context, wanted, arguments)


def refuse_incomplete(found: Object) -> None:
    """A question names the pages that its call is about, and a goal or a value if it has one.

    Raises: LocalFault.
    """
    call, pages = Call(found["call"]), [each["access"] for each in found.get("pages", ())]
    if call is Call.FAULT:
        fits, right = bool(pages), "one page or several"
    elif call in WANTS:
        fits, right = pages == [WANTS[call]], f"one page to {WANTS[call]}"
    else:
        fits, right = not pages, "no page"
    if not fits:
        raise LocalFault(f"{call} is about {right}")
    lacking = [n for n, calls in _NEEDED.items() if call in calls and n not in found]
    if lacking:
        raise LocalFault(f"{call} needs a {lacking[0]}")


_NEEDED: Final = {"goal": (Call.MIGRATE,), "value": (Call.FILL, Call.FUTEX_WAIT)}


def write_message(message: Message) -> dict[str, Any]:
    """A message of the reference as an object."""
    found: dict[str, Any] = {"kind": str(message.kind)}
    match message:
        case Asked():
            found |= {"thread": message.thread, "call": str(message.call),
                      "context": message.context.decode()}  # fmt: skip
            if message.pages:
                found["pages"] = [{"page": p, "access": str(a)} for p, a in message.pages]
            if message.call is Call.MIGRATE:
                found["goal"] = message.arguments[0]
            elif message.call in (Call.FUTEX_WAIT, Call.FILL):
                found["value"] = message.arguments[1]
        case Answer():
            found |= {"thread": message.thread, "context": message.context.decode()}
            found["pages"] = [_write_granted(granted) for granted in message.pages]
            sets = dict(message.sets)
            if "result" in sets:
                found["result"] = sets["result"]
            found["refused"] = "refused" in sets
        case Recall():
            found |= {"page": message.page, "access": str(message.access)}
        case Gave():
            found["page"] = message.page
            if message.parcel is Parcel.DATA:
                found["value"] = _number(message.data)
        case Done():
            found["thread"] = message.thread
    return found


def _read_granted(found: Object) -> Granted:
    return Granted(found["page"], Access(found["access"]), *_read_parcel(found))


def _read_parcel(found: Object) -> tuple[Parcel, bytes]:
    if "value" not in found:
        return Parcel.EMPTY, b""
    return Parcel.DATA, _bytes(found["value"]) + bytes(PAGE_BYTES - VALUE_BYTES)


def _write_granted(granted: Granted) -> dict[str, Any]:
    found: dict[str, Any] = {"page": granted.page, "access": str(granted.access)}
    if granted.data:
        found["value"] = _number(granted.data)
    return found


def _bytes(value: int) -> bytes:
    return value.to_bytes(VALUE_BYTES, "little")


def _number(data: bytes | memoryview) -> int:
    return int.from_bytes(data[:VALUE_BYTES], "little")


# --- lines ---------------------------------------------------------------------------------------


def answer(line: str, cluster: Cluster | None) -> tuple[dict[str, Any], Cluster | None]:
    """The answer to a line, and the kernels that there are after it."""
    order = json.loads(line)
    if order["cmd"] == "hello":
        hello = {"version": VERSION, "name": NAME, "language": "Python",
                 "level": "messages", "kernels": "all", "capabilities": CAPABILITIES}  # fmt: skip
        return hello, None
    if order["cmd"] == "reset":
        return {"seq": order["seq"]}, Cluster(order["kernels"], order["threads"], order["pages"])
    try:
        if cluster is None:
            raise LocalFault("there is no run: reset begins one")
        return {"seq": order["seq"], **cluster.obey(order)}, cluster
    except (LocalFault, RemoteFault) as error:
        return {"seq": order["seq"], "result": "error", "text": str(error)}, cluster


def main() -> None:
    """Answer lines until there are no more."""
    cluster: Cluster | None = None
    for line in sys.stdin:
        if json.loads(line)["cmd"] == "bye":
            return
        said, cluster = answer(line, cluster)
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
