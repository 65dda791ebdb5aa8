"""Which steps of the model the events of the reference are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from popcorn_checker.evaluate import Firing
from popcorn_model.popcorn import sorts
from popcorn_model.vocabulary import Access, Call
from popcorn_reference.outputs import Note

Names = Mapping[str, Any]
_ACCESS: Final = {each: number for number, each in enumerate(Access)}
_CALLS: Final = sorts.Call.info.labels
ON_PAGE: Final = (Call.MMAP_OVER, Call.MUNMAP, Call.FORBID, Call.ALLOW, Call.MREMAP)
ON_FUTEX: Final = (Call.FUTEX_WAIT, Call.FUTEX_WAKE)
ON_MEMORY: Final = (Call.LOOK, Call.FILL)


def number_of(call: Call) -> int:
    """The label of a call, as states of the model have it."""
    return int(_CALLS.index(call.value))


def tell(note: Note) -> list[Firing]:
    """The steps that an event is, in order; none for what the model does not follow."""
    return [
        Firing(action, tuple(int(value) for value in values))
        for action, *values in _TELLS[note.event](dict(note.names))
    ]


Step = tuple[Any, ...]


def _stop(n: Names) -> Iterator[Step]:
    call, t, k = n["call"], n["thread"], n["kernel"]
    if call is Call.FAULT:
        (first, access), *more = n["pages"]
        yield "fault", t, k, first, _ACCESS[access]
        for page, wanted in more:
            yield "fault_also", t, k, first, page, _ACCESS[wanted]
    elif call is Call.MIGRATE:
        yield "call_migrate", t, k, n["goal"]
    elif call in (*ON_PAGE, *ON_FUTEX, *ON_MEMORY):
        ((page, _),) = n["pages"]
        family = (
            "call_on_page" if call in ON_PAGE
            else "call_futex" if call in ON_FUTEX else "call_memory"
        )  # fmt: skip
        yield family, t, k, page, number_of(call)
    else:
        yield f"call_{call.value}", t, k


def _serve(n: Names) -> Iterator[Step]:
    call, t, k, p = n["call"], n["thread"], n["kernel"], n.get("page")
    match call:
        case Call.CLONE:
            yield "serve_clone", t, k, n["other"]
        case Call.EXIT | Call.EXIT_GROUP | Call.FORK | Call.OTHER:
            yield f"serve_{call.value}", t, k
        case Call.MREMAP:
            yield "serve_mremap", t, k, p, n["other"]
        case Call.FUTEX_WAIT:
            yield "fall_asleep", t, k, p
        case Call.FUTEX_WAKE if "other" in n:
            yield "wake", t, k, p, n["other"], n["where"]
        case Call.FUTEX_WAKE:
            yield "wake_nobody", t, k, p
        case _:
            yield f"serve_{call.value}", t, k, p


EFAULT: Final = -14


def _fail(n: Names) -> Iterator[Step]:
    call, t, k, p = n["call"], n["thread"], n["kernel"], n.get("page")
    match call:
        case Call.CLONE | Call.MMAP:
            yield f"refuse_{call.value}", t, k
        case Call.MREMAP:
            yield "refuse_mremap", t, k, p
        case Call.FUTEX_WAIT:
            yield "miss_word" if n["error"] == EFAULT else "find_other_word", t, k, p
        case _:
            yield f"serve_{call.value}", t, k, p


def _turn(n: Names) -> Iterator[Step]:
    yield "take_turn_to_fork" if n["call"] is Call.FORK else "take_turn", n["thread"], n["kernel"]


def _one(action: str, *names: str) -> Callable[[Names], Iterator[Step]]:
    def tell_one(n: Names) -> Iterator[Step]:
        yield action, *(n[name] for name in names)

    return tell_one


_TELLS: Final[Mapping[str, Callable[[Names], Iterator[Step]]]] = {
    "exec": _one("exec_program", "thread", "kernel"),
    "stop": _stop,
    "ask": lambda n: iter(()),
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
