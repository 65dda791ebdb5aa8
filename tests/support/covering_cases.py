"""Writes the cases that cover all transitions: `PYTHONPATH=tests python -m support.covering_cases`.

They are derived by driving the reference along the state graph of the model (`joined.covering`),
and stand in a file, since the checker does not know the reference.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Final

from popcorn_checker.conform import script
from popcorn_checker.conform.covered import PATH
from support.joined.covering import Sizes, choose, make_cover
from support.joined.join import PARTS
from support.joined.stimuli import Stimulus

PAGES: Final = ("threads", "pages")
GROUNDS: Final = {
    "threads": (PAGES, Sizes(2, 2, 1)),
    "pages": (PAGES, Sizes(2, 1, 2)),
    "all": (PARTS, Sizes(2, 1, 1)),
}
"""Parts of the model, and sizes, by the second word of the cases' ids."""


def derive() -> Iterator[str]:
    """The lines of the file: an id, the sizes, and a script."""
    for name, (parts, sizes) in GROUNDS.items():
        ways = choose(make_cover(parts, sizes))
        for number, way in enumerate(ways, start=1):
            steps = tuple(map(_step, way))
            where = f"{sizes.kernels},{sizes.tasks},{sizes.pages}"
            yield f"cover/{name}/{number} {where} {script.show(steps)}"


def _step(stimulus: Stimulus) -> script.Step:
    given = stimulus.arguments
    match stimulus.method:
        case "begin":
            return script.Begin(given[0])
        case "deliver":
            return script.Deliver(*given)
        case "ring":
            return script.Ring(*given)
        case "kill":
            return script.Kill()
    thread, _, call, pages, extra = (*given, (), ())[:5]
    wanted = tuple((page, str(access)) for page, access in pages)
    goal = extra[0] if call.value == "migrate" else None
    value = {"futex_wait": extra[:1], "fill": (7,)}.get(call.value, ())
    return script.Ask(thread, call.value, wanted, goal, *value)


if __name__ == "__main__":
    text = "\n".join(derive()) + "\n"
    PATH.write_text(text, encoding="utf-8")
    print(f"{text.count(chr(10))} cases in {PATH}", file=sys.stderr)
