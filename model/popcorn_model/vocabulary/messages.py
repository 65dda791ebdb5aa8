"""The messages of the protocol: who sends what to whom, and the words that they carry.

A kernel and the origin of a process talk, and two kernels never do. Messages of a pair arrive in
the order in which they were sent. The origin is a kernel like others and sends messages to itself.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final


class Access(StrEnum):
    """What may be done with a page: by a kernel, under an area, or as a thread wants to."""

    NONE = "none"
    READ = "read"
    WRITE = "write"


class Parcel(StrEnum):
    """What a message carries of a page."""

    EMPTY = "empty"
    DATA = "data"


class Call(StrEnum):
    """What a thread asks of the origin."""

    FAULT = "fault"
    MIGRATE = "migrate"
    CLONE = "clone"
    EXIT = "exit"
    FORK = "fork"
    EXIT_GROUP = "exit_group"
    MMAP = "mmap"
    MMAP_OVER = "mmap_over"
    MUNMAP = "munmap"
    FORBID = "forbid"
    ALLOW = "allow"
    MREMAP = "mremap"
    FUTEX_WAIT = "futex_wait"
    SLEEP = "sleep"
    FUTEX_WAKE = "futex_wake"
    LOOK = "look"
    FILL = "fill"
    OTHER = "other"
    SYSTEM = "system"
    """A system call of Linux: the origin does it as any number of the calls above, one by one."""


class Kind(StrEnum):
    """The kinds of messages."""

    CALL = "CALL"
    ANSWER = "ANSWER"
    RECALL = "RECALL"
    GAVE = "GAVE"
    DONE = "DONE"
    END = "END"
    FAREWELL = "FAREWELL"


class Side(Enum):
    """Who sends a message."""

    KERNEL = "any kernel, to the origin"
    ORIGIN = "the origin, to any kernel"


class Field(StrEnum):
    """What a field of a message holds."""

    NUMBER = "a number of 64 bits"
    CALL = "one of the words of Call"
    ACCESS = "one of the words of Access"
    PARCEL = "one of the words of Parcel"
    BYTES = "bytes"
    NUMBERS = "numbers, any number of them"
    WANTED = "pages, each with what is wanted of it: a page number and an Access"
    GRANTED = "pages, each with what may be done, what is carried, and the bytes of it"
    SET = "registers by name, each with the number that is put there"


@dataclass(frozen=True)
class MessageRow:
    """A kind of message: who sends it, its fields in order, and what it says."""

    kind: Kind
    sender: Side
    fields: tuple[tuple[str, Field], ...]
    doc: str


_THREAD: Final = (("process", Field.NUMBER), ("thread", Field.NUMBER))
_PAGE: Final = (("process", Field.NUMBER), ("page", Field.NUMBER))

MESSAGES: Final = (
    MessageRow(
        Kind.CALL,
        Side.KERNEL,
        (*_THREAD, ("call", Field.CALL), ("context", Field.BYTES), ("pages", Field.WANTED),
         ("arguments", Field.NUMBERS)),
        "A thread has stopped, and this is what it asks for, with its context.",
    ),
    MessageRow(
        Kind.ANSWER,
        Side.ORIGIN,
        (*_THREAD, ("call", Field.CALL), ("context", Field.BYTES), ("pages", Field.GRANTED),
         ("sets", Field.SET)),
        "Run this thread; after a fault, map these pages first and execute its instruction.",
    ),
    MessageRow(
        Kind.RECALL,
        Side.ORIGIN,
        (*_PAGE, ("access", Field.ACCESS)),
        "Another wants to read the page, or to write it: give way.",
    ),
    MessageRow(
        Kind.GAVE,
        Side.KERNEL,
        (*_PAGE, ("parcel", Field.PARCEL), ("data", Field.BYTES)),
        "This kernel has given way; here is what was written to the page, if anything was.",
    ),
    MessageRow(
        Kind.DONE,
        Side.KERNEL,
        _THREAD,
        "The instruction that faulted has been executed.",
    ),
    MessageRow(
        Kind.END,
        Side.ORIGIN,
        (("process", Field.NUMBER),),
        "The process ends: drop what there is of it.",
    ),
    MessageRow(
        Kind.FAREWELL,
        Side.KERNEL,
        (("process", Field.NUMBER),),
        "Nothing of the process is left on this kernel.",
    ),
)  # fmt: skip
