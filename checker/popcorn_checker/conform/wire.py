"""What an adapter is told and what it answers: JSON objects, one a line.

The harness owns the network and the clock: a kernel says what it sends, and is told what arrives.
Kernel 0 is the origin of the one process there is, and sends messages to itself like to others.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from popcorn_checker.conform.messages import (
    Access,
    Call,
    Count,
    Message,
    Strict,
    Text,
    Value,
    Wanted,
)

VERSION: Final = 1

CAPABILITIES: Final = ("migration", "pages", "clone", "exit", "areas", "futex", "fork", "services")
Capability = Literal[
    "migration", "pages", "clone", "exit", "areas", "futex", "fork", "services"
]  # fmt: skip


# --- what an adapter is told ---------------------------------------------------------------------


class Hello(Strict, frozen=True, tag="hello", tag_field="cmd"):
    """The first line of all."""

    version: int


class Reset(Strict, frozen=True, tag="reset", tag_field="cmd"):
    """A new run: nothing of one before is left. Without ``kernel`` you are all of them."""

    seq: int
    kernels: Count
    threads: Count
    pages: Count
    kernel: Count | UnsetType = UNSET


class Begin(Strict, frozen=True, tag="begin", tag_field="cmd"):
    """The process begins at the origin; its first thread is to be sent to a kernel."""

    seq: int
    kernel: Count
    thread: Count
    to: Count
    context: Text


class Stop(Strict, frozen=True, tag="stop", tag_field="cmd"):
    """A thread has stopped on a kernel, and asks for this."""

    seq: int
    kernel: Count
    thread: Count
    call: Call
    context: Text
    pages: tuple[Wanted, ...] = ()
    goal: Count | UnsetType = UNSET
    value: Value | UnsetType = UNSET


class Written(Strict, frozen=True):
    """What an instruction writes to a page."""

    page: Count
    value: Value


class Deliver(Strict, frozen=True, tag="deliver", tag_field="cmd"):
    """A message arrives. ``writes`` is what the instruction does that an answer is for."""

    seq: int
    kernel: Count
    from_: Count = msgspec.field(name="from")
    message: Message
    writes: tuple[Written, ...] = ()


class Ring(Strict, frozen=True, tag="ring", tag_field="cmd"):
    """At the origin: a thread has slept on a futex for as long as it wanted to."""

    seq: int
    kernel: Count
    thread: Count


class Kill(Strict, frozen=True, tag="kill", tag_field="cmd"):
    """At the origin: something outside ends the process."""

    seq: int
    kernel: Count


class Tick(Strict, frozen=True, tag="tick", tag_field="cmd"):
    """Time passes, and nothing is on its way: do what was put off."""

    seq: int
    kernel: Count


class Bye(Strict, frozen=True, tag="bye", tag_field="cmd"):
    """The last line of all; nothing is to be answered."""


# --- the level of programs -----------------------------------------------------------------------

Op = Literal[
    "read", "write", "migrate", "clone", "exit", "exit_group", "mmap", "mmap_over", "munmap",
    "forbid", "allow", "mremap", "futex_wait", "futex_wake", "other",
]  # fmt: skip


class Run(Strict, frozen=True, tag="run", tag_field="cmd"):
    """The program begins, with one thread on a kernel."""

    seq: int
    thread: Count
    kernel: Count


class Do(Strict, frozen=True, tag="do", tag_field="cmd"):
    """A thread that is in no call does this; it may take its time."""

    seq: int
    thread: Count
    op: Op
    page: Count | UnsetType = UNSET
    value: Value | UnsetType = UNSET
    goal: Count | UnsetType = UNSET


Command = Hello | Reset | Begin | Stop | Deliver | Ring | Kill | Tick | Run | Do | Bye
Order = Reset | Begin | Stop | Deliver | Ring | Kill | Tick
"""What is answered with a `Reply`."""
ProgramOrder = Reset | Run | Do | Kill | Tick
"""What is answered with a `ProgramReply`, at the level of programs."""


# --- what it answers -----------------------------------------------------------------------------


class HelloReply(Strict, frozen=True):
    """Who the implementation is, and what it can do."""

    version: int
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    capabilities: Annotated[
        tuple[Capability, ...], Meta(extra_json_schema={"uniqueItems": True})
    ]
    kernels: Literal["all", "one"] = "all"
    level: Literal["messages", "pages", "program"] = "messages"
    language: Text = ""


class Sent(Strict, frozen=True):
    """A message that a kernel sends."""

    to: Count
    message: Message


class Copied(Strict, frozen=True):
    """What the page tables of a kernel allow with a page."""

    page: Count
    access: Access


class Reply(Strict, frozen=True):
    """What came of an order.

    ``error``: refused, and nothing has changed. ``unknown``: it may have changed something. Who can
    tell, says what page tables allow now (``copies``: all pages that can be used) and what the
    instruction has read (``reads``); both may be left out.
    """

    seq: int
    result: Literal["ok", "error", "unknown", "unsupported"] = "ok"
    sends: tuple[Sent, ...] = ()
    copies: tuple[Copied, ...] | UnsetType = UNSET
    reads: tuple[Written, ...] | UnsetType = UNSET
    text: Text = ""
    issue: Text = ""


class Finished(Strict, frozen=True):
    """A thread is through with what it did.

    ``value`` is what it has read, ``result`` what its call has returned: a negative number is an
    error of Linux, and 0 may be left out. ``refused`` is what a program sees as SIGSEGV, of a read
    or a write.
    """

    thread: Count
    value: Value | UnsetType = UNSET
    result: int | UnsetType = UNSET
    refused: bool = False


class Held(Strict, frozen=True):
    """What the page tables of a kernel allow with a page."""

    kernel: Count
    page: Count
    access: Access


class Placed(Strict, frozen=True):
    """Where a thread runs."""

    thread: Count
    kernel: Count


class ProgramReply(Strict, frozen=True):
    """What has come about since the last order: who is through, and whether all is over.

    At the level of pages also which pages can be used where, all of them, and where threads run.
    """

    seq: int
    result: Literal["ok", "error", "unknown", "unsupported"] = "ok"
    done: tuple[Finished, ...] = ()
    over: bool = False
    copies: tuple[Held, ...] | UnsetType = UNSET
    places: tuple[Placed, ...] | UnsetType = UNSET
    text: Text = ""
    issue: Text = ""


_encode = msgspec.json.Encoder().encode
_decode_hello = msgspec.json.Decoder(HelloReply).decode
_decode_reply = msgspec.json.Decoder(Reply).decode
_decode_program = msgspec.json.Decoder(ProgramReply).decode


class BadLine(Exception):
    """A line of an adapter is not what the protocol allows: what is wrong, and what would be."""


def encode(command: Command) -> bytes:
    """A command as a line."""
    return _encode(command) + b"\n"


def decode_hello(line: bytes) -> HelloReply:
    """The answer to `Hello`. Raises: BadLine."""
    found: HelloReply = _decoded(_decode_hello, line)
    if found.version != VERSION:
        raise BadLine(f"it speaks version {found.version} of the protocol; this is {VERSION}")
    twice = [each for each in found.capabilities if found.capabilities.count(each) > 1]
    if twice:
        raise BadLine(f"it claims {twice[0]} twice; each capability is named once")
    if not found.name.isprintable() or found.name.isspace():
        raise BadLine(f"its name is a line of text that can be shown, and not {found.name!r}")
    if found.kernels == "one" and found.level != "messages":
        raise BadLine(
            f'"kernels":"one" is for the level messages; at the level {found.level} there is one '
            "process for all kernels"
        )
    return found


def decode_reply(line: bytes, seq: int) -> Reply:
    """The answer to an order. Raises: BadLine."""
    found: Reply = _decoded(_decode_reply, line)
    _check(found.seq, seq)
    return found


def decode_program_reply(line: bytes, seq: int) -> ProgramReply:
    """The answer to an order at the level of programs. Raises: BadLine."""
    found: ProgramReply = _decoded(_decode_program, line)
    _check(found.seq, seq)
    return found


def _check(found: int, seq: int) -> None:
    if found != seq:
        raise BadLine(f"it answers seq {found}, and was asked seq {seq}")


def _decoded(decode: Any, line: bytes) -> Any:
    try:
        return decode(line)
    except msgspec.ValidationError as error:
        raise BadLine(f"{error}: {show_line(line)}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        if not line.strip():
            raise BadLine("an empty line is no answer") from None
        raise BadLine(
            f"this line is not JSON: did you mean it for stderr? {show_line(line)}"
        ) from None


def clean(text: str, kept: str = "\n") -> str:
    """Text of an adapter without what a terminal obeys, and XML and HTML have no form for."""
    return "".join(c if c.isprintable() or c in kept else "?" for c in text)


def show_line(line: bytes) -> str:
    """The beginning of what an adapter has said, on one line."""
    text = clean(line.decode("utf-8", "replace").strip(), kept="")
    return text if len(text) <= 200 else f"{text[:200]}... ({len(line)} bytes)"


def schema() -> dict[str, Any]:
    """The protocol as a JSON Schema: commands, and both kinds of answers."""
    shapes, defined = msgspec.json.schema_components(
        (Command, HelloReply, Reply, ProgramReply), ref_template="#/$defs/{name}"
    )
    titles = (
        "what an adapter is told", "its answer to hello", "its answer to everything else",
        "the same at the level of programs",
    )  # fmt: skip
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "popcorn-spec conform: lines between the harness and an adapter",
        "anyOf": [{"title": t, **s} for t, s in zip(titles, shapes, strict=True)],
        "$defs": defined,
    }
