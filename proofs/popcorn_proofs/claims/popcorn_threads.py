"""Where threads are, who knows of them, and what the end leaves: lemmas about popcorn."""

from popcorn_model.language import Bool, Property, always, every, some
from popcorn_model.popcorn.directory import copy, gave, recall
from popcorn_model.popcorn.endings import farewell, told
from popcorn_model.popcorn.properties import (
    no_thread_is_lost,
    nothing_is_left,
    one_incarnation,
    processes_end_for_a_reason,
    the_dead_do_not_run,
    threads_are_where_all_is_known,
    threads_go_where_they_want,
    where,
)
from popcorn_model.popcorn.sorts import Access, Call, Kernel, Life, Page, Parcel, Task
from popcorn_model.popcorn.tasks import (
    answers,
    asks,
    call,
    done,
    ending,
    goal,
    here,
    joined,
    life,
    over,
)


@always()
def who_is_done_is_there(t: Task, j: Kernel, k: Kernel) -> Bool:
    """Word that an instruction is executed comes from where the thread is, if it is anywhere."""
    return (done[t, j] & where(t, k)).implies(j == k)


@always()
def who_is_done_once(t: Task, j: Kernel, k: Kernel) -> Bool:
    """Of a thread one such word is on its way."""
    return (done[t, j] & done[t, k]).implies(j == k)


@always()
def the_done_live(t: Task, k: Kernel) -> Bool:
    """Word that an instruction is executed is of a thread that lives."""
    return done[t, k].implies(life[t] == Life.alive)


@always()
def who_is_done_runs(t: Task, k: Kernel) -> Bool:
    """Before that word has arrived the thread goes nowhere, but it may be ended."""
    return done[t, k].implies(here[t, k] | asks[t, k] | farewell[k])


@always()
def messages_come_from_the_joined(p: Page, k: Kernel, t: Task) -> Bool:
    """Whoever has a page, or any message on its way, is known to the origin."""
    page = (copy[p, k] != Access.none) | (recall[p, k] != Access.none) | (gave[p, k] != Parcel.none)
    return (page | done[t, k] | told[k] | farewell[k]).implies(joined[k])


@always()
def who_says_farewell_has_nothing(t: Task, p: Page, k: Kernel) -> Bool:
    """With its farewell a kernel has no thread and no page, and nothing comes any more."""
    rest = here[t, k] | answers[t, k] | (copy[p, k] != Access.none) | (recall[p, k] != Access.none)
    return farewell[k].implies(~rest & ~told[k])


@always()
def ends_are_told_when_they_come(k: Kernel) -> Bool:
    """Kernels are told, and say farewell, only when the process ends."""
    return (told[k] | farewell[k]).implies(ending())


@always()
def somebody_has_lived(k: Kernel) -> Bool:
    """A process that a kernel knows, or that ends, has had a thread."""
    return (joined[k] | ending() | over()).implies(some(Task, lambda t: life[t] != Life.unborn))


@always()
def somebody_lives_to_the_end(t: Task) -> Bool:
    """As long as a process that has begun goes on, a thread of it lives."""
    begun = life[t] != Life.unborn
    return (begun & ~ending()).implies(some(Task, lambda u: life[u] == Life.alive))


@always()
def when_it_is_over_nobody_knows(t: Task, k: Kernel) -> Bool:
    """When all is over no kernel is known and no thread lives."""
    return over().implies(~joined[k] & (life[t] != Life.alive))


@always()
def who_runs_asks_nothing(t: Task, k: Kernel) -> Bool:
    """A thread that runs, or is nowhere, asks for nothing."""
    nowhere = every(Kernel, lambda j: ~where(t, j))
    return (here[t, k] | nowhere).implies(call[t] == Call.none)


@always()
def only_migrants_want_to_go(t: Task) -> Bool:
    """Who wants to go somewhere has asked for that, or is on its way."""
    away = some(Kernel, lambda k: answers[t, k] & (call[t] == Call.none))
    return goal[t].exists.implies((call[t] == Call.migrate) | away)


@always()
def answers_are_to_faults_or_bare(t: Task, k: Kernel) -> Bool:
    """What is answered is a fault, or needs nothing but that the thread goes on."""
    return answers[t, k].implies(call[t].among(Call.none, Call.fault))


THREAD_LEMMAS: tuple[Property, ...] = (
    one_incarnation,
    no_thread_is_lost,
    the_dead_do_not_run,
    threads_are_where_all_is_known,
    threads_go_where_they_want,
    processes_end_for_a_reason,
    who_is_done_is_there,
    who_is_done_once,
    the_done_live,
    who_is_done_runs,
    messages_come_from_the_joined,
    who_says_farewell_has_nothing,
    ends_are_told_when_they_come,
    somebody_has_lived,
    somebody_lives_to_the_end,
    when_it_is_over_nobody_knows,
    who_runs_asks_nothing,
    only_migrants_want_to_go,
    answers_are_to_faults_or_bare,
    nothing_is_left,
)
