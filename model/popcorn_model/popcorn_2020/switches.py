"""The choices of the protocol: assumptions about the platform, versions of the code, repairs.

The default of each switch is the code of the Linux 5.2 port (commit 769cb15e). Older and newer
versions set what they do differently; the variant *repaired* turns all repairs on. What concerns
one part stands in a module of its own.
"""

from popcorn_model.language import Switch
from popcorn_model.popcorn_2020.area_switches import AREA_REPAIRS, AREA_VERSIONS
from popcorn_model.popcorn_2020.page_switches import (
    PAGE_ASSUMPTIONS,
    PAGE_REPAIRS,
    PAGE_VERSIONS,
)
from popcorn_model.popcorn_2020.thread_switches import THREAD_ASSUMPTIONS, THREAD_REPAIRS

RING = Switch(
    "ring", "never_full", "may_drop", assumption=True,
    doc="Whether a message may meet a full ring while a signal is pending for its sender; it is "
    "dropped then, and nobody is told.",
)  # fmt: skip

ASSUMPTIONS = (RING, *PAGE_ASSUMPTIONS, *THREAD_ASSUMPTIONS)
VERSIONS = (*PAGE_VERSIONS, *AREA_VERSIONS)
REPAIRS = (*PAGE_REPAIRS, *THREAD_REPAIRS, *AREA_REPAIRS)
SWITCHES = (*ASSUMPTIONS, *VERSIONS, *REPAIRS)

LINUX_5_2: dict[str, str] = {}
LINUX_4_4 = {"claim_local": "off"}
RFC = {"futex_return": "stays"}
REPAIRED = {repair.info.name: "on" for repair in REPAIRS} | RFC
