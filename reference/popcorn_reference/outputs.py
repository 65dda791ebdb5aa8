"""What the core hands back: messages to send, commands to processors, and notes for a journal.

They are to be carried out in the order in which they stand. After a `Step` nothing may be handed to
the kernel before it has been told what the step led to: that is how a thread that has got its pages
makes a step before it can lose them again.
"""

from dataclasses import dataclass

from popcorn_model.vocabulary import Access
from popcorn_reference.messages import Message


@dataclass(frozen=True)
class Send:
    """Send a message to a kernel, which may be this one."""

    target: int
    message: Message


@dataclass(frozen=True)
class Map:
    """Let threads of a process use a page that they could not use before."""

    process: int
    page: int
    access: Access


@dataclass(frozen=True)
class Protect:
    """Change what threads of a process may do with a page that they can use."""

    process: int
    page: int
    access: Access


@dataclass(frozen=True)
class Unmap:
    """Keep threads of a process from using a page."""

    process: int
    page: int


@dataclass(frozen=True)
class Step:
    """Execute one instruction of a thread now, and tell what it led to before anything else."""

    process: int
    thread: int
    context: bytes
    sets: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Ready:
    """A thread can run: from this context, with these registers set."""

    process: int
    thread: int
    context: bytes
    sets: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Forget:
    """Nothing of a process is left here: threads, pages and processor are free."""

    process: int


@dataclass(frozen=True)
class HostCall:
    """Do something outside for a process, such as to write to a file, and tell what came of it."""

    process: int
    thread: int
    name: str
    arguments: tuple[int | bytes, ...]


@dataclass(frozen=True)
class Alarm:
    """Tell when this many nanoseconds have passed; zero or less takes the alarm back."""

    process: int
    thread: int
    nanoseconds: int


@dataclass(frozen=True)
class Over:
    """A process is over; its status is as `wait` gives it."""

    process: int
    status: int


@dataclass(frozen=True)
class Report:
    """Something that a person should know."""

    text: str


@dataclass(frozen=True)
class Note:
    """An event for the journal: its name, and what the vocabulary says it names."""

    event: str
    names: tuple[tuple[str, object], ...]


Output = (
    Send | Map | Protect | Unmap | Step | Ready | Forget | HostCall | Alarm | Over | Report | Note
)
