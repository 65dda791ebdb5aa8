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
from typing import Final

import pytest

# Each tool with the names under which systems install it. A new row needs its line in .ci/run.
TOOLS: Final = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "gcc": ("gcc",),
    "java": ("java",),
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
    if found is not None:
        return found
    message = f"tool absent: {name}"
    if os.environ.get(MUST_HAVE) == "1":
        pytest.fail(f"{message} ({MUST_HAVE}=1 makes this a failure)", pytrace=False)
    pytest.skip(message)


def get_absent_tool(message: str) -> str | None:
    """The tool that a skip or failure message of `require_tool` names, or None."""
    found = _ABSENT.match(message)
    return found["tool"] if found else None
