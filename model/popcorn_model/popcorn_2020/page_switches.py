"""Choices that concern pages: what may go wrong around them, versions of the code, repairs.

As everywhere the first value is the default: the platform is kind, and the code is that of the
port to Linux 5.2.
"""

from popcorn_model.language import Repair, Switch

# --- assumptions about the platform ------------------------------------------------------------

WORKERS = Switch(
    "workers", "stay", "may_vanish", assumption=True,
    doc="Whether the task that a message is for may be gone: a remote's worker has been killed, "
    "and its memory with it; or a thread's shadow has.",
)  # fmt: skip
NODES = Switch(
    "nodes", "stay", "may_die", assumption=True,
    doc="Whether a remote may fall silent for ever. Nobody would notice.",
)  # fmt: skip
STATIONS = Switch(
    "stations", "patient", "give_up", assumption=True,
    doc="Whether a thread of a remote that waits for a page may give up, as it does after 300 "
    "seconds. The station may then be given to the next that waits.",
)  # fmt: skip
BACKING = Switch(
    "backing", "readable", "may_fail", assumption=True,
    doc="Whether it may turn out that a page cannot be had when it is first touched, or an area "
    "cannot be mapped on a remote: a file cannot be read, or is not there.",
)  # fmt: skip
PAGES_BY = Switch(
    "pages_by", "message", "rdma",
    doc="How pages travel: inside the response, or written into a buffer that the requester pins.",
)  # fmt: skip

# --- versions of the code ----------------------------------------------------------------------

CLAIM_LOCAL = Switch(
    "claim_local", "on", "off",
    doc="Whether the origin, when it has a page that a remote wants to write, tells the other "
    "readers to drop their copies.",
)  # fmt: skip

# --- repairs -----------------------------------------------------------------------------------

PASS_ON_FAILURE = Repair(
    "pass_on_failure",
    doc="When an owner cannot send its page, what needed it fails as well, with nothing changed.",
)
ACK_WITHOUT_WORKER = Repair(
    "ack_without_worker",
    doc="A node whose worker is gone has nothing left to drop, and says that it is dropped.",
)
CLOSE_ON_ERROR = Repair(
    "close_on_error", doc="A remote that is asked for a page which it has not closes its handle."
)
FAIL_FIRST_TOUCH = Repair(
    "fail_first_touch",
    doc="A request for a page that cannot be had is answered with the error, not tried for ever.",
)
FAIL_ON_PIN = Repair(
    "fail_on_pin", doc="A fault whose buffer cannot be pinned fails, and does not wait."
)
CHECK_WAIT = Repair(
    "check_wait", doc="Who has given up waiting sees it, and fails; it looks at no message."
)
ASK_THE_SOURCE = Repair(
    "ask_the_source", doc="Of several owners, the one that is chosen is the one that is asked."
)
DISCARD_BY_ORIGIN = Repair(
    "discard_by_origin",
    doc="A page is discarded by the origin, under its handle, when all nodes have dropped it.",
)
DISCARD_WAITS = Repair(
    "discard_waits", doc="No page is discarded on a node where a handle for it is open."
)
RELEASE_BY_ORIGIN = Repair(
    "release_by_origin",
    doc="A copy is released by the origin, under its handle, and only where it has one too.",
)

PAGE_ASSUMPTIONS = (WORKERS, NODES, STATIONS, BACKING)
PAGE_VERSIONS = (CLAIM_LOCAL, PAGES_BY)
PAGE_REPAIRS = (PASS_ON_FAILURE, ACK_WITHOUT_WORKER, CLOSE_ON_ERROR, FAIL_FIRST_TOUCH, FAIL_ON_PIN,
                CHECK_WAIT, ASK_THE_SOURCE, DISCARD_BY_ORIGIN, DISCARD_WAITS,
                RELEASE_BY_ORIGIN)  # fmt: skip
