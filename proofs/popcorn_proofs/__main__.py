"""Renews the table of what is proved, in the pages that show it: python -m popcorn_proofs."""

from __future__ import annotations

import sys
from pathlib import Path

from popcorn_proofs.table import PAGES, with_table


def main() -> None:
    """Write the table of the ledger into each page, between its marks."""
    root = Path(__file__).resolve().parents[2]
    for page in PAGES:
        path = root / page
        path.write_text(with_table(path.read_text(encoding="utf-8")), encoding="utf-8")
        sys.stdout.write(f"{page} has the table of the ledger\n")


if __name__ == "__main__":
    main()
