"""A claim is a protocol, what always holds of it for any number of members, and the lemmas why.

A lemma is a property in the language of the model, with a sentence. The lemmas of a claim together
are an inductive invariant: they hold at the start, every action keeps them, and the safety
properties follow from them. Nothing here knows a solver.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from popcorn_checker.errors import UsageError
from popcorn_checker.lookup import find_protocol, pick
from popcorn_model.language import Model, ModelError, Mood, Part, Property
from popcorn_model.language import expr as e
from popcorn_model.language.loosen import without_counters
from popcorn_model.language.mutate import find_mutation
from popcorn_model.language.unbounded import without_budgets
from popcorn_model.language.walk import bound_variables


@dataclass(frozen=True)
class Claim:
    """What is claimed, and the lemmas of its proof.

    ``safety`` are names of properties of the model, and ``stated`` what is claimed besides in the
    same language; each must follow from the lemmas. ``probes``
    are scopes, small ones first, at which the explicit engine is asked whether a state can be
    reached. ``settings`` are switches that differ from the variant's. ``by`` names, for an
    obligation that is hard to see, the lemmas that it follows from: the solvers get no others.
    ``controls`` are wrong protocols, by the ids of mutations, each with a lemma that its changed
    action does not keep: a proof of one of them would be worth nothing.
    ``counters`` are state variables that the proof does without: see
    `popcorn_model.language.loosen`. A claim may rest on another claim about the same protocol: then
    its proof takes that claim's lemmas as known, and is worth as much as the proof of these.
    """

    id: str
    doc: str
    protocol: str
    variant: str
    safety: tuple[str, ...]
    lemmas: tuple[Property, ...] = ()
    parts: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    probes: tuple[str, ...] = ()
    by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    controls: Mapping[str, str] = field(default_factory=dict)
    stated: tuple[Property, ...] = ()
    counters: tuple[str, ...] = ()
    rests_on: Claim | None = None

    @property
    def about(self) -> tuple[object, ...]:
        """The protocol that it is about, as configured."""
        return self.protocol, self.variant, self.parts, dict(self.settings), self.counters


@dataclass(frozen=True)
class Theory:
    """A claim with its protocol configured: what the proof is about.

    ``model`` has no budgets left, since a proof bounds nothing. ``lemmas`` and ``safety`` are
    configured as the model is, and so are the ``known`` lemmas of the claim that it rests on.
    """

    claim: Claim
    model: Model
    lemmas: tuple[Property, ...]
    safety: tuple[Property, ...]
    known: tuple[Property, ...] = ()

    def with_lemmas(self, lemmas: tuple[Property, ...]) -> Theory:
        """The same claim with other lemmas, already configured."""
        return replace(self, lemmas=lemmas)

    @property
    def members(self) -> tuple[e.SortInfo, ...]:
        """The sorts of any size, in the order in which the model, or else a lemma, names them."""
        found: dict[e.SortInfo, None] = {}
        families: list[e.StateInfo | e.QueueInfo] = [*self.model.states, *self.model.queues]
        for family in families:
            for sort in (*family.index, family.sort):
                _note(sort, found)
        for action in self.model.actions:
            for var in action.params:
                _note(var.sort, found)
        for formula in (*self.known, *self.lemmas, *self.safety):
            for var in (*formula.params, *bound_variables(formula.body)):
                _note(var.sort, found)
        return tuple(found)


def _note(sort: e.SortInfo, found: dict[e.SortInfo, None]) -> None:
    if sort.kind is e.SortKind.MEMBERS:
        found.setdefault(sort)
    for inner in (sort.of, *(s for k in sort.kinds for _, s in k.fields)):
        if inner is not None:
            _note(inner, found)


def lemmas_by_goal(
    known: Mapping[Property, tuple[Property, ...]],
) -> dict[str, tuple[str, ...]]:
    """For each goal the names of the lemmas that it follows from: those given, and itself."""
    return {goal.name: (goal.name, *(p.name for p in by)) for goal, by in known.items()}


def make_theory(claim: Claim, mutation: str = "") -> Theory:
    """Configure a claim's protocol together with its lemmas, and break it if that is asked for.

    Raises: ModelError for an ill-formed model, lemma or claim; UsageError for what does not exist.
    """
    protocol = find_protocol(claim.protocol)
    pick("variant", (claim.variant,), protocol.variants)
    _refuse_odd(claim)
    base = claim.rests_on.lemmas if claim.rests_on is not None else ()
    theirs = [p for part in protocol.parts for p in part.properties]
    ours = tuple(p for p in (*claim.lemmas, *claim.stated, *base) if p not in theirs)
    extra = Part("lemmas", "The lemmas of a proof.", properties=ours)
    whole = replace(protocol, parts=(*protocol.parts, extra))
    parts = (*(claim.parts or _main_parts(claim.protocol)), extra.name)
    model = whole.configured(claim.variant, claim.settings, parts)
    if mutation:
        model = _mutated(model, mutation)
    model = without_counters(model, claim.counters)
    known = {p.name: p for p in model.properties if p.mood is Mood.ALWAYS}
    lemmas = tuple(known[p.name] for p in claim.lemmas)
    wanted = (*claim.safety, *(p.name for p in claim.stated))
    safety = tuple(known[n] for n in pick("always property", wanted, known))
    added = {p.name for p in ours}
    kept = tuple(p for p in model.properties if p.name not in added)
    model = replace(model, properties=kept, parts=model.parts[:-1])
    model = without_budgets(model, {b.name for b in model.budgets})
    return Theory(claim, model, lemmas, safety, tuple(known[p.name] for p in base))


def _mutated(model: Model, mutation: str) -> Model:
    try:
        return find_mutation(model, mutation).apply(model)
    except ModelError as error:
        raise UsageError(str(error)) from None


def _main_parts(name: str) -> tuple[str, ...]:
    return tuple(p.name for p in find_protocol(name).parts if not p.instead)


def _refuse_odd(claim: Claim) -> None:
    """Raises: ModelError for two lemmas of one name, one that is not about single states or does
    not exist, or a claim that rests on one about another protocol.
    """
    base = claim.rests_on
    if base is not None and (base.about != claim.about or base.rests_on is not None):
        raise ModelError(f"claim {claim.id} rests on {base.id}, which must be about the same "
                         "protocol and rest on nothing")  # fmt: skip
    lemmas = (*claim.lemmas, *claim.stated, *(base.lemmas if base is not None else ()))
    names = [p.name for p in lemmas]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise ModelError(f"claim {claim.id}: two lemmas are called {twice[0]}")
    for lemma in lemmas:
        if lemma.mood is not Mood.ALWAYS:
            raise ModelError(f"claim {claim.id}: lemma {lemma.name} is no always property")
    for goal, by in claim.by.items():
        if unknown := set(by) - {*names, goal}:
            raise ModelError(f"claim {claim.id}: {goal} follows from {min(unknown)}, no lemma")
