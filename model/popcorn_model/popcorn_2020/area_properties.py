"""What areas promise, by the numbers of the design's list of invariants.

V4 cannot fail here because of how the steps are written: an area that was fetched is mapped only
where there is none. V7 is what programs owe: they do
not let operations on one page overlap; faults may come at any time.
"""

from popcorn_model.language import (
    Bool,
    LeadsTo,
    Property,
    always,
    count,
    eventually,
    every,
    leads_to,
    sometimes,
)
from popcorn_model.popcorn_2020.area_switches import ORIGIN_FIRST
from popcorn_model.popcorn_2020.area_telling import UNMAPS, untold
from popcorn_model.popcorn_2020.areas import about, leads_fetch, misled, operation
from popcorn_model.popcorn_2020.messages import Wire
from popcorn_model.popcorn_2020.sorts import (
    ORIGIN,
    Area,
    Call,
    Doing,
    Kernel,
    Operation,
    Page,
    Task,
    Work,
    Worker,
)
from popcorn_model.popcorn_2020.tasks import area, at, call, doing, faults, writer
from popcorn_model.popcorn_2020.thread_states import work, worker
from popcorn_model.popcorn_2020.transport import channel


def is_untouched(p: Page) -> Bool:
    """No call about the page is in progress."""
    return every(Task, lambda t: about[t] != p)


def has_areas(k: Kernel) -> Bool:
    """Node k has an address space of the process."""
    return worker[k] == Worker.serving


@always(number="V1")
def origin_has_all_areas(p: Page, k: Kernel) -> Bool:
    """Between calls a node has only areas that the origin has, with the same protection.

    Tag: relied
    """
    same = (area[p, k] == Area.none) | (area[p, k] == area[p, ORIGIN])
    return (is_untouched(p) & has_areas(k)).implies(same)


@always(number="V2")
def unmapped_is_unmapped(p: Page, k: Kernel) -> Bool:
    """When munmap has returned no node has the page in an area.

    Tag: claimed
    """
    gone = is_untouched(p) & (area[p, ORIGIN] == Area.none) & has_areas(k)
    return gone.implies(area[p, k] == Area.none)


@always(number="V3")
def order_of_unmapping(t: Task, p: Page, k: Kernel) -> Bool:
    """While others are told that a page is taken away, it is so where that has to come first.

    As built this is the caller's node; repaired it is the origin.

    Tag: claimed
    """
    tells = (call[t] == Call.telling) & operation[t].among(*UNMAPS) & (about[t] == p)
    first = ORIGIN_FIRST.choose(off=(at[t] == k) & (k != ORIGIN), on=k == ORIGIN)
    return (tells & first).implies(area[p, k] == Area.none)


@always(number="V5")
def one_fetch_a_page(p: Page, k: Kernel) -> Bool:
    """A node asks for the area of a page once at a time.

    Tag: claimed
    """
    return count(Task, lambda t: leads_fetch(t, p, k)) <= 1


@always(number="V5")
def faults_are_in_areas(t: Task, p: Page, k: Kernel) -> Bool:
    """A thread is in a fault on a page only where its node has an area for the page.

    Whoever finds none fetches it first, or waits until another has.

    Tag: relied
    """
    asks_for_page = ~doing[t].among(Doing.running, Doing.discarding, Doing.releasing)
    return (faults(t, p, k) & asks_for_page).implies(area[p, k] != Area.none)


@always(number="V6")
def origin_chooses_addresses(t: Task) -> Bool:
    """What mmap returns for an address is one that the origin has chosen.

    Tag: relied
    """
    return ~misled[t]


@always(number="M6")
def told_nodes_have_a_worker(t: Task, k: Kernel) -> Bool:
    """A request that a node change its areas finds a worker there.

    Source: kernel/popcorn/process_server.c:request_remote_work, BUG_ON(!tsk->is_worker)
    Tag: claimed
    """
    told = channel[ORIGIN, k].arrives(Wire.vma_op_request(task=t))
    return told.implies(worker[k].among(Worker.starting, Worker.serving))


@always()
def changes_are_for_calls(t: Task, k: Kernel) -> Bool:
    """Nodes are told, and change their areas, only for a call that is in progress.

    Tag: relied
    """
    busy = untold[t, k] | work[t, k].among(Work.unmap, Work.unmapping)
    return busy.implies(call[t] == Call.telling)


@eventually(number="V8")
def semaphores_are_given_up(k: Kernel) -> LeadsTo:
    """Who waits for a semaphore to write gets it and gives it up.

    Tag: relied
    """
    return leads_to(writer[k].exists, writer[k].is_nothing)


@eventually(number="L4")
def calls_return(t: Task) -> LeadsTo:
    """A call returns, or sleeps on a futex as it is meant to.

    Tag: relied
    """
    rests = call[t].among(Call.none, Call.sleeping)
    return leads_to(~rests, rests)


@sometimes()
def fetch_is_shared(t: Task) -> Bool:
    """A thread waits for the area that another has asked for."""
    return call[t] == Call.following


@sometimes()
def remote_maps(t: Task) -> Bool:
    """A thread on a remote maps what the origin has mapped for it."""
    return (call[t] == Call.finishing) & (operation[t] == Operation.mmap)


@sometimes()
def all_calls_are_over() -> Bool:
    """Nobody is in a call."""
    return every(Task, lambda t: call[t] == Call.none)


AREA_PROPERTIES: tuple[Property, ...] = (
    origin_has_all_areas,
    unmapped_is_unmapped,
    order_of_unmapping,
    one_fetch_a_page,
    faults_are_in_areas,
    origin_chooses_addresses,
    told_nodes_have_a_worker,
    changes_are_for_calls,
    semaphores_are_given_up,
    calls_return,
    fetch_is_shared,
    remote_maps,
    all_calls_are_over,
)
