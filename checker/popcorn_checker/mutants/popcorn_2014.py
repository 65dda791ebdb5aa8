"""Where mutants of popcorn-2014 are hunted: each set of parts has grounds of its own."""

from __future__ import annotations

from typing import Final

from popcorn_checker.mutants import locks_2014, memory_2014, threads_2014

CONTROLS: Final = (*threads_2014.CONTROLS, *memory_2014.CONTROLS, *locks_2014.CONTROLS)
