"""What the origin does by itself once it has a question: steps that no message causes.

An implementation may take them as soon as it can, or later. Each is known by what it sends.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final

from popcorn_checker.conform.wire import Stop
from popcorn_checker.conform.world import (
    ACCESSES,
    FORKED,
    REFUSED,
    Child,
    Moment,
    Result,
    Returned,
    World,
)
from popcorn_checker.evaluate import State
from popcorn_model.vocabulary import Access

EAGAIN: Final = -11
ENOMEM: Final = -12
EFAULT: Final = -14

Step = tuple[str, tuple[int, ...]]
"""An action of the model, and the numbers of its parameters."""

ON_PAGE: Final = ("mmap_over", "munmap", "forbid", "allow", "look", "fill")
OF_CALL: Final[Mapping[str, tuple[str, ...]]] = {
    "fault": ("take_turn tk", "take_page tpk", "grant tk", "refuse_fault tk"),
    "migrate": ("serve_migrate tkj",),
    "clone": ("serve_clone tku", "refuse_clone tk"),
    "exit": ("serve_exit tk",),
    "exit_group": ("serve_exit_group tk",),
    "fork": ("take_turn_to_fork tk", "want_page tkp", "take_page tpk", "serve_fork tk"),
    "mmap": ("serve_mmap tkp", "refuse_mmap tk"),
    "mremap": ("take_page tpk", "serve_mremap tkpq", "refuse_mremap tkp"),
    "futex_wait": ("take_page tpk", "fall_asleep tkp", "find_other_word tkp", "miss_word tkp"),
    "futex_wake": ("wake tkpuj", "wake_nobody tkp"),
    "other": ("serve_other tk",),
    **{call: ("take_page tpk", f"serve_{call} tkp") for call in ON_PAGE},
}
"""Index: what a thread asks for. Values: steps that may follow, with their parameters: threads t
and u, kernels k and j, pages p and q, of which t asks from k."""

AT_THE_END: Final = ("drop_question tk",)


def own_steps(world: World, state: State, unheard: Collection[int]) -> Iterator[tuple[Step, State]]:
    """The steps that the origin can take, and where they lead.

    Threads whose questions are still on their way are ``unheard``.
    """
    ending = world.get(state, "ending")
    for t in range(world.threads):
        k = next((k for k in range(world.kernels) if world.get(state, "asks", t, k)), None)
        if k is not None and t not in unheard:
            rows = AT_THE_END if ending else OF_CALL.get(world.call(state, t), ())
            yield from _taken(world, state, rows, {"t": t, "k": k})
    rows = ("tell_end k", "close ") if ending else ()
    yield from _taken(world, state, rows, {})


def _taken(
    world: World, state: State, rows: tuple[str, ...], known: Mapping[str, int]
) -> Iterator[tuple[Step, State]]:
    for row in rows:
        action, _, names = row.partition(" ")
        for values in _values(world, names, known):
            after = world.fire(state, action, *values)
            if after is not None:
                yield (action, values), after


def _values(world: World, names: str, known: Mapping[str, int]) -> Iterator[tuple[int, ...]]:
    sizes = {"t": world.threads, "u": world.threads, "k": world.kernels, "j": world.kernels,
             "p": world.pages, "q": world.pages}  # fmt: skip
    found: list[tuple[int, ...]] = [()]
    for name in names:
        choices = (known[name],) if name in known else range(sizes[name])
        found = [(*values, each) for values in found for each in choices]
    return iter(found)


# --- what they do to pages, and what they return -------------------------------------------------

Outcome = tuple[tuple[int, ...], Returned]
Effect = Callable[[World, Moment, tuple[int, ...], int | None], Outcome | None]


def follow(
    world: World, moment: Moment, step: Step, after: State, questions: Mapping[int, Stop]
) -> Moment | None:
    """The moment after one of these steps; None if it does not fit what pages hold."""
    action, values = step
    effect = EFFECTS.get(action)
    if effect is None:
        return Moment(after, moment.pages, moment.returned)
    question = questions.get(values[0])
    value = question.value if question is not None and isinstance(question.value, int) else None
    outcome = effect(world, moment, values, value)
    if outcome is None:
        return None
    pages, returned = outcome
    return Moment(after, pages, tuple(dict([*moment.returned, *returned]).items()))


def _returns(result: Result) -> Effect:
    return lambda world, moment, values, value: (moment.pages, ((values[0], result),))


def _clone(world: World, moment: Moment, values: tuple[int, ...], _: int | None) -> Outcome:
    return moment.pages, ((values[0], values[2]), (values[2], Child(values[0])))


def _empty(world: World, moment: Moment, values: tuple[int, ...], _: int | None) -> Outcome:
    return _put(moment, values[2], 0), ((values[0], 0),)


def _mmap(world: World, moment: Moment, values: tuple[int, ...], _: int | None) -> Outcome:
    return _put(moment, values[2], 0), ((values[0], values[2]),)


def _mremap(world: World, moment: Moment, values: tuple[int, ...], _: int | None) -> Outcome:
    t, _, p, q = values
    pages = _put(moment, q, moment.pages[p])
    return _put(Moment(moment.state, pages), p, 0), ((t, q),)


def _sleep(
    world: World, moment: Moment, values: tuple[int, ...], value: int | None
) -> Outcome | None:
    return (moment.pages, ()) if moment.pages[values[2]] == value else None


def _other_word(
    world: World, moment: Moment, values: tuple[int, ...], value: int | None
) -> Outcome | None:
    t, _, p = values
    return (moment.pages, ((t, EAGAIN),)) if moment.pages[p] != value else None


def _wake(world: World, moment: Moment, values: tuple[int, ...], _: int | None) -> Outcome:
    return moment.pages, ((values[0], 1), (values[3], 0))


def _look(world: World, moment: Moment, values: tuple[int, ...], _: int | None) -> Outcome:
    t, _, p = values
    is_mapped = _area(world, moment, p) is not Access.NONE
    return moment.pages, ((t, moment.pages[p] if is_mapped else EFAULT),)


def _fill(world: World, moment: Moment, values: tuple[int, ...], value: int | None) -> Outcome:
    t, _, p = values
    if _area(world, moment, p) is not Access.WRITE:
        return moment.pages, ((t, EFAULT),)
    return _put(moment, p, value or 0), ((t, 0),)


def _area(world: World, moment: Moment, page: int) -> Access:
    return Access(ACCESSES[world.get(moment.state, "area", page)])


def _put(moment: Moment, page: int, value: int) -> tuple[int, ...]:
    return tuple(value if p == page else held for p, held in enumerate(moment.pages))


EFFECTS: Final[Mapping[str, Effect]] = {
    "refuse_fault": _returns(REFUSED),
    "serve_clone": _clone,
    "refuse_clone": _returns(EAGAIN),
    "serve_fork": _returns(FORKED),
    "serve_mmap": _mmap,
    "refuse_mmap": _returns(ENOMEM),
    "serve_munmap": _empty,
    "serve_mmap_over": _empty,
    "serve_forbid": _returns(0),
    "serve_allow": _returns(0),
    "serve_mremap": _mremap,
    "refuse_mremap": _returns(ENOMEM),
    "serve_migrate": _returns(None),
    "serve_other": _returns(0),
    "fall_asleep": _sleep,
    "find_other_word": _other_word,
    "miss_word": _returns(EFAULT),
    "wake": _wake,
    "wake_nobody": _returns(0),
    "serve_look": _look,
    "serve_fill": _fill,
}
