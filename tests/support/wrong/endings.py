"""Mistakes about the end of a process: who is told, what is dropped, and when it is over."""

from __future__ import annotations

from typing import Final

from popcorn_model.vocabulary import Call
from popcorn_reference.home import Home
from popcorn_reference.messages import Asked, End
from popcorn_reference.outputs import Output, Send
from popcorn_reference.questions import Question
from popcorn_reference.serving import exit_group
from popcorn_reference.tables import Turning, Visit
from support.wrong.rows import Hint, Patch, Wrong, serves

_end: Final = Home.end
_hear_call: Final = Home._hear_call

KILL: Final = Hint(calls=(Call.FAULT, Call.MIGRATE), kills=True)


def exit_group_elsewhere(home: Home, question: Question) -> None:
    """All kernels are told but the one that asks, as it knows."""
    exit_group(home, question)
    told = [
        each for each in home._out
        if isinstance(each, Send) and each.target == question.kernel
        and isinstance(each.message, End)
    ]  # fmt: skip
    home._out = [each for each in home._out if each not in told and not _tells(each, question)]


def _tells(output: Output, question: Question) -> bool:
    names = dict(getattr(output, "names", ()))
    return getattr(output, "event", "") == "tell" and names["kernel"] == question.kernel


def tell_all_twice(self: Home, status: int) -> None:
    """The end is told to every thread's kernel, and again to every kernel."""
    _end(self, status)
    self._out += [each for each in self._out if isinstance(each, Send)]


def end_without_dropping(self: Home, status: int) -> None:
    """What is asked at that moment is left as it is."""
    questions, self.questions = self.questions, {}
    _end(self, status)
    self.questions = questions


def close_at_first(self: Home, source: int) -> None:
    """The first farewell is the last."""
    self.roll.visit(source, Visit.FAREWELL)
    self.note("heard", kernel=source)
    self._close()


def stay_after_farewell(self: Home, source: int) -> None:
    """A kernel that has said farewell stays listed."""
    self.note("heard", kernel=source)
    if not self.roll.guests:
        self._close()


def serve_while_ending(self: Home, source: int, asked: Asked) -> None:
    """A question is served although the process ends."""
    is_ending, self.is_ending = self.is_ending, False
    _hear_call(self, source, asked)
    while self._retries:
        question = self.questions.get(self._retries.popleft())
        if question is not None:
            self._try(question)
    self.is_ending = is_ending


def kill_quietly(self: Home, status: int) -> None:
    """Threads that ask are dropped, and nobody is told."""
    self.note("kill")
    self.is_ending = True
    for question in list(self.questions.values()):
        self.leave(question, Turning.DROP)


ROWS: Final = (
    Wrong(
        "who ends the process is not told",
        "All kernels but the one that asks for it are told that the process ends.",
        "It knows of its own thread, but has others, and pages.",
        (serves(Call.EXIT_GROUP, exit_group_elsewhere),),
        Hint(calls=(Call.MIGRATE, Call.EXIT_GROUP)),
        "begin 0; 0>0; t0@0 exit_group; 0>0",
        "the end does not come",
    ),
    Wrong(
        "the end is told twice",
        "A kernel is told twice that the process ends.",
        "After the first time it knows of no such process.",
        (Patch(Home, "end", tell_all_twice),),
        Hint(kills=True),
        "begin 0; 0>0; kill; 0>0",
        "cells: told",
    ),
    Wrong(
        "questions outlive the end",
        "Questions that wait when the process ends are not dropped.",
        "Nobody would ever answer them.",
        (Patch(Home, "end", end_without_dropping),),
        Hint(calls=(Call.FAULT, Call.MIGRATE), kills=True),
        "begin 0; 0>0; t0@0 fault 0r; 0>0; 0>0; 0>0; t0@0 migrate =1; 0>0; 0>1; t0@1 fault 0w; "
        "1>0; kill; 0>1; 1>0",
        "no step: hear_farewell",
    ),
    Wrong(
        "over at the first farewell",
        "A process is over when the first kernel says farewell.",
        "Others may still run its threads.",
        (Patch(Home, "_hear_farewell", close_at_first),),
        KILL,
        "begin 0; 0>0; t0@0 migrate =1; 0>0; kill; 0>0; 0>0",
        "no step: close",
    ),
    Wrong(
        "farewell is not noted",
        "A kernel that has said farewell stays on the list.",
        "The process would never be over.",
        (Patch(Home, "_hear_farewell", stay_after_farewell),),
        KILL,
        "begin 0; 0>0; kill; 0>0; 0>0",
        "cells: joined",
    ),
    Wrong(
        "served while it ends",
        "A question that comes while the process ends is served.",
        "The kernel that is answered may have said farewell.",
        (Patch(Home, "_hear_call", serve_while_ending),),
        Hint(calls=(Call.FAULT,), kills=True),
        "begin 0; 0>0; t0@0 fault 0r; kill; 0>0",
        "no step: take_page",
    ),
    Wrong(
        "killed in silence",
        "Who is killed is taken from the list, and no kernel is told.",
        "Threads that run do not come to the origin by themselves.",
        (Patch(Home, "kill", kill_quietly),),
        KILL,
        "begin 0; 0>0; kill",
        "the end does not come",
    ),
)  # fmt: skip
"""From the first word to the last."""
