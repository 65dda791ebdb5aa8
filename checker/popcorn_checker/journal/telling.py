"""Which steps of the model the events of the vocabulary are, one event at a time.

Here a thread asks for one thing at a time. What a system call of Linux is stands in `composing`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from popcorn_checker.evaluate import Firing
from popcorn_model.popcorn import sorts
from popcorn_model.vocabulary import Access, Call

Names = Mapping[str, Any]
"""What an event names, by name."""

ACCESS: Final = {each: number for number, each in enumerate(Access)}
CALLS: Final = sorts.Call.info.labels
ON_PAGE: Final = (Call.MMAP_OVER, Call.MUNMAP, Call.FORBID, Call.ALLOW, Call.MREMAP)
ON_FUTEX: Final = (Call.FUTEX_WAIT, Call.FUTEX_WAKE)
ON_MEMORY: Final = (Call.LOOK, Call.FILL)
EFAULT: Final = -14

Step = tuple[Any, ...]
"""An action and the numbers of its parameters."""


def tell(event: str, names: Names) -> list[Firing]:
    """The steps that an event is, in order; none for what the model does not follow.

    Raises: KeyError if the event lacks a name.
    """
    return [make_firing(step) for step in TELLS[event](names)]


def make_firing(step: Step) -> Firing:
    """A step as the evaluator takes it."""
    action, *values = step
    return Firing(action, tuple(int(value) for value in values))


def ask(n: Names) -> Iterator[Step]:
    """A thread asks for something."""
    call, t, k = n["call"], n["thread"], n["kernel"]
    if call == Call.FAULT:
        (first, access), *more = n["pages"]
        yield "fault", t, k, first, ACCESS[access]
        for page, wanted in more:
            yield "fault_also", t, k, first, page, ACCESS[wanted]
    elif call == Call.MIGRATE:
        yield "call_migrate", t, k, n["goal"]
    elif call in (*ON_PAGE, *ON_FUTEX, *ON_MEMORY):
        ((page, _),) = n["pages"]
        family = (
            "call_on_page" if call in ON_PAGE
            else "call_futex" if call in ON_FUTEX else "call_memory"
        )  # fmt: skip
        yield family, t, k, page, CALLS.index(call)
    else:
        yield f"call_{Call(call).value}", t, k


def _serve(n: Names) -> Iterator[Step]:
    call, t, k, p = n["call"], n["thread"], n["kernel"], n.get("page")
    match Call(call):
        case Call.CLONE:
            yield "serve_clone", t, k, n["other"]
        case Call.EXIT | Call.EXIT_GROUP | Call.FORK | Call.OTHER as known:
            yield f"serve_{known.value}", t, k
        case Call.MREMAP:
            yield "serve_mremap", t, k, p, n["other"]
        case Call.FUTEX_WAIT:
            yield "fall_asleep", t, k, p
        case Call.FUTEX_WAKE if "other" in n:
            yield "wake", t, k, p, n["other"], n["where"]
        case Call.FUTEX_WAKE:
            yield "wake_nobody", t, k, p
        case known:
            yield f"serve_{known.value}", t, k, p


def _fail(n: Names) -> Iterator[Step]:
    call, t, k, p = n["call"], n["thread"], n["kernel"], n.get("page")
    match Call(call):
        case Call.CLONE | Call.MMAP as known:
            yield f"refuse_{known.value}", t, k
        case Call.MREMAP:
            yield "refuse_mremap", t, k, p
        case Call.FUTEX_WAIT:
            yield "miss_word" if n["error"] == EFAULT else "find_other_word", t, k, p
        case Call.FORK | Call.OTHER as known:
            yield f"serve_{known.value}", t, k
        case Call.EXIT | Call.EXIT_GROUP | Call.MIGRATE as known:  # nothing refuses them
            yield f"refuse_{known.value}", t, k
        case known:
            yield f"serve_{known.value}", t, k, p


def _turn(n: Names) -> Iterator[Step]:
    forks = n["call"] == Call.FORK
    yield "take_turn_to_fork" if forks else "take_turn", n["thread"], n["kernel"]


def _one(action: str, *names: str) -> Callable[[Names], Iterator[Step]]:
    def tell_one(n: Names) -> Iterator[Step]:
        yield action, *(n[name] for name in names)

    return tell_one


def _nothing(n: Names) -> Iterator[Step]:
    return iter(())


TELLS: Final[Mapping[str, Callable[[Names], Iterator[Step]]]] = {
    "exec": _one("exec_program", "thread", "kernel"),
    "stop": ask,
    "ask": _nothing,
    "turn": _turn,
    "want": _one("want_page", "thread", "kernel", "page"),
    "take": _one("take_page", "thread", "page", "kernel"),
    "way": _one("note_way", "thread", "page", "kernel"),
    "finish": _one("finish", "thread", "kernel"),
    "grant": _one("grant", "thread", "kernel"),
    "refuse": _one("refuse_fault", "thread", "kernel"),
    "pass": _one("serve_migrate", "thread", "kernel", "goal"),
    "serve": _serve,
    "fail": _fail,
    "areas": _nothing,
    "give_up": _one("give_up", "thread", "kernel"),
    "answer": _nothing,
    "kill": _one("kill"),
    "drop": _one("drop_question", "thread", "kernel"),
    "tell": _one("tell_end", "kernel"),
    "heard": _one("hear_farewell", "kernel"),
    "close": _one("close"),
    "run": _one("run_on", "thread", "kernel"),
    "step": _one("receive", "thread", "kernel"),
    "give": _one("give_way", "page", "kernel"),
    "end": _one("end_here", "kernel"),
}
"""Index: the events of the vocabulary."""
