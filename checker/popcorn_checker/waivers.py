"""Why some rows of a vacuity ledger are as they should be, protocol by protocol.

A row is the id of an action that never fires, of a guard that never matters, or of a property whose
condition never holds, as the ledger prints it. The reason says why nothing is missing. A waiver
counts only where its row is idle; whether there is such a row at all, a test asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WAIVERS: Final[Mapping[str, Mapping[str, str]]] = {
    "popcorn-2014": {
        "dispatch_mapping": "with eager dispatch a request joins the ring only behind another "
        "message, and on the plain lock one thread at a time has requests on their way",
    },
}
