"""All kinds of lines, one row each."""

from typing import Final

from popcorn_checker.dmesg.rows import Kind
from popcorn_checker.dmesg.tables.areas import AREAS
from popcorn_checker.dmesg.tables.kernel import KERNEL
from popcorn_checker.dmesg.tables.messages import FUTEXES, MESSAGES, STATISTICS
from popcorn_checker.dmesg.tables.pages import PAGES
from popcorn_checker.dmesg.tables.processes import PROCESSES

KINDS: Final = (*PROCESSES, *AREAS, *PAGES, *MESSAGES, *FUTEXES, *STATISTICS, *KERNEL)
"""In this order they are tried: of two that a line could be, the first is taken."""

KIND: Final[dict[str, Kind]] = {kind.name: kind for kind in KINDS}
"""The kinds by name."""

assert len(KIND) == len(KINDS), "two kinds of line have the same name"
