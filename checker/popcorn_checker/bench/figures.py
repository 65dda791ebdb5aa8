"""Figures as plain data, with the date and the machine on which they were measured."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path


def write_figures(path: Path, **figures: Sequence[object]) -> None:
    """Write named lists of figures as JSON. Raises: OSError for a file that cannot be written."""
    record = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **figures,
    }
    path.write_text(json.dumps(record, indent=2) + "\n")
