"""What kernels say to each other, as an adapter hands it to the harness and is handed it.

A page holds one number, which is 0 at first; the word of a futex is that number.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Count = Annotated[int, Meta(ge=0, le=1 << 20)]
"""A number of a kernel, thread or page, or how many there are."""
Value = Annotated[int, Meta(ge=0, lt=1 << 31)]
"""What a page holds."""
Text = Annotated[str, Meta(max_length=4096)]
Access = Literal["read", "write"]
Call = Literal[
    "fault", "migrate", "clone", "exit", "fork", "exit_group", "mmap", "mmap_over", "munmap",
    "forbid", "allow", "mremap", "futex_wait", "futex_wake", "look", "fill", "other",
]  # fmt: skip


class Strict(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An object without any field that is not known."""


class Wanted(Strict, frozen=True):
    """A page, and what is wanted of it."""

    page: Count
    access: Access


class Granted(Strict, frozen=True):
    """A page in an answer: what the kernel may do with it now, and what it holds.

    Without a value the receiver is to keep what it has.
    """

    page: Count
    access: Access
    value: Value | UnsetType = UNSET


class Asked(Strict, frozen=True, tag="CALL", tag_field="kind"):
    """To the origin: a thread has stopped, and this is what it asks for, with its context."""

    thread: Count
    call: Call
    context: Text
    pages: tuple[Wanted, ...] = ()
    goal: Count | UnsetType = UNSET
    value: Value | UnsetType = UNSET


class Answer(Strict, frozen=True, tag="ANSWER", tag_field="kind"):
    """From the origin: run this thread; with pages, use them for its instruction first.

    ``result`` is what the call returns; a negative number is an error of Linux. ``refused`` says
    that the areas do not allow what the instruction does.
    """

    thread: Count
    context: Text
    pages: tuple[Granted, ...] = ()
    result: int | UnsetType = UNSET
    refused: bool = False


class Recall(Strict, frozen=True, tag="RECALL", tag_field="kind"):
    """From the origin: another wants to read the page, or to write it: give way."""

    page: Count
    access: Access


class Gave(Strict, frozen=True, tag="GAVE", tag_field="kind"):
    """To the origin: given way, and this is what the page holds, if it could be written here."""

    page: Count
    value: Value | UnsetType = UNSET


class Done(Strict, frozen=True, tag="DONE", tag_field="kind"):
    """To the origin: the instruction that faulted has been executed."""

    thread: Count


class End(Strict, frozen=True, tag="END", tag_field="kind"):
    """From the origin: the process ends, drop what there is of it."""


class Farewell(Strict, frozen=True, tag="FAREWELL", tag_field="kind"):
    """To the origin: nothing of the process is left on this kernel."""


Message = Asked | Answer | Recall | Gave | Done | End | Farewell
TO_ORIGIN: Final = (Asked, Gave, Done, Farewell)
