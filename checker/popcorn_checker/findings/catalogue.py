"""Where findings are listed: the project's own catalogues, or a module that a user names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from popcorn_checker.errors import UsageError
from popcorn_checker.findings import popcorn_2014, popcorn_2020
from popcorn_checker.findings.finding import Finding
from popcorn_checker.lookup import load_module, pick
from popcorn_model.language import ModelError

ATTRIBUTE: Final = "CATALOGUE"
CATALOGUES: Final = (popcorn_2014.CATALOGUE, popcorn_2020.CATALOGUE)


def find_findings(ids: Iterable[str], module: str | None = None) -> tuple[Finding, ...]:
    """The findings of these ids, or all, from the project's catalogues or from a module.

    Raises: UsageError for an id or module that is unknown, or a defect that is left out, with
    the reason; ModelError for a module without a catalogue.
    """
    ids = tuple(ids)
    for id in ids if module is None else ():
        if id in popcorn_2020.LEFT_OUT:
            raise UsageError(f"{id} is left out: {popcorn_2020.LEFT_OUT[id]}")
    listed = _listed(module)
    asked = pick("finding", ids, (f.id for f in listed))
    return tuple(f for f in listed if not asked or f.id in asked)


def _listed(module: str | None) -> tuple[Finding, ...]:
    if module is None:
        return tuple(f for catalogue in CATALOGUES for f in catalogue)
    found = getattr(load_module(module, "module"), ATTRIBUTE, None)
    if not isinstance(found, tuple) or not all(isinstance(f, Finding) for f in found):
        raise ModelError(f"module {module} has no {ATTRIBUTE}: it must be a tuple of Finding")
    return found
