"""Stimuli done again, with all that is to be seen: what the model explains, and a little more.

The model does not say what is in a futex's word, what a system call returns, nor in which order
commands to a processor are carried out, and it forces no step. So some more is looked at here:
nobody sleeps on a word that is not as expected; a system call reads and writes only what areas
allow; no instruction is executed before its pages are mapped; and when no message is on its way,
nobody waits for anything but to be woken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from popcorn_model.vocabulary import Access, Call
from popcorn_reference.messages import Answer
from popcorn_reference.outputs import Note
from support.joined.cluster import Cluster
from support.joined.join import Join, Unexplained
from support.joined.stimuli import Stimulus, get_arrivals, get_local
from support.wrong.compact import write

_STEP: Final = re.compile(r"Firing\(action='(\w+)', values=\([\d, ]*\)\) is no step")
_CELL: Final = re.compile(r"(\w+)\[[\d, ]*\] is ")
_WORD_BYTES: Final = 4
_NEEDS: Final = {Call.LOOK: (Access.READ, Access.WRITE), Call.FILL: (Access.WRITE,)}


class Careful(Cluster):
    """A cluster whose processors fault as real ones do, and whose system calls are looked at."""

    def _execute(self, kernel: int, answer: Answer) -> None:
        for granted in answer.pages:
            allowed = self.tables.get((granted.page, kernel), Access.NONE)
            if allowed not in (Access.WRITE, granted.access):
                raise Unexplained(f"seen: page {granted.page} is not mapped when it is used")
        super()._execute(kernel, answer)

    def _follow(self, note: Note) -> None:
        names: dict[str, Any] = dict(note.names)
        if note.event == "serve" and names["call"] in _NEEDS:
            page, needs = names["page"], _NEEDS[names["call"]]
            if self.home.areas.access(page) not in needs:
                raise Unexplained(f"seen: page {page} does not allow what a system call does")
        super()._follow(note)


def make(scope: tuple[int, int, int]) -> Join:
    """A join with careful processors."""
    join = Join(*scope)
    join.cluster = Careful(*scope)
    return join


def do(join: Join, stimulus: Stimulus) -> str | None:
    """Do something to a join: what is wrong then, if anything."""
    try:
        stimulus.apply(join)
    except Unexplained as why:
        return describe(why)
    return next(find_waiting(join), None)


def describe(why: Unexplained) -> str:
    """What is seen, in short: a step that is none, cells that differ, or who has complained."""
    text = str(why)
    if why.__cause__ is not None:
        return type(why.__cause__).__name__
    if text.startswith("seen: "):
        return text.partition("\n")[0].removeprefix("seen: ")
    step = _STEP.search(text)
    if step:
        return f"no step: {step[1]}"
    return f"cells: {', '.join(dict.fromkeys(_CELL.findall(text)))}"


def find_waiting(join: Join) -> Iterator[str]:
    """What will never come, as no message is on its way; and who sleeps on another word."""
    home = join.home
    for thread, question in home.questions.items():
        if question.call is Call.SLEEP:
            address, expected = question.arguments[:2]
            word = home.memory.page(address // 4096)[:_WORD_BYTES]
            if int.from_bytes(word, "little") != expected:
                yield f"thread {thread} sleeps on another word"
    if get_arrivals(join) or home.is_over:
        return
    if home.is_ending:
        yield "the end does not come"
    for thread, question in home.questions.items():
        if question.call is not Call.SLEEP:
            yield f"thread {thread} is not answered"


def replay(scope: tuple[int, int, int], stimuli: Iterable[Stimulus]) -> tuple[int, str | None]:
    """Do all until something is wrong: how many were done, and what was seen."""
    join = make(scope)
    number = 0
    for number, stimulus in enumerate(stimuli, 1):
        seen = do(join, stimulus)
        if seen is not None:
            return number, seen
    return number, None


def replay_legal(scope: tuple[int, int, int], stimuli: Iterable[Stimulus]) -> int:
    """Do what can be done of stimuli, up to the first that cannot be: how many those were.

    Raises: AssertionError if anything is wrong.
    """
    join = make(scope)
    for number, stimulus in enumerate(stimuli):
        legal = [*get_local(join), *get_arrivals(join)]
        if write([stimulus]) not in [write([each]) for each in legal]:
            return number
        seen = do(join, stimulus)
        assert seen is None, f"{seen}, after {stimulus}{join.show_history()}"
    return len(join.history)
