"""Who has a page, who is about to, and what is on its way: lemmas about popcorn."""

from popcorn_model.language import Bool, Property, always, some
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
    writer,
)
from popcorn_model.popcorn.properties import (
    areas_are_in_force,
    nobody_gives_way_unasked,
    one_writer,
    only_the_last_is_sent,
    readers_see_writes,
    the_directory_knows,
)
from popcorn_model.popcorn.sorts import ORIGIN, Access, Call, Kernel, Page, Parcel, Task
from popcorn_model.popcorn.tasks import (
    answers,
    asks,
    call,
    done,
    ending,
    has_arrived,
    here,
    wants,
)

BARE = (
    Call.none, Call.migrate, Call.clone, Call.exit, Call.exit_group, Call.mmap, Call.other,
)  # fmt: skip
ALONE = (Call.munmap, Call.mmap_over, Call.mremap, Call.fill)
SHARED = (
    Call.forbid, Call.allow, Call.futex_wait, Call.sleep, Call.futex_wake, Call.fork,
    Call.look,
)  # fmt: skip


def comes(t: Task, p: Page, k: Kernel) -> Bool:
    """Leave to use page p is on its way to kernel k, where thread t has faulted."""
    return answers[t, k] & (call[t] == Call.fault) & (wants[t, p] != Access.none)


def comes_to_write(t: Task, p: Page, k: Kernel) -> Bool:
    """Leave to write it is."""
    return comes(t, p, k) & (wants[t, p] == Access.write)


def wins(t: Task, p: Page, k: Kernel) -> Bool:
    """Thread t's question, which has arrived, has taken page p for kernel k."""
    asked = (call[t] == Call.fault) & has_arrived(t, k)
    at_home = (call[t] != Call.fault) & (k == ORIGIN) & some(Kernel, lambda j: has_arrived(t, j))
    return (taken[p] == t) & (asked | at_home) & (wants[t, p] != Access.none)


# --- who takes pages -----------------------------------------------------------------------------


@always()
def wants_are_of_questions(t: Task, p: Page, k: Kernel) -> Bool:
    """Only who asks, or is answered to a fault, wants a page."""
    asked = some(Kernel, lambda j: asks[t, j] | (answers[t, j] & (call[t] == Call.fault)))
    return (wants[t, p] != Access.none).implies(asked)


@always()
def bare_questions_want_no_page(t: Task, p: Page) -> Bool:
    """Who does not ask about pages wants none."""
    return call[t].among(*BARE).implies(wants[t, p] == Access.none)


@always()
def questions_say_how(t: Task, p: Page) -> Bool:
    """Who takes a page away wants it alone; who looks at it or changes its area wants to read."""
    alone = call[t].among(*ALONE).implies(wants[t, p] != Access.read)
    shared = call[t].among(*SHARED).implies(wants[t, p] != Access.write)
    return alone & shared


@always()
def calls_name_one_page(t: Task, p: Page, q: Page) -> Bool:
    """Who changes areas does so at one page."""
    changes = call[t].among(Call.munmap, Call.mmap_over, Call.forbid, Call.allow)
    both = (wants[t, p] != Access.none) & (wants[t, q] != Access.none)
    return (changes & both).implies(p == q)


@always()
def who_is_done_waits_for_nobody(t: Task, p: Page, j: Kernel, k: Kernel) -> Bool:
    """While a thread runs on, is answered, or says that it is done, nobody gives way to it."""
    return ((taken[p] == t) & (here[t, k] | answers[t, k] | done[t, k])).implies(~due[p, j])


@always()
def only_questions_about_pages_take_them(t: Task, p: Page) -> Bool:
    """Any other has taken a page only if word that it was used is on its way."""
    idle = call[t].among(*BARE, Call.sleep, Call.futex_wake)
    return ((taken[p] == t) & idle & ~ending()).implies(some(Kernel, lambda k: done[t, k]))


@always()
def sleepers_are_done(t: Task, k: Kernel) -> Bool:
    """Whoever sleeps on a futex has said before that it was done."""
    return (call[t] == Call.sleep).implies(~done[t, k])


@always()
def takers_are_about_it(t: Task, p: Page) -> Bool:
    """Who has taken a page wants it, or has just used it, until all ends."""
    used = some(Kernel, lambda k: done[t, k])
    return ((taken[p] == t) & ~ending()).implies(used | (wants[t, p] != Access.none))


@always()
def what_comes_is_taken(t: Task, p: Page, k: Kernel) -> Bool:
    """Leave to use a page is on its way only to who has taken it, and nobody is waited for."""
    return comes(t, p, k).implies((taken[p] == t) & ~due[p, k])


@always()
def nobody_is_waited_for_in_vain(t: Task, p: Page, j: Kernel, k: Kernel) -> Bool:
    """While leave is on its way nobody is in the way."""
    return comes(t, p, k).implies(~due[p, j])


@always()
def parcels_are_for_who_comes(p: Page) -> Bool:
    """A page is in an answer only if it was taken for that."""
    return (parcel[p] != Parcel.none).implies(
        some(Task, lambda t: some(Kernel, lambda k: comes(t, p, k)))
    )


@always()
def who_comes_has_a_parcel(t: Task, p: Page, k: Kernel) -> Bool:
    """Leave to use a page says what comes with it."""
    return comes(t, p, k).implies(parcel[p] != Parcel.none)


@always()
def forks_take_what_is_mapped(t: Task, p: Page) -> Bool:
    """A page that a fork has taken is mapped, and so is one that an instruction has just used."""
    held = (call[t] == Call.fork) | some(Kernel, lambda k: done[t, k])
    return ((taken[p] == t) & held & ~ending()).implies(area[p] != Access.none)


# --- giving way ----------------------------------------------------------------------------------


@always()
def who_is_due_moves(p: Page, k: Kernel) -> Bool:
    """Who is waited for has a recall on its way or has given way; nobody else has."""
    one = (recall[p, k] != Access.none) != (gave[p, k] != Parcel.none)
    none = (recall[p, k] == Access.none) & (gave[p, k] == Parcel.none)
    return due[p, k].implies(one) & (~due[p, k]).implies(none)


@always()
def recalls_are_for_takers(t: Task, p: Page, k: Kernel) -> Bool:
    """A kernel is to give way to what the question that has the page wants."""
    asked = (recall[p, k] != Access.none) & (taken[p] == t) & ~ending()
    return asked.implies(recall[p, k] == wants[t, p])


@always()
def who_is_recalled_has_it(p: Page, k: Kernel) -> Bool:
    """Who is told to give way has a copy; to a reader, the only one that is written to."""
    to_reader = (recall[p, k] == Access.read).implies(copy[p, k] == Access.write)
    return (recall[p, k] != Access.none).implies((copy[p, k] != Access.none) & to_reader)


@always()
def who_gave_way_writes_no_more(p: Page, k: Kernel) -> Bool:
    """Who has given way may not write."""
    return (gave[p, k] != Parcel.none).implies(copy[p, k] != Access.write)


@always()
def what_was_written_stays(p: Page, j: Kernel, k: Kernel) -> Bool:
    """While what a writer has written is on its way to the origin nobody writes."""
    return gave[p, j].among(Parcel.data, Parcel.stale).implies(copy[p, k] != Access.write)


@always()
def who_gave_way_is_out_of_it(t: Task, p: Page, k: Kernel) -> Bool:
    """Who has given way to a writer has no copy any more, and to a reader may read on."""
    gone = (gave[p, k] != Parcel.none) & (taken[p] == t) & ~ending()
    return gone.implies(
        (wants[t, p] == Access.write).implies(copy[p, k] == Access.none)
        & (wants[t, p] == Access.read).implies(copy[p, k] == Access.read)
    )


@always()
def due_is_who_is_in_the_way(p: Page, k: Kernel) -> Bool:
    """Whoever is waited for is in the directory."""
    return (due[p, k] & ~ending()).implies(holder[p, k] & taken[p].exists)


@always()
def nobody_else_is_in_the_way(t: Task, p: Page, j: Kernel, k: Kernel) -> Bool:
    """Who stands in the way of the question that has a page is waited for."""
    in_the_way = (j != k) & holder[p, j] & ((wants[t, p] == Access.write) | (writer[p] == j))
    return (wins(t, p, k) & in_the_way & ~ending()).implies(due[p, j])


# --- the directory -------------------------------------------------------------------------------


@always()
def writers_are_known(p: Page, k: Kernel) -> Bool:
    """The directory knows who writes, and that it has a copy."""
    return (~ending()).implies(
        (copy[p, k] == Access.write).implies(writer[p] == k)
        & (writer[p] == k).implies(holder[p, k])
    )


@always()
def holders_have_copies(p: Page, k: Kernel) -> Bool:
    """Whoever the directory takes for one who has a copy has one, or will, or has given way."""
    will = some(Task, lambda t: comes(t, p, k))
    return (holder[p, k] & ~ending()).implies(
        (copy[p, k] != Access.none) | will | (gave[p, k] != Parcel.none)
    )


@always()
def known_writers_write(p: Page, k: Kernel) -> Bool:
    """Whoever the directory takes for the writer writes, or will, or has sent what it wrote."""
    will = some(Task, lambda t: comes_to_write(t, p, k))
    at_home = (k == ORIGIN) & (gave[p, k] != Parcel.none)
    sent = gave[p, k].among(Parcel.data, Parcel.stale) | at_home
    return ((writer[p] == k) & ~ending()).implies((copy[p, k] == Access.write) | will | sent)


@always()
def who_comes_is_known(t: Task, p: Page, k: Kernel) -> Bool:
    """Leave is on its way to who is in the directory already."""
    return (comes(t, p, k) & ~ending()).implies(
        holder[p, k] & (wants[t, p] == Access.write).implies(writer[p] == k)
    )


@always()
def who_comes_to_write_is_alone(t: Task, p: Page, j: Kernel, k: Kernel) -> Bool:
    """When leave to write is on its way no other has a copy."""
    return (comes_to_write(t, p, k) & (j != k)).implies(copy[p, j] == Access.none)


@always()
def who_comes_to_read_meets_no_writer(t: Task, p: Page, j: Kernel, k: Kernel) -> Bool:
    """When leave to read is on its way no other writes."""
    return (comes(t, p, k) & (j != k)).implies(copy[p, j] != Access.write)


# --- what was last written -----------------------------------------------------------------------


@always()
def the_origin_has_it_if_nobody_writes(p: Page) -> Bool:
    """A page that is mapped and has no writer is at the origin as it was last written."""
    return (writer[p].is_nothing & (area[p] != Access.none) & ~ending()).implies(fresh[p, ORIGIN])


@always()
def the_origin_keeps_what_it_wrote(p: Page) -> Bool:
    """When the origin's own processor has given way its frame has what it has written."""
    gone = (gave[p, ORIGIN] != Parcel.none) & (writer[p] == ORIGIN) & ~ending()
    return gone.implies(fresh[p, ORIGIN])


@always()
def what_comes_is_right(t: Task, p: Page, k: Kernel) -> Bool:
    """With leave comes the page, or the kernel has it already."""
    return (comes(t, p, k) & (parcel[p] == Parcel.empty)).implies(
        (copy[p, k] != Access.none) & fresh[p, k]
    )


@always()
def what_is_sent_is_not_there(t: Task, p: Page, k: Kernel) -> Bool:
    """A page is sent only to who has no copy."""
    sent = parcel[p].among(Parcel.data, Parcel.stale)
    return (comes(t, p, k) & sent).implies(copy[p, k] == Access.none)


# --- areas ---------------------------------------------------------------------------------------


@always()
def what_comes_is_allowed(t: Task, p: Page, k: Kernel) -> Bool:
    """Leave on its way is for what the areas allow."""
    return comes(t, p, k).implies(suffices(area[p], wants[t, p]))


PAGE_LEMMAS: tuple[Property, ...] = (
    one_writer,
    readers_see_writes,
    only_the_last_is_sent,
    the_directory_knows,
    nobody_gives_way_unasked,
    areas_are_in_force,
    wants_are_of_questions,
    bare_questions_want_no_page,
    questions_say_how,
    who_is_done_waits_for_nobody,
    only_questions_about_pages_take_them,
    sleepers_are_done,
    takers_are_about_it,
    what_comes_is_taken,
    nobody_is_waited_for_in_vain,
    parcels_are_for_who_comes,
    who_comes_has_a_parcel,
    forks_take_what_is_mapped,
    who_is_due_moves,
    recalls_are_for_takers,
    who_is_recalled_has_it,
    who_gave_way_writes_no_more,
    what_was_written_stays,
    who_gave_way_is_out_of_it,
    due_is_who_is_in_the_way,
    nobody_else_is_in_the_way,
    writers_are_known,
    holders_have_copies,
    known_writers_write,
    who_comes_is_known,
    who_comes_to_write_is_alone,
    who_comes_to_read_meets_no_writer,
    the_origin_has_it_if_nobody_writes,
    the_origin_keeps_what_it_wrote,
    what_comes_is_right,
    what_is_sent_is_not_there,
    what_comes_is_allowed,
    calls_name_one_page,
)
