"""Pages of popcorn-2020: one writer or many readers, who read what was last written.

For any number of nodes, tasks and pages, with fault handles, deferred invalidation, and recalls
that overtake replies. The lemmas stand in three modules: who waits for what under which handle,
what the directory knows, and what is on its way when the origin decides.
"""

from popcorn_model.popcorn_2020.page_properties import one_writer, readers_see_writes
from popcorn_proofs.claim import Claim
from popcorn_proofs.claims.pages_2020_copies import COPY_LEMMAS
from popcorn_proofs.claims.pages_2020_handles import HANDLE_LEMMAS
from popcorn_proofs.claims.pages_2020_recalls import RECALL_LEMMAS

CLAIM = Claim(
    id="pages-2020",
    doc="One writer or many readers, and every readable copy holds what was last written.",
    protocol="popcorn-2020",
    variant="repaired",
    parts=("tasks", "placement", "pages"),
    safety=(one_writer.name, readers_see_writes.name),
    lemmas=(readers_see_writes, *COPY_LEMMAS, *RECALL_LEMMAS, *HANDLE_LEMMAS),
    counters=("joined",),
    probes=(
        "kernels=2,tasks=1,pages=1", "kernels=2,tasks=2,pages=1", "kernels=3,tasks=2,pages=1",
        "kernels=2,tasks=3,pages=1",
    ),
    controls={
        "open_handle/guard3": "a_handle_has_one_leader",
        "map_page/guard2": "readers_see_writes",
        "take_grant/guard2": "readers_see_writes",
        "collect_answer/guard1": "one_answer_is_due",
        "drop_other_copies/update5": "one_answer_is_due",
        "serve_here/update5": "told_once",
        "serve_here/update6": "one_answer_is_due",
        "reply_to_request/guard3": "writers_are_alone",
        "reply_to_request/update4": "writers_are_alone",
        "map_at_origin/guard3": "readers_see_writes",
        "invalidate/guard2": "who_has_answered_has_done_it",
        "invalidate/update2": "who_has_answered_has_done_it",
        "invalidate_at_last/guard2": "who_has_answered_has_done_it",
    },
)  # fmt: skip
