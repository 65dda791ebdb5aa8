"""Programs for the updates of a step that are no constant stores.

All reads see the old state and all writes go to the new one, so the updates are simultaneous
whatever their order; only pops stand before pushes, because a queue changes in place, and pushes
into blocking queues before others, because a step that has to wait does not overflow anything.
"""

from __future__ import annotations

from collections.abc import Iterator

from popcorn_checker.explicit import kernel as vm
from popcorn_checker.explicit.assemble import Assembler, Label, may_leave
from popcorn_checker.ground import GroundUpdate
from popcorn_model.language import expr as e
from popcorn_model.language.simplify import conjoin, disjoin


class StepAssembler(Assembler):
    """An `Assembler` that also knows updates."""

    def effect(self, updates: list[GroundUpdate]) -> int:
        """A program that performs updates on the new state. Equal effects share one program."""
        key = ("effect", tuple(updates))
        if key not in self.cache:
            self.cache[key] = self._start()
            pushes = [g for g in updates if isinstance(g.update, e.Push)]
            pushes.sort(key=_waits_for_nobody)
            for ground in (*self._without_repeated_pops(updates), *pushes):
                self._update(ground)
            self.emit(vm.OK)
        return self.cache[key]

    def _without_repeated_pops(self, updates: list[GroundUpdate]) -> list[GroundUpdate]:
        """All but pushes; of each queue one pop, since to take its oldest item twice is to take
        it once."""
        tests: dict[e.QueueRef, e.Expr] = {}
        order: list[GroundUpdate | e.QueueRef] = []
        for ground in updates:
            if isinstance(ground.update, e.Pop):
                ref = ground.update.ref
                for index, test in self.places(ref.queue.index, ref.index):
                    here = e.QueueRef(ref.queue, tuple(e.Const(s, i) for s, i in index))
                    if here not in tests:
                        order.append(here)
                    both = conjoin((ground.test, test))
                    tests[here] = disjoin((tests.get(here, e.NO), both))
            elif not isinstance(ground.update, e.Push):
                order.append(ground)
        return [
            GroundUpdate(tests[x], e.Pop(x)) if isinstance(x, e.QueueRef) else x for x in order
        ]

    def _update(self, ground: GroundUpdate) -> None:
        self.free = 0
        done = Label()
        self.unless(ground.test, done)
        match ground.update:
            case e.Put(target, value, _):
                self._put(target, value)
            case e.Push(ref, item, _):
                bits = self.inside(item)
                for cells, skip in self._queues(ref):
                    self.emit(vm.PUSH, cells, bits)
                    self.place(skip)
            case e.Pop(ref, _):
                for cells, skip in self._queues(ref):
                    self.emit(vm.POP, cells)
                    self.place(skip)
            case e.Spend(budget, index, _):
                for pairs, test in self.places(budget.index, index):
                    skip = Label()
                    self.unless(test, skip)
                    cell = self.layout.families[budget].cell(tuple(i for _, i in pairs))
                    self.emit(vm.SPEND, cell.word, cell.shift, cell.mask)
                    self.place(skip)
        self.place(done)

    def _queues(self, ref: e.QueueRef) -> Iterator[tuple[int, Label]]:
        self._index_inside(ref.index)
        for index, test in self.places(ref.queue.index, ref.index):
            skip = Label()
            self.unless(test, skip)
            yield self.layout.queues[ref.queue, tuple(i for _, i in index)].number, skip

    def _put(self, target: e.Read, value: e.Expr) -> None:
        bits = self.inside(value)
        self._index_inside(target.index)
        for index, test in self.places(target.state.index, target.index):
            skip = Label()
            self.unless(test, skip)
            cell = self.layout.families[target.state].cell(tuple(i for _, i in index))
            self.emit(vm.STORE, cell.word, cell.shift, cell.mask, bits)
            self.place(skip)

    def _index_inside(self, index: tuple[e.Expr, ...]) -> None:
        for part in index:
            if may_leave(part, self.layout):
                self.inside(part)

    # --- queue tables ---------------------------------------------------------------------

    def queue_rows(self) -> list[tuple[int, ...]]:
        """One row per queue, as the kernel wants it."""
        rows: list[tuple[int, ...]] = []
        first = 0
        for q in self.layout.queues.values():
            rows.append((q.length.word, q.length.shift, q.length.mask, q.width, q.slots,
                         q.per_chunk, first, int(q.blocking)))  # fmt: skip
            first += len(q.chunks)
        return rows

    def chunk_rows(self) -> list[tuple[int, int, int]]:
        """One row per chunk of slots."""
        return [(c.word, c.shift, c.mask) for q in self.layout.queues.values() for c in q.chunks]


def _waits_for_nobody(ground: GroundUpdate) -> bool:
    return isinstance(ground.update, e.Push) and not ground.update.ref.queue.blocking
