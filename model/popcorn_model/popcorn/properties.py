"""What the protocol promises: to programs, and to itself."""

from popcorn_model.language import (
    Bool,
    LeadsTo,
    Property,
    always,
    eventually,
    every,
    leads_to,
    some,
    sometimes,
)
from popcorn_model.popcorn.directory import (
    area,
    copy,
    due,
    fresh,
    gave,
    holder,
    parcel,
    recall,
    suffices,
    taken,
)
from popcorn_model.popcorn.endings import farewell, told
from popcorn_model.popcorn.sorts import ORIGIN, Access, Call, Kernel, Life, Page, Parcel, Task
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

# --- threads -------------------------------------------------------------------------------------


def where(t: Task, k: Kernel) -> Bool:
    """Kernel k has thread t's context, or it is on its way from there or to there."""
    return here[t, k] | asks[t, k] | answers[t, k]


@always(number="T1")
def one_incarnation(t: Task, j: Kernel, k: Kernel) -> Bool:
    """The context of a thread is in one place, on one kernel or on its way.

    Tag: claimed
    """
    twice = (here[t, k] & (asks[t, k] | answers[t, k])) | (asks[t, k] & answers[t, k])
    return ~twice & (where(t, j) & where(t, k)).implies(j == k)


@always(number="T2")
def no_thread_is_lost(t: Task) -> Bool:
    """As long as the process goes on, the context of a thread that lives is somewhere.

    Tag: claimed
    """
    return ((life[t] == Life.alive) & ~ending()).implies(some(Kernel, lambda k: where(t, k)))


@always(number="T3")
def the_dead_do_not_run(t: Task, k: Kernel) -> Bool:
    """A thread that is not on the origin's list is nowhere.

    Tag: claimed
    """
    return where(t, k).implies(life[t] == Life.alive)


@always(number="T4")
def threads_are_where_all_is_known(t: Task, k: Kernel) -> Bool:
    """The origin knows every kernel that has, or will have, threads of the process.

    Tag: relied
    """
    return where(t, k).implies(joined[k])


@always(number="T5")
def threads_go_where_they_want(t: Task, k: Kernel) -> Bool:
    """A thread that migrates is sent to the kernel that it has asked for.

    Tag: claimed
    """
    return (answers[t, k] & goal[t].exists).implies(goal[t] == k)


# --- pages ---------------------------------------------------------------------------------------


@always(number="P1")
def one_writer(p: Page, j: Kernel, k: Kernel) -> Bool:
    """Where a kernel may write to a page, no other may read it.

    Tag: claimed
    """
    return ((copy[p, j] == Access.write) & (copy[p, k] != Access.none)).implies(j == k)


@always(number="P2")
def readers_see_writes(p: Page, k: Kernel) -> Bool:
    """Who can read a page reads what was last written to it.

    Tag: claimed
    """
    return (copy[p, k] != Access.none).implies(fresh[p, k])


@always(number="P3")
def only_the_last_is_sent(p: Page, k: Kernel) -> Bool:
    """No message carries a page as it was before it was last written.

    Tag: relied
    """
    return (parcel[p] != Parcel.stale) & (gave[p, k] != Parcel.stale)


@always(number="P4")
def the_directory_knows(p: Page, k: Kernel) -> Bool:
    """As long as the process goes on, the directory knows every kernel that has a copy.

    Tag: relied
    """
    return ((copy[p, k] != Access.none) & ~ending()).implies(holder[p, k])


@always(number="P5")
def pages_are_taken_by_questions(t: Task, p: Page) -> Bool:
    """A page is taken by a thread that has asked, or been answered and has not said it is done.

    Tag: relied
    """
    busy = some(Kernel, lambda k: done[t, k] | asks[t, k] | answers[t, k])
    return ((taken[p] == t) & ~ending()).implies(busy)


@always(number="P6")
def nobody_gives_way_unasked(p: Page, k: Kernel) -> Bool:
    """As long as the process goes on, a kernel gives way only to a question that has the page.

    Tag: relied
    """
    moves = (recall[p, k] != Access.none) | (gave[p, k] != Parcel.none)
    return (moves & ~ending()).implies(due[p, k] & taken[p].exists)


# --- areas ---------------------------------------------------------------------------------------


@always(number="A1")
def areas_are_in_force(p: Page, k: Kernel) -> Bool:
    """No kernel may do more with a page than the areas allow.

    Tag: claimed
    """
    return suffices(area[p], copy[p, k])


# --- the end -------------------------------------------------------------------------------------


@always(number="E1")
def nothing_is_left(t: Task, p: Page, k: Kernel) -> Bool:
    """When the process is over no kernel has anything of it, and no message is on its way.

    Tag: claimed
    """
    thread = where(t, k) | done[t, k] | (life[t] == Life.alive)
    page = (copy[p, k] != Access.none) | (recall[p, k] != Access.none) | (gave[p, k] != Parcel.none)
    return over().implies(~(thread | page | joined[k] | told[k] | farewell[k]))


@always(number="E2")
def processes_end_for_a_reason() -> Bool:
    """A process is over only after the origin has decided that it ends.

    Tag: claimed
    """
    return over().implies(ending())


# --- liveness ------------------------------------------------------------------------------------


@eventually(number="L1")
def questions_are_answered(t: Task, k: Kernel) -> LeadsTo:
    """Who asks is answered, or sleeps on a futex.

    Tag: claimed
    """
    waits = asks[t, k] & (call[t] != Call.sleep)
    return leads_to(waits, ~waits)


@eventually(number="L2")
def answers_arrive(t: Task, k: Kernel) -> LeadsTo:
    """A thread that is answered runs on; if it has faulted, its instruction is executed.

    Tag: claimed
    """
    return leads_to(answers[t, k], ~answers[t, k])


@eventually(number="L3")
def the_end_comes() -> LeadsTo:
    """A process that ends is over some time.

    Tag: claimed
    """
    return leads_to(ending(), over())


@sometimes()
def thread_is_away(t: Task, k: Kernel) -> Bool:
    """A thread runs on another kernel than the origin."""
    return here[t, k] & (k != ORIGIN)


@sometimes()
def another_writes(p: Page, k: Kernel) -> Bool:
    """Another kernel than the origin may write to a page."""
    return (copy[p, k] == Access.write) & (k != ORIGIN)


@sometimes()
def all_is_over() -> Bool:
    """The process is over."""
    return over()


@sometimes()
def settled() -> Bool:
    """Threads run, sleep, or are gone, and no message is on its way; a run may end here."""

    def rests(t: Task) -> Bool:
        def is_busy(k: Kernel) -> Bool:
            return answers[t, k] | done[t, k] | (asks[t, k] & (call[t] != Call.sleep))

        return every(Kernel, lambda k: ~is_busy(k))

    return every(Task, rests) & (ending().implies(over()))


THREAD_PROPERTIES: tuple[Property, ...] = (
    one_incarnation,
    no_thread_is_lost,
    the_dead_do_not_run,
    threads_are_where_all_is_known,
    threads_go_where_they_want,
    processes_end_for_a_reason,
    questions_are_answered,
    answers_arrive,
    the_end_comes,
    thread_is_away,
    all_is_over,
    settled,
)
PAGE_PROPERTIES: tuple[Property, ...] = (
    one_writer,
    readers_see_writes,
    only_the_last_is_sent,
    the_directory_knows,
    pages_are_taken_by_questions,
    nobody_gives_way_unasked,
    areas_are_in_force,
    nothing_is_left,
    another_writes,
)
