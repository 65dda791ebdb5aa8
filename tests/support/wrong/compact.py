"""Stimuli as short text, such as `begin 1; 0>1; t0@1 fault 0w; 1>0`, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from popcorn_model.vocabulary import Access, Call
from support.joined.stimuli import Stimulus

_LETTERS: Final = {Access.NONE: "n", Access.READ: "r", Access.WRITE: "w"}
_ACCESSES: Final = {letter: access for access, letter in _LETTERS.items()}


def write(stimuli: Iterable[Stimulus]) -> str:
    """Stimuli in order: `s>t` is a message that arrives, `t0@1` a thread that stops on a kernel."""
    return "; ".join(map(_write_one, stimuli))


def read(text: str) -> list[Stimulus]:
    """The stimuli that a text names."""
    return [_read_one(each.split()) for each in text.split(";") if each.strip()]


def _write_one(stimulus: Stimulus) -> str:
    given = stimulus.arguments
    if stimulus.method == "deliver":
        return f"{given[0]}>{given[1]}"
    if stimulus.method == "begin" and given[1:] == (0,):
        return f"begin {given[0]}"
    if stimulus.method != "stop":
        return " ".join([stimulus.method, *map(str, given)])
    thread, kernel, call, pages, extra = (*given, (), ())[:5]
    words = [f"t{thread}@{kernel}", call.value]
    words += [f"{page}{_LETTERS[access]}" for page, access in pages]
    return " ".join([*words, *(f"={number}" for number in extra)])


def _read_one(words: list[str]) -> Stimulus:
    first, *rest = words
    if ">" in first:
        source, target = first.split(">")
        return Stimulus("deliver", (int(source), int(target)))
    if "@" not in first:
        return Stimulus(first, tuple(map(int, rest)))
    thread, kernel = map(int, first[1:].split("@"))
    call, *more = rest
    pages = tuple((int(w[:-1]), _ACCESSES[w[-1]]) for w in more if not w.startswith("="))
    extra = tuple(int(w[1:]) for w in more if w.startswith("="))
    return Stimulus("stop", (thread, kernel, Call(call), pages, extra))
