"""Of a log that lacks nothing every message is sent once, and before it is heard."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from popcorn_model.vocabulary import Kind
from support.logs import get_log, look


def places(lines: tuple[str, ...], word: str) -> list[int]:
    """Where lines have a word."""
    return [number for number, line in enumerate(lines) if word in line]


def is_explained(lines: list[str], folder: Path) -> bool:
    """Whether a log is, if nothing of it is missing."""
    return look(lines, True, folder)[1].is_explained


def without(lines: tuple[str, ...], number: int) -> list[str]:
    """A log that lacks a line."""
    return [*lines[:number], *lines[number + 1 :]]


def doubled(lines: tuple[str, ...], number: int) -> list[str]:
    """A log in which a line stands twice."""
    return [*lines[: number + 1], *lines[number:]]


def sampled(name: str, word: str, count: int) -> Iterator[tuple[tuple[str, ...], int]]:
    """A journal, and some of the lines that have a word."""
    lines = get_log(name)
    found = places(lines, word)
    for number in random.Random(7).sample(found, min(count, len(found))):
        yield lines, number


@pytest.mark.parametrize("kind", Kind)
def test_a_message_that_is_not_sent_or_sent_twice_is_noticed(kind: Kind, tmp_path: Path) -> None:
    for lines, number in sampled("family", f'"kind":"{kind.value}"', 4):
        assert not is_explained(doubled(lines, number), tmp_path), number
        assert not is_explained(without(lines, number), tmp_path), number


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    lines = get_log("visit")
    number = places(lines, '"kind":"DONE"')[0]
    _, outcome = look(without(lines, number), True, tmp_path)
    assert outcome.diagnosis is not None
    assert json.loads(lines[outcome.diagnosis.entry.place])["event"] == "finish"
    assert outcome.diagnosis.states[0][0] == (
        "what lines say of the message DONE (thread 1, kernel 0) is nothing"
    )


def test_a_question_that_is_not_begun_or_begun_twice_is_noticed(tmp_path: Path) -> None:
    for name in ("pipe", "unmap"):
        for lines, number in sampled(name, '"event":"ask"', 6):
            assert not is_explained(doubled(lines, number), tmp_path), (name, number)
            assert not is_explained(without(lines, number), tmp_path), (name, number)


def test_a_log_may_tell_of_no_message_at_all(tmp_path: Path) -> None:
    lines = get_log("family")
    left = [line for line in lines if '"event":"send"' not in line]
    assert len(left) < len(lines)
    assert is_explained(left, tmp_path)
