"""Findings about the pages of popcorn-2020: fault handles, recalls, lost workers, pages given back.

They are derived on tasks that come and go, which is all that pages can tell of migration. Where
defects hide each other, the settings switch on the repairs of those that are not meant.
"""

from __future__ import annotations

from typing import Final

from popcorn_checker.findings.finding import Finding

POPCORN: Final = "popcorn-2020"
PAGES: Final = ("pages",)
ONE: Final = "kernels=2,tasks=1,pages=1"
TWO: Final = "kernels=2,tasks=2,pages=1"
THREE: Final = "kernels=3,tasks=1,pages=1"
NO_ADVICE: Final = {"discard_by_origin": "on", "release_by_origin": "on"}

FINDINGS: Final[tuple[Finding, ...]] = (
    Finding(
        id="C5",
        title="readers keep a page that a remote may write",
        meaning="The origin has a page that others read; a remote asks to write it and gets it, "
        "and nobody tells the readers to drop their copies.",
        prop="one_writer",
        length=14,
        scope=THREE,
        protocol=POPCORN,
        parts=PAGES,
        repair={"claim_local": "on"},
        settings=NO_ADVICE,
        variant="as-built-4.4",
    ),
    Finding(
        id="C6",
        title="the owner that is chosen is not the one that is asked",
        meaning="Two remotes share a page that the origin has released. To read it the origin "
        "chooses one of them; the loop that asks ends with the other, and the origin "
        "waits for an answer that nobody owes.",
        prop="one_answer_is_due",
        length=18,
        scope=THREE,
        protocol=POPCORN,
        parts=PAGES,
        repair={"ask_the_source": "on"},
        settings={"discard_by_origin": "on"},
    ),
    Finding(
        id="C7",
        title="one of no owners is chosen",
        meaning="The only owner has released its page; the next fault that the origin serves "
        "divides by the number of owners.",
        prop="claims_find_an_owner",
        length=11,
        scope=ONE,
        protocol=POPCORN,
        parts=PAGES,
        repair={"release_by_origin": "on"},
    ),
    Finding(
        id="C8",
        title="an owner's failure is taken for its page",
        meaning="The worker of the only owner is gone, so it answers with an error; the origin "
        "does not look, and maps or passes on what its own frame held before.",
        prop="readers_see_writes",
        length=15,
        scope=ONE,
        protocol=POPCORN,
        parts=PAGES,
        repair={"pass_on_failure": "on"},
        settings={"workers": "may_vanish", **NO_ADVICE},
    ),
    Finding(
        id="C10",
        title="an error is read as a message",
        meaning="A thread that gives up waiting gets an error from its wait station and goes on "
        "as if that were the response: it dies with its fault handle open.",
        prop="nobody_crashes",
        length=4,
        scope=ONE,
        protocol=POPCORN,
        parts=PAGES,
        repair={"check_wait": "on"},
        settings={"stations": "give_up"},
    ),
    Finding(
        id="C11",
        title="a late response is taken for another",
        meaning="A thread gives up waiting for a page that the origin has given it; the "
        "response comes when the next thread waits at the same station, or nobody does, "
        "and the origin counts on a copy that there is not.",
        prop="readers_see_writes",
        length=11,
        scope=TWO,
        protocol=POPCORN,
        parts=PAGES,
        repair={"stations": "patient"},
        settings={"stations": "give_up"},
        variant="repaired",
    ),
    Finding(
        id="C12",
        title="a node without a worker never acknowledges",
        meaning="The origin tells a node to drop its copy; the worker there is gone, which "
        "prints a line and sends nothing: the writer waits for ever.",
        prop="one_answer_is_due",
        length=12,
        scope=ONE,
        protocol=POPCORN,
        parts=PAGES,
        repair={"ack_without_worker": "on"},
        settings={"workers": "may_vanish"},
    ),
    Finding(
        id="C13",
        title="a remote that has nothing to send keeps its handle",
        meaning="A page is thrown away on its node while the origin asks for it: the server "
        "answers with an error and does not close its handle. Nobody gets past that "
        "again.",
        prop="handles_are_held",
        length=12,
        scope=TWO,
        protocol=POPCORN,
        parts=PAGES,
        repair={"close_on_error": "on"},
    ),
    Finding(
        id="C14",
        title="a page that cannot be had is tried for ever",
        meaning="A remote asks for a page that cannot be read from its file; the origin tries "
        "again and again, and never answers.",
        prop="every_fault_ends",
        length=4,
        scope=ONE,
        protocol=POPCORN,
        parts=PAGES,
        repair={"fail_first_touch": "on"},
        settings={"backing": "may_fail", **NO_ADVICE},
    ),
    Finding(
        id="C16",
        title="the only copy of a page is released",
        meaning="A remote releases a page that it alone has: its node forgets it, then the "
        "origin clears the node's bit. Nobody has the page any more.",
        prop="somebody_owns",
        length=9,
        scope=ONE,
        protocol=POPCORN,
        parts=PAGES,
        repair={"release_by_origin": "on"},
    ),
    Finding(
        id="C16b",
        title="a page is recalled while its node releases it",
        meaning="The node has forgotten its copy and the origin has not heard of it; an "
        "invalidation that comes in between finds nothing to drop, which the code takes "
        "for impossible.",
        prop="what_is_dropped_is_there",
        length=10,
        scope=TWO,
        protocol=POPCORN,
        parts=PAGES,
        repair={"release_by_origin": "on"},
        settings={"discard_by_origin": "on"},
    ),
    Finding(
        id="C17",
        title="a page is thrown away, and other nodes keep it",
        meaning="MADV_DONTNEED drops the caller's and the origin's copy and what the origin "
        "knew of the page; nobody tells the other nodes, and what they read stays what "
        "it was.",
        prop="readers_see_writes",
        length=10,
        scope=ONE,
        protocol=POPCORN,
        parts=PAGES,
        repair={"discard_by_origin": "on"},
        settings={"release_by_origin": "on"},
    ),
    Finding(
        id="C18",
        title="a page is thrown away in the middle of a fault",
        meaning="A leader sleeps under its handle without the lock of the page table; "
        "MADV_DONTNEED takes the frame away, and the leader makes an entry out of none.",
        prop="frames_stay_under_handles",
        length=7,
        scope=TWO,
        protocol=POPCORN,
        parts=PAGES,
        repair={"discard_waits": "on"},
    ),
    Finding(
        id="C34",
        title="a message is dropped when the ring is full",
        meaning="The request of a thread that has a signal pending meets a full ring: it is "
        "dropped, sending succeeds, and the thread waits for ever.",
        prop="one_reply_is_due",
        length=4,
        scope=ONE,
        protocol=POPCORN,
        parts=PAGES,
        repair={"ring": "never_full"},
        settings={"ring": "may_drop"},
        variant="repaired",
    ),
    Finding(
        id="C36",
        title="a request that was never sent is waited for",
        meaning="With RDMA the buffer for the page has to be pinned; if that fails nothing is "
        "sent, and the thread waits all the same.",
        prop="one_reply_is_due",
        length=3,
        scope=ONE,
        protocol=POPCORN,
        parts=PAGES,
        repair={"fail_on_pin": "on"},
        settings={"pages_by": "rdma"},
    ),
    Finding(
        id="P50",
        title="nobody notices that a node has fallen silent",
        meaning="A remote dies while it has a page, or owes an acknowledgement: whoever needs "
        "the page waits for ever, and then everybody who needs it after. Nothing else "
        "breaks: what can be read is what was last written.",
        prop="every_fault_ends",
        length=9,
        scope=TWO,
        protocol=POPCORN,
        parts=PAGES,
        repair={"nodes": "stay"},
        settings={"nodes": "may_die"},
        variant="repaired",
        discovered=True,
    ),
)
