"""What the tests of native processors share."""

from collections.abc import Iterator

import pytest

from popcorn_reference.cpu.native import NativeCpu
from support.tools import require_native


@pytest.fixture
def cpu() -> Iterator[NativeCpu]:
    """A native processor, whose process is gone after the test."""
    require_native()
    made = NativeCpu()
    yield made
    made.close()
