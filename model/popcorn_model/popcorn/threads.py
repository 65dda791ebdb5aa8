"""Threads: they begin, migrate, create others and exit, on whatever kernel they are.

Each of these is a question to the origin, which has the list of threads: nothing has to be counted
elsewhere, and no message can be about a thread that the origin does not know.
"""

from popcorn_model.language import (
    Fair,
    Part,
    Step,
    action,
    every,
    given,
    nothing,
    put,
    when,
)
from popcorn_model.popcorn.endings import (
    close,
    drop_question,
    end_here,
    farewell,
    hear_farewell,
    tell_end,
    told,
)
from popcorn_model.popcorn.properties import THREAD_PROPERTIES
from popcorn_model.popcorn.sorts import Call, Kernel, Life, Task
from popcorn_model.popcorn.tasks import (
    answers,
    asks,
    call,
    done,
    ending,
    goal,
    goes_to,
    here,
    is_asked,
    is_last,
    joined,
    life,
    over,
    returns,
    stops,
)


@action
def exec_program(t: Task, k: Kernel) -> Step:
    """A process begins at its origin, with one thread that is sent to a kernel.

    A program that is executed begins on the origin; a child that is forked begins where its parent
    has called from.

    Source: popcorn: exec
    Tag: claimed
    """
    return when(every(Task, lambda u: life[u] == Life.unborn))(
        put(life[t], Life.alive), put(answers[t, k], True), put(joined[k], True)
    )


# --- questions -----------------------------------------------------------------------------------


@action
def call_migrate(t: Task, k: Kernel, d: Kernel) -> Step:
    """A thread asks to go on on another kernel.

    Source: popcorn: CALL migrate, sched_setaffinity
    Tag: claimed
    """
    return when(here[t, k], k != d)(*stops(t, k, Call.migrate), put(goal[t], d))


@action
def call_clone(t: Task, k: Kernel) -> Step:
    """A thread asks for another one.

    Source: popcorn: CALL clone
    Tag: claimed
    """
    return when(here[t, k])(*stops(t, k, Call.clone))


@action
def call_exit(t: Task, k: Kernel) -> Step:
    """A thread exits.

    Source: popcorn: CALL exit
    Tag: claimed
    """
    return when(here[t, k])(*stops(t, k, Call.exit))


@action
def call_exit_group(t: Task, k: Kernel) -> Step:
    """A thread ends the process, by exit_group or by a signal that it does not handle.

    Source: popcorn: CALL exit_group
    Tag: claimed
    """
    return when(here[t, k])(*stops(t, k, Call.exit_group))


# --- answers -------------------------------------------------------------------------------------


@action(fair=Fair.WEAK)
def serve_migrate(t: Task, k: Kernel, d: Kernel) -> Step:
    """The origin passes the thread on to the kernel on which it wants to go on.

    Source: popcorn: origin, CALL migrate
    Tag: claimed
    """
    return when(is_asked(t, k, Call.migrate), goal[t] == d)(
        *goes_to(t, k, d), put(call[t], Call.none), put(joined[d], True)
    )


@action(fair=Fair.WEAK)
def serve_clone(t: Task, k: Kernel, u: Task) -> Step:
    """The origin lists a new thread, and sends it to where it was asked for.

    Source: popcorn: origin, CALL clone
    Tag: claimed
    """
    return when(is_asked(t, k, Call.clone), life[u] == Life.unborn, t != u)(
        *returns(t, k), put(life[u], Life.alive), put(answers[u, k], True)
    )


@action(fair=Fair.WEAK)
def refuse_clone(t: Task, k: Kernel) -> Step:
    """There can be no more threads: the call fails.

    Source: popcorn: origin, CALL clone
    Tag: claimed
    """
    none_left = every(Task, lambda u: life[u] != Life.unborn)
    return when(is_asked(t, k, Call.clone), none_left)(*returns(t, k))


@action(fair=Fair.WEAK)
def serve_exit(t: Task, k: Kernel) -> Step:
    """The origin takes the thread from its list; with the last one the process ends.

    Source: popcorn: origin, CALL exit
    Tag: claimed
    """
    return when(is_asked(t, k, Call.exit))(
        put(asks[t, k], False), put(call[t], Call.none), put(life[t], Life.exited),
        given(is_last(t))(put(ending(), True)),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def serve_exit_group(t: Task, k: Kernel) -> Step:
    """The origin ends the process.

    Source: popcorn: origin, CALL exit_group
    Tag: claimed
    """
    return when(is_asked(t, k, Call.exit_group))(
        put(asks[t, k], False), put(call[t], Call.none), put(life[t], Life.exited),
        put(ending(), True),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def run_on(t: Task, k: Kernel) -> Step:
    """An answer arrives, and the kernel runs the thread.

    Source: popcorn: kernel, ANSWER
    Tag: claimed
    """
    return when(answers[t, k], call[t] == Call.none)(
        put(answers[t, k], False), put(here[t, k], True), put(goal[t], nothing)
    )


THREADS = Part(
    "threads",
    "Threads that begin, migrate, create others and exit.",
    states=(life, here, asks, answers, done, call, goal, joined, ending, over, told, farewell),
    actions=(
        exec_program,
        call_migrate,
        call_clone,
        call_exit,
        call_exit_group,
        serve_migrate,
        serve_clone,
        refuse_clone,
        serve_exit,
        serve_exit_group,
        run_on,
        drop_question,
        tell_end,
        end_here,
        hear_farewell,
        close,
    ),
    properties=THREAD_PROPERTIES,
)
