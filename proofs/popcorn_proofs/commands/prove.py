"""The verb ``prove``: claims for any number of kernels, tasks and pages, and their evidence."""

from __future__ import annotations

from popcorn_checker.options import verb
from popcorn_proofs.options import Options


@verb(Options)
def command(options: Options) -> int:
    """Prove claims for any number of members, by lemmas that every action keeps.

    Z3 is asked about each obligation, and cvc5 where Z3 does not know. With --recheck cvc5 is
    asked about all, and files that are not those of the ledger are refused.

    Example: popcorn-spec prove --claim directory --files evidence

    Exit codes: 0 everything is proved; 12 a lemma or a property fails, or evidence is refused; 3
    an obligation that no solver decides.
    """
    from popcorn_proofs.running import run

    return run(options)
