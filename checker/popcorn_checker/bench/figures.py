"""Figures as people see them, and as plain data with the date and the machine they are of."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console

WIDE: Final = 140


def make_console() -> Console:
    """What tables are printed on: a terminal as it is, and anything else wide enough for them."""
    return Console(width=None if sys.stdout.isatty() else WIDE)


def write_figures(path: Path, **figures: Sequence[object]) -> None:
    """Write named lists of figures as JSON. Raises: OSError for a file that cannot be written."""
    record = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **figures,
    }
    path.write_text(json.dumps(record, indent=2) + "\n")
