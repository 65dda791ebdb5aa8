"""The mutations that the design of popcorn-2020 lists for threads, areas and futexes.

Each is told by the property that says what is then wrong, and by no other.
"""

from __future__ import annotations

from typing import Final

from popcorn_checker.mutants.editing import (
    add_action,
    add_state,
    edit_action,
    edits,
    param,
    with_more,
    with_updates,
    without_put,
)
from popcorn_checker.mutants.planned import Planned
from popcorn_model.language import (
    Action,
    Bool,
    Fair,
    Step,
    action,
    count,
    given,
    put,
    state,
    take,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.language.walk import flat_updates
from popcorn_model.popcorn_2020.areas import about, ends, got, wakes_fetchers
from popcorn_model.popcorn_2020.handles import faults_on
from popcorn_model.popcorn_2020.messages import Wire
from popcorn_model.popcorn_2020.sorts import (
    ORIGIN,
    Access,
    Area,
    Call,
    Doing,
    Kernel,
    Page,
    Task,
    Worker,
)
from popcorn_model.popcorn_2020.tasks import area, at, call
from popcorn_model.popcorn_2020.thread_states import has_mm, worker
from popcorn_model.popcorn_2020.transport import channel, post
from popcorn_model.popcorn_2020.zapping import zaps

THREADS: Final = ("threads",)
VMA: Final = ("vma",)
FUTEX: Final = ("futex",)
PAIR: Final = "kernels=2,tasks=2"
STAR: Final = "kernels=3,tasks=1"
AREA: Final = "kernels=2,tasks=2,pages=1"
ALONE: Final = "kernels=2,tasks=1,pages=1"


def _t(a: Action) -> Task:
    return param(a, Task)


def _k(a: Action) -> Kernel:
    return param(a, Kernel)


# --- pieces --------------------------------------------------------------------------------------


def _tells_too_early(a: Action) -> Action:
    """The nodes are told that the process is over while somebody else still uses its memory."""
    early = (count(Task, has_mm) <= 2).expr

    def on(update: e.Update) -> e.Update:
        match update:
            case e.When(_, inner, line) if any(isinstance(u, e.Push) for u in flat_updates(inner)):
                return e.When(early, inner, line)
        return update

    return with_updates(lambda _: tuple(map(on, a.updates)))(a)


looked = state(
    "looked", Task, Kernel, of=Bool, start=False,
    doc="whoever has the request has looked for the process, and has not found it",
)  # fmt: skip


def _lists_what_it_missed(a: Action) -> Action:
    """Who has not found the process lists it, also if somebody has listed it in the meantime."""
    t, k = _t(a), _k(a)

    def on(update: e.Update) -> e.Update:
        match update:
            case e.When(test, inner, line) if any(
                isinstance(u, e.Put) and u.target.state.name == "worker" for u in inner
            ):
                return e.When(e.Or(e.TRUTH, (test, looked[t, k].expr)), inner, line)
        return update

    return with_updates(lambda _: (*map(on, a.updates), put(looked[t, k], False)))(a)


@action(fair=Fair.WEAK)
def go_on_without_area(t: Task, p: Page, k: Kernel) -> Step:
    """A follower does not wait for the area, and goes on with its fault on the page."""
    return when(call[t] == Call.following, about[t] == p, at[t] == k)(
        *ends(t), *faults_on(t, p, Access.read, Doing.leading)
    )


def _maps_over(a: Action) -> tuple[e.Update, ...]:
    """The leader maps what it was told, whatever its node has there."""
    t, p, k = _t(a), param(a, Page), _k(a)
    return (
        given(got[t] != Area.none)(put(area[p, k], got[t]), *zaps(p, k)),
        put(got[t], Area.none),
        *wakes_fetchers(t, p, k),
    )


@action
def overtake_pairing(t: Task, k: Kernel) -> Step:
    """Everything that a node has sent after a pairing arrives before it."""
    pairing = Wire.task_pairing(task=t)
    return when(channel[k, ORIGIN].arrives(pairing), channel[k, ORIGIN].length > 1)(
        take(channel[k, ORIGIN]), post(k, ORIGIN, pairing)
    )


# --- the list ------------------------------------------------------------------------------------

PLANNED: Final = (
    Planned("X41", "a thread runs on a remote, and the origin is never told",
            mutation="pair/update1", scope=PAIR, parts=THREADS, asks=("pairing_comes_first",)),
    Planned("X42", "the origin does not note which worker a pairing comes from",
            mutation="take_pairing/update3", scope=PAIR, parts=THREADS,
            asks=("origin_knows_workers",)),
    Planned("X43", "the shadow resumes and keeps the link to its thread",
            mutation="resume/update5", scope=PAIR, parts=THREADS, asks=("links_are_of_tasks",)),
    Planned("X45", "a thread that has sent itself home runs on at the remote",
            mutation="migrate_back/update1", scope=PAIR, parts=THREADS, asks=("one_copy_runs",)),
    Planned("X46", "a task that has sent its thread home says that the thread has exited",
            edit_action("end_parked", with_more(lambda a: (
                post(_k(a), ORIGIN, Wire.task_exit_remote(task=_t(a))),))),
            scope=PAIR, parts=THREADS, asks=("the_living_are_not_buried",)),
    Planned("X47", "a thread exits at a remote and tells nobody",
            mutation="exit_on_remote/update3", scope=PAIR, parts=THREADS,
            asks=("no_thread_is_lost",)),
    Planned("X48", "the last but one tells the other nodes that the process is over",
            edit_action("exit_at_origin", _tells_too_early), scope=PAIR, parts=THREADS,
            asks=("no_thread_is_terminated",)),
    Planned("X50", "two requests look for the process before either lists it: two workers",
            edits(add_state("threads", looked),
                  edit_action("take_clone_request", with_more(lambda a: (
                      put(looked[_t(a), _k(a)], worker[_k(a)] == Worker.none),))),
                  edit_action("queue_clone", _lists_what_it_missed)),
            scope=PAIR, parts=THREADS, asks=("tasks_have_a_worker",)),
    Planned("X51", "a worker takes the newest item first",
            wrong={"in_order": "off"}, scope=PAIR, parts=THREADS, asks=("travellers_arrive",)),
    Planned("X52", "a remote asks the origin to unmap before it does so itself",
            wrong={"origin_first": "off"}, scope=AREA, parts=VMA, asks=("unmapped_is_unmapped",)),
    Planned("X53", "the origin unmaps and tells no other node",
            mutation="lower_at_origin/update7", scope=AREA, parts=VMA,
            asks=("unmapped_is_unmapped",)),
    Planned("X55", "an area that was fetched is mapped over what its node has there",
            edit_action("install_area", with_updates(_maps_over)), scope=AREA,
            parts=("vma", "pages"), asks=("directory_is_exact",)),
    Planned("X56", "who follows the fetch of an area does not wait for it",
            add_action("follow_fetch", go_on_without_area), scope=AREA, parts=VMA,
            asks=("faults_are_in_areas",)),
    Planned("X57", "mprotect is not applied at the origin",
            mutation="lower_at_origin/update3", scope=AREA, parts=VMA,
            asks=("origin_has_all_areas",)),
    Planned("X58", "a futex word is looked at without a handle for its page",
            edit_action("open_word", without_put("handle", "discards")), scope=ALONE,
            parts=FUTEX, asks=("words_are_held",)),
    Planned("X59", "the handle under which a futex word was read is never put back",
            mutation="fall_asleep/update3", scope=ALONE, parts=FUTEX, asks=("words_are_put_back",)),
    Planned("X60", "a thread migrates from one remote to another",
            wrong={"onward": "off"}, scope=STAR, parts=THREADS, asks=("remotes_send_home_only",)),
    Planned("X61", "a thread is cloned at a remote",
            wrong={"remote_clone": "off"}, scope=PAIR, parts=THREADS,
            asks=("remote_tasks_are_linked",)),
    Planned("X62", "a thread migrates to a node whose architecture is not known",
            settings={"arch": "late"}, wrong={"arch_test": "off"}, scope=PAIR, parts=THREADS,
            asks=("destinations_are_known",)),
    Planned("X63", "the remote context is freed while a fault handle is open",
            outside="what a node keeps for the process is not counted: a handle is a cell of its "
            "page and node, and nobody could free it under whoever holds it"),
    Planned("X64", "a pairing arrives after what was sent later",
            add_action("take_pairing", overtake_pairing), scope=ALONE, parts=VMA,
            asks=("pairing_comes_first",)),
    Planned("X65b", "a message about a thread is dropped when the ring is full",
            wrong={"ring": "may_drop"}, scope=PAIR, parts=THREADS, asks=("no_thread_is_lost",)),
)  # fmt: skip
