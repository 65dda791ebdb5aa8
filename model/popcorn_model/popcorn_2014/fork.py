"""fork on any kernel: a new process at home where its parent runs, with a copy of its memory.

Ordinary Linux gives the child the areas and entries of the parent's replica and takes the right
to write from both, so that the first write copies. That is right while all users of a frame are
on one kernel. A frame of a distributed group may be mapped elsewhere and must stay where it is, so
the process server then goes through the child's pages, copies what could still be copied, and
makes the parent's entries writable again. The child itself is not distributed; like any program
it may become so later.

As built, only the replica of the parent's own kernel is copied, and no lock is taken. Repaired, a
distributed parent takes the lock and first fetches the pages that its replica lacks. All areas
are private; a mapping that parent and child share on purpose is left out.
"""

from popcorn_model.language import (
    FALSE,
    TRUE,
    Bool,
    Budget,
    Fair,
    Part,
    Step,
    action,
    every,
    for_each,
    given,
    ite,
    nothing,
    only,
    put,
    some,
    spend,
    state,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2014.answers import could_be_copied
from popcorn_model.popcorn_2014.faults import is_answered, maps_answer
from popcorn_model.popcorn_2014.fork_properties import FORK_PROPERTIES
from popcorn_model.popcorn_2014.frames import (
    area,
    common,
    copies,
    is_present,
    owner,
    promise,
    pte,
    shows_foreign,
    shows_shared,
    truth,
    writable,
)
from popcorn_model.popcorn_2014.lock_interface import ask_for_area
from popcorn_model.popcorn_2014.lookup import mmap_sem_free
from popcorn_model.popcorn_2014.membership import counted, group_home, home, latest, program
from popcorn_model.popcorn_2014.memory_sorts import Area, Doing, Promise, Stage
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.records import (
    asks,
    doing,
    drops_record,
    ends,
    first,
    is_at,
    last,
    may_start,
    stage,
    works_in,
)
from popcorn_model.popcorn_2014.sorts import (
    FIRST_MM,
    Frame,
    Group,
    Inc,
    Kernel,
    Life,
    Mm,
    Page,
    Replica,
    Task,
)
from popcorn_model.popcorn_2014.switches import (
    FORK_FETCHES,
    FORK_SPARES_SHARED,
    FRESH_IDS,
    MEMBER_COUNT,
    PREEMPTION,
)
from popcorn_model.popcorn_2014.tasks import (
    distributed,
    forking,
    group,
    inc,
    leader,
    life,
    mm,
    mm_group,
    runs,
    uses,
)
from popcorn_model.popcorn_2014.threads import is_at_will
from popcorn_model.popcorn_2014.transport import may_broadcast, may_run, occupied

FORKS = Budget("forks", doc="processes created by fork, all groups together")

missing = state(
    "missing", Task, Page, of=Bool, start=False,
    doc="repaired: a fork under way still has to ask the other kernels for this page",
)  # fmt: skip


# --- the child ---------------------------------------------------------------------------------


def is_unused(c: Task, g: Group) -> Bool:
    """Thread c can become the first of group g: neither has existed yet."""
    fresh = (group_home[g] == nothing) & every(Task, lambda u: group[u] != g)
    return (life[c] == Life.unborn) & fresh


def comes_into_being(t: Task, c: Task, k: Kernel, g: Group) -> tuple[e.Update, ...]:
    """Thread t has created thread c on kernel k; it is at home there, as the first of group g."""
    return (
        put(life[c], Life.living),
        put(latest[c, k], TRUE),
        put(home[c], k),
        put(group[c], g),
        put(group_home[g], k),
        only(FRESH_IDS, "off", put(program[c], program[t])),
        only(MEMBER_COUNT, "on", put(counted[c], TRUE)),
    )


def is_free(k: Kernel, q: Replica) -> Bool:
    """Replica q is the first place for an address space that kernel k has left."""
    return (mm[k, q] == Mm.none) & ((q == FIRST_MM) | (mm[k, FIRST_MM] != Mm.none))


def inherits(c: Task, k: Kernel, g: Group, r: Replica, q: Replica) -> tuple[e.Update, ...]:
    """Thread c of group g gets replica q with what r has; neither may be written any more."""
    return (
        put(uses[c, k], q),
        put(mm[k, q], Mm.live),
        put(mm_group[k, q], g),
        put(leader[k, q], c),
        for_each(Page, lambda p: (
            put(area[k, q, p], area[k, r, p]),
            put(pte[k, q, p], pte[k, r, p]),
            put(writable[k, q, p], FALSE),
            put(writable[k, r, p], FALSE),
            for_each(Group, lambda h: given(mm_group[k, r] == h)(put(truth[g, p], truth[h, p]))),
        )),
    )  # fmt: skip


def keeps_processor(k: Kernel) -> e.Update:
    """The pages of a child are copied without a pause, if nothing can interrupt that."""
    return only(PREEMPTION, "off", put(occupied[k], TRUE))


@action
def fork_process(t: Task, c: Task, k: Kernel, g: Group, q: Replica) -> Step:
    """Thread t creates a process with one thread, c; its kernel copies its own replica.

    Source: kernel/fork.c:copy_process, kernel/process_server.c:process_server_dup_task
    Tag: claimed
    """
    whole = FORK_FETCHES.choose(off=TRUE, on=~distributed[t, k])
    return when(
        is_at_will(t, k), may_run(k), whole, is_unused(c, g), is_free(k, q),
    )(
        spend(FORKS),
        *comes_into_being(t, c, k, g),
        for_each(Replica, lambda r: given((uses[t, k] == r) & (r != q))(
            *inherits(c, k, g, r, q))),
        for_each(Group, lambda h: for_each(Page, lambda p: given(group[t] == h)(
            put(promise[g, p], promise[h, p])))),
        put(inc[c, k], FORK_FETCHES.choose(
            off=ite(distributed[t, k], Inc.embryo, Inc.running), on=Inc.running)),
        only(FORK_FETCHES, "off", given(distributed[t, k])(
            put(forking[t], c), keeps_processor(k))),
    )  # fmt: skip


# --- repaired: fetch what the parent's replica lacks -------------------------------------------


def is_of_child(t: Task, g: Group) -> Bool:
    """Group g is the one that thread t is forking."""
    return some(Task, lambda c: (forking[t] == c) & (group[c] == g))


@action(only=(FORK_FETCHES, "on"))
def call_fork(t: Task, c: Task, k: Kernel, g: Group) -> Step:
    """Repaired: a thread of a distributed group asks for the lock before it forks.

    Source: none; a repair
    Tag: inferred
    """
    return when(
        is_at_will(t, k), may_run(k), distributed[t, k], is_unused(c, g),
    )(
        spend(FORKS),
        *comes_into_being(t, c, k, g),
        put(inc[c, k], Inc.embryo),
        put(forking[t], c),
        put(doing[t], Doing.fork),
        put(stage[t], Stage.locking),
        *ask_for_area(t, lambda p: TRUE),
    )  # fmt: skip


@action(fair=Fair.WEAK, only=(FORK_FETCHES, "on"))
def look_for_pages(t: Task, k: Kernel, r: Replica) -> Step:
    """Repaired: with the lock, the kernel notes which pages its replica lacks.

    What the child may rely on is settled here: from now on only heap and stack grow.

    Source: none; a repair
    Tag: inferred
    """
    return when(may_start(t, Doing.fork), works_in(t, k, r), may_run(k))(
        put(stage[t], Stage.ready),
        for_each(Page, lambda p: put(missing[t, p], ~is_present(k, r, p))),
        for_each(Group, lambda g: for_each(Group, lambda h: for_each(Page, lambda p: given(
            is_of_child(t, g) & (group[t] == h) & (g != h))(put(promise[g, p], promise[h, p]))))),
    )  # fmt: skip


@action(fair=Fair.WEAK, only=(FORK_FETCHES, "on"))
def fetch_page(t: Task, k: Kernel, p: Page) -> Step:
    """Repaired: the kernel asks all others for a page that its replica lacks.

    Source: none; a repair
    Tag: inferred
    """
    return when(
        is_at(t, Doing.fork, Stage.ready), missing[t, p], runs(t, k), may_broadcast(k),
    )(
        put(stage[t], Stage.asking),
        put(first[t], p),
        put(last[t], p),
        *asks(t, k, Wire.mapping_request(task=t, first=p, last=p, source=k)),
    )  # fmt: skip


@action(fair=Fair.WEAK, only=(FORK_FETCHES, "on"))
def map_fetched_page(t: Task, k: Kernel, r: Replica, p: Page) -> Step:
    """Repaired: the replica has what is known of the page, which may be nothing.

    Source: none; a repair
    Tag: inferred
    """
    return when(
        is_at(t, Doing.fork, Stage.asking), first[t] == p, works_in(t, k, r),
        may_run(k), is_answered(t), mmap_sem_free(k, r),
    )(
        *maps_answer(t, k, r, p),
        put(missing[t, p], FALSE),
        put(stage[t], Stage.ready),
        put(first[t], nothing),
        put(last[t], nothing),
        *drops_record(t),
    )  # fmt: skip


@action(fair=Fair.WEAK, only=(FORK_FETCHES, "on"))
def copy_replica(t: Task, c: Task, k: Kernel, r: Replica, q: Replica) -> Step:
    """Repaired: nothing is missing any more, and the kernel copies its replica.

    Heap or stack that grew elsewhere since the lock was taken have grown after the fork.

    Source: kernel/fork.c:copy_process
    Tag: inferred
    """
    fetched = ((doing[t] != Doing.fork) | (stage[t] == Stage.ready)) & every(
        Page, lambda p: ~missing[t, p]
    )
    def grown(g: Group, h: Group, p: Page) -> Bool:
        new = (promise[g, p] == Promise.none) & (area[k, r, p] != Area.none)
        return (group[c] == g) & (group[t] == h) & (g != h) & new

    return when(
        forking[t] == c, uses[c, k] == nothing, fetched, uses[t, k] == r, is_free(k, q),
        r != q, runs(t, k), may_run(k), mmap_sem_free(k, r),
    )(
        for_each(Group, lambda g: given(group[c] == g)(*inherits(c, k, g, r, q))),
        for_each(Group, lambda g: for_each(Group, lambda h: for_each(Page, lambda p: given(
            grown(g, h, p))(put(promise[g, p], promise[h, p]))))),
        keeps_processor(k),
    )  # fmt: skip


# --- a distributed parent's frames stay where they are -----------------------------------------


def forks_into(t: Task, k: Kernel, q: Replica) -> Bool:
    """Thread t is inside fork, and replica q of kernel k is its child's."""
    return some(Task, lambda c: (forking[t] == c) & (uses[c, k] == q))


def spared(k: Kernel, r: Replica, q: Replica, p: Page) -> Bool:
    """Repaired: others than the child read the frame too, so the parent may not write it."""
    def read_by_others(f: Frame) -> Bool:
        elsewhere = some(Replica, lambda s: (s != r) & (s != q) & some(
            Page, lambda x: pte[k, s, x] == f))  # fmt: skip
        return (pte[k, r, p] == f) & (common[f] | elsewhere)

    return FORK_SPARES_SHARED.choose(off=FALSE, on=some(Frame, read_by_others))


def parent_may_write(t: Task, k: Kernel, q: Replica, p: Page) -> e.Update:
    """The entry of the parent becomes writable, where its area is."""
    def has_it(r: Replica) -> Bool:
        there = is_present(k, r, p) & (area[k, r, p] == Area.write)
        return (uses[t, k] == r) & (r != q) & there & ~spared(k, r, q, p)

    return for_each(Replica, lambda r: given(has_it(r))(put(writable[k, r, p], TRUE)))


@action(fair=Fair.WEAK)
def copy_for_child(t: Task, k: Kernel, q: Replica, p: Page, f: Frame) -> Step:
    """A page of the child that could be copied later is copied now; the parent keeps its frame.

    Source: kernel/process_server.c:break_all_cow_pages, mk_page_writable_lookupvma
    Tag: claimed
    """
    has_other_users = shows_shared(k, q, p) | shows_foreign(k, q, p)
    return when(
        forks_into(t, k, q), could_be_copied(k, q, p) & has_other_users, owner[f].is_nothing,
    )(*copies(k, q, p, f), parent_may_write(t, k, q, p))  # fmt: skip


@action(fair=Fair.WEAK, only=(PREEMPTION, "on"))
def leave_to_child(t: Task, k: Kernel, q: Replica, p: Page) -> Step:
    """The parent has got another frame meanwhile, so the child keeps this one.

    Source: kernel/process_server.c:break_all_cow_pages, mm/memory.c:do_wp_page
    Tag: inferred
    """
    alone = ~shows_shared(k, q, p) & ~shows_foreign(k, q, p)
    return when(forks_into(t, k, q), could_be_copied(k, q, p), alone)(
        put(writable[k, q, p], TRUE), parent_may_write(t, k, q, p)
    )


@action(fair=Fair.WEAK)
def finish_fork(t: Task, c: Task, k: Kernel, q: Replica) -> Step:
    """Nothing is left to copy: the child runs, and its parent returns from fork.

    Source: kernel/process_server.c:process_server_dup_task, kernel/fork.c:do_fork
    Tag: claimed
    """
    return when(
        forking[t] == c, uses[c, k] == q, every(Page, lambda p: ~could_be_copied(k, q, p)),
    )(
        put(inc[c, k], Inc.running),
        put(forking[t], nothing),
        only(PREEMPTION, "off", put(occupied[k], FALSE)),
        *ends(t),
    )  # fmt: skip


FORK = Part(
    "fork",
    "A thread creates a process, on whichever kernel it is.",
    states=(missing,),
    actions=(
        fork_process,
        call_fork,
        look_for_pages,
        fetch_page,
        map_fetched_page,
        copy_replica,
        copy_for_child,
        leave_to_child,
        finish_fork,
    ),
    properties=FORK_PROPERTIES,
    needs=("transport", "tasks"),
    budgets=(FORKS,),
)
