"""How much memory this process holds and may take: a limit is about all of it, not only states."""

from __future__ import annotations

import os
import re
import resource
import sys
from pathlib import Path
from typing import Final

_STATM: Final = Path("/proc/self/statm")
_MEMINFO: Final = Path("/proc/meminfo")
_CGROUP: Final = Path("/sys/fs/cgroup/memory.max")
UNKNOWN_MAX: Final = 8 << 30  # bytes, where the system does not say what it has


def resident_bytes() -> int:
    """Bytes of this process in memory now; where the system does not say, the most so far."""
    try:
        return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def usual_limit() -> int:
    """Three quarters of the bytes that this process could have now; 8 GiB where nothing says it."""
    try:
        free = re.search(r"^MemAvailable:\s+(\d+) kB$", _MEMINFO.read_text(), re.MULTILINE)
    except OSError:
        free = None
    if free is None:
        return UNKNOWN_MAX
    could = resident_bytes() + int(free[1]) * 1024
    return min(could, _container_limit() or could) * 3 // 4


def _container_limit() -> int | None:
    """The bytes that a container may hold; None when it has no limit."""
    try:
        text = _CGROUP.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None
