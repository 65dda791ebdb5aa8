"""The events of the protocol: what a log of an implementation can say, and where it is said.

Every event is one step of one kernel. A kernel that writes down its events in the order in which
they happen gives a log that can be compared with the model, step by step.
"""

from dataclasses import dataclass
from typing import Final

from popcorn_model.vocabulary.messages import Side


@dataclass(frozen=True)
class EventRow:
    """A kind of event: where it happens, what it names, and what has happened."""

    name: str
    where: Side
    names: tuple[str, ...]
    doc: str


def _at(where: Side, *rows: tuple[str, str, str]) -> tuple[EventRow, ...]:
    return tuple(EventRow(name, where, tuple(names.split()), doc) for name, names, doc in rows)


EVENTS: Final = (
    *_at(
        Side.ORIGIN,
        ("exec", "process thread kernel areas",
         "A process begins, with one thread that is sent to a kernel."),
        ("ask", "process thread kernel call pages goal",
         "The origin begins with a call, or with the next part of a system call."),
        ("turn", "process thread kernel call", "A question about several pages may take them."),
        ("want", "process thread kernel page", "A fork is to copy a page, too."),
        ("take", "process thread kernel page",
         "A call takes a page; whoever is in its way is told so."),
        ("way", "process thread page kernel", "The origin hears that a kernel has given way."),
        ("finish", "process thread kernel", "The origin hears that an instruction is done."),
        ("grant", "process thread kernel", "A fault is answered with its pages."),
        ("refuse", "process thread kernel", "The areas do not allow what a fault wants."),
        ("pass", "process thread kernel goal", "A thread is passed on to another kernel."),
        ("serve", "process thread kernel call page other where",
         "A call has taken effect: on a page, or with another thread, page or process."),
        ("fail", "process thread kernel call page error",
         "A call is refused, and changes nothing."),
        ("areas", "process thread kernel page other access",
         "A range of pages of which nobody has anything is mapped, unmapped or protected."),
        ("give_up", "process thread kernel", "The time of a thread that sleeps is over."),
        ("answer", "process thread kernel", "A system call is over: its thread is answered."),
        ("kill", "process", "Something outside ends a process, such as a signal."),
        ("drop", "process thread kernel", "A question about a process that ends is dropped."),
        ("tell", "process kernel", "The origin tells a kernel that a process ends."),
        ("heard", "process kernel", "The origin hears a farewell."),
        ("close", "process", "Nothing is left of a process."),
    ),
    *_at(
        Side.KERNEL,
        ("stop", "process thread kernel call pages goal", "A thread stops, and asks."),
        ("run", "process thread kernel", "An answer arrives: the thread runs."),
        ("step", "process thread kernel",
         "Pages arrive; they are mapped and the instruction is executed."),
        ("give", "process page kernel", "A kernel gives way."),
        ("end", "process kernel", "A kernel drops what it has of a process."),
    ),
)  # fmt: skip
