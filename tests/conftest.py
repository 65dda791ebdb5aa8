"""Settings for every test: which examples Hypothesis draws, and what is done about absent tools.

The two everyday profiles draw the same examples each time, so a red run is red again on any
machine. `--hypothesis-profile=long` (make long) draws fresh ones, many more of them, and keeps
what failed.
"""

import os

from hypothesis import HealthCheck, settings

pytest_plugins = ["support.absent"]

settings.register_profile("dev", derandomize=True, database=None, deadline=None, max_examples=50)
settings.register_profile(
    "ci", parent=settings.get_profile("dev"), max_examples=100, print_blob=True
)
settings.register_profile(
    "long",
    derandomize=False,
    deadline=None,
    max_examples=2_000,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci" if os.environ.get("CI") else "dev")
