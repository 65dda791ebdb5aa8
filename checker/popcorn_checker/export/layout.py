"""Blocks of lines: how long formulas and comments are laid out in exported text.

A block is a list of lines without the indentation that its place in the text will give it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Final

WIDTH: Final = 96


def hang(prefix: str, block: Sequence[str], suffix: str = "") -> list[str]:
    """The block after a prefix, its later lines aligned with the first; a suffix at the end."""
    pad = " " * len(prefix)
    lines = [prefix + block[0], *(pad + line for line in block[1:])]
    lines[-1] += suffix
    return lines


def indent(block: Iterable[str], columns: int = 2) -> list[str]:
    """The block moved to the right; empty lines stay empty."""
    return [" " * columns + line if line else line for line in block]


def comment(mark: str, text: str) -> list[str]:
    """A text as comment lines, wrapped; of an empty text, none."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=f"{mark} ", subsequent_indent=f"{mark} ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def page(*sections: Sequence[str]) -> str:
    """Sections separated by one empty line; empty sections are left out."""
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"
