"""The symbolic engines by name, for whoever need not load Z3 to know them."""

from __future__ import annotations

from typing import Final

SYMBOLIC: Final = ("bmc", "induction", "pdr")
DEPTH: Final = 10
"""How far they look where no depth is given."""
