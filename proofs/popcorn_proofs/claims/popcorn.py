"""All that popcorn promises for any number of kernels, threads and pages.

One incarnation of each thread, which is never lost; one writer or many readers, who read what was
last written; areas in force everywhere; a child that gets what was written; and an end that leaves
nothing.
"""

from popcorn_proofs.claim import Claim
from popcorn_proofs.claims.popcorn_pages import PAGE_LEMMAS
from popcorn_proofs.claims.popcorn_threads import THREAD_LEMMAS

CLAIM = Claim(
    id="popcorn",
    doc="A thread is in one place, pages are coherent, areas are in force, and an end is one.",
    protocol="popcorn",
    variant="designed",
    safety=(
        "one_incarnation", "no_thread_is_lost", "threads_go_where_they_want", "one_writer",
        "readers_see_writes",
        "areas_are_in_force", "children_get_what_was_written", "nothing_is_left",
    ),
    lemmas=(*THREAD_LEMMAS, *PAGE_LEMMAS),
    parts=("threads", "pages", "areas", "futex", "fork", "services"),
    probes=(
        "kernels=2,tasks=1,pages=1", "kernels=2,tasks=2,pages=1", "kernels=3,tasks=2,pages=1",
        "kernels=2,tasks=2,pages=2",
    ),
    controls={
        "call_migrate/update1": "one_incarnation",
        "serve_migrate/guard2": "threads_go_where_they_want",
        "serve_migrate/update2": "no_thread_is_lost",
        "serve_migrate/update4": "threads_are_where_all_is_known",
        "serve_clone/update4": "the_dead_do_not_run",
        "end_here/guard2": "who_says_farewell_has_nothing",
        "hear_farewell/guard2": "threads_are_where_all_is_known",
        "close/guard2": "the_dead_do_not_run",
        "take_page/guard5": "what_comes_is_taken",
        "take_page/update2": "who_is_due_moves",
        "grant/guard3": "who_comes_to_write_is_alone",
        "note_way/update5": "the_origin_has_it_if_nobody_writes",
        "receive/update9": "readers_see_writes",
        "serve_munmap/update2": "areas_are_in_force",
        "take_page/guard8": "forks_take_what_is_mapped",
        "serve_mremap/update2": "the_origin_has_it_if_nobody_writes",
    },
)  # fmt: skip
