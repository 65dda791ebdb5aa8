"""A kernel's side of a process: the threads that are here, and what they may do with pages.

A kernel decides nothing. It runs the threads that it is sent, sends back those that need something,
and gives way when it is told to. It knows no areas: what its page tables allow, the areas allow.
"""

from collections.abc import Iterator
from typing import Final

from popcorn_model.vocabulary import Access, Call, Kind, Parcel
from popcorn_reference.faults import LocalFault, RemoteFault
from popcorn_reference.memory import Memory
from popcorn_reference.messages import (
    Answer,
    Asked,
    Done,
    End,
    Farewell,
    Gave,
    Granted,
    Recall,
    Wanted,
)
from popcorn_reference.outputs import (
    Forget,
    Map,
    Note,
    Output,
    Protect,
    Ready,
    Send,
    Step,
    Unmap,
)
from popcorn_reference.tables import COPY, PLACE, Move, Place, Turn, Word

_GRANTS: Final = {Access.READ: Word.GRANT_READ, Access.WRITE: Word.GRANT_WRITE}
_RECALLS: Final = {Access.READ: Word.RECALL_READ, Access.WRITE: Word.RECALL_WRITE}


class Member:
    """What one kernel has of one process."""

    def __init__(self, kernel: int, origin: int, process: int, memory: Memory) -> None:
        self.kernel = kernel
        self.origin = origin
        self.process = process
        self.memory = memory
        self.copies: dict[int, Access] = {}
        self.places: dict[int, Place] = {}
        self.has_ended = False

    @property
    def is_origin(self) -> bool:
        """Whether the process's frames at the origin are this kernel's own."""
        return self.kernel == self.origin

    def access(self, page: int) -> Access:
        """What threads may do here with a page."""
        return self.copies.get(page, Access.NONE)

    def place(self, thread: int) -> Place:
        """Whether a thread is here."""
        return self.places.get(thread, Place.ABSENT)

    def stepping(self) -> int | None:
        """The thread that executes the instruction for which it has got its pages, if any."""
        return next((t for t, place in self.places.items() if place is Place.STEPPING), None)

    # --- messages --------------------------------------------------------------------------------

    def hear_answer(self, answer: Answer) -> Iterator[Output]:
        """A thread is to run here; after a fault its pages come with it."""
        self._refuse_after_end(Answer.kind)
        if answer.call is not Call.FAULT:
            self._move(answer.thread, Move.RUN)
            yield self._note("run", thread=answer.thread, kernel=self.kernel)
            yield Ready(self.process, answer.thread, answer.context, answer.sets)
            return
        self._move(answer.thread, Move.STEP)
        for granted in answer.pages:
            yield from self._accept(granted)
        yield self._note("step", thread=answer.thread, kernel=self.kernel)
        yield Step(self.process, answer.thread, answer.context, answer.sets)

    def _accept(self, granted: Granted) -> Iterator[Output]:
        if granted.parcel is Parcel.DATA and not self.is_origin:
            self.memory.page(granted.page)[:] = granted.data
        yield from self._turn(granted.page, _GRANTS[granted.access])

    def hear_recall(self, recall: Recall) -> Iterator[Output]:
        """Another wants a page."""
        self._refuse_after_end(Recall.kind)
        turn = COPY.at(self.access(recall.page), _RECALLS[recall.access])
        assert turn.gives is not None
        parcel = Parcel.EMPTY if self.is_origin else turn.gives
        data = bytes(self.memory.page(recall.page)) if parcel is Parcel.DATA else b""
        yield from self._turn(recall.page, _RECALLS[recall.access])
        yield self._note("give", page=recall.page, kernel=self.kernel)
        yield Send(self.origin, Gave(self.process, recall.page, parcel, data))
        if turn.access is Access.NONE and not self.is_origin:
            self.memory.drop(recall.page)

    def hear_end(self) -> Iterator[Output]:
        """The process ends."""
        self._refuse_after_end(End.kind)
        self.has_ended = True
        for thread in list(self.places):
            self._move(thread, Move.END)
        for page in list(self.copies):
            yield from self._turn(page, Word.END)
        yield self._note("end", kernel=self.kernel)
        yield Forget(self.process)
        yield Send(self.origin, Farewell(self.process))

    def _refuse_after_end(self, kind: Kind) -> None:
        if self.has_ended:
            raise RemoteFault(
                f"{kind} about process {self.process}, which has ended on kernel "
                f"{self.kernel}"
            )

    # --- threads ---------------------------------------------------------------------------------

    def step_done(self, thread: int) -> Iterator[Output]:
        """The instruction that had faulted is executed, or has turned out to need more pages."""
        self._move(thread, Move.STEPPED)
        yield Send(self.origin, Done(self.process, thread))

    def stop(
        self,
        thread: int,
        call: Call,
        context: bytes,
        pages: Wanted = (),
        arguments: tuple[int, ...] = (),
    ) -> Iterator[Output]:
        """A thread asks the origin for something.

        Raises: LocalFault if the thread is not here, or its fault is none.
        """
        if call is Call.FAULT and all(self.suffices(page, access) for page, access in pages):
            raise LocalFault(f"thread {thread} may do all that it is said to fault on: {pages}")
        self._move(thread, Move.STOP)
        goal = arguments[0] if call is Call.MIGRATE else None
        yield self._note(
            "stop", thread=thread, kernel=self.kernel, call=call, pages=pages, goal=goal
        )
        asked = Asked(self.process, thread, call, context, pages, arguments)
        yield Send(self.origin, asked)

    def suffices(self, page: int, wanted: Access) -> bool:
        """Whether the page tables allow what is wanted."""
        allowed = self.access(page)
        return wanted is Access.NONE or allowed is Access.WRITE or allowed is wanted

    # --- the origin, on this kernel --------------------------------------------------------------

    def narrow(self, page: int, access: Access) -> Iterator[Output]:
        """The origin itself changes what its own threads may do with a page."""
        yield from self._change(page, access)

    # --- tables ----------------------------------------------------------------------------------

    def _move(self, thread: int, move: Move) -> None:
        place = PLACE.at(self.place(thread), move)
        if place is Place.ABSENT:
            self.places.pop(thread, None)
        else:
            self.places[thread] = place

    def _turn(self, page: int, word: Word) -> Iterator[Output]:
        turn: Turn = COPY.at(self.access(page), word)
        yield from self._change(page, turn.access)

    def _change(self, page: int, access: Access) -> Iterator[Output]:
        before = self.access(page)
        if access is before:
            return
        if access is Access.NONE:
            del self.copies[page]
            yield Unmap(self.process, page)
            return
        self.copies[page] = access
        make = Map if before is Access.NONE else Protect
        yield make(self.process, page, access)

    def _note(self, event: str, **names: object) -> Note:
        return Note(event, (("process", self.process), *names.items()))
