"""The command behind `make bench`: races, their table, and whether we are as fast as we mean to be.

    python -m popcorn_checker.bench --peers rumur --scope transport=kernels=2,tasks=3,sends=5
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from rich.table import Table

from popcorn_checker.bench.figures import make_console, write_figures
from popcorn_checker.bench.race import COURSES, PEERS, Course, Race, run_race
from popcorn_checker.errors import HOLDS, SAFETY
from popcorn_checker.export.peers import PeerError


def main(arguments: list[str] | None = None) -> int:
    """Run the races that are asked for, print their table; 12 where a ratio is not reached.

    Raises: nothing for a peer that is missing or disagrees: that is a message and exit code 12.
    Cost: minutes, nearly all of them the peers'.
    """
    asked = _parser().parse_args(arguments)
    courses = [_resized(c, dict(asked.scope), asked.peers) for c in COURSES if c.name in asked.only]
    folder = asked.keep or Path(tempfile.mkdtemp(prefix="popcorn-bench-"))
    races = []
    try:
        for course in courses:
            for peer in asked.peers:
                races.append(run_race(course, peer, folder))
                print(_line(races[-1]), flush=True)
    except PeerError as error:
        print(f"popcorn-spec: {error}", file=sys.stderr)
        return SAFETY
    make_console().print(_table(races))
    if asked.json is not None:
        rows = [{**asdict(race), "ratio": round(race.ratio, 2)} for race in races]
        write_figures(asked.json, races=rows)
    return HOLDS if all(race.ratio >= race.wanted for race in races) else SAFETY


def _parser() -> argparse.ArgumentParser:
    courses = [course.name for course in COURSES]
    parser = argparse.ArgumentParser(prog="python -m popcorn_checker.bench")
    parser.add_argument("--peers", type=_names(list(PEERS)), default=list(PEERS), metavar="NAMES",
                        help=f"of {', '.join(PEERS)}; both if not given")
    parser.add_argument("--only", type=_names(courses), default=courses, metavar="NAMES",
                        help=f"of {', '.join(courses)}; all if not given")
    parser.add_argument("--scope", type=_scope, action="append", default=[], metavar="COURSE=SCOPE",
                        help="race at this scope, whoever the peer is; may be given again")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave the exported texts here")
    return parser


def _names(legal: list[str]) -> Callable[[str], list[str]]:
    def split(text: str) -> list[str]:
        names = text.split(",")
        for name in names:
            if name not in legal:
                raise argparse.ArgumentTypeError(f"no {name}: legal are {', '.join(legal)}")
        return names

    return split


def _scope(text: str) -> tuple[str, str]:
    name, equals, scope = text.partition("=")
    legal = [course.name for course in COURSES]
    if not equals or name not in legal:
        raise argparse.ArgumentTypeError(
            f"{text} is not of the form COURSE=SCOPE with a course of {', '.join(legal)}"
        )
    return name, scope


def _resized(course: Course, scopes: dict[str, str], peers: list[str]) -> Course:
    if course.name not in scopes:
        return course
    return replace(course, scopes=dict.fromkeys(peers, scopes[course.name]))


def _line(race: Race) -> str:
    return (
        f"{race.course} at {race.peer.scope}: {race.ours.states:,} states, "
        f"{race.ours.cpu_seconds:.1f} s against {race.peer.engine}'s "
        f"{race.peer.cpu_seconds:.1f} s, {race.ratio:.1f} times"
    )


def _table(races: list[Race]) -> Table:
    table = Table(title="processor seconds of whole processes, one thread each")
    for head in ("course", "scope", "states", "words (bits)", "bytes a state", "ours", "peer",
                 "its", "ratio", "wanted"):  # fmt: skip
        table.add_column(head, justify="left" if head in ("course", "scope", "peer") else "right")
    for race in races:
        ours = race.ours
        table.add_row(
            race.course, race.peer.scope, f"{ours.states:,}", f"{ours.words} ({ours.bits})",
            f"{ours.peak_bytes / ours.states:.0f}", f"{ours.cpu_seconds:.1f}", race.peer.engine,
            f"{race.peer.cpu_seconds:.1f}", f"{race.ratio:.1f}", str(race.wanted),
        )  # fmt: skip
    return table


if __name__ == "__main__":
    sys.exit(main())
