"""A program of ours as an executable, with its source, to try everything on."""

import hashlib
from pathlib import Path
from typing import Final

from popcorn_reference.faults import ElfError

SUMS: Final = Path(__file__).with_name("sums.elf")
"""Four threads that add up numbers in shared memory; its source is beside it."""

SHA256: Final = {
    "sums.elf": "58031bd845bc8767b37e6f34b21fffd6a5d2def891b96c15d432a8d89eae4492",
}
"""What is in the tree; built by musl-gcc 1.2.3 as its source says."""


def get_program(path: Path = SUMS) -> Path:
    """The program, if it is the one that this package was made with.

    Raises: ElfError if it is not.
    """
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != SHA256[path.name]:
        raise ElfError(f"{path} is not the program of this package: its SHA-256 is {found}")
    return path
