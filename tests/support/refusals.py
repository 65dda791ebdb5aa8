"""A protocol file to which ill-formed texts are added, and what must be said about them.

The line that is to be named carries the comment ``# here``; where there is none, no line is
promised.
"""

import re
from pathlib import Path
from typing import Final

import pytest

from popcorn_model.language import ModelError

HEAD: Final = '''"""A protocol file."""
from popcorn_model.language import *

class Kernel(Sort):
    """A kernel."""

class Page(Sort):
    """A page."""

class Hold(Enumeration):
    """What a kernel has."""
    none = label("nothing")
    owned = label("the page")

class Level(Number):
    """A small number."""

class Wire(Messages):
    """What travels."""
    ask = kind("a kernel asks", page=Page, source=Kernel)
    stop = kind("nothing more")

class Other(Messages):
    """What travels elsewhere."""
    hello = kind("a greeting")

WAY = Switch("WAY", "one", "two", doc="a choice")
HOPS = Budget("hops", Kernel, doc="hops")
hold = state("hold", Page, Kernel, of=Hold, start=Hold.none)
owner = state("owner", Page, of=maybe(Kernel), start=nothing)
lit = state("lit", of=Bool, start=False)
level = state("level", of=Level, start=0)
past = history(state("past", of=Bool, start=False))
inbox = queue("inbox", Kernel, of=Wire, slots="slots")
desk = queue("desk", of=Kernel, slots="slots")
'''

ACTION: Final = '''
@action
def bad(p: Page, k: Kernel) -> Step:
    """Something happens."""
    return {body}
'''


def refuse(tmp_path: Path, text: str, words: str) -> None:
    """Running the file raises a ModelError with these words, and its place if it promises one."""
    path = tmp_path / "refused.py"
    path.write_text(text)
    with pytest.raises(ModelError) as caught:
        exec(compile(text, str(path), "exec"), {"__name__": "refused"})
    said = str(caught.value)
    assert re.search(words, said), said
    marked = [n for n, line in enumerate(text.splitlines(), start=1) if line.endswith("# here")]
    if marked:
        assert re.match(rf"(action|property) bad \(.*refused\.py:{marked[0]}\): ", said), said
