"""To a program popcorn is one kernel, however many there are.

What a refinement asks of each step (popcorn_checker.refining) is a formula about the state before
the step, so it is proved as any other promise is: from the lemmas of the claim `popcorn`.
"""

from popcorn_checker.checking import Request, configure
from popcorn_proofs.claim import Claim
from popcorn_proofs.claims.popcorn import CLAIM as POPCORN

_ASKED = configure(Request(POPCORN.protocol, POPCORN.variant, parts=POPCORN.parts, refines="smp"))

CLAIM = Claim(
    id="popcorn-smp",
    doc="To a program popcorn is one kernel: each of its steps is one of smp, or is not seen.",
    protocol=POPCORN.protocol,
    variant=POPCORN.variant,
    parts=POPCORN.parts,
    safety=(),
    stated=_ASKED.properties,
    rests_on=POPCORN,
)
