"""Programs outside the virtual environment, and what a test does without one.

A test that needs such a program is marked `tool("name")`, or calls `require_tool` itself. Where
the program is absent the test skips by name; under POPCORN_REQUIRE_TOOLS=1, as in continuous
integration, it fails instead, so that nothing goes unchecked there in silence. This is the only
module that may skip a test (a house rule), and `support.absent` sums up what was missed.
"""

import os
import re
import shutil
from pathlib import Path
from typing import Final, NoReturn

import pytest

# Each tool with the names under which systems install it. A new row needs its line in .ci/run.
TOOLS: Final = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "gcc": ("gcc",),
    "java": ("java",),
    "musl-gcc": ("musl-gcc",),
    "node": ("node", "nodejs"),
    "rumur": ("rumur",),
}

MUST_HAVE: Final = "POPCORN_REQUIRE_TOOLS"

_ABSENT: Final = re.compile(r"tool absent: (?P<tool>[\w-]+)")


def get_tool(name: str) -> Path | None:
    """Where the tool is installed, or None."""
    assert name in TOOLS, f"unknown tool {name!r}: add a row to TOOLS in {__file__}"
    found = next(filter(None, map(shutil.which, TOOLS[name])), None)
    return Path(found) if found else None


def require_tool(name: str) -> Path:
    """Where the tool is installed; without it the calling test skips, or fails if it must run."""
    found = get_tool(name)
    if found is None:
        _go_without(f"tool absent: {name}")
    return found


def require_native() -> None:
    """Native processors; where the system lets nobody have them the calling test skips.

    It skips in continuous integration, too: nobody can install them.
    """
    # The tests of this module run where the reference cannot be imported.
    from popcorn_reference.cpu.native import why_not

    reason = why_not()
    if reason is not None:
        pytest.skip(f"tool absent: native-processors: {reason}")


def _go_without(message: str) -> NoReturn:
    if os.environ.get(MUST_HAVE) == "1":
        pytest.fail(f"{message} ({MUST_HAVE}=1 makes this a failure)", pytrace=False)
    pytest.skip(message)


def get_absent_tool(message: str) -> str | None:
    """The tool that a skip or failure message of `require_tool` names, or None."""
    found = _ABSENT.match(message)
    return found["tool"] if found else None
