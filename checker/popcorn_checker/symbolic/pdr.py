"""Property-directed reachability: a proof grown clause by clause from what a violation would need.

A state in which something is wrong is traced back, frame by frame. Where no state of the frame
before leads to it, it is excluded, together with as many others as the same argument excludes.
Where it is traced back to the start, the rules on the way are a counterexample, which need not be a
shortest one. Once a frame excludes no more than the next, it is an invariant, and what is wrong is
never reached. No depth bounds a proof; the depth that is given bounds the frames.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

from popcorn_checker.exploring import Subject
from popcorn_checker.ground import Grounder
from popcorn_checker.patience import INTERRUPTED, SPENT, Impatience
from popcorn_checker.symbolic.answers import Answers, Task
from popcorn_checker.symbolic.bmc import holds_in
from popcorn_checker.symbolic.finite.steps import relate
from popcorn_checker.symbolic.frames import Cube, Frames
from popcorn_checker.symbolic.questions import Question, ask
from popcorn_checker.symbolic.unroll import replay


@dataclass(order=True)
class _Obligation:
    """A cube to exclude from a frame: from it, the rules lead to something wrong."""

    level: int
    number: int
    cube: Cube = field(compare=False)
    rules: tuple[int, ...] = field(compare=False)


def direct(subject: Subject, task: Task) -> Answers:
    """Prove or refute with up to ``task.depth`` frames. Cost: from seconds to beyond reason."""
    began, found = time.monotonic(), Answers()
    grounder = Grounder(subject.model, subject.scope)
    relation = relate(grounder)
    questions = ask(grounder, relation, task.only)
    found.rules, found.variables = len(relation.rules), len(relation.now.variables)
    frames = Frames(relation, subject.evaluator.initial(), task.patience)
    try:
        _Directed(subject, frames, questions, task).run(found)
    except Impatience:
        found.stopped = SPENT
    except KeyboardInterrupt:
        found.stopped = INTERRUPTED
    found.seconds = time.monotonic() - began
    return found


class _Directed:
    """One search for all that is asked about: frames stay as good when a question is answered."""

    def __init__(
        self, subject: Subject, frames: Frames, questions: tuple[Question, ...], task: Task
    ) -> None:
        self.evaluator, self.frames, self.task = subject.evaluator, frames, task
        self.questions, self.open = questions, list(questions)
        self.numbers = count()

    def run(self, found: Answers) -> None:
        """Frame by frame, as long as something is open. Raises: Impatience."""
        frames = self.frames
        self._start(found)
        while self.open and frames.last < self.task.depth and not self._over(found):
            frames.grow()
            while self.open and not self._over(found):
                some = frames.relation.terms.disjunction([q.formula for q in self.open])
                bad = frames.find_bad(frames.in_bits(some))
                if bad is None:
                    break
                self._trace_back(bad, found)
            if self.open and not self._over(found):
                found.refuted = frames.last
                self.task.tell(f"frame {frames.last}, {sum(map(len, frames.cubes))} clauses")
                if self._push():
                    clauses = sum(map(len, frames.cubes))
                    for question in self.open:
                        found.never[question.name] = f"by an invariant of {clauses} clauses"
                    self.open.clear()

    def _over(self, found: Answers) -> bool:
        reached = {q.name for q in self.questions if q.reached}
        return self.task.first and not found.runs.keys() <= reached

    def _start(self, found: Answers) -> None:
        """What is decided at the start."""
        self._decide((), found)
        found.refuted = 0

    def _decide(self, rules: tuple[int, ...], found: Answers) -> None:
        """Note what a run decides."""
        relation = self.frames.relation
        run = replay(self.evaluator, relation, rules)
        last = run[-1][1] if run else self.evaluator.initial()
        constants = relation.bits.constants(last)
        for question in list(self.open):
            if holds_in(relation, question, constants):
                found.runs[question.name] = run
                self.open.remove(question)

    def _trace_back(self, bad: Cube, found: Answers) -> None:
        """Exclude a cube from the last frame, or find the way from the start to it."""
        frames = self.frames
        heap = [_Obligation(frames.last, next(self.numbers), bad, ())]
        while heap:
            due = heap[0]
            if frames.meets_start(due.cube):
                self._decide(due.rules, found)
                return
            if frames.excluded(due.cube, due.level):
                heappop(heap)
                continue
            before = frames.before(due.cube, due.level - 1)
            if before is not None:
                cube, rule = before
                rules = (rule, *due.rules)
                heappush(heap, _Obligation(due.level - 1, next(self.numbers), cube, rules))
                continue
            heappop(heap)
            cube = self._widened(due.cube, frames.core, due.level)
            level = due.level
            while level < frames.last and frames.before(cube, level) is None:
                level += 1
            frames.exclude(cube, level)
            if level < frames.last:
                later = _Obligation(level + 1, next(self.numbers), due.cube, due.rules)
                heappush(heap, later)

    def _widened(self, whole: Cube, core: Cube, level: int) -> Cube:
        """A cube that the same argument excludes, with as few bits as we find."""
        frames = self.frames
        cube = self._apart(whole, core)
        for literal in sorted(cube):
            less = cube - {literal}
            if literal not in cube or frames.meets_start(less):
                continue
            if frames.before(less, level - 1) is None:
                cube = self._apart(less, frames.core)
        return cube

    def _apart(self, whole: Cube, core: Cube) -> Cube:
        """The core, with one bit more where the start would be in it."""
        if not self.frames.meets_start(core):
            return core
        return core | {min(whole - self.frames.start)}

    def _push(self) -> bool:
        """Move what no step brings back to the next frame; whether a frame is an invariant."""
        frames = self.frames
        for level in range(1, frames.last):
            for cube in sorted(frames.cubes[level], key=sorted):
                if cube in frames.cubes[level] and frames.before(cube, level) is None:
                    frames.exclude(cube, level + 1)
            if not frames.cubes[level]:
                return True
        return False
