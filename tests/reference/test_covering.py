"""Every transition of the model that can be seen in messages is taken by the reference, too."""

from __future__ import annotations

from functools import cache
from typing import Final

import pytest

from popcorn_model.popcorn import PROTOCOL
from support.joined.covering import INTERNAL, Cover, Sizes, make_cover, replay
from support.joined.join import PARTS
from support.joined.stimuli import LOCAL

PAGES: Final = ("threads", "pages")
ARRIVALS: Final = {
    "run_on", "receive", "give_way", "note_way", "finish", "end_here", "hear_farewell"
}  # fmt: skip

CASES: Final = {
    "pages-2-2-1": (PAGES, Sizes(2, 2, 1), 30_722, 188),
    "pages-2-1-2": (PAGES, Sizes(2, 1, 2), 8_374, 862),
    "all-2-1-1": (PARTS, Sizes(2, 1, 1), 37_220, 179),
}
"""Parts and scope, the transitions of the model's graph, and how many can be told by sight."""


@cache
def get_cover(case: str) -> Cover:
    """What can be seen, and the sequences that show it."""
    parts, sizes, _, _ = CASES[case]
    return make_cover(parts, sizes)


@pytest.mark.rest  # up to 15 s each
@pytest.mark.parametrize("case", CASES)
def test_all_that_can_be_seen_is_seen(case: str) -> None:
    _, _, edges, visible = CASES[case]
    cover = get_cover(case)
    print(
        f"{case}: {cover.percentage():.1f} % of {len(cover.visible)} visible transitions, which "
        f"stand for {cover.edges:,}; {len(set(cover.ways.values()))} sequences"
    )
    assert (cover.edges, len(cover.visible)) == (edges, visible)
    assert cover.missing() == set()
    assert set(cover.ways) == cover.visible, "nothing is seen that the model does not do"


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_the_sequences_show_it_again(case: str) -> None:
    cover = get_cover(case)
    assert replay(cover) == cover.visible


def test_what_is_internal_is_listed_with_its_reason() -> None:
    actions = {action.name for action in PROTOCOL.configured(parts=PARTS).actions}
    with_pages = LOCAL | {"fault_also"} | ARRIVALS
    assert with_pages | set(INTERNAL) == actions
    assert not with_pages & set(INTERNAL)
    assert all(INTERNAL.values())
