"""Guards that an assumption adds: they say what the platform does, not what the protocol asks.

As a budget belongs to the scope, such a guard belongs to the assumption. A protocol that is right
without the assumption needs none of them, and that is one check, of all of them at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from popcorn_checker.checking import Request, configure
from popcorn_checker.lookup import find_protocol
from popcorn_model.language import Action, Protocol
from popcorn_model.language import expr as e
from popcorn_model.language.configure import Settings, resolve


def find_assumed(request: Request, lifted: Mapping[str, str]) -> frozenset[str]:
    """The ids of the guards that are not there when assumptions have these values instead.

    Raises: UsageError for a name that does not exist; ModelError for an ill-formed model.
    """
    if not lifted:
        return frozenset()
    here = configure(request)
    protocol = _without_guards(
        find_protocol(request.protocol), Settings({**here.settings, **lifted})
    )
    rest = protocol.configured(request.variant, request.settings, request.parts or None)
    kept = {action.name: action.guards for action in rest.actions}
    return frozenset(
        f"{action.name}/guard{number}"
        for action in here.actions
        for number, guard in enumerate(action.guards, start=1)
        if guard not in kept.get(action.name, (guard,))
    )


def _without_guards(protocol: Protocol, settings: Settings) -> Protocol:
    """The protocol without the guards that always hold under these settings."""

    def thinned(action: Action) -> Action:
        guards = tuple(g for g in action.guards if resolve(g, settings) != e.YES)
        return replace(action, guards=guards)

    return replace(
        protocol,
        parts=tuple(
            replace(part, actions=tuple(thinned(action) for action in part.actions))
            for part in protocol.parts
        ),
    )
