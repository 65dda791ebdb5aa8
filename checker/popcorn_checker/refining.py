"""Whether a protocol refines a simpler one, as properties that every engine can look at.

For each action there is a property: wherever the action is possible, what it does is a step of the
simpler protocol, or nothing that is seen there. It is a formula about the state before the step, so
an engine that knows nothing of refinement finds the first state in which it fails. What the simpler
protocol promises of every state is asked of what is shown of every state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from popcorn_checker.stepping import Change, after, changes, choose, equal, fresh, renamed
from popcorn_model.language import Model, ModelError, Mood, Part, Property, Protocol
from popcorn_model.language import expr as e
from popcorn_model.language.actions import Action, Tag
from popcorn_model.language.refinement import SOMEBODY, Does, One, Refinement, Shown
from popcorn_model.language.simplify import conjoin, disjoin, fold, negate, simplify
from popcorn_model.language.walk import every_node, rebuild, rebuild_update, substitute

LOOKS = "looks"
START = "begins_as"
STEP = "_is_a_step"


def with_looks(protocol: Protocol, refinement: Refinement) -> Protocol:
    """The protocol with one more part, which carries what is shown through configuration."""
    shown = tuple(
        Property(f"{LOOKS}:{s.state.name}", Mood.ALWAYS, s.params, s.value)
        for s in refinement.shown
    )
    part = Part(LOOKS, "How it looks.", properties=shown)
    return replace(protocol, parts=(*protocol.parts, part))


def refined(model: Model, refinement: Refinement) -> Model:
    """The configured model of `with_looks`, asked whether it refines the other, and only that.

    Raises: ModelError where what is shown cannot be told after a step.
    """
    by = _Refiner(model, replace(refinement, shown=looks_of(model, refinement)))
    return replace(
        model,
        parts=tuple(p for p in model.parts if p != LOOKS),
        properties=(*by.promises(), by.start(), *by.steps()),
    )


def looks_of(model: Model, refinement: Refinement) -> tuple[Shown, ...]:
    """What is shown of the states of a configured model of `with_looks`."""
    shown = {p.name.partition(":")[2]: p for p in model.properties if p.name.startswith(LOOKS)}
    return tuple(_apart(s.state, shown[s.state.name]) for s in refinement.shown)


def _apart(state: e.StateInfo, shown: Property) -> Shown:
    """What is shown, over variables that no action has for parameters."""
    new = renamed(shown.params)
    params = tuple(v for v in new.values() if isinstance(v, e.Var))
    return Shown(state, params, substitute(shown.body, new))


@dataclass(frozen=True)
class _Refiner:
    model: Model
    refinement: Refinement

    @cached_property
    def other(self) -> Model:
        """The simpler protocol, about our sorts."""
        model = self.refinement.of.configured()
        return replace(model, actions=tuple(self._retyped_action(a) for a in model.actions))

    @cached_property
    def sorts(self) -> Mapping[e.SortInfo, e.SortInfo]:
        """Our sorts by those of the simpler protocol."""
        return {a.info: b.info for a, b in self.refinement.sorts.items()}

    # --- the simpler protocol about our sorts --------------------------------------------------

    def _retyped(self, node: e.Expr) -> e.Expr:
        node = rebuild(node, self._retyped)
        match node:
            case e.Var(sort, name, level):
                return e.Var(self.sorts.get(sort, sort), name, level)
            case e.Const(sort, value) if sort in self.sorts:
                return self._label(sort, value)
            case e.Quantified(sort, universal, var, body):
                return e.Quantified(sort, universal, self._var(var), body)
            case e.Count(sort, var, body):
                return e.Count(sort, self._var(var), body)
        return node

    def _label(self, sort: e.SortInfo, value: int | bool | None) -> e.Const:
        """A label of an enumeration as the label of that name in ours."""
        ours = self.sorts[sort]
        assert isinstance(value, int)
        return e.Const(ours, ours.labels.index(sort.labels[value]))

    def _var(self, var: e.Var) -> e.Var:
        return e.Var(self.sorts.get(var.sort, var.sort), var.name, var.level)

    def _with_members(self, update: e.Update) -> e.Update:
        match update:
            case e.Each(var, updates, line):
                return e.Each(self._var(var), tuple(map(self._with_members, updates)), line)
            case e.When(test, updates, line):
                return e.When(test, tuple(map(self._with_members, updates)), line)
        return update

    def _retyped_action(self, action: Action) -> Action:
        params = tuple(self._var(v) for v in action.params)
        new = renamed(params)

        def on(node: e.Expr) -> e.Expr:
            return substitute(self._retyped(node), new)

        return replace(
            action,
            params=tuple(v for v in new.values() if isinstance(v, e.Var)),
            guards=tuple(map(on, action.guards)),
            updates=tuple(self._with_members(rebuild_update(u, on)) for u in action.updates),
        )

    # --- how it looks --------------------------------------------------------------------------

    def seen(self, node: e.Expr) -> e.Expr:
        """An expression of the simpler protocol, about what is shown of our state."""
        node = rebuild(node, self.seen)
        if isinstance(node, e.Read):
            shown = next(s for s in self.refinement.shown if s.state is node.state)
            values = dict(zip(shown.params, node.index, strict=True))
            return substitute(fresh(shown.value), values)
        if isinstance(node, e.Equal):
            return equal(node.left, node.right)
        return node

    def everywhere(self, shown: Shown, left: e.Expr, right: e.Expr) -> e.Expr:
        """Two values of a variable are the same at every index."""
        body = equal(left, right)
        for param in reversed(shown.params):
            body = fold(e.Quantified(e.TRUTH, True, param, body))
        return fresh(body)

    # --- what is asked -------------------------------------------------------------------------

    def promises(self) -> Iterator[Property]:
        """What the simpler protocol promises of every state."""
        for prop in self.refinement.of.configured().properties:
            if prop.mood is Mood.ALWAYS:
                yield replace(
                    prop,
                    params=tuple(self._var(v) for v in prop.params),
                    body=simplify(self.seen(fresh(self._retyped(prop.body)))),
                )

    def start(self) -> Property:
        """As long as nothing can have happened, what is shown is how the simpler one begins."""
        same = [
            self.everywhere(shown, shown.value, substitute(
                self.seen(self._retyped(shown.state.start)),
                dict(zip(map(self._var, shown.state.params), shown.params, strict=True))))
            for shown in self._bound() if shown.state.name not in self.refinement.given
        ]  # fmt: skip
        read = {
            node.state for shown in self._bound() for node in every_node(shown.value)
            if isinstance(node, e.Read)
        }
        ours = [
            self._all(s.params, equal(e.Read(s.sort, s, s.params), s.start))
            for s in self.model.states if s in read
        ]
        body = choose(conjoin(tuple(ours)), conjoin(tuple(same)), e.YES)
        doc = f"It begins as {self.other.protocol} does."
        return Property(f"{START}_{self.other.protocol}", Mood.ALWAYS, (), body, doc=doc)

    @staticmethod
    def _all(params: tuple[e.Var, ...], body: e.Expr) -> e.Expr:
        for param in reversed(params):
            body = e.Quantified(e.TRUTH, True, param, body)
        return fresh(body)

    def _bound(self) -> tuple[Shown, ...]:
        return tuple(s for s in self.refinement.shown if s.state.name not in self.refinement.free)

    def steps(self) -> Iterator[Property]:
        """For each action that changes anything that is shown, what it does is a step."""
        for action in self.model.actions:
            made = tuple(changes(action.updates))
            moved = {s.state: after(s.value, made) for s in self._bound()}
            changed = [s for s in self._bound() if moved[s.state] != s.value]
            if not changed:
                continue
            stays = {s.state: self.everywhere(s, moved[s.state], s.value) for s in changed}
            still = conjoin(tuple(stays.values()))
            ways = [
                self._way(action, does, moved, stays)
                for does in self.refinement.steps.get(action.name, ())
            ]
            possible = conjoin(action.guards)
            yield Property(
                f"{action.name}{STEP}",
                Mood.ALWAYS,
                action.params,
                simplify(disjoin((negate(possible), still, *ways))),
                doc=f"What {action.name} does is a step of {self.other.protocol}, or not seen.",
                tag=Tag.CLAIMED,
                place=action.place,
            )

    def _way(
        self, ours: Action, does: Does, moved: Mapping[e.StateInfo, e.Expr],
        stays: Mapping[e.StateInfo, e.Expr],
    ) -> e.Expr:  # fmt: skip
        """The steps of the simpler protocol are possible in a row and do what ours does."""
        somebody: dict[str, e.Var] = {}
        row: list[tuple[Change, ...]] = []
        parts: list[e.Expr] = []

        def at_last(node: e.Expr) -> e.Expr:
            """What it is worth once the row has been taken so far, as we see it."""
            for made in reversed(row):
                node = after(node, made)
            return self.seen(fresh(node))

        for one in does.row:
            theirs = self._instance(ours, one, somebody)
            parts += map(at_last, theirs.guards)
            row.append(tuple(changes(theirs.updates)))
        written = {change.subject for made in row for change in made}
        for shown in self._bound():
            state = shown.state
            if state in written:
                then = at_last(e.Read(shown.value.sort, state, tuple(shown.params)))
                parts.append(self.everywhere(shown, moved[state], then))
            elif state in stays:
                parts.append(stays[state])
        body = conjoin(tuple(map(simplify, parts)))
        for var in somebody.values():
            body = fold(e.Quantified(e.TRUTH, False, var, body))
        return body

    def _instance(self, ours: Action, does: One, somebody: dict[str, e.Var]) -> Action:
        """The simpler one's action, for parameters of ours. Raises: ModelError."""
        theirs = next((a for a in self.other.actions if a.name == does.name), None)
        if theirs is None or len(theirs.params) != len(does.args):
            raise ModelError(
                f"{ours.name} is to be {does.name}({', '.join(does.args)}), and "
                f"{self.other.protocol} has no such action"
            )
        pairs = zip(theirs.params, does.args, strict=True)
        values = {param: self._argument(ours, param, arg, somebody) for param, arg in pairs}

        def on(node: e.Expr) -> e.Expr:
            return substitute(node, values)

        updates = tuple(rebuild_update(u, on) for u in theirs.updates)
        return replace(theirs, guards=tuple(map(on, theirs.guards)), updates=updates)

    @staticmethod
    def _argument(
        ours: Action, param: e.Var, arg: str, somebody: dict[str, e.Var]
    ) -> e.Expr:  # fmt: skip
        if arg.startswith(SOMEBODY):
            (new,) = renamed((e.Var(param.sort, arg.removeprefix(SOMEBODY)),)).values()
            assert isinstance(new, e.Var)
            return somebody.setdefault(arg, new)
        for var in ours.params:
            if (var.name, var.sort) == (arg, param.sort):
                return var
        if arg in param.sort.labels:
            return e.Const(param.sort, param.sort.labels.index(arg))
        raise ModelError(f"{ours.name} has no {param.sort.name} {arg}")
