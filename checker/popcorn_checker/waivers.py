"""Why some rows of a vacuity ledger are as they should be, protocol by protocol.

A row is the id of an action that never fires, of a guard that never matters, or of a property whose
condition never holds, as the ledger prints it. The reason says why nothing is missing. A waiver
counts only where its row is idle, and some only at scopes with certain entries; whether there is
such a row at all, a test asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from popcorn_checker.scopes import Scope


@dataclass(frozen=True)
class Within:
    """A reason that counts at scopes with these entries only."""

    reason: str
    entries: Mapping[str, int]


NOTHING_SHARED: Final = Within(
    "a page has to be copied where a read has mapped a common frame, or where a fork has left its "
    "frame to a child; here nobody reads a page before it is written, and nobody forks",
    {"reads": 0, "forks": 0},
)

OWNERS_SEND: Final = (
    "an owner cannot send a page only where its worker is gone, which workers=may_vanish allows"
)
OWNERS_HAVE: Final = (
    "repaired, a node that the origin holds for an owner has a copy; as built it may have dropped "
    "it"
)

WAIVERS: Final[Mapping[str, Mapping[str, str | Within]]] = {
    "popcorn": {
        "store": "a kernel that may write to a page has the only frame that counts already",
        "take_turn": Within("there is one page, and the turn is for several", {"pages": 1}),
    },
    "popcorn-2014": {
        "dispatch_mapping": "with eager dispatch a request joins the ring only behind another "
        "message, and on the plain lock one thread at a time has requests on their way",
        "copy_page": NOTHING_SHARED,
        "answer_with_copy": NOTHING_SHARED,
    },
    "popcorn-2020": {
        "fail_at_origin": OWNERS_SEND,
        "report_failure": OWNERS_SEND,
        "miss_word": OWNERS_SEND,
        "miss_to_move": OWNERS_SEND,
        "serve_by_claim": Within(
            "one remote asks for what another has; here is one remote", {"kernels": 2}
        ),
        "find_nothing_to_send": OWNERS_HAVE,
        "send_page/guard3": OWNERS_HAVE,
        "serve_by_claim/guard3": "a remote that has a copy shares it with the origin when it asks "
        "for more, so nobody else is asked for the page",
    },
}


def reasons(protocol: str, scope: Scope) -> dict[str, str]:
    """The waivers of a protocol that count at a scope: row and reason."""
    return {
        row: waiver.reason if isinstance(waiver, Within) else waiver
        for row, waiver in WAIVERS.get(protocol, {}).items()
        if not isinstance(waiver, Within) or waiver.entries.items() <= scope.entries.items()
    }
