"""Wrong protocols that the design of popcorn-2020 lists for threads, areas and futexes: refuted.

Each row changes the repaired protocol in one place, by dropping a guard or an update or by turning
one switch, and names the property that notices, after how many steps.
"""

from __future__ import annotations

from typing import Final

import pytest

from popcorn_checker.checking import Request, check
from popcorn_checker.exploring import Effort

THREADS: Final = (("threads",), "kernels=2,tasks=2")
STAR: Final = (("threads",), "kernels=3,tasks=1")
VMA: Final = (("vma",), "kernels=2,tasks=2,pages=1")
FUTEX: Final = (("futex",), "kernels=2,tasks=1,pages=1")

Ground = tuple[tuple[str, ...], str]

DROPPED: Final = {
    "X41": ("pair/update1", THREADS, "pairing_comes_first", 8),
    "X42": ("take_pairing/update3", THREADS, "origin_knows_workers", 8),
    "X43": ("resume/update5", THREADS, "links_are_of_tasks", 11),
    "X45": ("migrate_back/update1", THREADS, "one_copy_runs", 11),
    "X47": ("exit_on_remote/update3", THREADS, "no_thread_is_lost", 8),
    "X53": ("lower_at_origin/update7", VMA, "unmapped_is_unmapped", 17),
    "X57": ("lower_at_origin/update3", VMA, "origin_has_all_areas", 22),
    "X59": ("fall_asleep/update3", FUTEX, "words_are_put_back", 4),
}

TURNED: Final = {
    "X51": ({"in_order": "off"}, THREADS, "travellers_arrive", 22),
    "X52": ({"origin_first": "off"}, VMA, "unmapped_is_unmapped", 17),
    "X60": ({"onward": "off"}, STAR, "remotes_send_home_only", 8),
    "X61": ({"remote_clone": "off"}, THREADS, "remote_tasks_are_linked", 8),
    "X62": ({"arch_test": "off", "arch": "late"}, THREADS, "destinations_are_known", 3),
    "X65": ({"ring": "may_drop"}, THREADS, "no_thread_is_lost", 3),
}


def noticed(ground: Ground, prop: str, mutation: str, settings: dict[str, str]) -> int | None:
    """After how many steps a property notices a mutation or a setting, if it does."""
    parts, scope = ground
    request = Request(
        protocol="popcorn-2020",
        variant="repaired",
        scope=scope,
        parts=parts,
        settings=settings,
        properties=(prop,),
        mutation=mutation,
    )
    result = check(request, Effort(stop_at=frozenset((prop,)))).result(prop)
    return result.length if result is not None and result.failed else None


@pytest.mark.parametrize("name", DROPPED)
def test_what_is_dropped_is_noticed(name: str) -> None:
    mutation, ground, prop, length = DROPPED[name]
    assert noticed(ground, prop, mutation, {}) == length


@pytest.mark.parametrize("name", TURNED)
def test_what_is_turned_is_noticed(name: str) -> None:
    settings, ground, prop, length = TURNED[name]
    assert noticed(ground, prop, "", settings) == length
