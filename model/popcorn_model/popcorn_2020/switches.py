"""The choices of the protocol: assumptions about the platform, versions of the code, repairs.

The default of each switch is the code of the Linux 5.2 port (commit 769cb15e). Older and newer
versions set what they do differently; the variant *repaired* turns all repairs on.
"""

from popcorn_model.language import Switch

# --- assumptions about the platform ------------------------------------------------------------

RING = Switch(
    "ring", "never_full", "may_drop", assumption=True,
    doc="Whether a message may meet a full ring while a signal is pending for its sender; it is "
    "dropped then, and nobody is told.",
)  # fmt: skip

# --- versions of the code ----------------------------------------------------------------------

CLAIM_LOCAL = Switch(
    "claim_local", "on", "off",
    doc="Whether the origin, when it has a page that a remote wants to write, tells the other "
    "readers to drop their copies.",
)  # fmt: skip

VERSIONS = (CLAIM_LOCAL,)

SWITCHES = (RING, *VERSIONS)

LINUX_5_2: dict[str, str] = {}
LINUX_4_4: dict[str, str] = {"claim_local": "off"}
RFC: dict[str, str] = {}
REPAIRED: dict[str, str] = {}
