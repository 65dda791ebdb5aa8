"""Actions that stand in for a part that is left out: surroundings, not protocol.

What a stand-in may do is there to exercise the others. One that asks or does less is other
surroundings; that the rest holds in them as well is no fault of the properties.
"""

from __future__ import annotations

from popcorn_checker.checking import Request, configure
from popcorn_checker.lookup import find_protocol


def find_stand_ins(request: Request) -> frozenset[str]:
    """The actions of the configured model that belong to parts which stand in for others.

    Raises: UsageError for a name that does not exist; ModelError for an ill-formed model.
    """
    here = {action.name for action in configure(request).actions}
    return frozenset(
        action.name
        for part in find_protocol(request.protocol).parts
        if part.instead
        for action in part.actions
        if action.name in here
    )
