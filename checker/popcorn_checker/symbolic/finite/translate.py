"""Ground expressions as bits: what a cell, a queue and a number are at a scope."""

from __future__ import annotations

from itertools import product

import z3

from popcorn_checker.symbolic.finite.bits import Bits, Index, Moment, QueueBits
from popcorn_checker.symbolic.terms import Environment, NoReading, Terms
from popcorn_model.language import expr as e


class FiniteTerms(Terms):
    """Translates ground expressions about one moment. What was translated once is kept."""

    def __init__(self, bits: Bits, moment: Moment) -> None:
        """``moment`` is the state that cells and queues are read in."""
        super().__init__(z3.main_ctx())
        self.bits, self.moment = bits, moment
        self._known: dict[int, tuple[e.Expr, z3.ExprRef]] = {}
        self._constants: dict[tuple[e.SortInfo, int | bool | None], z3.ExprRef] = {}

    def of(self, node: e.Expr) -> z3.ExprRef:
        """A ground expression. Raises: NoReading for one that is not ground."""
        return self.value(node, {})

    def value(self, node: e.Expr, env: Environment) -> z3.ExprRef:
        """As in `Terms`, but one translation for one object: grounding shares what it can."""
        if id(node) not in self._known:
            self._known[id(node)] = node, super().value(node, env)  # the node keeps its place
        return self._known[id(node)][1]

    # --- values ------------------------------------------------------------------------------

    def constant(self, sort: e.SortInfo, value: int | bool | None) -> z3.ExprRef:
        """A number has a sign and as many bits as it needs, a position those of its sort."""
        if (sort, value) not in self._constants:
            self._constants[sort, value] = self._constant(sort, value)
        return self._constants[sort, value]

    def _constant(self, sort: e.SortInfo, value: int | bool | None) -> z3.ExprRef:
        if sort.kind is e.SortKind.NUMBER:
            assert value is not None
            number = int(value)
            return z3.BitVecVal(number, (number if number >= 0 else -number - 1).bit_length() + 1)
        code, width = self.bits.code(sort, value), self.bits.width(sort)
        if code >> width:  # a value that this scope does not have, and that no cell ever equals
            return z3.BitVecVal(1 << width, width + 2)
        return z3.BitVecVal(code, width)

    def named(self, node: e.Named) -> z3.ExprRef:
        """A distinguished member stands at its position."""
        return self.constant(node.sort, node.position)

    def some(self, sort: e.SortInfo, member: z3.ExprRef) -> z3.ExprRef:
        """Members come after nothing."""
        return fitted(member, self.bits.width(sort), signed=False) + 1

    def made(self, sort: e.SortInfo, kind: e.MessageKind, args: list[z3.ExprRef]) -> z3.ExprRef:
        """The kind's number, then the fields, then zeros."""
        tag, width = self.bits.tag(sort, kind), self.bits.width(sort)
        if tag is None:
            raise NoReading(f"nobody sends {kind.name}, and still one is made")
        parts = [z3.BitVecVal(tag, self.bits.tag_width(sort))]
        parts += [self.stored(s, x) for (_, s), x in zip(kind.fields, args, strict=True)]
        left = width - sum(p.size() for p in parts)
        if left:
            parts.append(z3.BitVecVal(0, left))
        return z3.Concat(parts[::-1]) if len(parts) > 1 else parts[0]

    def is_kind(self, sort: e.SortInfo, message: z3.ExprRef, kind: e.MessageKind) -> z3.BoolRef:
        """The lowest bits are the kind's number."""
        tag = self.bits.tag(sort, kind)
        if tag is None:
            return self.truth(False)
        return z3.Extract(self.bits.tag_width(sort) - 1, 0, message) == tag

    def field(
        self, sort: e.SortInfo, message: z3.ExprRef, kind: e.MessageKind, name: str
    ) -> z3.ExprRef:
        """The bits of the field; of a message of another kind they mean nothing."""
        at, inner = self.bits.field(sort, kind, name)
        end = at + self.bits.width(inner)
        if end > message.size():  # a kind that is never sent may be wider than any that is
            return self.loaded(inner, z3.BitVecVal(0, self.bits.width(inner)))
        return self.loaded(inner, z3.Extract(end - 1, at, message))

    def stored(self, sort: e.SortInfo, term: z3.ExprRef) -> z3.BitVecRef:
        """A value as bits of its sort's width."""
        if sort is e.TRUTH:
            return z3.If(term, z3.BitVecVal(1, 1), z3.BitVecVal(0, 1))
        return fitted(term, self.bits.width(sort), signed=sort.kind is e.SortKind.NUMBER)

    def loaded(self, sort: e.SortInfo, bits: z3.BitVecRef) -> z3.ExprRef:
        """Bits as the value that they store."""
        if sort is e.TRUTH:
            return bits == 1
        return z3.ZeroExt(1, bits) if sort.kind is e.SortKind.NUMBER else bits

    # --- cells -------------------------------------------------------------------------------

    def cell(self, state: e.StateInfo, index: tuple[z3.ExprRef, ...]) -> z3.ExprRef:
        """The cell; where the index is computed, a choice among all cells."""
        found: z3.ExprRef | None = None
        for at, here in self.choices(state.index, index):
            raw = self.moment.cells[state, at]
            value = raw if state.sort is e.TRUTH else self.loaded(state.sort, raw)
            found = value if found is None or z3.is_true(here) else z3.If(here, value, found)
        assert found is not None
        return found

    def choices(
        self, sorts: tuple[e.SortInfo, ...], index: tuple[z3.ExprRef, ...]
    ) -> list[tuple[Index, z3.BoolRef]]:
        """The places that an index may mean, each with when it means that one."""
        if all(map(z3.is_bv_value, index)):
            return [(tuple(self._position(s, x) for s, x in zip(sorts, index, strict=True)),
                     self.truth(True))]  # fmt: skip
        ranges: list[list[tuple[int, z3.BoolRef]]] = []
        for sort, term in zip(sorts, index, strict=True):
            every = [(i, self._is(sort, term, i)) for i in range(self.bits.scope.size(sort))]
            ranges.append([(i, test) for i, test in every if not z3.is_false(test)])
        return [
            (tuple(i for i, _ in choice), self.conjunction([test for _, test in choice]))
            for choice in product(*ranges)
        ]

    def _position(self, sort: e.SortInfo, term: z3.BitVecRef) -> int:
        number = sort.kind is e.SortKind.NUMBER
        return int(term.as_signed_long() if number else term.as_long())

    def _is(self, sort: e.SortInfo, term: z3.ExprRef, position: int) -> z3.BoolRef:
        if sort is e.TRUTH:
            return term if position else self.negation(term)
        if sort.kind is e.SortKind.MAYBE:
            return self.equal(term, z3.BitVecVal(position, term.size()))
        return self.equal(term, self.constant(sort, position))

    # --- operators ---------------------------------------------------------------------------

    def equal(self, left: z3.ExprRef, right: z3.ExprRef) -> z3.BoolRef:
        """Equality; of two constants, decided."""
        if z3.is_bool(left):
            if z3.is_true(right) or z3.is_false(right):
                return left if z3.is_true(right) else self.negation(left)
            return left == right
        left, right = levelled(left, right)
        if z3.is_bv_value(left) and z3.is_bv_value(right):
            return self.truth(left.as_long() == right.as_long())
        return left == right

    def less(self, left: z3.ExprRef, right: z3.ExprRef, strict: bool) -> z3.BoolRef:
        """The order of numbers with a sign."""
        left, right = levelled(left, right)
        return left < right if strict else left <= right

    def plus(self, parts: list[z3.ExprRef]) -> z3.ExprRef:
        """A sum that cannot overflow: each addition has one bit more, halves first."""
        if len(parts) == 1:
            return parts[0]
        middle = len(parts) // 2
        left, right = levelled(self.plus(parts[:middle]), self.plus(parts[middle:]))
        return z3.SignExt(1, left) + z3.SignExt(1, right)

    def ite(self, test: z3.BoolRef, then: z3.ExprRef, other: z3.ExprRef) -> z3.ExprRef:
        """A choice between two values, of which numbers may differ in width."""
        if z3.is_bool(then):
            return z3.If(test, then, other)
        return z3.If(test, *levelled(then, other))

    # --- queues and counts -------------------------------------------------------------------

    def queue(
        self, queue: e.QueueInfo, index: tuple[z3.ExprRef, ...]
    ) -> list[tuple[QueueBits, z3.BoolRef]]:
        """The queues that an index may mean, each with when it means that one."""
        places = self.choices(queue.index, index)
        return [(self.moment.queues[queue, at], test) for at, test in places]

    def item(self, node: e.Item, index: tuple[z3.ExprRef, ...]) -> z3.ExprRef:
        """A slot; those without an item are zero, which is what stands for no item."""
        queue, width = node.ref.queue, self.bits.width(node.ref.queue.sort)
        found: z3.BitVecRef | None = None
        for bits, here in self.queue(queue, index):
            there = node.position < len(bits.slots)
            slot = bits.slots[node.position] if there else z3.BitVecVal(0, width)
            item = fitted(slot, width, signed=False)
            found = item if found is None or z3.is_true(here) else z3.If(here, item, found)
        assert found is not None
        return self.loaded(queue.sort, found)

    def counted(self, node: e.Equal | e.Less) -> bool:
        """A length or a number of facts, compared with a constant, is a question about them."""
        return isinstance(node, e.Less) and _compared(node) is not None

    def special(self, node: e.Expr, env: Environment) -> z3.ExprRef:
        """Lengths, alone and compared, and sums that are compared with 1."""
        match node:
            case e.Less():
                compared = _compared(node)
                assert compared is not None
                counts, least, wanted = compared
                reached = self._at_least(counts, least, env)
                return reached if wanted else self.negation(reached)
            case e.Length(_, ref):
                found = None
                for bits, here in self.queue(ref.queue, tuple(self.values(ref.index, env))):
                    size = len(bits.taken).bit_length() + 1
                    length: z3.ExprRef = z3.BitVecVal(0, size)
                    for i, taken in enumerate(bits.taken, start=1):
                        length = z3.If(taken, z3.BitVecVal(i, size), length)
                    found = length if found is None else z3.If(here, length, found)
                assert found is not None
                return found
        raise NoReading(f"{type(node).__name__} is not ground")

    def _at_least(self, counts: e.Expr, least: int, env: Environment) -> z3.BoolRef:
        match counts:
            case e.Length(_, ref):
                places = self.queue(ref.queue, tuple(self.values(ref.index, env)))
                facts = [
                    self.conjunction((here, bits.taken[least - 1]))
                    for bits, here in places
                    if least <= len(bits.taken)
                ]
                return self.disjunction(facts)
            case e.Plus(_, args):
                return self.disjunction([self.value(_fact(x), env) for x in args])
        return self.value(_fact(counts), env)


def _compared(node: e.Less) -> tuple[e.Expr, int, bool] | None:
    """What is counted, how many there are to be, and whether at least or fewer than that."""
    match node:
        case e.Less(_, e.Const(_, value), counts, strict):
            assert value is not None
            least, wanted = int(value) + strict, True
        case e.Less(_, counts, e.Const(_, value), strict):
            assert value is not None
            least, wanted = int(value) + (not strict), False
        case _:
            return None
    if isinstance(counts, e.Length) and least >= 1:
        return counts, least, wanted
    many = counts.args if isinstance(counts, e.Plus) else (counts,)
    facts = least == 1 and all(isinstance(x, e.Ite) and _is_fact(x) for x in many)
    return (counts, least, wanted) if facts else None


def _is_fact(node: e.Ite) -> bool:
    match node:
        case e.Ite(_, _, e.Const(_, 1), e.Const(_, 0)):
            return True
    return False


def _fact(node: e.Expr) -> e.Expr:
    assert isinstance(node, e.Ite)
    return node.test


def fitted(bits: z3.BitVecRef, width: int, signed: bool) -> z3.BitVecRef:
    """The same value in so many bits, cut off where it does not fit."""
    more = width - bits.size()
    if more == 0:
        return bits
    if more < 0:
        return z3.Extract(width - 1, 0, bits)
    if z3.is_bv_value(bits):
        value = bits.as_signed_long() if signed else bits.as_long()
        return z3.BitVecVal(value, width)
    return z3.SignExt(more, bits) if signed else z3.ZeroExt(more, bits)


def levelled(left: z3.BitVecRef, right: z3.BitVecRef) -> tuple[z3.BitVecRef, z3.BitVecRef]:
    """Two numbers with a sign in equally many bits."""
    width = max(left.size(), right.size())
    return fitted(left, width, signed=True), fitted(right, width, signed=True)
