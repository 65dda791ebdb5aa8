"""What messages carry, and what page tables allow: whether it is what a moment of the model has.

The model knows which message is sent when. Contexts, results and what pages hold are held against
what was asked and written before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec import UNSET

from popcorn_checker.conform import messages, wire
from popcorn_checker.conform.explaining import Departure
from popcorn_checker.conform.world import ACCESS, FORKED, ORIGIN, REFUSED, Child, Moment, World
from popcorn_checker.evaluate import State


class Contents:
    """What was asked so far, by which threads with which contexts."""

    def __init__(self, world: World) -> None:
        """Nothing was."""
        self.world = world
        self.questions: dict[int, wire.Stop] = {}
        self.contexts: dict[int, str] = {}
        self._processes: set[int] = set()
        """The numbers of children that were forked: nobody has waited for one, so all are used."""
        self._overwritten: Collection[int] = ()
        """What the instruction writes: before or after that, it may read it."""

    def note(self, order: wire.Order) -> None:
        """An order has been carried out."""
        writes = order.writes if isinstance(order, wire.Deliver) else ()
        self._overwritten = {written.page for written in writes}
        if isinstance(order, wire.Stop):
            self.questions[order.thread] = order
        if isinstance(order, wire.Begin | wire.Stop):
            self.contexts[order.thread] = order.context

    def fitting(
        self, moments: list[Moment], kernel: int, reply: wire.Reply
    ) -> tuple[list[Moment], list[str]]:
        """The moments that have what was sent and seen, and what is not strict about it.

        Raises: Departure if there is none.
        """
        wrong: list[tuple[str, str]] = []
        found: list[Moment] = []
        remarks: list[str] = []
        for moment in moments:
            loose: list[str] = []
            odd = next(self._odd_contents(moment, kernel, reply, loose), None)
            if odd is None:
                found.append(moment)
                remarks = loose
            else:
                wrong.append(odd)
        if not found:
            seen, _ = wrong[0]
            raise Departure(seen, (right for _, right in wrong))
        self._note_children(reply)
        return self.with_tables(found, kernel, reply), remarks

    def _odd_contents(
        self, moment: Moment, kernel: int, reply: wire.Reply, loose: list[str]
    ) -> Iterator[tuple[str, str]]:
        """What is in messages but should not be: what was seen, and what would be right."""
        for sent in reply.sends:
            match sent.message:
                case messages.Asked():
                    yield from self._odd_question(sent.message)
                case messages.Gave() if kernel != ORIGIN:
                    yield from _odd_value("GAVE", sent.message, moment)
                case messages.Answer():
                    for granted in sent.message.pages if sent.to != ORIGIN else ():
                        yield from _odd_value("ANSWER", granted, moment)
                    yield from self._odd_answer(sent.message, moment, loose)
        for read in reply.reads if isinstance(reply.reads, tuple) else ():
            if read.page in self._overwritten:
                continue
            if read.page < self.world.pages and read.value != moment.pages[read.page]:
                yield (
                    f"kernel {kernel} reads {read.value} from page {read.page}",
                    f"{moment.pages[read.page]}, which was written last",
                )

    def _odd_question(self, asked: messages.Asked) -> Iterator[tuple[str, str]]:
        stop = self.questions[asked.thread]
        for name in ("call", "context", "pages", "goal", "value"):
            found, right = getattr(asked, name), getattr(stop, name)
            if name == "pages":
                found, right = (tuple(sorted(each, key=repr)) for each in (found, right))
            if found != right:
                yield f"CALL of thread {asked.thread} says {name} {found}", f"{name} {right}"

    def _odd_answer(
        self, answer: messages.Answer, moment: Moment, loose: list[str]
    ) -> Iterator[tuple[str, str]]:
        t = answer.thread
        due = dict(moment.returned).get(t)
        parent = due.parent if isinstance(due, Child) else t
        right = self.contexts.get(parent)
        if right is not None and answer.context != right:
            yield f"ANSWER brings thread {t} with context {answer.context!r}", f"context {right!r}"
        if answer.refused != (due == REFUSED):
            word = "refused" if due == REFUSED else "not refused"
            yield f"ANSWER to thread {t} says refused: {answer.refused}", f"the fault is {word}"
        result = answer.result if isinstance(answer.result, int) else 0
        if isinstance(due, Child) and result != 0:
            yield f"thread {t} begins with the result {result}", "0: so it knows that it is new"
        if due == FORKED and result < 0:
            loose.append(f"a fork fails with {result}, where the model has no limit")
        elif due == FORKED and (result == 0 or result in self._processes):
            yield f"the fork of thread {t} returns {result}", (
                "the number of the child, above 0 and not used yet")  # fmt: skip
        if isinstance(due, int) and result != due:
            if due < 0 and result < 0:
                loose.append(f"a call that fails returns {result}, where Linux has {due}")
            else:
                yield f"the call of thread {t} returns {result}", f"it returns {due}"

    def _note_children(self, reply: wire.Reply) -> None:
        """A thread that is created has the context of the one that has asked for it."""
        for sent in reply.sends:
            if isinstance(answer := sent.message, messages.Answer):
                self.contexts[answer.thread] = answer.context
                asked = self.questions.get(answer.thread)
                if asked is not None and asked.call == "fork" and answer.result is not UNSET:
                    self._processes.add(answer.result)

    def with_tables(
        self, moments: list[Moment], kernel: int, reply: wire.Reply
    ) -> list[Moment]:
        """The moments in which page tables are as a kernel says.

        Raises: Departure if there is none.
        """
        if reply.copies is UNSET:
            return moments
        found: dict[int, str] = {c.page: c.access for c in reply.copies}
        fitting = [m for m in moments if self._tables(m.state, kernel) == found]
        if not fitting:
            raise Departure(
                f"page tables of kernel {kernel} allow {_tables(found)}",
                (_tables(self._tables(m.state, kernel)) for m in moments),
            )
        return fitting

    def _tables(self, state: State, kernel: int) -> dict[int, str]:
        pages = {p: self.world.get(state, "copy", p, kernel) for p in range(self.world.pages)}
        return {p: next(n for n, a in ACCESS.items() if a == found)
                for p, found in pages.items() if found}  # fmt: skip


def _odd_value(
    kind: str, carried: messages.Gave | messages.Granted, moment: Moment
) -> Iterator[tuple[str, str]]:
    value, page = carried.value, carried.page
    if value is not UNSET and value != moment.pages[page]:
        yield f"{kind} carries page {page} with {value}", (
            f"{moment.pages[page]}, which was written last")  # fmt: skip


def _tables(found: dict[int, str]) -> str:
    return " and ".join(f"page {p} to {access}" for p, access in sorted(found.items())) or "nothing"
