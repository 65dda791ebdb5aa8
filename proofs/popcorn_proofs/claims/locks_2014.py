"""The Lamport locks of popcorn-2014: exclusion, for any number of kernels, tasks, pages and groups.

Three claims have the same lemmas: heavy locks, light ones, and both kinds together.
"""

from popcorn_model.language import Property
from popcorn_proofs.claim import Claim
from popcorn_proofs.claims.locks_2014_lemmas import (
    LEMMAS,
    a_broadcast_is_owed,
    a_reply_comes_after_earlier_requests,
    a_reply_is_waited_for,
    a_request_is_unanswered,
    a_request_says_where_from,
    a_thread_stays,
    a_thread_waits_or_runs,
    an_owed_request_is_unanswered,
    no_request_is_lost,
    one_broadcast_at_a_time,
    only_others_owe_replies,
    order_is_among_requests,
    requests_are_broadcast_from_home,
    who_has_replied_has_entered,
    who_replies_has_entered,
)


def _by(*lemmas: Property) -> tuple[str, ...]:
    return tuple(lemma.name for lemma in lemmas)


BY = {
    "enter_request/a_reply_comes_after_earlier_requests": _by(
        a_reply_comes_after_earlier_requests,   # of replies that were on their way before
        no_request_is_lost,                     # whoever replies has sent his own request,
        a_broadcast_is_owed,                    # to its end, for his outbox is empty
        who_replies_has_entered,
        who_has_replied_has_entered,
        a_reply_is_waited_for,
        only_others_owe_replies,
        order_is_among_requests,
        a_thread_waits_or_runs,
    ),
    "enter_request/a_reply_is_waited_for": _by(
        a_reply_is_waited_for, a_request_is_unanswered, a_request_says_where_from
    ),
    "enter_request/a_request_is_unanswered": _by(a_request_is_unanswered),
    "count_reply/a_request_is_unanswered": _by(a_request_is_unanswered),
    "count_reply/an_owed_request_is_unanswered": _by(
        an_owed_request_is_unanswered, a_reply_is_waited_for, a_thread_stays,
        requests_are_broadcast_from_home, one_broadcast_at_a_time, a_broadcast_is_owed,
    ),
    "send_next/an_owed_request_is_unanswered": _by(
        an_owed_request_is_unanswered, requests_are_broadcast_from_home, a_thread_stays
    ),
    "call_acquire/an_owed_request_is_unanswered": _by(
        an_owed_request_is_unanswered, a_broadcast_is_owed, a_request_is_unanswered,
        a_reply_is_waited_for,
    ),
    "release/an_owed_request_is_unanswered": _by(an_owed_request_is_unanswered),
}  # fmt: skip

CONTROLS = {
    "call_acquire/guard1": "an_owed_request_is_unanswered",
    "acquire/guard4": "holders_wait_behind_nobody",
    "acquire/guard5": "holders_wait_behind_nobody",
    "enter_request/guard1": "a_reply_comes_after_earlier_requests",
    "enter_request/guard2": "a_reply_is_waited_for",
    "enter_request/update1": "a_request_is_unanswered",
    "enter_request/update2": "who_replies_has_entered",
    "count_reply/update1": "a_reply_is_waited_for",
    "fault/guard1": "entries_are_of_requests",
    "release/guard1": "one_broadcast_at_a_time",
    "release/update2": "idle_asks_for_nothing",
}
LIGHT = {
    "call_acquire/update2": "requests_that_meet_are_in_order",
    "call_acquire/update4": "an_owed_request_is_unanswered",
    "release/update3": "entries_are_of_requests",
}
HEAVY = {"call_acquire/update8": "an_owed_request_is_unanswered"}
MIXED = {
    "enter_request/update3": "heavy_is_in_every_queue",
    "enter_request/update4": "who_replies_has_entered",
}

SAFETY = (
    "lock_excludes",
    "holder_is_known_everywhere",
    "idle_asks_for_nothing",
    "unlocked_only_alone",
    "reply_answers_request",
    "release_finds_its_own",
)


def _claim(name: str, doc: str, settings: dict[str, str], controls: dict[str, str]) -> Claim:
    return Claim(
        id=f"locks-{name}",
        doc=doc,
        protocol="popcorn-2014",
        variant="repaired",
        parts=("locks",),
        settings=settings,
        safety=SAFETY,
        lemmas=LEMMAS,
        by=BY,
        controls=controls,
        probes=(
            "kernels=2,tasks=2,pages=1,lock_rounds=1",
            "kernels=3,tasks=2,pages=1,lock_rounds=1",
            "kernels=2,tasks=3,pages=1,lock_rounds=1",
        ),
    )


CLAIMS = (
    _claim(
        "heavy",
        "Heavy locks exclude each other.",
        {"lock": "heavy"},
        CONTROLS | HEAVY,
    ),
    _claim(
        "light",
        "Light locks, of one page or of a range, exclude each other where they meet.",
        {"lock": "light"},
        CONTROLS | LIGHT,
    ),
    _claim(
        "mixed",
        "Light locks of faults and heavy locks of area operations exclude each other.",
        {"lock": "light", "area_lock": "heavy"},
        CONTROLS | HEAVY | MIXED,
    ),
)
