"""What a command can end with: its exit codes, and the error for a request that makes no sense.

The codes are those of the habit among model checkers, so that a script can tell a violated
property from a misspelt option. `UsageError` is about the command line; ill-formed models,
scopes, traces and checkpoints have errors of their own beside what reads them.
"""

from __future__ import annotations

from typing import Final

HOLDS: Final = 0
USAGE: Final = 2
UNKNOWN: Final = 3
DEADLOCK: Final = 11
SAFETY: Final = 12
LIVENESS: Final = 13
BAD_INPUT: Final = 150
INTERNAL: Final = 255


class UsageError(Exception):
    """The command line asks for something that does not exist or does not fit together."""


class InternalError(Exception):
    """Two parts of this program disagree: a fault of ours, never of the input."""


class Interrupted(Exception):
    """Somebody pressed Ctrl-C before anything was known."""
