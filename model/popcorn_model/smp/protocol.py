"""A program on one kernel: what it is promised, and the protocol that all others are held against.

No thread is executed twice, and nobody who reads a page finds anything but what was last written to
it, or uses a page otherwise than it is mapped.
"""

from popcorn_model.language import (
    Bool,
    Part,
    Protocol,
    Step,
    Variant,
    action,
    always,
    every,
    put,
    sometimes,
    when,
)
from popcorn_model.smp.calls import (
    allow,
    answer,
    begin,
    clone,
    die,
    end,
    enter,
    enter_about,
    enter_about_both,
    enter_onto,
    exit_all,
    exit_alone,
    fail,
    forbid,
    fork,
    give_up,
    kill,
    make_room,
    map_memory,
    map_more,
    map_over,
    move,
    sleep,
    unmap,
    wake,
    wake_nobody,
)
from popcorn_model.smp.program import (
    about,
    call,
    ending,
    is_in,
    life,
    mapped,
    onto,
    running,
    sight,
    waits,
    writable,
)
from popcorn_model.smp.sorts import Call, Life, Page, Rights, Running, Sight, Task

# --- what may change at any time -----------------------------------------------------------------


@action
def run(t: Task) -> Step:
    """A thread gets a processor.

    Source: sched(7)
    Tag: claimed
    """
    return when(is_in(t, Call.none), running[t] == Running.none)(put(running[t], Running.one))


@action
def wait(t: Task) -> Step:
    """A thread loses its processor, or waits for a page.

    Source: sched(7)
    Tag: claimed
    """
    return when(running[t] == Running.one)(*waits(t))


@action
def see(t: Task, p: Page) -> Step:
    """A page is there to be read.

    Source: any program
    Tag: claimed
    """
    return when(running[t] == Running.one, mapped[p] != Rights.none)(put(sight[t, p], Sight.last))


@action
def hold(t: Task, p: Page) -> Step:
    """A page is there to be written.

    Source: any program
    Tag: claimed
    """
    return when(running[t] == Running.one, mapped[p] == Rights.write)(
        put(sight[t, p], Sight.last), put(writable[t, p], True)
    )


# --- what is promised ----------------------------------------------------------------------------


@always(number="U1")
def threads_run_once(t: Task) -> Bool:
    """No thread is executed twice at once, and none that is in a call or does not exist.

    Tag: claimed
    """
    may = (life[t] == Life.alive) & (call[t] == Call.none)
    return (running[t] != Running.many) & ((running[t] == Running.one).implies(may))


@always(number="U2")
def the_last_is_read(t: Task, p: Page) -> Bool:
    """Whoever reads a page finds what was last written to it.

    Tag: claimed
    """
    return sight[t, p] != Sight.old


@always(number="U3")
def only_the_mapped_is_used(t: Task, p: Page) -> Bool:
    """A page is used only as it is mapped.

    Tag: claimed
    """
    reads = (sight[t, p] != Sight.none).implies(mapped[p] != Rights.none)
    return reads & writable[t, p].implies(mapped[p] == Rights.write)


@sometimes()
def all_have_exited() -> Bool:
    """The program is over."""
    return ending() & every(Task, lambda t: life[t] != Life.alive)


@sometimes()
def settled() -> Bool:
    """Every thread sleeps, or has exited; a run may end here."""
    return every(Task, lambda t: (life[t] != Life.alive) | (call[t] == Call.sleep))


PROGRAM = Part(
    "program",
    "Threads, calls and memory of a program, as it sees them.",
    states=(life, call, about, onto, mapped, ending, running, sight, writable),
    actions=(
        begin,
        enter,
        enter_about,
        enter_about_both,
        enter_onto,
        fail,
        answer,
        clone,
        fork,
        exit_alone,
        exit_all,
        die,
        kill,
        end,
        map_memory,
        map_more,
        map_over,
        unmap,
        forbid,
        allow,
        make_room,
        move,
        sleep,
        give_up,
        wake,
        wake_nobody,
        run,
        wait,
        see,
        hold,
    ),
    properties=(
        threads_run_once,
        the_last_is_read,
        only_the_mapped_is_used,
        all_have_exited,
        settled,
    ),
)

PROTOCOL = Protocol(
    name="smp",
    doc="One kernel: what a program may observe.",
    parts=(PROGRAM,),
    variants={"smp": Variant("Linux on one kernel.", {})},
    scope={"tasks": 2, "pages": 1},
    ends=settled,
    interchangeable=(Task, Page),
)
