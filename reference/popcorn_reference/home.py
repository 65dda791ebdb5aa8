"""The origin's side of a process: its threads, and the way of each question.

Every question comes here. A fault takes all its pages and is answered with them, a fork takes all
that are mapped; everything else takes one page at a time and gives it back before the next. Who
takes several could hold one and wait for another for ever, so only one of those takes pages at a
time. What a question does when it has what it wants stands in `serving`.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from popcorn_model.vocabulary import Access, Call, Parcel
from popcorn_reference.areas import Areas
from popcorn_reference.directory import Directory
from popcorn_reference.faults import RemoteFault
from popcorn_reference.member import Member
from popcorn_reference.memory import Memory
from popcorn_reference.messages import Answer, Asked, Done, End, Farewell, Gave, Granted
from popcorn_reference.outputs import Alarm, HostCall, Note, Output, Over, Send
from popcorn_reference.questions import (
    AT_ONCE,
    WANTS,
    Outcome,
    Outside,
    Part,
    Pause,
    Program,
    Question,
    Request,
)
from popcorn_reference.roll import Roll
from popcorn_reference.tables import Turning, Visit

Sets = tuple[tuple[str, int], ...]
"""Registers by name, and what is put there."""

_WITH_TIME = 2
"""Where in the arguments of a call that sleeps the time is, if it has one."""


@dataclass(frozen=True)
class Ways:
    """How a home does what it does not know itself."""

    serves: Mapping[Call, Callable[["Home", Question], None]]
    """What each call does when it has its pages."""
    start: Callable[["Home", Question], Program]
    """Makes the program of a system call."""
    new_thread: Callable[[], int | None]
    """A number for a new thread, if there can be one more."""
    make_child: Callable[["Home", Question], int | None]
    """Begins a process that is a copy of this one: its number, if there can be one more."""
    over: Callable[["Home"], None]
    """Is told when nothing is left of the process."""


class Home:
    """What the origin has of one process."""

    def __init__(self, process: int, member: Member, ways: Ways) -> None:
        self.process = process
        self.member = member
        self.kernel = member.kernel
        self.areas = Areas()
        self.directory = Directory(process)
        self.roll = Roll()
        self.questions: dict[int, Question] = {}
        self.turn: int | None = None
        self.turns: deque[int] = deque()
        self.is_ending = False
        self.is_over = False
        self.status = 0
        self.new_thread = ways.new_thread
        self._ways = ways
        self._retries: deque[int] = deque()
        self._roomless: list[int] = []
        self._out: list[Output] = []

    @property
    def memory(self) -> Memory:
        """The frames that all copies are made from."""
        return self.member.memory

    def make_child(self, question: Question) -> int | None:
        """Begin a process that is a copy of this one, with the thread that asks for it."""
        return self._ways.make_child(self, question)

    def known_pages(self) -> list[int]:
        """The mapped pages that may hold something, or that somebody may have."""
        known = {*self.memory.touched(), *self.directory.entries}
        return sorted(page for page in known if self.areas.find(page) is not None)

    # --- what comes in ---------------------------------------------------------------------------

    def begin(self, thread: int, kernel: int, context: bytes, sets: Sets = ()) -> None:
        """The process begins, with one thread that is sent to a kernel."""
        self.note("exec", thread=thread, kernel=kernel, areas=tuple(self.areas))
        self.send_thread(thread, kernel, context, sets)

    def hear(self, source: int, message: Asked | Gave | Done | Farewell) -> None:
        """A kernel has sent something.

        Raises: RemoteFault if it does not fit.
        """
        match message:
            case Asked():
                self._hear_call(source, message)
            case Gave():
                self._hear_gave(source, message)
            case Done():
                self._hear_done(source, message)
            case Farewell():
                self._hear_farewell(source)

    def resume(self, thread: int, outcome: Outcome) -> None:
        """What a system call waits for has come: something from outside, or another's word."""
        question = self.questions.get(thread)
        if question is not None:
            self.complete(question, outcome)

    def ring(self, thread: int) -> None:
        """The time that a thread has waited for has come."""
        question = self.questions.get(thread)
        if question is not None and question.call is Call.SLEEP:
            self.note("give_up", thread=thread, kernel=question.kernel)
            self.get_up(question, None)
        elif question is not None and question.call is Call.SYSTEM:
            self.complete(question, None)

    def _hear_call(self, source: int, asked: Asked) -> None:
        self.roll.hear(asked.thread, Turning.CALL, source)
        question = Question(
            asked.thread, source, asked.context, asked.call, dict(asked.pages), asked.arguments
        )
        self.questions[asked.thread] = question
        if self.is_ending:
            self._drop(question)
        elif asked.call is Call.SYSTEM:
            question.program = self._ways.start(self, question)
            self.advance(question, None)
        else:
            self.ask(question)

    def _hear_gave(self, source: int, gave: Gave) -> None:
        if not self.directory.note(source, gave):
            raise RemoteFault(
                f"kernel {source} gives way on page {gave.page:#x} of process {self.process}, "
                "which nobody has asked it for"
            )
        taken = self.directory.entry(gave.page).taken
        assert taken is not None
        if gave.parcel is Parcel.DATA:
            self.memory.page(gave.page)[:] = gave.data
        self.note("way", thread=taken, page=gave.page, kernel=source)
        self._retries.append(taken)

    def _hear_done(self, source: int, done: Done) -> None:
        self.roll.hear(done.thread, Turning.DONE, source)
        self.note("finish", thread=done.thread, kernel=source)
        self.give_back(done.thread)

    def _hear_farewell(self, source: int) -> None:
        self.roll.visit(source, Visit.FAREWELL)
        self.note("heard", kernel=source)
        if not self.roll.guests:
            self._close()

    # --- questions -------------------------------------------------------------------------------

    def ask(self, question: Question) -> None:
        """Begin with a question, or with the next part of a system call."""
        thread, kernel = question.thread, question.kernel
        goal = question.arguments[0] if question.call is Call.MIGRATE else None
        self.note("ask", thread=thread, kernel=kernel, call=question.call, pages=question.pages,
                  goal=goal)  # fmt: skip
        if question.call is Call.FORK or len(question.wants) > 1:
            self.turns.append(thread)
            self._next_turn()
        else:
            self._retries.append(thread)

    def _next_turn(self) -> None:
        if self.turn is None and self.turns and not self.is_ending:
            self.turn = self.turns.popleft()
            question = self.questions[self.turn]
            self.note("turn", thread=self.turn, kernel=question.kernel, call=question.call)
            self._retries.append(self.turn)

    def _try(self, question: Question) -> None:
        """Take what is free of what a question wants, and serve it if it has all."""
        if question.call is Call.SLEEP:
            return
        if question.call is Call.FAULT and not self._is_allowed(question):
            if all(map(self.directory.is_settled, self._taken(question))):
                self._refuse(question)
            return
        if question.call is Call.FORK:
            self._want_all(question)
        if question.call in AT_ONCE or self._take_all(question):
            self._ways.serves[question.call](self, question)

    def _want_all(self, question: Question) -> None:
        """A fork is about all pages that are mapped, and those may have become others."""
        mapped = [p for p in self.known_pages() if self.areas.access(p) is not Access.NONE]
        for page in mapped:
            if page not in question.wants:
                self.note("want", thread=question.thread, kernel=question.kernel, page=page)
        question.wants = dict.fromkeys(mapped, Access.READ)

    def _is_allowed(self, question: Question) -> bool:
        order = (Access.NONE, Access.READ, Access.WRITE)
        return all(
            order.index(self.areas.access(page)) >= order.index(access)
            for page, access in question.pages
        )

    def _taken(self, question: Question) -> list[int]:
        return [page for page in question.wants if self.directory.has(question.thread, page)]

    def _take_all(self, question: Question) -> bool:
        """Take what is free; whether all is taken and nobody is waited for."""
        excused = question.kernel if question.call is Call.FAULT else self.kernel
        for page, access in question.pages:
            entry = self.directory.entry(page)
            if entry.taken is None:
                self.note("take", thread=question.thread, kernel=question.kernel, page=page)
                self._out.extend(self.directory.take(question.thread, page, access, excused))
            elif entry.taken != question.thread and question.thread not in entry.queue:
                entry.queue.append(question.thread)
        taken = self._taken(question)
        return len(taken) == len(question.wants) and all(map(self.directory.is_settled, taken))

    def _refuse(self, question: Question) -> None:
        self.note("refuse", thread=question.thread, kernel=question.kernel)
        self.end_turn(question)
        self.directory.leave_queues(question.thread)
        self.give_back(question.thread)
        self.answer(question, sets=(("refused", question.pages[0][0]),))

    def end_turn(self, question: Question) -> None:
        """Let the next take pages who wants more than one."""
        if self.turn == question.thread:
            self.turn = None
            self._next_turn()

    def give_back(self, thread: int) -> None:
        """Let others have the pages that a thread's question has taken."""
        free = self.directory.give_back(thread)
        self._retries.extend(free)
        self._retries.extend(self._roomless)
        self._roomless.clear()

    def wait_for_room(self, question: Question) -> None:
        """There is room only where another question is still at work: try again after it."""
        self._roomless.append(question.thread)

    # --- answers ---------------------------------------------------------------------------------

    def complete(self, question: Question, outcome: Outcome) -> None:
        """A question has had its effect: go on with its system call, or answer its thread."""
        if question.program is None:
            self.give_back(question.thread)
            result = outcome if isinstance(outcome, int) else 0
            self.answer(question, sets=(("result", result),))
            return
        self.advance(question, outcome)

    def advance(self, question: Question, outcome: Outcome) -> None:
        """Send a system call what it has waited for, and begin with what it wants next."""
        assert question.program is not None
        try:
            request: Request = question.program.send(outcome)
        except StopIteration as end:
            self.give_back(question.thread)
            if question.thread in self.questions:
                self.note("answer", thread=question.thread, kernel=question.kernel)
                self.answer(question, sets=(("result", int(end.value)),))
            return
        self.give_back(question.thread)
        match request:
            case Part():
                question.call = request.call
                question.arguments, question.sets = request.arguments, request.sets
                access = WANTS.get(request.call)
                question.wants = {}
                if request.page is not None and access is not None:
                    question.wants[request.page] = access
                self.ask(question)
            case Outside():
                question.call, question.wants = Call.SYSTEM, {}
                self._out.append(
                    HostCall(self.process, question.thread, request.name, request.arguments)
                )
            case Pause():
                question.call, question.wants = Call.SYSTEM, {}
                if request.nanoseconds is not None:
                    self.set_alarm(question.thread, request.nanoseconds)

    def answer(
        self,
        question: Question,
        pages: tuple[Granted, ...] = (),
        sets: tuple[tuple[str, int], ...] = (),
        call: Call = Call.SYSTEM,
    ) -> None:
        """Answer a question to where it came from."""
        del self.questions[question.thread]
        self.roll.send_back(question.thread, question.kernel, bool(pages))
        message = Answer(self.process, question.thread, call, question.context, pages, sets)
        self._out.append(Send(question.kernel, message))

    def send_thread(self, thread: int, kernel: int, context: bytes, sets: Sets = ()) -> None:
        """Send a thread to a kernel that has not asked for it."""
        self.roll.list_thread(thread, kernel)
        self.welcome(kernel)
        self._out.append(
            Send(kernel, Answer(self.process, thread, Call.SYSTEM, context, (), sets))
        )

    def welcome(self, kernel: int) -> None:
        """From now on a kernel has threads of the process."""
        self.roll.visit(kernel, Visit.SEND)

    def sleep(self, question: Question, address: int) -> None:
        """A thread falls asleep on a futex."""
        self.roll.lie_down(question.thread, address)
        question.call = Call.SLEEP
        self.give_back(question.thread)
        if len(question.arguments) > _WITH_TIME:
            self.set_alarm(question.thread, question.arguments[_WITH_TIME])

    def get_up(self, question: Question, outcome: Outcome) -> None:
        """A thread sleeps no more, and goes on with what has come of it."""
        self.roll.get_up(question.thread, question.arguments[0])
        if len(question.arguments) > _WITH_TIME:
            self.set_alarm(question.thread, 0)
        self.complete(question, outcome)

    # --- the end ---------------------------------------------------------------------------------

    def leave(self, question: Question, turning: Turning) -> None:
        """A thread is gone, and its question with it."""
        sleeps = question.call is Call.SLEEP
        self.roll.leave(question.thread, turning, question.arguments[0] if sleeps else None)
        del self.questions[question.thread]
        self.directory.leave_queues(question.thread)
        if question.program is not None:
            question.program.close()

    def kill(self, status: int) -> None:
        """Something outside ends the process."""
        self.note("kill")
        self.end(status)

    def end(self, status: int) -> None:
        """The process ends: tell every kernel, and drop what is asked."""
        self.is_ending = True
        self.status = status
        for question in list(self.questions.values()):
            self._drop(question)
        for kernel in sorted(self.roll.guests):
            self.roll.visit(kernel, Visit.TELL)
            self.note("tell", kernel=kernel)
            self._out.append(Send(kernel, End(self.process)))

    def _drop(self, question: Question) -> None:
        self.note("drop", thread=question.thread, kernel=question.kernel)
        self.leave(question, Turning.DROP)

    def _close(self) -> None:
        self.is_over = True
        for thread in self.roll.lives:
            self.roll.turn(thread, Turning.CLOSE)
        self.note("close")
        self._ways.over(self)
        self._out.append(Over(self.process, self.status))

    # --- helpers ---------------------------------------------------------------------------------

    def take_outputs(self) -> list[Output]:
        """Try all questions that may go on now, and hand out what has come of it."""
        while self._retries:
            question = self.questions.get(self._retries.popleft())
            if question is not None and not self.is_ending:
                self._try(question)
        out, self._out = self._out, []
        return out

    def emit(self, outputs: Iterable[Output]) -> None:
        """Hand out more."""
        self._out.extend(outputs)

    def set_alarm(self, thread: int, nanoseconds: int) -> None:
        """Have a thread's system call told when time has passed."""
        self._out.append(Alarm(self.process, thread, nanoseconds))

    def note(self, event: str, **names: object) -> None:
        """Write an event to the journal."""
        self._out.append(Note(event, (("process", self.process), *names.items())))
