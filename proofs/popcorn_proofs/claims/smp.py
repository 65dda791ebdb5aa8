"""To a program a multikernel is one kernel, however many there are: so far as it is proved of each.

What a refinement asks of each step (popcorn_checker.refining) is a formula about the state before
the step, so it is proved as any other promise is: from the lemmas of another claim.
"""

from typing import Any, Final

from popcorn_checker.checking import Request, configure
from popcorn_proofs.claim import Claim
from popcorn_proofs.claims.pages_2020 import CLAIM as PAGES
from popcorn_proofs.claims.popcorn import CLAIM as POPCORN
from popcorn_proofs.claims.smp_lemmas import BY, CONTROLS, LEMMAS
from popcorn_proofs.claims.threads import CLAIM as THREADS
from popcorn_proofs.claims.threads_2020 import CLAIM as NEW_THREADS


def _seen(claim: Claim, id_: str, doc: str, **more: Any) -> Claim:
    """What a program sees of the protocol that a claim is about."""
    asked = Request(claim.protocol, claim.variant, parts=claim.parts, refines="smp")
    return Claim(
        id=id_,
        doc=doc,
        protocol=claim.protocol,
        variant=claim.variant,
        parts=claim.parts,
        settings=claim.settings,
        counters=claim.counters,
        safety=(),
        stated=configure(asked).properties,
        rests_on=claim,
        **more,
    )

CLAIMS: Final = (
    _seen(THREADS, "threads-smp",
          "To a program the threads of popcorn-2014 are those of one kernel: each step is one of "
          "smp, or is not seen.", lemmas=LEMMAS, by=BY, controls=CONTROLS,
          probes=THREADS.probes),
    _seen(NEW_THREADS, "threads-2020-smp",
          "To a program the threads of popcorn-2020 are those of one kernel: each step is one of "
          "smp, or is not seen."),
    _seen(PAGES, "pages-2020-smp",
          "To a program the pages of popcorn-2020 are those of one kernel: it reads what was last "
          "written."),
    _seen(POPCORN, "popcorn-smp",
          "To a program popcorn is one kernel: each of its steps is one of smp, or is not seen."),
)  # fmt: skip
