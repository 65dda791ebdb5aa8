"""The verb ``mutants``: drop each guard and each update in turn, and see what refutes it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated

import typer

from popcorn_checker.checking import Request
from popcorn_checker.errors import UsageError
from popcorn_checker.exploring import Effort
from popcorn_checker.mutants.campaign import CONTROLS, Campaign, run
from popcorn_checker.mutants.controls import Controls, Ground
from popcorn_checker.mutants.hunting import Hunted
from popcorn_checker.mutants.listed import PLANNED, meet_planned
from popcorn_checker.mutants.score import Score
from popcorn_checker.options import (
    Json,
    parse_bytes,
    parse_seconds,
    parse_settings,
    split,
    verb,
)
from popcorn_checker.verdict import Status
from popcorn_checker.writing import print_json


@dataclass(frozen=True)
class Options:
    """What ``mutants`` can be told."""

    protocol: Annotated[
        str, typer.Argument(help="A built-in protocol or a dotted module.", metavar="[PROTOCOL]")
    ] = "popcorn-2014"
    variant: Annotated[
        str | None, typer.Option(help="The right protocol; by default the listed variant.")
    ] = None
    scope: Annotated[
        str | None,
        typer.Option(help="One hunting ground in place of the listed ones.", metavar="A=1,B=2"),
    ] = None
    parts: Annotated[
        str | None, typer.Option(help="Only these parts, on one ground.", metavar="A,B")
    ] = None
    set: Annotated[
        list[str] | None, typer.Option(help="Set one switch.", metavar="SWITCH=VALUE")
    ] = None
    only: Annotated[
        list[str] | None,
        typer.Option(help="Only this mutation, or all of this action; may be given again.",
                     metavar="ID"),
    ] = None  # fmt: skip
    messages: Annotated[
        bool, typer.Option("--messages", help="Also change the messages that are sent.")
    ] = False
    budget: Annotated[
        str, typer.Option(help="Time for each mutant on each ground.", metavar="TIME")
    ] = "2m"
    memory: Annotated[
        str | None, typer.Option(help="Memory for each mutant.", metavar="SIZE")
    ] = None
    workers: Annotated[int, typer.Option(help="How many at once.", min=1)] = 1
    json: Json = False

    def campaigns(self) -> tuple[Campaign, ...]:
        """What to hunt, and where: one campaign for each listed set of parts."""
        parts = split(self.parts or "")
        listed = CONTROLS.get(self.protocol, (Controls(),))
        if self.parts is not None:
            named = [c for c in listed if set(c.parts) == set(parts)]
            listed = tuple(named) or (Controls(listed[0].variant, parts),)
        return tuple(self._campaign(controls) for controls in listed)

    def _campaign(self, controls: Controls) -> Campaign:
        if self.scope is not None:
            controls = replace(controls, grounds=(Ground(self.scope),))
        request = Request(
            self.protocol,
            self.variant or controls.variant,
            settings={**controls.settings, **parse_settings(self.set or [])},
            parts=controls.parts,
        )
        return Campaign(request, controls, self.effort(), self.messages, tuple(self.only or ()))

    def effort(self) -> Effort:
        """How far to go for one mutant. Raises: UsageError for a time or size that is none."""
        return Effort(
            seconds=parse_seconds(self.budget), bytes_max=parse_bytes(self.memory, 4 << 30)
        )


@verb(Options)
def command(options: Options) -> int:
    """Break a protocol in every small way, and see whether its properties notice.

    Drops each guard and each update in turn. A mutant is refuted by a property, by a deadlock, by
    a step without meaning, or because something no longer happens. It is equivalent if it has the
    states and transitions of the right protocol. Other survivors need a reason.

    For a protocol whose design lists mutations, such as popcorn-2020, it hunts those of the list;
    with --parts or --scope it drops guards and updates there as well.

    Example: popcorn-spec mutants popcorn-2014 --parts threads,lifetime --only clone_thread

    Exit codes: 0 every mutant refuted, equivalent or known to be harmless; 12 an unexplained
    survivor, or fewer than nine in ten refuted of those that are not equivalent; 3 a mutant not
    decided within its budget.
    """
    if options.protocol in PLANNED and options.parts is None and options.scope is None:
        return meet_planned(options.protocol, options.only or (), options.effort(), options.json)
    done: list[tuple[Campaign, tuple[Hunted, ...]]] = []
    stale: list[str] = []
    assumed: list[str] = []
    stand_ins: set[str] = set()
    for campaign in _fitting(options.campaigns()):
        _insist_on_right_ones(campaign)
        if not options.json:
            sys.stdout.write(_head(campaign))
        done.append((campaign, tuple(_told(run(campaign, options.workers), options.json))))
        stale += campaign.stale_waivers()
        if not campaign.only:
            assumed += sorted(campaign.assumed())
            stand_ins |= campaign.stand_ins()
    hunted = tuple(found for _, found in done)
    score = Score(hunted, tuple(stale), tuple(assumed), tuple(sorted(stand_ins)))
    if options.json:
        rows = [{**m.to_json(), "parts": list(c.request.parts)} for c, found in done for m in found]
        print_json({"mutants": rows, **score.to_json()})
    else:
        sys.stdout.write(score.text())
    return score.exit_code(whole=not options.only)


def _told(hunted: Iterator[Hunted], quietly: bool) -> Iterator[Hunted]:
    """The same mutants, each written down as it comes unless quietly."""
    for found in hunted:
        if not quietly:
            sys.stdout.write(_line(found))
            sys.stdout.flush()
        yield found


def _fitting(campaigns: tuple[Campaign, ...]) -> Iterator[Campaign]:
    """The campaigns that have what is asked for. Raises: UsageError for what none has."""
    for only in campaigns[0].only:
        if not any(c.knows(only) for c in campaigns):
            campaigns[0].mutations()
            raise UsageError(f"none of the listed parts hunts mutants of {only}")
    for campaign in campaigns:
        known = tuple(x for x in campaign.only if campaign.knows(x))
        if known or not campaign.only:
            yield replace(campaign, only=known)


def _insist_on_right_ones(campaign: Campaign) -> None:
    """Mutants of a protocol that is wrong itself say nothing. Raises: UsageError."""
    for base in (*campaign.bases(), *campaign.lifted_bases()):
        verdict = base.verdict
        wrong = [r.name for r in verdict.failures if r.status is not Status.NEVER]
        if wrong or not verdict.covered.complete:
            names = ", ".join(wrong) or "; ".join(verdict.doubts)
            raise UsageError(
                f"without any mutation the protocol is {verdict.outcome.value} at {base.ground} "
                f"({names}), so its mutants say nothing; choose another --scope or --variant"
            )


def _head(campaign: Campaign) -> str:
    """Which parts and settings the mutants are of, and the grounds."""
    settings = (f"{name}={value}" for name, value in campaign.request.settings.items())
    told = ", ".join((*campaign.request.parts, *settings)) or "all parts"
    grounds = "".join(f"  {ground}\n" for ground in campaign.controls.grounds)
    return f"{told}, on these grounds:\n{grounds}"


def _line(found: Hunted) -> str:
    how = f" by {found.by}" if found.by else ""
    steps = f" in {found.length} steps" if found.length is not None else ""
    note = f": {found.note}" if found.note else ""
    where = f"{found.id:<40} {found.fate.value}{how}{steps}{note}\n"
    return where if found.by else f"{where}    {found.sentence}\n"
