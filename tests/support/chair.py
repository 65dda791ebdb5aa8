"""One chair for some people: who waits for it sits in the end only if the run is fair enough."""

from popcorn_model.language import (
    Action,
    Bool,
    Enumeration,
    Fair,
    Model,
    Part,
    Protocol,
    Sort,
    Step,
    action,
    eventually,
    every,
    label,
    leads_to,
    put,
    state,
    when,
)


class Person(Sort):
    """Somebody who wants the one chair."""


class Mood(Enumeration):
    """What a person is about."""

    idle = label("wants nothing")
    waiting = label("wants the chair")
    sitting = label("has the chair")


mood = state("mood", Person, of=Mood, start=Mood.idle)


@action
def want(p: Person) -> Step:
    """A person begins to want the chair."""
    return when(mood[p] == Mood.idle)(put(mood[p], Mood.waiting))


def sit_down(fair: Fair) -> Action:
    """Sitting down when the chair is free, as fair as asked."""

    @action(fair=fair)
    def sit(p: Person) -> Step:
        """A waiting person takes the free chair."""
        free = every(Person, lambda q: mood[q] != Mood.sitting)
        return when(mood[p] == Mood.waiting, free)(put(mood[p], Mood.sitting))

    return sit


def get_up(fair: Fair) -> Action:
    """Getting up, as fair as asked."""

    @action(fair=fair)
    def rise(p: Person) -> Step:
        """The sitting person gets up."""
        return when(mood[p] == Mood.sitting)(put(mood[p], Mood.idle))

    return rise


@eventually()
def sits_in_the_end(p: Person) -> Bool:
    """Who waits sits in the end."""
    return leads_to(mood[p] == Mood.waiting, mood[p] == Mood.sitting)  # type: ignore[return-value]


def chair(sitting: Fair, rising: Fair, people: int = 2) -> Model:
    """The chair with some people and some fairness."""
    part = Part("all", "All.", states=(mood,), actions=(want, sit_down(sitting), get_up(rising)),
                properties=(sits_in_the_end,))  # fmt: skip
    return Protocol("chair", "One chair.", parts=(part,), scope={"persons": people}).configured()


# Sitting and rising with this fairness, for so many people: whether the property holds.
CASES: list[tuple[Fair, Fair, int, bool]] = [
    (Fair.NONE, Fair.NONE, 1, False),
    (Fair.WEAK, Fair.NONE, 1, True),
    (Fair.WEAK, Fair.NONE, 2, False),
    (Fair.WEAK, Fair.WEAK, 2, False),
    (Fair.STRONG, Fair.NONE, 2, False),
    (Fair.STRONG, Fair.WEAK, 2, True),
    (Fair.STRONG, Fair.WEAK, 3, True),
]
