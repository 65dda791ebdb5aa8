"""A campaign: all mutants of a protocol, hunted on its grounds, by one process or by several."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import groupby
from typing import Final

from popcorn_checker.checking import Request, configure
from popcorn_checker.errors import UsageError
from popcorn_checker.exploring import Effort
from popcorn_checker.mutants import popcorn_2014
from popcorn_checker.mutants.assumed import find_assumed
from popcorn_checker.mutants.controls import Controls
from popcorn_checker.mutants.hunting import Base, Hunted, hunt, make_base
from popcorn_checker.mutants.standins import find_stand_ins
from popcorn_model.language import Model, ModelError
from popcorn_model.language.mutate import (
    Mutation,
    all_guard_drops,
    all_message_changes,
    all_update_drops,
    find_mutation,
)

CONTROLS: Final[dict[str, tuple[Controls, ...]]] = {"popcorn-2014": popcorn_2014.CONTROLS}


@dataclass(frozen=True)
class Campaign:
    """What is hunted: a protocol, where, how long each, and which mutations."""

    request: Request
    controls: Controls
    effort: Effort = field(default_factory=Effort)
    messages: bool = False
    only: tuple[str, ...] = ()

    def bases(self) -> tuple[Base, ...]:
        """The right protocol on every ground."""
        return tuple(make_base(self.request, g, self.effort) for g in self.controls.grounds)

    def far_bases(self) -> dict[str, Base]:
        """The right protocol on the grounds of single mutants, by the ids of these."""
        grounds = self.controls.far.items()
        return {one: make_base(self.request, g, self.effort) for one, g in grounds}

    def lifted_bases(self) -> tuple[Base, ...]:
        """The right protocol on every ground without the assumptions that it does not need."""
        if not self.controls.lifted:
            return ()
        settings = {**self.request.settings, **self.controls.lifted}
        return replace(self, request=replace(self.request, settings=settings)).bases()

    def assumed(self) -> frozenset[str]:
        """The guards that belong to assumptions which the protocol does not need."""
        return find_assumed(self.request, self.controls.lifted)

    def stand_ins(self) -> frozenset[str]:
        """The actions that stand in for parts which are left out."""
        return find_stand_ins(self.request)

    def mutations(self) -> tuple[Mutation, ...]:
        """The mutations to hunt, in the order of the model. Raises: UsageError for an unknown id.

        ``only`` may name mutations or actions, also such as are not hunted otherwise.
        """
        model = configure(self.request)
        found = [*all_guard_drops(model), *all_update_drops(model)]
        if self.messages:
            found += all_message_changes(model)
        if not self.only:
            left_out = self.assumed() | self.stand_ins()
            return tuple(m for m in found if not left_out & {m.id, m.action} and self._has(m))
        return tuple(m for only in self.only for m in _named(model, only, tuple(found)))

    def knows(self, only: str) -> bool:
        """Whether mutants of this mutation, or of this action, are hunted here."""
        try:
            found = replace(self, only=(only,)).mutations()
        except UsageError:
            return False
        return any(map(self._has, found))

    def _has(self, mutation: Mutation) -> bool:
        return not self.controls.actions or mutation.action in self.controls.actions

    def stale_waivers(self) -> tuple[str, ...]:
        """Waivers and far grounds for mutations that the model does not have."""
        model = configure(self.request)
        every = (*all_guard_drops(model), *all_update_drops(model), *all_message_changes(model))
        known = self.controls.waivers.keys() | self.controls.far.keys()
        return tuple(sorted(known - {m.id for m in every}))


def _named(model: Model, only: str, found: tuple[Mutation, ...]) -> tuple[Mutation, ...]:
    if only in {a.name for a in model.actions}:
        return tuple(m for m in found if m.action == only)
    by_id = {m.id: m for m in found}
    if only in by_id:
        return (by_id[only],)
    try:
        return (find_mutation(model, only),)
    except ModelError as error:
        raise UsageError(str(error)) from None


def run(campaign: Campaign, workers: int = 1) -> Iterator[Hunted]:
    """Hunt every mutant of a campaign, in order.

    Raises: UsageError, ModelError, ScopeError. Cost: mutants times the states of the grounds.
    """
    mutations = campaign.mutations()
    waivers = campaign.controls.waivers
    if workers == 1:
        bases, far = campaign.bases(), campaign.far_bases()
        for mutation in mutations:
            yield hunt(mutation, bases, waivers.get(mutation.id), far.get(mutation.id))
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin,
                             initargs=(campaign,)) as pool:  # fmt: skip
        for found in pool.map(_hunt_some, _by_action(mutations)):
            yield from found


def _by_action(mutations: tuple[Mutation, ...]) -> list[tuple[str, ...]]:
    """Mutations that one worker hunts: of one action, which the worker looks at once."""
    return [tuple(m.id for m in group) for _, group in groupby(mutations, lambda m: m.action)]


_campaigns: list[Campaign] = []


def _begin(campaign: Campaign) -> None:
    _campaigns[:] = [campaign]


@cache
def _prepared() -> tuple[Model, tuple[Base, ...], dict[str, Base]]:
    campaign = _campaigns[0]
    return configure(campaign.request), campaign.bases(), campaign.far_bases()


def _hunt_some(ids: tuple[str, ...]) -> list[Hunted]:
    model, bases, far = _prepared()
    waivers = _campaigns[0].controls.waivers
    return [
        hunt(find_mutation(model, one), bases, waivers.get(one), far.get(one)) for one in ids
    ]
