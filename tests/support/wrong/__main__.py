"""Derive the shortest stimuli of each wrong implementation again, and print them as a table.

Names, or parts of names, can be given; with `--found` what the rows say is printed, unsearched.
"""

from __future__ import annotations

import sys

from support.wrong import compact
from support.wrong.catalogue import ALL
from support.wrong.rows import Wrong
from support.wrong.searching import Search


def main(words: list[str]) -> None:
    """Print a line for each that is meant: its name, how long, what is seen, the stimuli."""
    parts = [word for word in words if word != "--found"]
    for wrong in ALL:
        if not parts or any(part in wrong.name for part in parts):
            print(show(wrong, "--found" not in words), flush=True)


def show(wrong: Wrong, searches: bool) -> str:
    """One line of the table."""
    text, seen = wrong.found, wrong.seen
    if searches:
        with wrong.applied():
            found = Search(wrong.hint).run()
        text, seen = (compact.write(found[0]), found[1]) if found else ("", "nothing")
    return f"{wrong.name:44} {len(compact.read(text)):3}  {seen:28} {text}"


if __name__ == "__main__":
    main(sys.argv[1:])
