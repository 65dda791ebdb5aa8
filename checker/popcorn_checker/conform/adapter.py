"""An adapter as a process: lines to it and from it, within limits that it cannot move.

Nothing that an adapter does is waited for without end, kept without bound, or taken for the name
of a file. What it writes to stderr is kept for the report, the end of it.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Final

from popcorn_checker.conform.ending import kill, starting
from popcorn_checker.conform.wire import (
    VERSION,
    BadLine,
    Bye,
    Hello,
    HelloReply,
    Order,
    ProgramOrder,
    ProgramReply,
    Reply,
    decode_hello,
    decode_program_reply,
    decode_reply,
    encode,
    show_line,
)

LINE_BYTES_MAX: Final = 1 << 20
STDERR_BYTES_KEPT: Final = 1 << 14
CAME_CHARACTERS_KEPT: Final = 1 << 12
_CHUNK: Final = 1 << 16
_READS_MAX: Final = 64
_GRACE_SECONDS: Final = 0.5


class Broken(Exception):
    """An adapter is not one, or not any more: it is silent, dead, or says what it may not."""

    def __init__(self, why: str, came: str = "") -> None:
        """`came` is what it has said in place of an answer, the beginning of it."""
        super().__init__(why)
        self.came = came


@dataclass
class Limits:
    """How long to wait for an answer. Units: seconds."""

    seconds: float = 5.0


class Adapter:
    """One process that speaks the protocol of adapters.

    Use it as a context: at the end the process is gone, and so is whatever it has started in its
    own group.
    """

    def __init__(self, command: Sequence[str], limits: Limits) -> None:
        """Start the process, in the folder that we are in.

        Raises: Broken if it cannot be started.
        """
        self._limits = limits
        self._heard = bytearray()
        self._said = bytearray()
        self._has_ended = False
        try:
            with starting() as groups:
                self._process = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE, start_new_session=True, bufsize=0,
                )  # fmt: skip
                groups.add(self._process.pid)
        except (OSError, ValueError) as error:
            raise Broken(f"it cannot be started: {error}") from None
        self._in, self._out, self._err = self._pipes()
        self._selector = selectors.DefaultSelector()
        for pipe in (self._out, self._err):
            os.set_blocking(pipe.fileno(), False)
            self._selector.register(pipe, selectors.EVENT_READ)
        os.set_blocking(self._in.fileno(), False)

    def _pipes(self) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        return process.stdin, process.stdout, process.stderr

    def __enter__(self) -> Adapter:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Say goodbye, and end it if it does not go."""
        with suppress(Broken):
            self._write(encode(Bye()), time.monotonic() + _GRACE_SECONDS)
        with suppress(OSError):
            self._in.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE_SECONDS)
        kill(self._process.pid)
        self._process.wait()
        self._selector.close()
        self._out.close()
        self._err.close()

    @property
    def stderr(self) -> str:
        """The end of what it has written to stderr."""
        return self._said.decode("utf-8", "replace")

    def hello(self) -> HelloReply:
        """Ask who it is. Raises: Broken."""
        line = b""
        try:
            line = self._ask(encode(Hello(VERSION)), "hello")
            return decode_hello(line)
        except (BadLine, Broken) as error:
            last = self.stderr.strip().rpartition("\n")[2]
            said = f"; the last that it says on stderr is: {last}" if last else ""
            came = error.came if isinstance(error, Broken) else _as_text(line)
            raise Broken(f"{error}{said}", came) from None

    def order(self, order: Order) -> Reply:
        """Have something done. Raises: Broken."""
        line = self._ask(encode(order), f"seq {order.seq}")
        try:
            return decode_reply(line, order.seq)
        except BadLine as error:
            raise Broken(str(error), _as_text(line)) from None

    def do(self, order: ProgramOrder) -> ProgramReply:
        """Have something done, at the level of programs. Raises: Broken."""
        line = self._ask(encode(order), f"seq {order.seq}")
        try:
            return decode_program_reply(line, order.seq)
        except BadLine as error:
            raise Broken(str(error), _as_text(line)) from None

    # --- lines -----------------------------------------------------------------------------------

    def _ask(self, line: bytes, what: str) -> bytes:
        for key, _ in self._selector.select(0):
            self._read(key.fileobj)  # type: ignore[arg-type]
        if self._heard:
            raise self._broken(
                "it has said more than it was asked for, before this was sent: "
                f"{show_line(bytes(self._heard[:200]))}"
            )
        until = time.monotonic() + self._limits.seconds
        self._write(line, until)
        while (end := self._heard.find(b"\n")) < 0:
            if len(self._heard) > LINE_BYTES_MAX:
                raise self._broken(f"a line of more than {LINE_BYTES_MAX:,} bytes is its answer")
            self._wait(until, what)
        found = bytes(self._heard[: end + 1])
        del self._heard[: end + 1]
        return found

    def _write(self, line: bytes, until: float) -> None:
        left = memoryview(line)
        while left:
            try:
                left = left[os.write(self._in.fileno(), left) :]
            except BlockingIOError:
                self._wait(until, "what it is told", seconds=0.01)
            except OSError:
                raise self._broken(f"it takes nothing more ({self._fate('input')})") from None

    def _wait(self, until: float, what: str, seconds: float | None = None) -> None:
        left = until - time.monotonic()
        if left <= 0:
            raise self._broken(f"no answer to {what} within {self._limits.seconds:g} s")
        for key, _ in self._selector.select(left if seconds is None else min(left, seconds)):
            self._read(key.fileobj)  # type: ignore[arg-type]
        if self._has_ended:
            cut = "; what it said last does not end with a newline" if self._heard else ""
            raise self._broken(f"it has ended without an answer to {what} ({self._fate()}){cut}")

    def _read(self, pipe: IO[bytes]) -> None:
        data = os.read(pipe.fileno(), _CHUNK)
        if not data:
            self._selector.unregister(pipe)
            self._has_ended |= pipe is self._out
        elif pipe is self._out:
            self._heard += data
        else:
            self._said = (self._said + data)[-STDERR_BYTES_KEPT:]

    def _broken(self, why: str) -> Broken:
        """It is not an adapter any more, and this is what it has said."""
        line, _, _ = bytes(self._heard[:LINE_BYTES_MAX]).partition(b"\n")
        return Broken(why, _as_text(line))

    def _fate(self, pipe: str = "output") -> str:
        with suppress(subprocess.TimeoutExpired):
            code = self._process.wait(_GRACE_SECONDS)
            self._read_last_words()
            return f"signal {-code}" if code < 0 else f"exit code {code}"
        return f"it still runs, and has closed its {pipe}"

    def _read_last_words(self) -> None:
        """What it has said on stderr before it went; others may go on for ever there."""
        with suppress(OSError):
            for _ in range(_READS_MAX):
                data = os.read(self._err.fileno(), _CHUNK)
                if not data:
                    return
                self._said = (self._said + data)[-STDERR_BYTES_KEPT:]


def _as_text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\n")[:CAME_CHARACTERS_KEPT]
