"""Checking: from a request to a verdict.

The steps are always the same: configure the protocol, complete the scope, explore, then ask of
every property what became of it. Nothing is shown from a search that the evaluator did not take
again step by step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from popcorn_checker.endless import fairness_of
from popcorn_checker.engines import explore
from popcorn_checker.errors import UsageError
from popcorn_checker.exploring import Effort, Exploration, Subject
from popcorn_checker.judging import Brief, Judging, judge
from popcorn_checker.ledger import OFF
from popcorn_checker.lookup import find_protocol, find_refinement, pick
from popcorn_checker.missed import Missed
from popcorn_checker.patience import Patience
from popcorn_checker.refining import LOOKS, refined, with_looks
from popcorn_checker.scopes import make_scope, show_scope
from popcorn_checker.symbolic.names import SYMBOLIC
from popcorn_checker.verdict import ENGINE_CHECKS, Setting, Verdict
from popcorn_checker.waivers import reasons
from popcorn_model.language import Model, ModelError, Mood, Protocol
from popcorn_model.language.mutate import find_mutation
from popcorn_model.language.refinement import Refinement
from popcorn_model.language.unbounded import ANY


@dataclass(frozen=True)
class Request:
    """What a user asks to be checked. Nothing given means everything, or the default."""

    protocol: str
    variant: str | None = None
    scope: str = ""
    parts: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    properties: tuple[str, ...] = ()
    mutation: str = ""
    refines: str = ""


def configure(request: Request) -> Model:
    """The model that a request is about, mutated if it says so, with all its properties.

    Raises: UsageError for a name that does not exist; ModelError for an ill-formed model.
    """
    model = _configured(request)
    return refined(model, refinement_of(request)) if request.refines else model


def refinement_of(request: Request) -> Refinement:
    """How the protocol of a request looks to those who know the one that it is to refine.

    Raises: UsageError where nobody has said so.
    """
    parts = _parts(find_protocol(request.protocol), request)
    return find_refinement(request.protocol, request.refines, parts)


def _parts(protocol: Protocol, request: Request) -> tuple[str, ...]:
    """Those that are asked for, with all that they need; of nothing asked for, all."""
    asked = pick("part", request.parts, (p.name for p in protocol.parts)) or None
    return tuple(p.name for p in protocol.chosen(asked))


def _configured(request: Request) -> Model:
    protocol = find_protocol(request.protocol)
    if request.variant is not None:
        pick("variant", (request.variant,), protocol.variants)
    parts = _parts(protocol, request)
    if request.refines:
        protocol = with_looks(protocol, refinement_of(request))
        parts = (*parts, LOOKS)
    model = protocol.configured(request.variant, _settings(protocol, request.settings), parts)
    if request.mutation:
        try:
            mutation = find_mutation(model, request.mutation)
        except ModelError as error:
            raise UsageError(str(error)) from None
        model = mutation.apply(model)
    return model


def _settings(protocol: Protocol, given: Mapping[str, str]) -> Mapping[str, str]:
    known = {s.info.name: s for s in protocol.switches}
    pick("switch", given, known)
    for name, value in given.items():
        pick(f"value of switch {name} called", (value,), known[name].values)
    return given


def make_subject(request: Request) -> Subject:
    """The model of a request at its scope, with the properties that it names.

    Raises: UsageError, ModelError, and ScopeError for a scope that does not fit the model.
    """
    model = configure(request)
    scope = make_scope(model, request.scope)
    names = pick("property", request.properties, (*_names(model), *ENGINE_CHECKS))
    if names:
        model = replace(model, properties=tuple(p for p in model.properties if p.name in names))
    return Subject(model, scope)


def _names(model: Model) -> tuple[str, ...]:
    return tuple(p.name for p in model.properties)


def make_setting(subject: Subject, request: Request) -> Setting:
    """What a verdict says about the thing that was checked."""
    model = subject.model
    return Setting(
        protocol=request.protocol,
        variant=model.variant,
        parts=model.parts,
        scope=dict(subject.scope.entries),
        settings=dict(model.settings),
        assumptions=dict(model.assumptions),
        mutation=request.mutation,
        refines=request.refines,
        fairness=fairness_of(model),
    )


def _refuse_liveness(model: Model, asked: tuple[str, ...]) -> None:
    """Who asks for a liveness property by name wants to know. Raises: UsageError."""
    for prop in model.properties:
        if prop.mood is Mood.EVENTUALLY and prop.name in asked:
            raise UsageError(
                f"--property {prop.name} asks for a liveness property, and --no-liveness leaves "
                "all of them undecided; give one of the two"
            )


def check(
    request: Request, effort: Effort, liveness: bool = True, ledger: str = OFF,
    growth: bool = False,
) -> Verdict:  # fmt: skip
    """Explore and judge; ``ledger`` is how strict the vacuity ledger is, ``growth`` asks which
    variables make the state space large.

    Raises: UsageError, ModelError, ScopeError; CheckpointError for a checkpoint that does not
    fit. Cost: the reachable states of the scope.
    """
    if growth and effort.engine != "explicit":
        raise UsageError(f"the {effort.engine} engine cannot explain growth; --engine explicit can")
    patience = Patience.of(effort.seconds)
    subject = make_subject(request)
    if not liveness:
        _refuse_liveness(subject.model, request.properties)
    judging = Judging(
        setting=make_setting(subject, request),
        engine=effort.engine,
        asked=frozenset(request.properties),
        liveness=liveness,
        ledger=ledger,
        growth=growth,
        waivers=reasons(request.protocol, subject.scope),
        patience=patience,
        brief=_brief(request, subject, effort, patience) if liveness else None,
        missed=Missed(_configured(request), refinement_of(request)) if request.refines else None,
        meta={
            "module": request.protocol,
            "parts": subject.model.parts,
            "mutation": request.mutation,
        },
    )
    if effort.engine in SYMBOLIC:
        from popcorn_checker.symbolic.judging import search

        return search(subject, effort, judging)
    return judge(subject, explore(subject, effort), judging)


def _brief(request: Request, subject: Subject, effort: Effort, patience: Patience) -> Brief | None:
    """The subject at the brief scope of its protocol; None where that is no smaller."""
    entries = subject.scope.entries
    smaller = {
        name: units for name, units in subject.model.brief.items()
        if name in entries and (entries[name] == ANY or entries[name] > units)
    }  # fmt: skip
    if not smaller or effort.engine != "explicit":
        return None

    def explored() -> tuple[Subject, Exploration]:
        brief = make_subject(replace(request, scope=show_scope({**entries, **smaller})))
        left = replace(
            effort, symmetry=(), checkpoint=None, resume=False, first=False,
            seconds=patience.left(),
        )  # fmt: skip
        return brief, explore(brief, left)

    return Brief(smaller, explored)
