"""All claims that are proved, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from popcorn_checker.errors import UsageError
from popcorn_checker.lookup import pick
from popcorn_proofs.claim import Claim
from popcorn_proofs.claims import (
    closure,
    directory,
    locks_2014,
    pages_2020,
    popcorn,
    smp,
    threads,
    threads_2020,
)

CLAIMS: Final[tuple[Claim, ...]] = (
    directory.CLAIM, *locks_2014.CLAIMS, threads.CLAIM, closure.CLAIM, threads_2020.CLAIM,
    pages_2020.CLAIM, popcorn.CLAIM, *smp.CLAIMS,
)  # fmt: skip


def find_claims(protocol: str | None = None, ids: Iterable[str] = ()) -> tuple[Claim, ...]:
    """The claims about a protocol, or of these ids. Raises: UsageError when there is none."""
    known = {c.id: c for c in CLAIMS}
    wanted = pick("claim", ids, known)
    found = tuple(
        c for c in CLAIMS if (not wanted or c.id in wanted) and protocol in (None, c.protocol)
    )
    if not found:
        legal = ", ".join(dict.fromkeys(c.protocol for c in CLAIMS))
        raise UsageError(
            f"nothing is claimed about {protocol}"
            + (f" under the ids {', '.join(wanted)}" if wanted else "")
            + f"; there are proofs about {legal}"
        )
    return found
