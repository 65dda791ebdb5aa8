"""The parts about distributed locks: the queues, a plain lock that stands in, abstract users."""

from popcorn_model.language import Part
from popcorn_model.popcorn_2014 import lock_client, lock_queues, lock_release, locks, plain_locks
from popcorn_model.popcorn_2014.lock_properties import LIVENESS, REACHED, SAFETY
from popcorn_model.popcorn_2014.messages import Wire

LOCKS = Part(
    "locks",
    "The Lamport queues: light, range and heavy locks of a distributed address space.",
    states=(
        lock_queues.entered,
        lock_queues.older,
        lock_queues.entered_heavy,
        lock_queues.older_heavy,
        lock_queues.behind,
        locks.unacked,
        locks.got,
    ),
    messages=(Wire.lock_request, Wire.lock_response, Wire.lock_release),
    actions=(
        locks.call_acquire,
        locks.send_request,
        locks.draw_for_next_page,
        locks.acquire,
        locks.acquire_page,
        locks.enter_request,
        locks.count_reply,
        locks.delete_entry,
        lock_release.release,
        lock_release.release_page,
        lock_release.release_finds_nothing,
        lock_release.release_hits_assertion,
        lock_release.release_takes_neighbours,
        lock_release.release_takes_foreign,
    ),
    properties=SAFETY + LIVENESS + REACHED,
    needs=("transport", "tasks", "lock_state", "placement", "lock_client"),
)

PLAIN_LOCKS = Part(
    "plain_locks",
    "A lock that is granted at once when nobody holds what it meets: stands in for the queues.",
    actions=(plain_locks.grant_lock, plain_locks.take_lock_back),
    instead="locks",
    needs=("transport", "tasks", "lock_state"),
)

LOCK_CLIENT = Part(
    "lock_client",
    "Threads that ask for locks and give them back: stands in for memory.",
    actions=(
        lock_client.fault,
        lock_client.change_areas,
        lock_client.change_protection,
        lock_client.fail_to_map,
        lock_client.finish,
    ),
    instead="memory",
    needs=("lock_state", "placement"),
    budgets=(lock_client.LOCK_ROUNDS,),
)
