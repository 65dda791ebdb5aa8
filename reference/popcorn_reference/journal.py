"""The journal of a run: what each kernel has done, one JSON object a line.

The first line says what was run and how. Each other line is an event of the vocabulary, or a
message that was sent; the bytes of pages and contexts are left out. Lines of one kernel stand in
the order in which they happened.
"""

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, TextIO

from popcorn_reference.messages import Granted, Message
from popcorn_reference.outputs import Note, Send

FORMAT: Final = "popcorn-journal"
VERSION: Final = 1
LEFT_OUT: Final = ("context", "data", "sets")


class Journal:
    """The only writer of a journal."""

    def __init__(self, path: Path, about: Mapping[str, object]) -> None:
        """Raises: OSError if the file cannot be written."""
        self._file: TextIO = path.open("w", encoding="utf-8")
        self._count = 0
        self._write({"format": FORMAT, "version": VERSION, **about})

    def add(self, kernel: int, output: Note | Send) -> None:
        """Something that a kernel has done."""
        if isinstance(output, Note):
            line = {"at": kernel, "event": output.event, **_plain(dict(output.names))}
        else:
            line = {
                "at": kernel, "event": "send", "to": output.target,
                "kind": output.message.kind.value, **_show(output.message),
            }  # fmt: skip
        self._count += 1
        self._write({"n": self._count, **line})

    def _write(self, line: Mapping[str, object]) -> None:
        self._file.write(json.dumps(line, separators=(",", ":")) + "\n")

    def close(self) -> None:
        """No more comes."""
        self._file.close()


def _show(message: Message) -> dict[str, Any]:
    names = [each.name for each in fields(message) if each.name not in LEFT_OUT]
    return _plain({name: getattr(message, name) for name in names})


def _plain(names: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in names.items() if value is not None}


def _value(value: Any) -> Any:
    if isinstance(value, Granted):
        return [value.page, value.access.value, value.parcel.value]
    if isinstance(value, tuple):
        return [_value(each) for each in value]
    return value
