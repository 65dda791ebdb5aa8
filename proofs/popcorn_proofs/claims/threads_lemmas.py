"""Threads of popcorn-2014 repaired: why each is in one place, whatever the sizes and the hops.

A thread is where an incarnation of it is active, or in a message that carries it. The lemmas say
that two such places exclude each other, that nobody carries what does not live, and that wherever
a living thread has been and is not, it sleeps. The rest is about the two ways in which a thread
comes into being that take more than one step: a clone away from the group's home, which waits for
the home to count the child, and a fork of a distributed group.
"""

from popcorn_model.language import Bool, always, any_of, nothing, some
from popcorn_model.popcorn_2014.lifetime_properties import exits_once_active_first
from popcorn_model.popcorn_2014.membership import (
    exiter,
    has_mm,
    home,
    visited,
)
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.migration_properties import (
    no_thread_lost,
)
from popcorn_model.popcorn_2014.sorts import FIRST, Inc, Kernel, Life, Replica, Task
from popcorn_model.popcorn_2014.tasks import forking, inc, leader, life, uses
from popcorn_model.popcorn_2014.transport import clone_work, exit_work, outbox, owed, ring
from popcorn_model.popcorn_2014.whereabouts import (
    carried_by_queue,
    carried_by_ring,
    is_active,
    on_its_way_to,
)


def carries(message: Wire, t: Task) -> Bool:
    """The message carries thread t."""
    first = message.matches(Wire.clone_request.like(task=t))
    return first | message.matches(Wire.back_migration.like(task=t))


def tells_birth(message: Wire, t: Task) -> Bool:
    """The message asks the home to count a new thread, and t is the child or the parent."""
    return message.matches(Wire.born.like(task=t)) | message.matches(Wire.born.like(parent=t))


def is_about_birth(message: Wire, t: Task) -> Bool:
    """The message asks the home to count a new thread, or answers, and t is a party of it."""
    return any_of(
        tells_birth(message, t),
        message.matches(Wire.born_ack.like(task=t)),
        message.matches(Wire.born_ack.like(parent=t)),
    )


def says_born(t: Task, p: Task, s: Kernel, h: Kernel) -> Bool:
    """Kernel s tells kernel h that p has created t, and h has not heard it yet."""
    message = Wire.born(task=t, parent=p, source=s)
    return ring[h].holds(message) | exit_work[h].holds(message)


def is_in_ring(t: Task, k: Kernel) -> Bool:
    """A message in kernel k's ring is about a birth of which thread t is a party."""
    return ring[k].count(lambda m: is_about_birth(m, t)) > 0


def is_in_queue(t: Task, k: Kernel) -> Bool:
    """A message in kernel k's exit_wq tells of a birth of which thread t is a party."""
    return exit_work[k].count(lambda m: tells_birth(m, t)) > 0


def is_sleeping(t: Task, k: Kernel) -> Bool:
    """A shadow; nothing else sleeps in the repaired protocol."""
    return inc[t, k] == Inc.shadow


# --- places -------------------------------------------------------------------------------------


@always()
def only_states_of_the_repaired(t: Task, k: Kernel) -> Bool:
    """Nobody is in a state that only the code as built, or a preempted kernel, knows."""
    return ~inc[t, k].among(
        Inc.searching, Inc.parting, Inc.raced, Inc.overslept, Inc.unsent, Inc.stray, Inc.leaving
    )


@always()
def active_on_one_kernel(t: Task, j: Kernel, k: Kernel) -> Bool:
    """Two active incarnations of a thread are one."""
    return (is_active(t, j) & is_active(t, k)).implies(j == k)


@always()
def active_or_carried(t: Task, j: Kernel, k: Kernel) -> Bool:
    """A thread that is active anywhere is in no message."""
    return is_active(t, j).implies(~on_its_way_to(t, k))


@always()
def carried_to_one_kernel(t: Task, j: Kernel, k: Kernel) -> Bool:
    """Messages that carry a thread go to one kernel."""
    return (on_its_way_to(t, j) & on_its_way_to(t, k)).implies(j == k)


@always()
def carried_by_one_message(t: Task, k: Kernel) -> Bool:
    """One message at a kernel carries a thread: it stands in one of two queues, and once there."""
    in_one = ~(carried_by_ring(t, k) & carried_by_queue(t, k))
    in_ring = ring[k].count(lambda m: carries(m, t)) <= 1
    in_queue = clone_work[k].count(lambda m: carries(m, t)) <= 1
    return in_one & in_ring & in_queue


@always()
def only_the_living_are_somewhere(t: Task, k: Kernel) -> Bool:
    """Who is active or in a message has begun to live and has not begun to exit."""
    return (is_active(t, k) | on_its_way_to(t, k)).implies(life[t] == Life.living)


@always()
def the_unborn_are_nowhere(t: Task, k: Kernel) -> Bool:
    """A thread that is not created yet has no incarnation and has been nowhere."""
    return (life[t] == Life.unborn).implies((inc[t, k] == Inc.absent) & ~visited[t, k])


@always()
def nobody_lives_before_the_first(t: Task) -> Bool:
    """Before the first thread has been started there is no other."""
    return (life[FIRST] == Life.unborn).implies(life[t] == Life.unborn)


# --- shadows ------------------------------------------------------------------------------------


@always()
def shadows_where_it_has_been(t: Task, k: Kernel) -> Bool:
    """On a kernel that it has left before, a living thread sleeps, unless it has come back."""
    been = visited[t, k] & (life[t] == Life.living)
    return been.implies(is_sleeping(t, k) | is_active(t, k))


@always()
def shadows_only_where_it_has_been(t: Task, k: Kernel) -> Bool:
    """What sleeps has left its kernel once."""
    return is_sleeping(t, k).implies(visited[t, k])


@always()
def new_threads_arrive_where_they_never_were(t: Task, k: Kernel) -> Bool:
    """A first migration is under way only to a kernel without a trace of the thread."""
    message = Wire.clone_request.like(task=t)
    new = ring[k].holds(message) | clone_work[k].holds(message)
    return new.implies((inc[t, k] == Inc.absent) & ~visited[t, k])


@always()
def new_threads_come_from_shadows(t: Task, k: Kernel, s: Kernel) -> Bool:
    """A first migration comes from another kernel, where the thread sleeps."""
    message = Wire.clone_request.like(task=t, source=s)
    new = ring[k].holds(message) | clone_work[k].holds(message)
    return new.implies(is_sleeping(t, s) & (s != k))


@always()
def returns_go_to_shadows(t: Task, k: Kernel) -> Bool:
    """A return is under way only to a kernel where the thread sleeps."""
    message = Wire.back_migration.like(task=t)
    back = ring[k].holds(message) | clone_work[k].holds(message)
    return back.implies(is_sleeping(t, k))


# --- exits --------------------------------------------------------------------------------------


@always()
def exits_are_told_of_the_exited(t: Task, k: Kernel) -> Bool:
    """Shadows are told to exit only when their thread has exited."""
    message = Wire.exit_process(task=t)
    told = ring[k].holds(message) | exit_work[k].holds(message) | outbox[k].holds(message)
    return told.implies(life[t] == Life.exited)


@always()
def zombies_have_exited(t: Task, k: Kernel) -> Bool:
    """A zombie is what remains of a thread that has exited."""
    return (inc[t, k] == Inc.zombie).implies(life[t] == Life.exited)


@always()
def broadcasts_have_a_message(j: Kernel, k: Kernel) -> Bool:
    """Who still owes a message to another kernel has one in its outbox."""
    return owed[j, k].implies(outbox[j].waiting & (j != k))


@always()
def hooks_are_for_exits(t: Task, k: Kernel) -> Bool:
    """Who holds the import semaphore for an exit is inside the exit hook, and nobody else is."""
    return (exiter[k] == t) == (inc[t, k] == Inc.exiting)


@always()
def users_have_an_address_space(t: Task, k: Kernel) -> Bool:
    """Only an incarnation that holds a reference to it uses an address space."""
    return (uses[t, k] != nothing).implies(has_mm(t, k))


@always()
def leaders_use_or_are_dead(t: Task, k: Kernel, r: Replica) -> Bool:
    """The first of a local thread group uses the group's address space, or is a zombie."""
    return (leader[k, r] == t).implies((uses[t, k] == r) | (inc[t, k] == Inc.zombie))


@always()
def leaders_lead_one(t: Task, k: Kernel, q: Replica, r: Replica) -> Bool:
    """A task is the first of one local thread group."""
    return ((leader[k, q] == t) & (leader[k, r] == t)).implies(q == r)


# --- births -------------------------------------------------------------------------------------


@always()
def a_ring_tells_once_of_a_birth(t: Task, k: Kernel) -> Bool:
    """One message at most in a ring is about a birth of which this thread is a party."""
    return ring[k].count(lambda m: is_about_birth(m, t)) <= 1


@always()
def one_ring_tells_of_a_birth(t: Task, j: Kernel, k: Kernel) -> Bool:
    """One ring at most tells of a birth of which this thread is a party."""
    return (is_in_ring(t, j) & is_in_ring(t, k)).implies(j == k)


@always()
def a_queue_tells_once_of_a_birth(t: Task, k: Kernel) -> Bool:
    """One message at most in a work queue tells of a birth of which this thread is a party."""
    return exit_work[k].count(lambda m: tells_birth(m, t)) <= 1


@always()
def one_queue_tells_of_a_birth(t: Task, j: Kernel, k: Kernel) -> Bool:
    """One work queue at most tells of a birth of which this thread is a party."""
    return (is_in_queue(t, j) & is_in_queue(t, k)).implies(j == k)


@always()
def a_ring_or_a_queue_tells_of_a_birth(t: Task, j: Kernel, k: Kernel) -> Bool:
    """What a ring holds about a birth no work queue does."""
    return ~(is_in_ring(t, j) & is_in_queue(t, k))


@always()
def parties_of_a_birth_wait(t: Task, j: Kernel, k: Kernel) -> Bool:
    """While a message is about a birth, its child and its parent live and neither runs."""
    waits = ~is_active(t, j) | inc[t, j].among(Inc.embryo, Inc.creating)
    return (is_in_ring(t, k) | is_in_queue(t, k)).implies(waits & (life[t] == Life.living))


@always()
def parties_of_a_birth_stay(t: Task, j: Kernel, k: Kernel) -> Bool:
    """While a message is about a birth, none carries its child or its parent."""
    return (is_in_ring(t, k) | is_in_queue(t, k)).implies(~on_its_way_to(t, j))


@always()
def births_wait_to_be_counted(t: Task, p: Task, s: Kernel, h: Kernel) -> Bool:
    """Until the home has heard of a birth, the child is not complete and its parent is in clone."""
    waits = (inc[t, s] == Inc.embryo) & (inc[p, s] == Inc.creating)
    return says_born(t, p, s, h).implies(waits)


@always()
def births_wait_for_the_answer(t: Task, p: Task, k: Kernel) -> Bool:
    """Until its kernel has heard that it is counted, the child waits, and its parent with it."""
    waits = (inc[t, k] == Inc.embryo) & (inc[p, k] == Inc.creating)
    return ring[k].holds(Wire.born_ack(task=t, parent=p)).implies(waits)


# --- fork ---------------------------------------------------------------------------------------


@always()
def forks_wait_for_the_copy(t: Task, c: Task) -> Bool:
    """While a thread forks it stays, and its child is an embryo on the kernel where it was made."""

    def is_there(k: Kernel) -> Bool:
        return (home[c] == k) & (inc[c, k] == Inc.embryo) & (inc[t, k] == Inc.running)

    return (forking[t] == c).implies(some(Kernel, is_there))


@always()
def one_parent_forks_a_child(t: Task, u: Task, c: Task) -> Bool:
    """A child is forked by one thread."""
    return ((forking[t] == c) & (forking[u] == c)).implies(t == u)


@always()
def embryos_have_been_nowhere(t: Task, j: Kernel, k: Kernel) -> Bool:
    """A thread that is not complete has no other incarnation, and has left no kernel."""
    alone = (j == k) | (inc[t, j] == Inc.absent)
    return (inc[t, k] == Inc.embryo).implies(alone & ~visited[t, j])


@always()
def forked_is_not_cloned(t: Task, c: Task, k: Kernel) -> Bool:
    """Nobody counts a birth with a child for which its parent is still inside fork."""
    return (forking[t] == c).implies(~is_in_ring(c, k) & ~is_in_queue(c, k))


LEMMAS = (
    no_thread_lost,
    exits_once_active_first,
    only_states_of_the_repaired,
    active_on_one_kernel,
    active_or_carried,
    carried_to_one_kernel,
    carried_by_one_message,
    only_the_living_are_somewhere,
    the_unborn_are_nowhere,
    nobody_lives_before_the_first,
    shadows_where_it_has_been,
    shadows_only_where_it_has_been,
    new_threads_arrive_where_they_never_were,
    new_threads_come_from_shadows,
    returns_go_to_shadows,
    exits_are_told_of_the_exited,
    zombies_have_exited,
    broadcasts_have_a_message,
    hooks_are_for_exits,
    users_have_an_address_space,
    leaders_use_or_are_dead,
    leaders_lead_one,
    a_ring_tells_once_of_a_birth,
    one_ring_tells_of_a_birth,
    a_queue_tells_once_of_a_birth,
    one_queue_tells_of_a_birth,
    a_ring_or_a_queue_tells_of_a_birth,
    parties_of_a_birth_wait,
    parties_of_a_birth_stay,
    births_wait_to_be_counted,
    births_wait_for_the_answer,
    forks_wait_for_the_copy,
    one_parent_forks_a_child,
    embryos_have_been_nowhere,
    forked_is_not_cloned,
)
