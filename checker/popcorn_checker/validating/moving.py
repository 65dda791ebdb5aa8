"""Steps of a model as compiled functions, on states that can grow while a log is read.

A state is a dict from cells to values, and a cell is a number: its family's, then its index. How
many members a sort has is looked up at each use, so a page that a log names late is added to states
that are there already. The evaluator is the oracle: it reads the same dicts where speed does not
matter, whatever is not compiled here is asked of it, and tests compare the two step by step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final, NamedTuple, cast

from popcorn_checker.evaluate import Evaluator, State
from popcorn_checker.scopes import Scope, make_scope, size_name
from popcorn_model.language import Action, Model
from popcorn_model.language import expr as e
from popcorn_model.language.walk import children

Cells = dict[int, Any]
"""A state: cells that are there, and what is in them."""

BITS: Final = 16
"""Units: bits of a cell's number for one index. So a sort has fewer than 65,536 members."""
INDICES: Final = 3
FAMILY_SHIFT: Final = BITS * INDICES

Test = Callable[..., bool]
Count = Callable[..., int]
Changes = Callable[..., Cells]


class Level(NamedTuple):
    """What a guard asks for that can be said as soon as so many parameters are known."""

    is_possible: Test | None
    """What it asks of the parameters alone, which no state can change; None if nothing."""
    count_fails: Count | None
    """How many of the other things are not so; None if there are none."""


@dataclass(frozen=True)
class Move:
    """An action: what its guards ask for, one by one and all at once, and what it changes."""

    action: Action
    atoms: tuple[tuple[e.Expr, Test], ...]
    """Formulas that all must hold, each with itself as a function."""
    levels: tuple[Level, ...]
    """Index: how many parameters are known."""
    is_enabled: Test
    changes: Changes

    @property
    def name(self) -> str:
        """The action's."""
        return self.action.name

    def count_fails(self, cells: Cells, values: tuple[int, ...]) -> int:
        """How many of the things that it needs are not so."""
        found = 0
        for known, level in enumerate(self.levels):
            if level.count_fails is not None:
                found += level.count_fails(cells, *values[:known])
        return found

    def nearest(
        self, cells: Cells, ranges: Sequence[Iterable[int]], most: int
    ) -> list[tuple[int, tuple[int, ...]]]:
        """How much is lacking to each instance to which no more than `most` is.

        Cost: parameters are chosen one by one, and no further where too much is lacking already.
        """
        first, *levels = self.levels
        fails = 0 if first.count_fails is None else first.count_fails(cells)
        found: list[tuple[int, tuple[int, ...]]] = [(fails, ())] if fails <= most else []
        for values, (is_possible, count) in zip(ranges, levels, strict=True):
            members = tuple(values)
            longer = []
            for fails, known in found:
                for member in members:
                    more = *known, member
                    now = fails if count is None else fails + count(cells, *more)
                    if now <= most and (is_possible is None or is_possible(cells, *more)):
                        longer.append((now, more))
            found = longer
        found.sort()
        return found


class _Slots(dict[tuple[object, tuple[int, ...]], int]):
    """Cells by family and index, as the evaluator asks for them."""

    def __init__(self, bases: Mapping[object, int]) -> None:
        super().__init__()
        self._bases = bases

    def __missing__(self, key: tuple[object, tuple[int, ...]]) -> int:
        family, index = key
        found = self[key] = self._bases[family] + pack(index)
        return found


def conjuncts(node: e.Expr) -> Iterator[e.Expr]:
    """The formulas that all must hold for this one to hold."""
    if isinstance(node, e.And):
        for inner in node.args:
            yield from conjuncts(inner)
    else:
        yield node


def reads(node: e.Expr) -> bool:
    """Whether a formula reads anything of a state."""
    queues = (e.Read, e.Item, e.Length, e.Tally)
    return isinstance(node, queues) or any(map(reads, children(node)))


def variables(node: e.Expr) -> Iterator[e.Var]:
    """The variables of a formula, those that it binds too."""
    if isinstance(node, e.Var):
        yield node
    for child in children(node):
        yield from variables(child)


def pack(index: tuple[int, ...]) -> int:
    """An index as one number."""
    found = 0
    for each in index:
        found = found << BITS | each
    return found


class Machine:
    """The actions of a model, compiled once for all sizes."""

    def __init__(self, model: Model, sizes: Mapping[str, int]) -> None:
        """`sizes` as in a scope; they may become larger. Cost: some milliseconds an action."""
        self.model = model
        self.sizes = dict(make_scope(model, sizes).entries)
        self.evaluator = Evaluator(model, Scope(self.sizes))
        self.families: tuple[e.StateInfo | e.QueueInfo, ...] = (*model.states, *model.queues)
        self.bases: dict[object, int] = {
            family: number << FAMILY_SHIFT for number, family in enumerate(self.families)
        }
        self.named = {family.name: family for family in self.families}
        self.base_of = {family.name: self.bases[family] for family in self.families}
        self.evaluator.slot = _Slots(self.bases)
        self._writer = _Writer(self)
        self.moves = {action.name: self._writer.compile(action) for action in model.actions}

    def counting(self, tests: Sequence[e.Expr], given: Sequence[e.Var]) -> Count:
        """How many formulas do not hold, as a function of cells and of variables."""
        return self._writer.counting(tests, given)

    def cell(self, name: str, *index: int) -> int:
        """The number of a cell."""
        return self.base_of[name] + pack(index)

    def cell_family(self, name: str) -> int:
        """The number of a family."""
        return self.base_of[name] >> FAMILY_SHIFT

    def add_own(self, names: Sequence[str]) -> None:
        """Cells that are no state of the model, and go with it."""
        assert not self.named.keys() & set(names), "they have names of their own"
        for number, name in enumerate(names, start=len(self.families)):
            self.base_of[name] = number << FAMILY_SHIFT

    def family(self, cell: int) -> e.StateInfo | e.QueueInfo:
        """The family of a cell."""
        return self.families[cell >> FAMILY_SHIFT]

    def index(self, cell: int) -> tuple[int, ...]:
        """The index of a cell."""
        count = len(self.family(cell).index)
        mask = (1 << BITS) - 1
        return tuple(cell >> BITS * n & mask for n in reversed(range(count)))

    def start(self, sizes: Mapping[str, int] | None = None) -> Cells:
        """The cells of the start state that are not there with fewer members."""
        return {cell: value for cell, value in self._start() if not self._is_old(cell, sizes or {})}

    def _start(self) -> Iterator[tuple[int, Any]]:
        for family in self.families:
            for index in product(*(range(self.evaluator.scope.size(s)) for s in family.index)):
                cell = self.bases[family] + pack(index)
                if isinstance(family, e.QueueInfo):
                    yield cell, ()
                else:
                    env = dict(zip(family.params, index, strict=True))
                    yield cell, self.evaluator.value(family.start, (), env)

    def _is_old(self, cell: int, sizes: Mapping[str, int]) -> bool:
        sorts = self.family(cell).index
        return bool(sizes) and all(
            i < sizes.get(size_name(s), 1 << BITS)
            for s, i in zip(sorts, self.index(cell), strict=True)
        )

    def size(self, sort: e.SortInfo) -> int:
        """How many members a sort has now."""
        return self.evaluator.scope.size(sort)

    def value(self, node: e.Expr, cells: Cells, env: Mapping[e.Var, Any]) -> Any:
        """The value of a formula, as the evaluator says."""
        # It looks cells up by `slot`, which gives it a key of the dict here.
        return self.evaluator.value(node, cast(State, cells), dict(env))

    def read(self, node: e.Read, cells: Cells, env: Mapping[e.Var, Any]) -> int:
        """The cell that a formula reads."""
        index = self.evaluator.index(node.index, cast(State, cells), dict(env))
        return self.bases[node.state] + pack(index)

    def queue(self, ref: e.QueueRef, cells: Cells, env: Mapping[e.Var, Any]) -> int:
        """The cell of a queue that a formula names."""
        index = self.evaluator.index(ref.index, cast(State, cells), dict(env))
        return self.bases[ref.queue] + pack(index)


# --- the compiler --------------------------------------------------------------------------------


class _Writer:
    """Writes guards and updates as Python."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._bases = machine.bases
        self._names: dict[str, Any] = {"ev": machine.evaluator, "N": machine.sizes}
        self._count = 0

    def compile(self, action: Action) -> Move:
        """Two functions of the cells and the parameters, and one for each guard."""
        names = {var: f"{var.name}_{n}" for n, var in enumerate(action.params)}
        given = "".join(f", {name}" for name in names.values())
        guards = [self.text(guard, names) for guard in action.guards]
        lines = ["c = {}"]
        for update in action.updates:
            lines.extend(self._update(update, names))
        body = "\n    ".join([*lines, "return c"])
        everything = " and ".join(guards) or "True"
        atoms = tuple(
            (atom, self._make(f"lambda s{given}: {self.text(atom, names)}"))
            for guard in action.guards for atom in conjuncts(guard)
        )
        enabled = self._make(f"lambda s{given}: {everything}")
        space: dict[str, Any] = dict(self._names)
        exec(f"def changes(s{given}):\n    {body}\n", space)
        return Move(action, atoms, self._levels(action, names), enabled, space["changes"])

    def counting(self, tests: Sequence[e.Expr], given: Sequence[e.Var]) -> Count:
        """How many formulas do not hold, as a function of cells and of variables."""
        if not tests:
            return lambda *_: 0
        names = {var: f"{var.name}_{n}" for n, var in enumerate(given)}
        total = " + ".join(f"(not {self.text(each, names)})" for each in tests)
        count: Count = self._make(f"lambda s{''.join(f', {x}' for x in names.values())}: {total}")
        return count

    def _levels(self, action: Action, names: dict[e.Var, str]) -> tuple[Level, ...]:
        """The guards again, each part of them with the last of the parameters that it names."""
        params = action.params
        free: list[list[str]] = [[] for _ in range(len(params) + 1)]
        read: list[list[str]] = [[] for _ in range(len(params) + 1)]
        for guard in action.guards:
            for atom in conjuncts(guard):
                own = [params.index(x) + 1 for x in variables(atom) if x in params]
                level = max(own, default=0)
                (read if reads(atom) else free)[level].append(self.text(atom, names))
        found = []
        for level, (tests, counts) in enumerate(zip(free, read, strict=True)):
            given = "".join(f", {names[var]}" for var in params[:level])
            total = " + ".join(f"(not {text})" for text in counts)
            found.append(Level(
                self._make(f"lambda s{given}: {' and '.join(tests)}") if tests else None,
                self._make(f"lambda s{given}: {total}") if counts else None,
            ))  # fmt: skip
        return tuple(found)

    def _make(self, text: str) -> Any:
        return eval(text, self._names)

    # --- updates ---------------------------------------------------------------------------------

    def _update(self, update: e.Update, names: dict[e.Var, str]) -> Iterator[str]:
        """The lines of an update; a dispatch over its kinds."""
        match update:
            case e.Put(target, value, _):
                cell = self._cell(target.state, target.index, names)
                yield f"c[{cell}] = {self.text(value, names)}"
            case e.When(test, inner, _):
                yield f"if {self.text(test, names)}:"
                for each in inner:
                    yield from (f"    {line}" for line in self._update(each, names))
            case e.Each(var, inner, _):
                more = {**names, var: self._fresh(var)}
                yield f"for {more[var]} in range({self._size(var.sort)}):"
                for each in inner:
                    yield from (f"    {line}" for line in self._update(each, more))
            case e.Push(ref, item, _):
                cell = self._cell(ref.queue, ref.index, names)
                yield f"c[{cell}] = c.get({cell}, s[{cell}]) + ({self.text(item, names)},)"
            case e.Pop(ref, _):
                cell = self._cell(ref.queue, ref.index, names)
                yield f"c[{cell}] = s[{cell}][1:] + c.get({cell}, s[{cell}])[len(s[{cell}]):]"
            case e.Spend():  # budgets bound scopes, and a log is as long as it is
                yield "pass"

    def _cell(
        self, family: object, index: tuple[e.Expr, ...], names: dict[e.Var, str]
    ) -> str:
        found = [str(self._bases[family])]
        for n, each in enumerate(reversed(index)):
            text = self.text(each, names)
            found.append(text if n == 0 else f"({text} << {BITS * n})")
        return " + ".join(found)

    # --- expressions -----------------------------------------------------------------------------

    def text(self, node: e.Expr, names: dict[e.Var, str]) -> str:
        """An expression as Python; a dispatch over the kinds that occur most."""
        match node:
            case e.Const(_, value):
                return repr(value)
            case e.Named(_, _, position):
                return repr(position)
            case e.Var():
                return names[node]
            case e.Read(_, state, index):
                return f"s[{self._cell(state, index, names)}]"
            case e.Some(_, inner):
                return self.text(inner, names)
            case e.Equal(_, left, right):
                return f"({self.text(left, names)} == {self.text(right, names)})"
            case e.Less(_, left, right, strict):
                sign = "<" if strict else "<="
                return f"({self.text(left, names)} {sign} {self.text(right, names)})"
            case e.Not(_, inner):
                return f"(not {self.text(inner, names)})"
            case e.And(_, args):
                return f"({' and '.join(self.text(x, names) for x in args) or 'True'})"
            case e.Or(_, args):
                return f"({' or '.join(self.text(x, names) for x in args) or 'False'})"
            case e.Ite(_, test, then, other):
                a, b, c = (self.text(x, names) for x in (then, test, other))
                return f"({a} if {b} else {c})"
            case e.Quantified(_, universal, var, body):
                return f"{'all' if universal else 'any'}({self._each(var, body, names)})"
            case e.Matches(_, e.Item(_, ref, 0), kind, fields):
                return self._arrives(ref, kind, fields, names)
            case e.Length(_, ref):
                return f"len(s[{self._cell(ref.queue, ref.index, names)}])"
            case e.Count(_, var, body):
                return f"sum(1 if x else 0 for x in ({self._each(var, body, names)}))"
        return self._ask_oracle(node, names)

    def _arrives(
        self, ref: e.QueueRef, kind: e.MessageKind, fields: tuple[tuple[str, e.Expr], ...],
        names: dict[e.Var, str],
    ) -> str:  # fmt: skip
        queue = f"s[{self._cell(ref.queue, ref.index, names)}]"
        places = [name for name, _ in kind.fields]
        tests = [f"{queue} and {queue}[0][0] == {kind.name!r}"]
        tests += [
            f"{queue}[0][1][{places.index(name)}] == {self.text(x, names)}" for name, x in fields
        ]
        return f"bool({' and '.join(tests)})"

    def _each(self, var: e.Var, body: e.Expr, names: dict[e.Var, str]) -> str:
        more = {**names, var: self._fresh(var)}
        return f"{self.text(body, more)} for {more[var]} in range({self._size(var.sort)})"

    def _ask_oracle(self, node: e.Expr, names: dict[e.Var, str]) -> str:
        """What is seldom is evaluated and not compiled."""
        name = self._name(node)
        env = ", ".join(f"{self._name(var)}: {text}" for var, text in names.items())
        return f"ev.value({name}, s, {{{env}}})"

    def _name(self, thing: object) -> str:
        self._count += 1
        name = f"x{self._count}"
        self._names[name] = thing
        return name

    def _fresh(self, var: e.Var) -> str:
        self._count += 1
        return f"{var.name}_{self._count}"

    def _size(self, sort: e.SortInfo) -> str:
        if sort.kind is e.SortKind.MEMBERS:
            return f"N[{size_name(sort)!r}]"
        return str(self._machine.size(sort))
