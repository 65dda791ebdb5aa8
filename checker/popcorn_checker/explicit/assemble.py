"""Small programs for conditions and values that are no masked tests.

Conditions become jumps, with short circuit; values end in registers, and all reads see the old
state. A number that could leave its sort is checked where it is used as an index or put into a
message, so that no program reaches outside a state or into a neighbouring field.
"""

from __future__ import annotations

from itertools import product

from popcorn_checker.explicit import kernel as vm
from popcorn_checker.explicit.layout import Cell, Layout
from popcorn_checker.explicit.tables import REGISTERS
from popcorn_checker.scopes import ScopeError
from popcorn_model.language import expr as e
from popcorn_model.language.simplify import conjoin, fold


class Assembler:
    """Emits programs into one code array shared by all rules of a model."""

    def __init__(self, layout: Layout) -> None:
        """``layout`` says where cells are."""
        self.layout = layout
        self.code: list[list[int]] = []
        self.free = 0
        self.cache: dict[tuple[str, tuple[object, ...]], int] = {}

    # --- programs -------------------------------------------------------------------------

    def guard(self, conditions: list[e.Expr]) -> int:
        """A program that ends in OK when all conditions hold. Equal guards share one program."""
        key = ("guard", tuple(conditions))
        if key not in self.cache:
            self.cache[key] = self._start()
            fail = Label()
            for condition in conditions:
                self.unless(condition, fail)
            self.emit(vm.OK)
            self.place(fail)
            self.emit(vm.NO)
        return self.cache[key]

    def _start(self) -> int:
        self.free = 0
        return len(self.code)

    # --- plumbing -------------------------------------------------------------------------

    def emit(self, *columns: int) -> int:
        """Append one instruction; its place."""
        self.code.append([*columns, *(0 for _ in range(8 - len(columns)))])
        return len(self.code) - 1

    def place(self, label: Label) -> None:
        """The label is here: mend the jumps that wait for it."""
        label.at = len(self.code)
        for row, column in label.waiting:
            self.code[row][column] = label.at

    def jump(self, row: int, column: int, label: Label) -> None:
        """Instruction ``row`` jumps to the label, known or not."""
        if label.at is not None:
            self.code[row][column] = label.at
        else:
            label.waiting.append((row, column))

    def register(self) -> int:
        """A fresh register. Raises: ScopeError when a program is too large."""
        if self.free >= REGISTERS:
            raise ScopeError("an expression is too large for the explicit engine's registers")
        self.free += 1
        return self.free - 1

    # --- conditions -----------------------------------------------------------------------

    def unless(self, node: e.Expr, fail: Label) -> None:
        """Jump to ``fail`` unless the condition holds."""
        match node:
            case e.Const(_, value):
                if not value:
                    self.jump(self.emit(vm.JUMP), 1, fail)
            case e.And(_, args):
                for arg in _needed(args):
                    self.unless(arg, fail)
            case e.Or(_, args):
                good = Label()
                for arg in args[:-1]:
                    self.when(arg, good)
                self.unless(args[-1], fail)
                self.place(good)
            case e.Not(_, arg):
                self.when(arg, fail)
            case e.Ite(_, test, then, other):
                no, end = Label(), Label()
                self.unless(test, no)
                self.unless(then, fail)
                self.jump(self.emit(vm.JUMP), 1, end)
                self.place(no)
                self.unless(other, fail)
                self.place(end)
            case _:
                self._leaf(node, fail, want=True)

    def when(self, node: e.Expr, target: Label) -> None:
        """Jump to ``target`` when the condition holds."""
        match node:
            case e.Const() | e.And() | e.Ite():
                skip = Label()
                self.unless(node, skip)
                self.jump(self.emit(vm.JUMP), 1, target)
                self.place(skip)
            case e.Or(_, args):
                for arg in args:
                    self.when(arg, target)
            case e.Not(_, arg):
                self.unless(arg, target)
            case _:
                self._leaf(node, target, want=False)

    def _leaf(self, node: e.Expr, target: Label, want: bool) -> None:
        """Jump to the target when the leaf's truth is not ``want``; no register outlives it."""
        saved, test = self.free, vm.TEST_EQ if want else vm.TEST_NE
        match node:
            case e.Equal(_, left, right):
                self._equal(left, right, target, want)
            case e.Less(_, left, right, strict):
                a, b = self.value(left), self.value(right)
                if want:  # jump when not a < b, that is b <= a
                    row = self.emit(vm.JLE if strict else vm.JLT, b, a)
                else:
                    row = self.emit(vm.JLT if strict else vm.JLE, a, b)
                self.jump(row, 3, target)
            case e.Matches(_, message, kind, fields):
                self._matches(message, kind, fields, target, want)
            case _:
                cell = self._static_cell(node)
                if cell is not None:
                    bit = 1 << cell.shift
                    self.jump(self.emit(test, cell.word, bit, bit), 4, target)
                else:
                    one = self.register()
                    self.emit(vm.LOADI, one, 1)
                    row = self.emit(vm.JNE if want else vm.JEQ, self.value(node), one)
                    self.jump(row, 3, target)
        self.free = saved

    def _equal(self, left: e.Expr, right: e.Expr, target: Label, want: bool) -> None:
        for one, two in ((left, right), (right, left)):
            cell = self._static_cell(one)
            if cell is not None and isinstance(two, e.Const):
                value = self.layout.code(one.sort, two.value)
                mask = cell.mask << cell.shift
                if 0 <= value <= cell.mask:
                    row = self.emit(
                        vm.TEST_EQ if want else vm.TEST_NE, cell.word, mask, value << cell.shift
                    )
                    self.jump(row, 4, target)
                elif want:
                    self.jump(self.emit(vm.JUMP), 1, target)
                return
        row = self.emit(vm.JNE if want else vm.JEQ, self.value(left), self.value(right))
        self.jump(row, 3, target)

    def _matches(
        self, message: e.Expr, kind: e.MessageKind, fields: tuple[tuple[str, e.Expr], ...],
        target: Label, want: bool,
    ) -> None:
        sort, layout = message.sort, self.layout
        fail = target if want else Label()
        if isinstance(message, e.Item) and kind not in layout.carried[message.ref.queue]:
            self.jump(self.emit(vm.JUMP), 1, fail)  # its slots have no room for such a message
            if not want:
                self.place(fail)
            return
        tests: list[tuple[Cell, e.Expr]] = [
            (Cell(0, 0, layout.tag_width(sort)), e.Const(e.NATURAL, layout.tag(sort, kind))),
            *((layout.field(sort, kind, name), value) for name, value in fields),
        ]
        slot = self._static_cell(message)
        if slot is not None and slot.width:
            tests = self._masked(slot, tests, fail)
        if tests:
            bits = self.value(message)
        for cell, value in tests:
            got = self.register()
            self.emit(vm.EXTRACT, got, bits, cell.shift, cell.mask)
            self.jump(self.emit(vm.JNE, got, self.value(value)), 3, fail)
        if not want:
            self.jump(self.emit(vm.JUMP), 1, target)
            self.place(fail)

    def _masked(
        self, slot: Cell, tests: list[tuple[Cell, e.Expr]], fail: Label
    ) -> list[tuple[Cell, e.Expr]]:
        """One masked test for all parts of a message that are compared with constants; the rest."""
        mask = wanted = 0
        rest = []
        for cell, value in tests:
            code = self.layout.code(value.sort, value.value) if isinstance(value, e.Const) else -1
            if 0 <= code <= cell.mask:
                mask |= cell.mask << slot.shift + cell.shift
                wanted |= code << slot.shift + cell.shift
            else:
                rest.append((cell, value))
        self.jump(self.emit(vm.TEST_EQ, slot.word, mask, wanted), 4, fail)
        return rest

    # --- values ---------------------------------------------------------------------------

    def _static_cell(self, node: e.Expr) -> Cell | None:
        match node:
            case e.Read(_, state, index) if all(isinstance(x, e.Const) for x in index):
                return self.layout.families[state].cell(_ints(index))
            case e.Item(_, ref, position) if all(isinstance(x, e.Const) for x in ref.index):
                return self.layout.queues[ref.queue, _ints(ref.index)].slot(position)
            case e.Length(_, ref) if all(isinstance(x, e.Const) for x in ref.index):
                return self.layout.queues[ref.queue, _ints(ref.index)].length
        return None

    def value(self, node: e.Expr) -> int:
        """Code that leaves the value in a register (a dispatch over value nodes)."""
        out = self.register()
        cell = self._static_cell(node)
        if cell is not None:
            self.emit(vm.LOAD, out, cell.word, cell.shift, cell.mask)
            return out
        match node:
            case e.Const(sort, value):
                self.emit(vm.LOADI, out, self.layout.code(sort, value))
            case e.Read(_, state, index):
                self._load_indexed(out, state, index)
            case e.Some(_, member):
                self.emit(vm.ADDI, out, self.value(member), 1)
            case e.Plus(_, args):
                self._sum(out, args)
            case e.Ite(_, test, then, other):
                no, end = Label(), Label()
                self.unless(test, no)
                self.emit(vm.MOVE, out, self.value(then))
                self.jump(self.emit(vm.JUMP), 1, end)
                self.place(no)
                self.emit(vm.MOVE, out, self.value(other))
                self.place(end)
            case e.Make(sort, kind, args):
                self._make(out, sort, kind, args)
            case e.Field(_, message, kind, name):
                self._field(out, message, kind, name)
            case e.Item(_, ref, position):
                self._of_some_queue(out, ref, position)
            case e.Length(_, ref):
                self._of_some_queue(out, ref, None)
            case _:
                self._truth(out, node)
        return out

    def _truth(self, out: int, node: e.Expr) -> None:
        no = Label()
        self.emit(vm.LOADI, out, 0)
        self.unless(node, no)
        self.emit(vm.LOADI, out, 1)
        self.place(no)

    def _sum(self, out: int, args: tuple[e.Expr, ...]) -> None:
        self.emit(vm.LOADI, out, 0)
        for arg in args:
            match arg:
                case e.Const(_, int(value)):
                    self.emit(vm.ADDI, out, out, value)
                case e.Ite(_, test, e.Const(_, 1), e.Const(_, 0)):
                    no = Label()
                    self.unless(test, no)
                    self.emit(vm.ADDI, out, out, 1)
                    self.place(no)
                case _:
                    saved = self.free
                    self.emit(vm.ADD, out, out, self.value(arg))
                    self.free = saved

    def _field(self, out: int, message: e.Expr, kind: e.MessageKind, name: str) -> None:
        """The field, or 0 when the message is of another kind: never another field's bits."""
        sort, bits, other = message.sort, self.value(message), Label()
        inner = self.layout.field(sort, kind, name)
        tag, wanted = self.register(), self.register()
        self.emit(vm.LOADI, out, 0)
        self.emit(vm.EXTRACT, tag, bits, 0, (1 << self.layout.tag_width(sort)) - 1)
        self.emit(vm.LOADI, wanted, self.layout.tag(sort, kind))
        self.jump(self.emit(vm.JNE, tag, wanted), 3, other)
        self.emit(vm.EXTRACT, out, bits, inner.shift, inner.mask)
        self.place(other)

    def _make(
        self, out: int, sort: e.SortInfo, kind: e.MessageKind, args: tuple[e.Expr, ...]
    ) -> None:
        self.emit(vm.LOADI, out, self.layout.tag(sort, kind))
        for (name, _), arg in zip(kind.fields, args, strict=True):
            at = self.register()
            shift = self.layout.field(sort, kind, name).shift
            self.emit(vm.SHLI, at, self.inside(arg), shift)
            self.emit(vm.OR, out, out, at)

    def _flat(self, index: tuple[e.Expr, ...], sizes: tuple[int, ...]) -> int:
        flat = self.register()
        self.emit(vm.LOADI, flat, 0)
        for part, size in zip(index, sizes, strict=True):
            self.emit(vm.MULI, flat, flat, size)
            self.emit(vm.ADD, flat, flat, self.inside(part))
        return flat

    def inside(self, node: e.Expr) -> int:
        """The value in a register; a fault when it lies outside its sort."""
        bits = self.value(node)
        if may_leave(node, self.layout):
            self.emit(vm.CHECK, bits, self.layout.scope.size(node.sort) - 1)
        return bits

    def _load_indexed(self, out: int, state: e.StateInfo, index: tuple[e.Expr, ...]) -> None:
        family = self.layout.families[state]
        flat = self._flat(index, family.sizes)
        mask = (1 << family.width) - 1
        self.emit(vm.LOADX, out, family.word, flat, family.shift, family.width,
                  family.per_word, mask)  # fmt: skip

    def _of_some_queue(self, out: int, ref: e.QueueRef, position: int | None) -> None:
        end = Label()
        self.emit(vm.LOADI, out, 0)
        for index, test in self.places(ref.queue.index, ref.index):
            here = e.QueueRef(ref.queue, tuple(e.Const(s, i) for s, i in index))
            skip = Label()
            self.unless(test, skip)
            node: e.Expr = e.Length(e.NATURAL, here)
            if position is not None:
                node = e.Item(ref.queue.sort, here, position)
            self.emit(vm.MOVE, out, self.value(node))
            self.jump(self.emit(vm.JUMP), 1, end)
            self.place(skip)
        self.place(end)

    def places(
        self, sorts: tuple[e.SortInfo, ...], index: tuple[e.Expr, ...]
    ) -> list[tuple[tuple[tuple[e.SortInfo, int], ...], e.Expr]]:
        """Every constant index that an index may be, and the condition that it is that one."""
        found = []
        for choice in product(*(range(self.layout.scope.size(s)) for s in sorts)):
            pairs = tuple(zip(sorts, choice, strict=True))
            tests = tuple(
                fold(e.Equal(e.TRUTH, x, e.Const(s, i)))
                for x, (s, i) in zip(index, pairs, strict=True)
            )
            test = conjoin(tests)
            if test != e.NO:
                found.append((pairs, test))
        return found


class Label:
    """A place in the code that may not be known yet."""

    def __init__(self) -> None:
        """Nowhere yet."""
        self.at: int | None = None
        self.waiting: list[tuple[int, int]] = []


def _needed(args: tuple[e.Expr, ...]) -> tuple[e.Expr, ...]:
    """Parts of a conjunction, without those that say that an item is there whose kind another part
    asks for: where no message is, there is none of any kind."""
    known = {
        e.Less(e.TRUTH, e.Const(e.NATURAL, position), e.Length(e.NATURAL, ref), strict=True)
        for arg in args if isinstance(arg, e.Matches)
        for item in (arg.message,) if isinstance(item, e.Item)
        for ref, position in ((item.ref, item.position),)
    }  # fmt: skip
    return tuple(arg for arg in args if arg not in known)


def may_leave(node: e.Expr, layout: Layout) -> bool:
    """Whether a stored value could lie outside its sort: sums can, and what is made of them."""
    match node:
        case e.Plus():
            return True
        case e.Some(_, member):
            return may_leave(member, layout)
        case e.Ite(_, _, then, other):
            return may_leave(then, layout) or may_leave(other, layout)
        case e.Const(sort, value) if sort.kind is e.SortKind.NUMBER:
            return not 0 <= int(value or 0) < layout.scope.size(sort)
    return False


def _ints(index: tuple[e.Expr, ...]) -> tuple[int, ...]:
    return tuple(int(x.value) for x in index if isinstance(x, e.Const) and x.value is not None)
