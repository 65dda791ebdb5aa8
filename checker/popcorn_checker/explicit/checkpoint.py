"""Checkpoints: a search in a folder, from which it goes on after a kill at any moment.

The log of states is only ever appended to, and so are the marks of its blocks; each has a file to
which what is new is added. A small record says how much of the two files counts, with checksums,
and everything else that a search knows. It replaces the record before it by renaming, which either
happens or does not. What a file holds beyond its record was being written when the run was
killed, and is written again. The index is no part of it: the log is enough to build that.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np

from popcorn_checker.explicit import kernel
from popcorn_checker.explicit.search import SLOTS_MIN, Search, Words

FORMAT: Final = 1
SAVE_SECONDS: Final = 5.0
SHARE: Final = 10  # a save that takes long comes as much more rarely: a tenth of the time at most
PIECE: Final = 1 << 24  # bytes read or written at once

STATES, BLOCKS, RECORD = "states.popcorn", "blocks.popcorn", "record.popcorn"


class CheckpointError(Exception):
    """A checkpoint is missing, damaged, of something else, or cannot be written."""


class Part:
    """One file of 64-bit words that only grows; ``count`` of them are known to be on disk."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it."""
        self.path = path
        self.count = 0
        self.crc = 0
        with _complaining(path, "cannot be opened"):
            self.file: BinaryIO = open(path, "r+b" if path.exists() else "x+b")  # noqa: SIM115

    def add(self, words: Words) -> None:
        """Write what is new in ``words``, whose beginning is in the file already, to the disk."""
        with _complaining(self.path, "cannot be written"):
            self.file.seek(8 * self.count)
            for piece in _pieces(words[self.count :]):
                self.write(piece)
                self.crc = zlib.crc32(piece, self.crc)
            self.file.flush()
            os.fsync(self.file.fileno())
        self.count = len(words)

    def write(self, piece: memoryview) -> None:
        """Write some bytes where the file stands."""
        self.file.write(piece)

    def read(self, into: Words, crc: int) -> None:
        """Fill ``into`` from the file's beginning. Raises: CheckpointError when that is damaged."""
        with _complaining(self.path, "cannot be read"):
            self.file.seek(0)
            for piece in _pieces(into):
                if self.file.readinto(piece) != len(piece):  # type: ignore[attr-defined]
                    raise CheckpointError(
                        f"{self.path} is cut short: the record beside it counts "
                        f"{into.nbytes:,} bytes; {_START_AGAIN}"
                    )
                self.crc = zlib.crc32(piece, self.crc)
        if self.crc != crc:
            raise CheckpointError(
                f"{self.path} is damaged: its checksum is not that of the record beside it; "
                f"{_START_AGAIN}"
            )
        self.trim(len(into))

    def trim(self, count: int) -> None:
        """Keep the first words only."""
        with _complaining(self.path, "cannot be written"):
            self.file.truncate(8 * count)
        self.count = count

    def close(self) -> None:
        """Let go of the file."""
        self.file.close()


class Keeper:
    """Keeps one search in one folder, which nobody else may use meanwhile."""

    def __init__(self, folder: Path, search: Search) -> None:
        """Open the files. Raises: CheckpointError when that is impossible."""
        self.folder = folder
        self.search = search
        self.last = time.monotonic()
        self.wait = SAVE_SECONDS
        with _complaining(folder, "cannot be made"):
            folder.mkdir(parents=True, exist_ok=True)
        self.states = Part(folder / STATES)
        self.blocks = Part(folder / BLOCKS)
        try:
            fcntl.flock(self.states.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.close()
            raise CheckpointError(
                f"{folder} is in use by another run; give this one a folder of its own"
            ) from None

    def close(self) -> None:
        """Let go of the files."""
        self.states.close()
        self.blocks.close()

    # --- writing --------------------------------------------------------------------------

    def begin(self) -> None:
        """Write the first record of a new search. Raises: CheckpointError where there is one."""
        if (self.folder / RECORD).exists():
            raise CheckpointError(
                f"{self.folder} holds a checkpoint already; go on from it with --resume, remove "
                "it, or give another folder"
            )
        self.states.trim(0)
        self.blocks.trim(0)
        self.save()

    def look(self) -> None:
        """Save if it is time. Raises: CheckpointError."""
        if time.monotonic() - self.last >= self.wait:
            self.save()

    def save(self) -> None:
        """Bring the folder up to date. Raises: CheckpointError. Cost: the new states, written."""
        begin, search = time.monotonic(), self.search
        self.states.add(search.log[: search.states * search.words])
        self.blocks.add(search.marks[: -(-search.expanded // kernel.BLOCK)])
        self._replace_record(_sealed(self._record()))
        self.last = time.monotonic()
        self.wait = max(SAVE_SECONDS, SHARE * (self.last - begin))

    def _record(self) -> dict[str, object]:
        search = self.search
        return {
            "format": FORMAT,
            "about": describe(search),
            "program": fingerprint(search),
            "states": search.states,
            "expanded": search.expanded,
            "transitions": search.transitions,
            "levels": search.levels,
            "seconds": search.seconds,
            "seen": search.seen.tolist(),
            "fired": search.fired.tolist(),
            "out": search.out.tolist(),
            "states_crc": self.states.crc,
            "blocks": self.blocks.count,
            "blocks_crc": self.blocks.crc,
        }

    def _replace_record(self, content: bytes) -> None:
        path = self.folder / RECORD
        beside = path.with_suffix(".new")
        with _complaining(path, "cannot be written"):
            with open(beside, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
            folder = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    # --- reading --------------------------------------------------------------------------

    def load(self) -> None:
        """Make the search what the folder holds.

        Raises: CheckpointError when that is missing, damaged, too large, or of something else.
        """
        search, record = self.search, _read_record(self.folder / RECORD)
        self._compare(record)
        count = int(record["states"])
        slots = SLOTS_MIN
        while slots < 2 * count:
            slots *= 2
        need = search.bytes_before + 8 * (count * search.words + slots)
        if need > search.bytes_max or count > search.limit:
            raise CheckpointError(
                f"{self.folder} holds {count:,} states, for which --memory {-(-need >> 20)}M is "
                f"needed; this run has {search.bytes_max >> 20}M"
            )
        self.states.read(search.log[: count * search.words], record["states_crc"])
        self.blocks.read(search.marks[: record["blocks"]], record["blocks_crc"])
        search.states, search.expanded = count, record["expanded"]
        search.transitions, search.levels = record["transitions"], record["levels"]
        search.seconds = record["seconds"]
        for name in ("seen", "fired", "out"):
            getattr(search, name)[:] = record[name]
        search.index(slots)

    def _compare(self, record: Mapping[str, Any]) -> None:
        """Raises: CheckpointError when the record is of another model, scope or engine."""
        for name, ours in describe(self.search).items():
            theirs = record["about"].get(name, "")
            if theirs != ours:
                raise CheckpointError(
                    f"{self.folder} is a checkpoint of another check: its {name} is {theirs}, and "
                    f"here it is {ours}; resume with what it was begun with, or {_START_AGAIN}"
                )
        if record["program"] != fingerprint(self.search):
            raise CheckpointError(
                f"{self.folder} was written by another model or engine of the same name, such as "
                f"a mutation or an edited protocol, to which its states mean something else; "
                f"{_START_AGAIN}"
            )


_START_AGAIN: Final = "start again in another folder, without --resume"


@contextmanager
def keeping(search: Search, folder: Path, resume: bool) -> Iterator[Callable[[], None]]:
    """Keep a search that has its start state, or go on with what the folder holds.

    Yields what is to be called between two chunks; saves once more at the end. Raises:
    CheckpointError.
    """
    if resume and not (folder / RECORD).exists():
        raise CheckpointError(
            f"{folder} holds no checkpoint to go on from; leave --resume out to begin one"
        )
    keeper = Keeper(folder, search)
    try:
        if resume:
            keeper.load()
        else:
            keeper.begin()
        yield keeper.look
        keeper.save()
    finally:
        keeper.close()


def fingerprint(search: Search) -> str:
    """A hash of everything that says what the words of a state mean and which states follow."""
    digest, program = hashlib.sha256(), search.program
    forms = search.quotient.tables if search.quotient is not None else ()
    for table in (*program.tables, program.initial, *forms):
        digest.update(f"{table.shape}".encode())
        digest.update(np.ascontiguousarray(table).tobytes())
    digest.update(repr([(row.action, row.values) for row in program.rows]).encode())
    digest.update(repr([(watch.name, watch.values) for watch in program.watches]).encode())
    digest.update(repr([a.name for a in program.model.actions]).encode())
    digest.update(repr(list(program.layout.families.values())).encode())
    return digest.hexdigest()


def describe(search: Search) -> dict[str, str]:
    """What is searched, in the words of a user who gave it."""
    model, scope = search.program.model, search.program.scope
    return {
        "version": version("popcorn-spec"),
        "protocol": model.protocol,
        "parts": ", ".join(model.parts),
        "scope": str(scope),
        "setting": ", ".join(f"{name}={value}" for name, value in model.settings.items()),
        "symmetry": str(search.quotient.symmetry) if search.quotient is not None else "off",
        "list of properties": ", ".join(p.name for p in model.properties),
    }


# --- records --------------------------------------------------------------------------------


def _sealed(record: Mapping[str, object]) -> bytes:
    """A record as bytes: the checksum of all that follows, then the record."""
    body = json.dumps(record, separators=(",", ":")).encode()
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def _read_record(path: Path) -> dict[str, Any]:
    with _complaining(path, "cannot be read"):
        seal, _, body = path.read_bytes().partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != seal:
        raise CheckpointError(f"{path} is damaged: its checksum is wrong; {_START_AGAIN}")
    record: dict[str, Any] = json.loads(body)
    if record["format"] != FORMAT:
        raise CheckpointError(
            f"{path} has format {record['format']} and this version reads {FORMAT}; {_START_AGAIN}"
        )
    return record


def _pieces(words: Words) -> Iterator[memoryview]:
    whole = words.data.cast("B") if len(words) else memoryview(b"")
    for start in range(0, len(whole), PIECE):
        yield whole[start : start + PIECE]


@contextmanager
def _complaining(path: Path, what: str) -> Iterator[None]:
    """Trouble with files as one sentence that says what stays valid."""
    try:
        yield
    except OSError as error:
        raise CheckpointError(
            f"{path} {what}: {error.strerror or error}. What the folder held before is untouched; "
            "mend that, or give another folder with --checkpoint"
        ) from None
