"""What else Linux does for a program: it reads and writes its memory, keeps time, and may end it.

A system call that reads or writes memory of the program does so at the origin, page by page, each
taken first. What it does outside, and what it returns, is not followed. A call that needs several
such questions asks them one after the other: as if its thread had been answered and had asked again
at once.
"""

from popcorn_model.language import Fair, Part, Step, action, given, ite, put, some, when
from popcorn_model.popcorn.areas import completes, is_ready
from popcorn_model.popcorn.directory import area, forgets_wants, fresh
from popcorn_model.popcorn.pages import writes
from popcorn_model.popcorn.sorts import ORIGIN, Access, Call, Kernel, Life, Page, Task
from popcorn_model.popcorn.tasks import ending, here, is_asked, life, returns, stops, wants


@action
def call_memory(t: Task, k: Kernel, p: Page, what: Call) -> Step:
    """A thread makes a call that reads, or writes, a page of its memory.

    Source: popcorn: CALL look, fill
    Tag: claimed
    """
    return when(here[t, k], what.among(Call.look, Call.fill))(
        *stops(t, k, what),
        put(wants[t, p], ite(what == Call.fill, Access.write, Access.read)),
    )


@action
def call_other(t: Task, k: Kernel) -> Step:
    """A thread makes a call that is about neither threads nor memory.

    Source: popcorn: CALL other
    Tag: claimed
    """
    return when(here[t, k])(*stops(t, k, Call.other))


@action(fair=Fair.WEAK)
def serve_look(t: Task, k: Kernel, p: Page) -> Step:
    """Nobody writes to the page: the origin reads it, if it is mapped.

    Source: popcorn: origin, CALL look
    Tag: claimed
    """
    return when(is_ready(t, k, p, Call.look))(*completes(t, k))


@action(fair=Fair.WEAK)
def serve_fill(t: Task, k: Kernel, p: Page) -> Step:
    """Nobody else has the page: the origin writes to it, if that is allowed.

    Source: popcorn: origin, CALL fill
    Tag: claimed
    """
    return when(is_ready(t, k, p, Call.fill))(
        given(area[p] == Access.write)(*writes(p, ORIGIN, fresh[p, ORIGIN])), *completes(t, k)
    )


@action(fair=Fair.WEAK)
def serve_other(t: Task, k: Kernel) -> Step:
    """The origin does what it was asked for.

    Source: popcorn: origin, CALL other
    Tag: claimed
    """
    return when(is_asked(t, k, Call.other))(*returns(t, k))


@action
def give_up(t: Task, k: Kernel) -> Step:
    """A thread has slept on a futex for as long as it wanted to: its call returns an error.

    Source: popcorn: origin, alarm
    Tag: claimed
    """
    return when(is_asked(t, k, Call.sleep))(*returns(t, k), forgets_wants(t))


@action
def kill() -> Step:
    """Another process, or a person, ends this one.

    Source: popcorn: origin, kill
    Tag: claimed
    """
    return when(~ending(), some(Task, lambda t: life[t] == Life.alive))(put(ending(), True))


SERVICES = Part(
    "services",
    "Calls that read and write memory at the origin, time that is up, signals that end a process.",
    actions=(
        call_memory,
        call_other,
        serve_look,
        serve_fill,
        serve_other,
        give_up,
        kill,
    ),
    needs=("threads", "pages", "areas", "futex"),
)
