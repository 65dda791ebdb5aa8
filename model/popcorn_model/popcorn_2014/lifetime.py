"""The end of threads and groups: exit, group exit, counting, closure, saved address spaces.

Every exit of a member of a distributed group first passes a hook under the kernel's import
semaphore. The running incarnation tells its shadows, which then exit the same way. Whoever is
last on a kernel must not take the address space along, since other kernels may map its frames: it
is *saved*. Whoever is last of all declares *closure*, upon which saved address spaces go. To know
who that is, the code counts: all kernels are asked how many members they are home to.
"""

from collections.abc import Callable

from popcorn_model.language import (
    FALSE,
    TRUE,
    Bool,
    Fair,
    Step,
    action,
    every,
    for_each,
    given,
    history,
    ite,
    nothing,
    only,
    put,
    send,
    some,
    state,
    take,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2014.frames import drops_mappings
from popcorn_model.popcorn_2014.membership import (
    counted,
    doomed,
    exiter,
    has_mm,
    home,
    is_home_of_group,
    latest,
    semaphore_free,
    visited,
)
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.records import in_user_mode, runs_its_program
from popcorn_model.popcorn_2014.sorts import (
    ZERO,
    ExitStep,
    Group,
    Inc,
    Kernel,
    Life,
    Mm,
    Replica,
    Task,
)
from popcorn_model.popcorn_2014.switches import (
    CLOSED_MARK,
    EXIT_COUNT,
    HOME_TEST,
    LIVE_LOOKUP,
    MEMBER_COUNT,
    PREEMPTION,
)
from popcorn_model.popcorn_2014.tasks import (
    distributed,
    executing,
    group,
    inc,
    leader,
    life,
    mm,
    mm_group,
    uses,
)
from popcorn_model.popcorn_2014.transport import (
    broadcast,
    exit_work,
    may_broadcast,
    may_run,
    may_send,
    multicast,
    post,
    ring,
    up,
)

exit_step = state(
    "exit_step", Kernel, of=ExitStep, start=ExitStep.idle, doc="how far the exit hook is"
)
awaiting = state(
    "awaiting", Kernel, Kernel, of=Bool, start=False, doc="k's count still waits for j's answer"
)
members_left = state(
    "members_left", Kernel, of=Bool, start=False, doc="an answer to k's count named a member"
)
closed = state(
    "closed", Kernel, Group, of=Bool, start=False, doc="repaired: this kernel knows of the closure"
)
declared = state("declared", Group, of=Bool, start=False, doc="closure has been declared")
declared_again = history(
    state("declared_again", Group, of=Bool, start=False, doc="it was declared twice")
)
exit_called = history(
    state("exit_called", Group, of=Bool, start=False, doc="a member has called exit_group")
)
destroyed_early = history(state(
    "destroyed_early", Group, of=Bool, start=False,
    doc="an address space of the group was destroyed while a member lived",
))  # fmt: skip


def alive(g: Group) -> Bool:
    """Some thread of group g has not begun to exit."""
    return some(Task, lambda t: (group[t] == g) & (life[t] == Life.living))


def alive_but(t: Task) -> Bool:
    """Some thread of t's group other than t has not begun to exit."""
    return some(Task, lambda u: (u != t) & (group[u] == group[t]) & (life[u] == Life.living))


# --- the exit hook -----------------------------------------------------------------------------


def others_here(t: Task, k: Kernel) -> Bool:
    """On kernel k another member of t's thread group holds their address space."""
    return some(Task, lambda u: (u != t) & (uses[u, k] == uses[t, k]) & has_mm(u, k))


def is_last_here(t: Task, k: Kernel) -> Bool:
    """The hook's view: no other member on kernel k but such as are marked to exit.

    The mark is written after the hook, so one that is between the two still counts as built.
    """
    marked = EXIT_COUNT.choose(off=FALSE, on=TRUE)
    return every(Task, lambda u: (u == t) | (uses[u, k] != uses[t, k]) | ~has_mm(u, k)
                 | (marked & (inc[u, k] == Inc.leaving)))  # fmt: skip


def may_close(t: Task, k: Kernel) -> Bool:
    """The test that lets a last local member count, so that not every kernel does."""
    return HOME_TEST.choose(init_task=k == ZERO, current=home[t] == k)


def enters_hook(t: Task, k: Kernel) -> tuple[e.Update, ...]:
    """Task t takes the import semaphore and looks whether it is the last member here."""
    last = is_last_here(t, k)
    counts = last & MEMBER_COUNT.choose(off=may_close(t, k), on=FALSE)
    after = ite(last, ExitStep.telling_to_save, ExitStep.telling)
    return (
        put(inc[t, k], Inc.exiting),
        put(exiter[k], t),
        put(exit_step[k], ite(counts, ExitStep.counting, after)),
        given(counts)(
            for_each(Kernel, lambda j: given((j != k) & up[j])(put(awaiting[k, j], TRUE))),
            for_each(Group, lambda g: given(group[t] == g)(
                broadcast(k, Wire.count_request(group=g, source=k)))),
        ),
        given(~counts)(tells_shadows(t, k)),
    )  # fmt: skip


def tells_shadows(t: Task, k: Kernel) -> e.Update:
    """An incarnation that others must hear of tells every kernel that it has left."""
    return given(executing[t, k])(
        put(executing[t, k], FALSE),
        multicast(k, Wire.exit_process(task=t), lambda j: visited[t, j]),
    )


def dies(t: Task, k: Kernel) -> tuple[e.Update, ...]:
    """The thread itself is no more; repaired, its group's home hears of it.

    A shadow that runs by mistake can exit too; the thread then still is where it should be.
    """
    itself = inc[t, k] == Inc.running
    return (
        given(itself)(put(life[t], Life.exited)),
        only(MEMBER_COUNT, "on", for_each(Kernel, lambda h: given(is_home_of_group(h, t))(
            given(h == k)(put(counted[t], FALSE)),
            given(h != k)(post(h, Wire.died(task=t)))))),
    )  # fmt: skip


def dies_at_home(t: Task) -> tuple[e.Update, ...]:
    """The thread is no more; its group is on no other kernel, so this one is its home."""
    return (put(life[t], Life.exited), only(MEMBER_COUNT, "on", put(counted[t], FALSE)))


def is_closed(t: Task, k: Kernel) -> Bool:
    """Repaired: kernel k knows already that t's group is closed, and need not save."""
    known = some(Group, lambda g: (group[t] == g) & closed[k, g])
    return CLOSED_MARK.choose(off=FALSE, on=known)


def declares(k: Kernel, g: Group) -> tuple[e.Update, ...]:
    """Kernel k tells all others that group g is closed."""
    return (
        broadcast(k, Wire.closure(group=g)),
        put(declared_again[g], declared[g]),
        put(declared[g], TRUE),
        only(CLOSED_MARK, "on", put(closed[k, g], TRUE)),
    )


def destroys(k: Kernel, which: Callable[[Replica], Bool]) -> tuple[e.Update, ...]:
    """Kernel k destroys address spaces: their entries go, and frames of its own that they used."""
    return (
        for_each(Replica, lambda r: given(which(r))(
            put(mm[k, r], Mm.none), put(mm_group[k, r], nothing))),
        *drops_mappings(k, which),
    )  # fmt: skip


def is_referenced(k: Kernel, r: Replica) -> Bool:
    """Repaired: an import that found address space r in use has taken a reference to it."""
    by_import = some(Task, lambda u: (inc[u, k] == Inc.searching) & (uses[u, k] == r))
    taken = LIVE_LOOKUP.choose(off=FALSE, on=by_import)
    return PREEMPTION.choose(off=FALSE, on=taken)


def vanishes(t: Task, k: Kernel, r: Replica, saving: Bool) -> tuple[e.Update, ...]:
    """The incarnation drops its address space; a first of its thread group stays as a zombie.

    Without another user the address space goes, unless it is being saved; so does the zombie.
    """
    alone = ~others_here(t, k)
    goes = alone & ~saving & (mm[k, r] == Mm.live) & ~is_referenced(k, r)
    return (
        put(inc[t, k], ite((leader[k, r] == t) & ~alone, Inc.zombie, Inc.absent)),
        put(uses[t, k], nothing),
        put(latest[t, k], FALSE),
        put(doomed[t, k], FALSE),
        for_each(Task, lambda u: given((u != t) & alone & (leader[k, r] == u))(
            put(inc[u, k], Inc.absent))),
        given(alone)(put(leader[k, r], nothing)),
        given(alone & saving)(put(mm[k, r], Mm.saved)),
        *destroys(k, lambda q: goes & (q == r)),
        for_each(Group, lambda g: given(goes & (group[t] == g) & alive_but(t))(
            put(destroyed_early[g], TRUE))),
    )  # fmt: skip


@action
def exit_thread(t: Task, k: Kernel) -> Step:
    """A member of a distributed group exits of its own will.

    Source: kernel/exit.c:do_exit, kernel/process_server.c:process_server_do_exit
    Tag: claimed
    """
    return when(
        in_user_mode(t, k), distributed[t, k], ~doomed[t, k], semaphore_free(k), may_broadcast(k),
    )(*enters_hook(t, k), *dies(t, k))  # fmt: skip


@action(fair=Fair.WEAK)
def obey_kill(t: Task, k: Kernel) -> Step:
    """A member of a distributed group on which a kill is pending exits.

    Source: kernel/exit.c:do_exit, kernel/process_server.c:process_server_do_exit
    Tag: claimed
    """
    return when(
        in_user_mode(t, k), distributed[t, k], doomed[t, k], semaphore_free(k), may_broadcast(k),
    )(*enters_hook(t, k), *dies(t, k))  # fmt: skip


@action(fair=Fair.WEAK)
def shadow_exits(t: Task, k: Kernel) -> Step:
    """A shadow that was woken to exit runs the exit hook as well; it is marked distributed.

    Source: kernel/process_server.c:process_server_do_return_disposition
    Tag: claimed
    """
    return when(inc[t, k] == Inc.waking, semaphore_free(k), may_broadcast(k))(*enters_hook(t, k))


@action(fair=Fair.WEAK)
def leave_hook(t: Task, k: Kernel, r: Replica) -> Step:
    """The shadows are told: the last member here saves the address space or declares closure.

    Source: kernel/process_server.c:process_server_do_exit, second half
    Tag: claimed
    """
    closing = exit_step[k] == ExitStep.telling_to_close
    keeps = (exit_step[k] == ExitStep.telling_to_save) & ~is_closed(t, k)
    counted_out = MEMBER_COUNT.choose(off=exit_step[k] != ExitStep.counting, on=TRUE)
    return when(exiter[k] == t, uses[t, k] == r, may_send(k), counted_out)(
        put(exiter[k], nothing),
        put(exit_step[k], ExitStep.idle),
        only(MEMBER_COUNT, "off", for_each(Group, lambda g: given(closing & (group[t] == g))(
            *declares(k, g)))),
        only(PREEMPTION, "on", put(inc[t, k], Inc.leaving), given(keeps)(put(mm[k, r], Mm.saved))),
        only(PREEMPTION, "off", put(distributed[t, k], FALSE), *vanishes(t, k, r, keeps)),
    )


@action(only=(PREEMPTION, "on"), fair=Fair.WEAK)
def drop_address_space(t: Task, k: Kernel, r: Replica) -> Step:
    """The exiting task is marked PF_EXITING and drops its address space.

    Source: kernel/exit.c:do_exit, exit_signals and exit_mm
    Tag: claimed
    """
    return when(inc[t, k] == Inc.leaving, uses[t, k] == r, may_run(k))(
        put(distributed[t, k], FALSE), *vanishes(t, k, r, FALSE)
    )


@action
def exit_alone(t: Task, k: Kernel, r: Replica) -> Step:
    """A task that is not marked distributed exits as on any Linux.

    Source: kernel/process_server.c:process_server_do_exit, first test
    Tag: claimed
    """
    return when(runs_its_program(t, k), ~distributed[t, k], uses[t, k] == r, may_run(k))(
        *vanishes(t, k, r, FALSE), *dies_at_home(t)
    )


# --- shadows -----------------------------------------------------------------------------------


@action(fair=Fair.WEAK)
def flag_shadow(k: Kernel, t: Task) -> Step:
    """Kernel k's dispatcher finds its incarnation of t, unmarks it and queues the wake-up.

    Source: kernel/process_server.c:handle_exiting_process_notification
    Tag: claimed
    """
    sleeps = inc[t, k].among(Inc.shadow, Inc.overslept, Inc.unsent, Inc.parting)
    return when(may_run(k), ring[k].arrives(Wire.exit_process(task=t)))(
        take(ring[k]),
        given(sleeps)(put(inc[t, k], Inc.told), send(exit_work[k], Wire.exit_process(task=t))),
    )


@action(fair=Fair.WEAK)
def wake_shadow(k: Kernel, t: Task) -> Step:
    """The exit worker of kernel k sets the disposition to exit and wakes the shadow.

    Source: kernel/process_server.c:process_exit_item
    Tag: claimed
    """
    return when(may_run(k), exit_work[k].arrives(Wire.exit_process(task=t)))(
        take(exit_work[k]), given(inc[t, k] == Inc.told)(put(inc[t, k], Inc.waking))
    )
