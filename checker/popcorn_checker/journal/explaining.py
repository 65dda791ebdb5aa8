"""A behaviour of the model that explains a journal, event by event.

Threads and pages are numbered in the order in which the journal names them; pages that it does not
name are left out, and so are other processes than the one that is asked for.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from popcorn_checker.checking import Request, make_subject
from popcorn_checker.evaluate import Evaluator, Firing, State
from popcorn_checker.journal.composing import Composer
from popcorn_checker.journal.reading import Journal, JournalError, Line
from popcorn_checker.journal.telling import make_firing
from popcorn_checker.trace import Trace
from popcorn_checker.tracing import Claim, make_trace

STEPS_SHOWN: Final = 100
"""How many steps are shown of a run, if nothing else is asked for."""

PROTOCOL: Final = "popcorn"
PARTS: Final = ("threads", "pages", "areas", "futex", "fork", "services")


class Unexplained(Exception):
    """No step of the model is what an event says."""

    def __init__(self, line: Line, step: Firing, legal: tuple[str, ...]) -> None:
        """`legal` are the actions that the model can take instead."""
        values = ", ".join(map(str, step.values))
        super().__init__(
            f"line {line.number}: kernel {line.kernel} says {line.event}, which would be "
            f"{step.action}({values}), and the model cannot take that step; it can take "
            f"{', '.join(legal) or 'none'}"
        )
        self.line = line
        self.step = step
        self.legal = legal


@dataclass
class Numbers:
    """Numbers of a journal, and those of the model for them."""

    threads: dict[int, int] = field(default_factory=dict)
    pages: dict[int, int] = field(default_factory=dict)

    def note(self, line: Line) -> None:
        """Number what an event names."""
        names = line.names
        is_thread = names.get("call") in ("clone", "futex_wake")
        for thread in (names.get("thread"), names.get("other") if is_thread else None):
            if thread is not None:
                self.threads.setdefault(thread, len(self.threads))
        if line.event == "areas":
            return
        pages = [names.get("page"), *(page for page, _ in names.get("pages", ()))]
        if names.get("call") == "mremap":
            pages.append(names.get("other"))
        for page in pages:
            if page is not None:
                self.pages.setdefault(page, len(self.pages))

    def tell(self, line: Line) -> Iterator[dict[str, Any]]:
        """What an event names, as the model numbers it; an event about a range, page by page."""
        names = dict(line.names)
        call = names.get("call")
        for name in ("thread", *(("other",) if call in ("clone", "futex_wake") else ())):
            if name in names:
                names[name] = self.threads[names[name]]
        if line.event == "areas":
            inside = [p for p in self.pages if names["page"] <= p < names["other"]]
            for page in sorted(inside):
                number = self.pages[page]
                yield {**names, "page": number, "other": number + 1}
            return
        for name in ("page", *(("other",) if call == "mremap" else ())):
            if name in names:
                names[name] = self.pages[names[name]]
        if "pages" in names:
            names["pages"] = [(self.pages[page], access) for page, access in names["pages"]]
        if line.event == "exec":
            names["areas"] = [
                (number, number + 1, access)
                for first, end, access in names.get("areas", ())
                for page, number in self.pages.items()
                if first <= page < end
            ]
        yield names


@dataclass
class Explained:
    """A run of the model, and from which line each step comes."""

    evaluator: Evaluator
    run: list[tuple[Firing, State]]
    lines: list[int]
    numbers: Numbers

    @property
    def is_over(self) -> bool:
        """Whether nothing is left of the process at the end of the journal."""
        return bool(self.run) and self.run[-1][0].action == "close"

    def trace(self, first: int = 1, last: int | None = None) -> Trace:
        """What has led to some lines as a trace, as for a counterexample.

        Without a last line there are at most `STEPS_SHOWN` steps.

        Raises: JournalError if no step is in these lines.
        """
        begin = bisect_left(self.lines, first)
        end = begin + STEPS_SHOWN if last is None else bisect_right(self.lines, last)
        run = self.run[begin:end]
        if not run:
            raise JournalError(
                f"there is no step of the process in these lines; its first is in line "
                f"{self.lines[0]} and its last in line {self.lines[-1]}"
            )
        start = self.run[begin - 1][1] if begin else self.evaluator.initial()
        shown = f"Steps {begin + 1} to {begin + len(run)} of the {len(self.run)} of a run."
        return make_trace(self.evaluator, run, Claim(doc=shown), start)


class _Cells:
    """Reads cells of the state that a run has come to."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.families = {family.name: family for family in evaluator.model.states}
        self.sizes: Mapping[str, int] = evaluator.scope.entries
        self.state = evaluator.initial()

    def __call__(self, name: str, *index: int) -> Any:
        return self.state[self.evaluator.slot[self.families[name], index]]


def explain(journal: Journal, process: int | None = None) -> Explained:
    """The behaviour of the model that one process of a journal is, by default the first.

    Raises: Unexplained; JournalError if it is not about that process. Cost: an evaluation of an
    action for each event, and of all actions where none fits.
    """
    lines = [line for line in journal.lines if "process" in line.names]
    if process is None and lines:
        process = lines[0].names["process"]
    known = sorted({line.names["process"] for line in lines})
    if process not in known:
        raise JournalError(f"the journal is not about process {process}; it is about {known}")
    lines = [line for line in lines if line.names["process"] == process]
    numbers = Numbers()
    for line in lines:
        numbers.note(line)
    cells = _Cells(_make_evaluator(journal, numbers))
    return _take(lines, numbers, cells)


def _make_evaluator(journal: Journal, numbers: Numbers) -> Evaluator:
    scope = (
        f"kernels={journal.about['kernels']},tasks={max(1, len(numbers.threads))},"
        f"pages={max(1, len(numbers.pages))}"
    )
    return make_subject(Request(PROTOCOL, None, scope, parts=PARTS)).evaluator


def _take(lines: list[Line], numbers: Numbers, cells: _Cells) -> Explained:
    evaluator = cells.evaluator
    actions = {action.name: action for action in evaluator.model.actions}
    composer = Composer(cells.sizes["pages"], cells)
    found = Explained(evaluator, [], [], numbers)
    for line in lines:
        for names in numbers.tell(line):
            for step in composer.tell(line.event, names):
                firing = make_firing(step)
                after = evaluator.fire(cells.state, actions[firing.action], firing)
                if after is None:
                    legal = {each.action for each, _ in evaluator.successors(cells.state)}
                    raise Unexplained(line, firing, tuple(sorted(legal)))
                cells.state = after
                found.run.append((firing, after))
                found.lines.append(line.number)
    return found
