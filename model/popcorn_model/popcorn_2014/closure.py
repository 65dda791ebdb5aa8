"""Who is last, and what follows: counting members, group exit, closure.

As built the last member on its home kernel asks all kernels how many members they are home to;
the answers are taken at different times. Repaired, the group's home keeps the count itself.
"""

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
    ite,
    only,
    put,
    some,
    spend,
    take,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2014.lifetime import (
    alive,
    awaiting,
    closed,
    declared,
    declares,
    destroyed_early,
    destroys,
    dies_at_home,
    exit_called,
    exit_step,
    members_left,
    tells_shadows,
    vanishes,
)
from popcorn_model.popcorn_2014.membership import (
    GROUP_EXITS,
    counted,
    doomed,
    dying,
    exiter,
    group_home,
    has_mm,
    home,
    in_task_list,
    semaphore_free,
)
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.records import runs_its_program
from popcorn_model.popcorn_2014.sorts import (
    ExitStep,
    Group,
    Inc,
    Kernel,
    Mm,
    Replica,
    Task,
)
from popcorn_model.popcorn_2014.switches import (
    CLOSED_MARK,
    MEMBER_COUNT,
    PREEMPTION,
    STICKY_IMPORT,
    STICKY_RETURN,
)
from popcorn_model.popcorn_2014.tasks import (
    distributed,
    group,
    inc,
    mm,
    mm_group,
    uses,
)
from popcorn_model.popcorn_2014.threads import is_at_will
from popcorn_model.popcorn_2014.transport import (
    broadcast,
    exit_work,
    mapping_work,
    may_broadcast,
    may_run,
    may_send,
    post,
    ring,
)

# --- counting ----------------------------------------------------------------------------------


@action(fair=Fair.WEAK, only=(MEMBER_COUNT, "off"))
def answer_count(k: Kernel, s: Kernel, g: Group) -> Step:
    """Kernel k tells kernel s whether it is home to a member of g that has not exited.

    Source: kernel/process_server.c:process_count_remote_thread_members
    Tag: claimed
    """
    is_home_to_one = some(Task, lambda t: (group[t] == g) & (home[t] == k) & has_mm(t, k))
    return when(may_run(k), mapping_work[k].arrives(Wire.count_request(group=g, source=s)))(
        take(mapping_work[k]), post(s, Wire.count_response(source=k, some=is_home_to_one))
    )


@action(fair=Fair.WEAK, only=(MEMBER_COUNT, "off"))
def collect_count(k: Kernel, j: Kernel) -> Step:
    """Kernel k's dispatcher adds kernel j's answer.

    Source: kernel/process_server.c:handle_remote_thread_count_response
    Tag: claimed
    """
    named = ring[k].head.get(Wire.count_response, "some", Bool)
    return when(may_run(k), ring[k].arrives(Wire.count_response.like(source=j)))(
        take(ring[k]), put(awaiting[k, j], FALSE), given(named)(put(members_left[k], TRUE))
    )


@action(fair=Fair.WEAK, only=(MEMBER_COUNT, "off"))
def conclude_count(t: Task, k: Kernel) -> Step:
    """All have answered: t is the last of all when neither they nor its own kernel named one.

    Source: kernel/process_server.c:count_thread_members
    Tag: claimed
    """
    here = some(Task, lambda u: (u != t) & (group[u] == group[t]) & (home[u] == k) & has_mm(u, k))
    return when(
        exiter[k] == t, exit_step[k] == ExitStep.counting, may_send(k),
        every(Kernel, lambda j: ~awaiting[k, j]),
    )(
        put(exit_step[k], ite(members_left[k] | here, ExitStep.telling_to_save,
                              ExitStep.telling_to_close)),
        put(members_left[k], FALSE),
        tells_shadows(t, k),
    )  # fmt: skip


# --- group exit --------------------------------------------------------------------------------


def remembers(k: Kernel, g: Group) -> Bool:
    """Repaired: kernel k keeps in mind that group g is dying."""
    after_return = STICKY_RETURN.choose(off=dying[k, g], on=TRUE)
    return STICKY_IMPORT.choose(off=after_return, on=TRUE)


@action
def call_exit_group(t: Task, k: Kernel, g: Group) -> Step:
    """Thread t ends its whole group: other kernels are told, local members are killed.

    Source: kernel/process_server.c:process_server_do_group_exit
    Tag: claimed
    """
    return when(
        is_at_will(t, k), group[t] == g, may_broadcast(k),
    )(
        spend(GROUP_EXITS),
        for_each(Task, lambda u: given((uses[u, k] == uses[t, k]) & has_mm(u, k))(
            put(doomed[u, k], TRUE))),
        given(distributed[t, k])(broadcast(k, Wire.exit_group(group=g))),
        put(dying[k, g], remembers(k, g)),
        put(exit_called[g], TRUE),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def killed_alone(t: Task, k: Kernel, r: Replica) -> Step:
    """A killed task that is not marked distributed dies as on any Linux.

    Source: kernel/process_server.c:process_server_do_exit, first test
    Tag: claimed
    """
    return when(
        runs_its_program(t, k), ~distributed[t, k], doomed[t, k], uses[t, k] == r, may_run(k)
    )(*vanishes(t, k, r, FALSE), *dies_at_home(t))


@action(fair=Fair.WEAK)
def receive_exit_group(k: Kernel, g: Group) -> Step:
    """The exit worker of kernel k kills the members that run here; shadows are passed over.

    Source: kernel/process_server.c:process_group_exit_item
    Tag: claimed
    """
    killable = (Inc.running, Inc.creating, Inc.adopting, Inc.embryo, Inc.raced)
    return when(may_run(k), exit_work[k].arrives(Wire.exit_group(group=g)))(
        take(exit_work[k]),
        for_each(Task, lambda u: given((group[u] == g) & inc[u, k].among(*killable))(
            put(doomed[u, k], TRUE))),
        put(dying[k, g], remembers(k, g)),
    )  # fmt: skip


# --- closure -----------------------------------------------------------------------------------


def waits_for_tasks(k: Kernel, g: Group) -> Bool:
    """The closure item, inside the exit worker, waits until no task of the group is here."""
    present = some(Task, lambda t: (group[t] == g) & in_task_list(t, k))
    return CLOSED_MARK.choose(off=present, on=FALSE)


def lets_go(k: Kernel, g: Group) -> tuple[e.Update, ...]:
    """Kernel k drops what it has saved of group g; it is destroyed unless a task still uses it."""

    def is_saved(r: Replica) -> Bool:
        return (mm[k, r] == Mm.saved) & (mm_group[k, r] == g)

    def is_used(r: Replica) -> Bool:
        return some(Task, lambda t: (uses[t, k] == r) & has_mm(t, k))

    return (
        only(PREEMPTION, "on", for_each(Replica, lambda r: given(is_saved(r) & is_used(r))(
            put(mm[k, r], Mm.live)))),
        *destroys(k, lambda r: is_saved(r) & ~is_used(r)),
    )


@action(fair=Fair.WEAK)
def close_group(k: Kernel, g: Group) -> Step:
    """Kernel k frees what it has saved of a closed group; as built it first waits, inside the
    exit worker, until no task of the group is left here.

    Source: kernel/process_server.c:process_tgroup_closed_item
    Tag: claimed
    """
    sheltered = CLOSED_MARK.choose(off=TRUE, on=semaphore_free(k))
    return when(
        may_run(k), exit_work[k].arrives(Wire.closure(group=g)), ~waits_for_tasks(k, g), sheltered
    )(
        take(exit_work[k]),
        *lets_go(k, g),
        given(alive(g) & some(Replica, lambda r: (mm[k, r] == Mm.saved) & (mm_group[k, r] == g)))(
            put(destroyed_early[g], TRUE)),
        only(CLOSED_MARK, "on", put(closed[k, g], TRUE)),
    )  # fmt: skip


# --- repaired: members counted at the group's home ---------------------------------------------


@action(fair=Fair.WEAK, only=(MEMBER_COUNT, "on"))
def count_birth(h: Kernel, t: Task, p: Task, k: Kernel) -> Step:
    """The group's home counts a thread that kernel k is about to let run.

    Source: repair; stands where count_remote_thread_members was
    Tag: inferred
    """
    request = Wire.born(task=t, parent=p, source=k)
    return when(may_run(h), exit_work[h].arrives(request))(
        take(exit_work[h]), put(counted[t], TRUE), post(k, Wire.born_ack(task=t, parent=p))
    )


@action(fair=Fair.WEAK, only=(MEMBER_COUNT, "on"))
def let_run(k: Kernel, t: Task, p: Task) -> Step:
    """The group's home has counted a new thread: it may run, and its parent leaves clone.

    Source: repair; stands where count_remote_thread_members was
    Tag: inferred
    """
    return when(may_run(k), ring[k].arrives(Wire.born_ack(task=t, parent=p)), t != p)(
        take(ring[k]), put(inc[t, k], Inc.running), put(inc[p, k], Inc.running)
    )


@action(fair=Fair.WEAK, only=(MEMBER_COUNT, "on"))
def count_death(h: Kernel, t: Task) -> Step:
    """The group's home strikes off a thread that has begun to exit.

    Source: repair; stands where count_remote_thread_members was
    Tag: inferred
    """
    return when(may_run(h), exit_work[h].arrives(Wire.died(task=t)))(
        take(exit_work[h]), put(counted[t], FALSE)
    )


@action(fair=Fair.WEAK, only=(MEMBER_COUNT, "on"))
def declare_closure(h: Kernel, g: Group) -> Step:
    """The group's home counts nobody any more: it declares closure, once.

    Source: repair; stands where process_server_do_exit broadcasts the closure
    Tag: inferred
    """
    nobody = every(Task, lambda t: (group[t] != g) | ~counted[t])
    return when(may_broadcast(h), group_home[g] == h, ~declared[g], nobody, semaphore_free(h))(
        *declares(h, g),
        *lets_go(h, g),
    )  # fmt: skip
