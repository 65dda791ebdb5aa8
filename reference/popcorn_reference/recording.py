"""A record of a run: all that was done to each kernel, so that it can be done again.

A line says what was done to a kernel: a message that has arrived, a time slice, a migration, an
alarm, what came from outside. What kernels have said is not in it, as they say the same again; a
hash of it is, so that it is known whether they did. Only processors that count instructions can
repeat a run, which native ones do not.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from popcorn_reference.faults import RecordError
from popcorn_reference.node import Outside
from popcorn_reference.outputs import Note

FORMAT: Final = "popcorn-record"
VERSION: Final = 1
KERNELS_MAX: Final = 64

ACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "begin": (),
    "receive": ("source",),
    "slice": ("process", "thread", "count"),
    "migrate": ("process", "thread", "goal"),
    "alarm": ("process", "thread"),
    "host": ("process", "thread", "result"),
}
"""What can be done to a kernel, and what has to be said of it."""


@dataclass(frozen=True)
class Act:
    """Something that is done to a kernel."""

    what: str
    values: tuple[int | bytes, ...] = ()


def digest(hasher: Any, act: Act, outputs: Sequence[Outside]) -> None:
    """Add an act, and what the kernel has said to it, to a hash; notes are for people."""
    said = [output for output in outputs if not isinstance(output, Note)]
    hasher.update(f"{act!r}\n{said!r}\n".encode())


class Recorder:
    """Writes down what is done to kernels."""

    def __init__(self, path: Path, about: Mapping[str, object]) -> None:
        """Raises: OSError if the file cannot be written."""
        self._file = path.open("w", encoding="utf-8")
        self._hashes: dict[int, Any] = {}
        self._write({"format": FORMAT, "version": VERSION, **about})

    def add(self, kernel: int, act: Act, outputs: Sequence[Outside]) -> None:
        """Something was done to a kernel, and this is what it has said."""
        values = [each.hex() if isinstance(each, bytes) else each for each in act.values]
        self._write({"at": kernel, "act": act.what, "values": values})
        digest(self._hashes.setdefault(kernel, hashlib.sha256()), act, outputs)

    def close(self) -> None:
        """Write down what all kernels have said, as a hash for each."""
        for kernel, hasher in sorted(self._hashes.items()):
            self._write({"at": kernel, "said": hasher.hexdigest()})
        self._file.close()

    def _write(self, line: Mapping[str, object]) -> None:
        self._file.write(json.dumps(line, separators=(",", ":")) + "\n")


@dataclass
class Record:
    """A record as it was read."""

    about: dict[str, Any]
    acts: dict[int, list[Act]]
    """Index: kernels."""
    said: dict[int, str]


def find_files(path: Path) -> list[Path]:
    """The files of a record: one, or one for each kernel beside each other.

    Raises: RecordError if there are none.
    """
    if path.exists():
        return [path]
    parts = sorted(path.parent.glob(f"{path.name}.*"), key=lambda each: each.suffix)
    found = [each for each in parts if each.suffix[1:].isdecimal()]
    if not found:
        raise RecordError(f"there is no record {path}, nor {path}.0 and so on")
    return found


def read(path: Path) -> Record:
    """A record.

    Raises: RecordError: which line is none, and what would be.
    """
    record = Record({}, {}, {})
    for file in find_files(path):
        for number, line in _parse(file):
            if number == 1:
                _check_head(file, line)
                record.about = record.about or line
            elif "said" in line and isinstance(line.get("at"), int):
                record.said[line["at"]] = str(line["said"])
            else:
                kernel, act = _read_act(file, number, line)
                record.acts.setdefault(kernel, []).append(act)
    kernels = record.about["kernels"]
    if set(record.said) != set(record.acts) or not record.acts:
        raise RecordError(f"{path} is not complete: a run that has not ended cannot be repeated")
    strange = [kernel for kernel in record.acts if not 0 <= kernel < kernels]
    if strange:
        raise RecordError(f"{path} is about kernel {strange[0]}, and has {kernels} of them")
    return record


def _parse(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(f"{file} cannot be read: {error}") from None
    for number, text in enumerate(lines or [""], start=1):
        try:
            line = json.loads(text)
        except json.JSONDecodeError as error:
            raise RecordError(f"{file}:{number}: this is not JSON: {error.msg}") from None
        if not isinstance(line, dict):
            raise RecordError(f"{file}:{number}: this is no JSON object")
        yield number, line


def _check_head(file: Path, line: Mapping[str, Any]) -> None:
    if line.get("format") != FORMAT or line.get("version") != VERSION:
        raise RecordError(
            f"{file}:1: a record begins with an object whose format is {FORMAT!r} and whose "
            f"version is {VERSION}"
        )
    kinds = {
        "program": str, "arguments": list, "environment": dict, "kernels": int, "processor": str,
        "sha256": str,
    }  # fmt: skip
    wrong = [name for name, kind in kinds.items() if not isinstance(line.get(name), kind)]
    if wrong or not 1 <= line["kernels"] <= KERNELS_MAX:
        raise RecordError(f"{file}:1: the first line does not say {', '.join(wrong) or 'kernels'}")


def _read_act(file: Path, number: int, line: Mapping[str, Any]) -> tuple[int, Act]:
    what, kernel, values = line.get("act"), line.get("at"), line.get("values")
    names = ACTS.get(what) if isinstance(what, str) else None
    if names is None:
        raise RecordError(f"{file}:{number}: {what!r} is no act; there are {', '.join(ACTS)}")
    if not isinstance(values, list) or len(values) != len(names) or not isinstance(kernel, int):
        raise RecordError(f"{file}:{number}: {what} says at, and {', '.join(names) or 'no more'}")
    try:
        read = tuple(bytes.fromhex(v) if isinstance(v, str) else int(v) for v in values)
        if what != "host" and any(isinstance(v, str) for v in values):
            raise ValueError
    except (ValueError, TypeError):
        raise RecordError(f"{file}:{number}: {values} are not numbers and bytes") from None
    return kernel, Act(str(what), read)
