"""Models that share groundwork are lowered as if each were the first."""

import pytest

from popcorn_checker.evaluate import Evaluator
from popcorn_checker.explicit.lower import Groundwork, lower
from popcorn_checker.explicit.search import Search, explore
from popcorn_checker.scopes import Scope, make_scope
from popcorn_model.language import Model, ModelError, Protocol
from popcorn_model.language.mutate import all_guard_drops, all_message_changes, all_update_drops
from support import corners, ownership
from support.oracle import summarise_search


def mutants(model: Model) -> list[Model]:
    """Every model without one guard or update, or with another message, that is well-formed."""
    found = []
    for mutation in (
        *all_guard_drops(model), *all_update_drops(model), *all_message_changes(model),
    ):  # fmt: skip
        try:
            found.append(mutation.apply(model))
        except ModelError:
            continue
    return found


def searched(model: Model, scope: Scope, kept: list[Groundwork] | None = None) -> Search:
    """A search of the model, lowered alone or on groundwork."""
    return explore(lower(model, scope, Evaluator(model, scope).initial(), kept))


@pytest.mark.parametrize(
    ("protocol", "scope"),
    [
        (corners.ring, "kernels=2,hops=1"),
        (corners.post, "kernels=2,calls=1"),
        (corners.clerk, "stamps=1"),
        (ownership.PROTOCOL, ""),
    ],
    ids=lambda x: getattr(x, "name", x),
)
def test_mutants_stand_on_the_groundwork_of_the_right_protocol(
    protocol: Protocol, scope: str
) -> None:
    model = protocol.configured([None, *protocol.variants][-1])
    sized = make_scope(model, scope)
    kept: list[Groundwork] = []
    first = searched(model, sized, kept)
    wrong = mutants(model)
    found = [searched(one, sized, kept) for one in wrong]
    alone = [searched(one, sized) for one in wrong]
    assert list(map(summarise_search, found)) == list(map(summarise_search, alone))
    assert len(set(map(str, map(summarise_search, found)))) > 1
    assert sum(x.program.layout is first.program.layout for x in found) > len(found) // 2
    assert len(kept) == 1
