"""Does again what has shown a failure, and tells whether it shows again.

    python3 THIS_FILE [--timeout SECONDS] [--] [COMMAND...]

`popcorn-spec conform --report` has written it. It needs nothing but Python. The orders are sent as
they were, to the adapter that COMMAND starts or else to the one of then, and what it answers is
shown. What it says on stderr passes.

Exit codes:
    0    the failure does not show: where it went wrong then, the answer is another one now
         (whether that is right, popcorn-spec conform tells; this compares)
    1    the failure shows again: all answers are as they were
    125  nobody can tell: the adapter cannot be started, is silent, has ended, says what is no
         answer, refuses, or has answered otherwise before it came to where it went wrong then
    2    this command line makes no sense

So `git bisect run python3 THIS_FILE ./adapter` skips what cannot be judged.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

RECORD: dict[str, Any] = {}

GONE, AGAIN, USAGE, UNKNOWN = 0, 1, 2, 125
LINE_BYTES_MAX = 1 << 20
GRACE_SECONDS = 0.5
NOTHING = ("[]", "''", "False", "'ok'")


class BrokenOff(Exception):
    """There is no answer to an order."""


class Adapter:
    """A process that is told orders."""

    def __init__(self, command: list[str], seconds: float) -> None:
        self._seconds = seconds
        self._lines: queue.Queue[bytes] = queue.Queue(8)
        try:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE,
                                             stdout=subprocess.PIPE, start_new_session=True)
        except (OSError, ValueError) as error:
            raise BrokenOff(f"it cannot be started: {error}") from None
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with suppress(OSError, ValueError):
            while line := self._process.stdout.readline(LINE_BYTES_MAX):
                self._lines.put(line)
        self._lines.put(b"")

    def ask(self, order: dict[str, Any]) -> str:
        """What it says when it is told an order. Raises: BrokenOff."""
        assert self._process.stdin is not None
        with suppress(OSError):  # who is gone may have said something before
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()
        try:
            line = self._lines.get(timeout=self._seconds)
        except queue.Empty:
            raise BrokenOff(f"no answer within {self._seconds:g} s") from None
        if not line:
            raise BrokenOff(f"it has ended without an answer ({self._fate()})")
        return line.decode("utf-8", "replace").strip()

    def _fate(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            code = self._process.wait(GRACE_SECONDS)
            return f"signal {-code}" if code < 0 else f"exit code {code}"
        return "it still runs, and has closed its output"

    def end(self) -> None:
        """See to it that it goes, with whatever it has started."""
        with suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE_SECONDS)
        with suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def read_answer(text: str, order: dict[str, Any]) -> dict[str, Any]:
    """What it says, as an answer to an order. Raises: BrokenOff."""
    shown = text if len(text) <= 200 else f"{text[:200]}..."
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise BrokenOff(f"this is no JSON: {shown}") from None
    if not isinstance(found, dict):
        raise BrokenOff(f"this is no answer: {shown}")
    for name in ("sends", "done"):
        if not isinstance(found.get(name, []), list):
            raise BrokenOff(f"this is no answer: {shown}")
    if order["cmd"] != "hello" and found.get("seq") != order["seq"]:
        raise BrokenOff(f"this is no answer to seq {order['seq']}: {shown}")
    return found


def plain(found: Any, name: str = "") -> Any:
    """Without what may be left out; in one order where the order says nothing."""
    if isinstance(found, dict):
        kept = {k: plain(v, k) for k, v in found.items() if k not in ("text", "issue")}
        return {k: v for k, v in kept.items()
                if repr(v) not in NOTHING and (k, repr(v)) != ("result", "0")}
    if not isinstance(found, list):
        return found
    each = [plain(item) for item in found]
    if name == "sends":  # those to one kernel arrive in the order of sending
        return sorted(each, key=lambda s: str(s.get("to") if isinstance(s, dict) else s))
    return sorted(each, key=lambda item: json.dumps(item, sort_keys=True))


def is_as_bad(text: str, line: dict[str, Any]) -> bool:
    """Whether it says again what was no answer then."""
    try:
        return bool(plain(read_answer(text, line["order"])) == plain(json.loads(line["came"])))
    except BrokenOff:
        return True
    except (ValueError, RecursionError):
        return False


def tell_again() -> int:
    """All is as it was."""
    print(f"\nThe failure of {RECORD['case']} shows again: {RECORD['seen']}")
    for right in RECORD["right"]:
        print("right would be:", right)
    return AGAIN


def tell_gone(number: int) -> int:
    """It went wrong at this order, and does something else now."""
    print(f"\nThe failure of {RECORD['case']} does not show: order {number} is answered otherwise "
          f"than it was then.\nWhether that is right, popcorn-spec conform --only "
          f"{RECORD['case']} tells.")
    return GONE


def tell_unknown(number: int, why: str) -> int:
    """It has not come so far, or does not say what it does."""
    orders = len(RECORD["lines"]) - 1
    where = f"at order {number} of {orders}" if number else "at hello"
    print(f"\nNobody can tell whether the failure of {RECORD['case']} is there: {where}, {why}.")
    return UNKNOWN


def compare(number: int, line: dict[str, Any], text: str) -> int | None:
    """An answer beside the one of then: what it comes to, or None to go on. Raises: BrokenOff."""
    if line["reply"] is None:
        return tell_again() if is_as_bad(text, line) else tell_gone(number)
    now = read_answer(text, line["order"])
    if plain(now) == plain(line["reply"]):
        return None
    print("    before:", json.dumps(line["reply"]))
    says = now.get("result", "ok")
    if says in ("unsupported", "unknown") or (says == "error" and not RECORD["refuse"]):
        return tell_unknown(number, f'it says "result": "{says}", and did not then')
    if number >= RECORD["since"]:
        return tell_gone(number)
    return tell_unknown(number, "it answers otherwise than then: what follows does not fit")


def replay(adapters: list[Adapter]) -> int:
    """Tell it all orders, as long as the answers are as before; the exit code."""
    for number, line in enumerate(RECORD["lines"]):
        order = line["order"]
        kernel = order.get("kernel", 0) if len(adapters) > 1 else 0
        for adapter in adapters if order["cmd"] == "hello" else adapters[kernel : kernel + 1]:
            print("-->", json.dumps(order))
            try:
                text = adapter.ask(order)
                print("<--", text)
                if "reply" not in line:
                    read_answer(text, order)
                elif (code := compare(number, line, text)) is not None:
                    return code
            except BrokenOff as why:
                print("<--", why)
                is_as_then = line.get("reply", "any") is None
                return tell_again() if is_as_then else tell_unknown(number, str(why))
    return tell_again()


def run(command: list[str], seconds: float) -> int:
    """Start the adapter, or one for each kernel, and tell it all; the exit code."""
    adapters: list[Adapter] = []
    try:
        for _ in range(RECORD["processes"]):
            adapters.append(Adapter(command, seconds))
        return replay(adapters)
    except BrokenOff as why:
        print(f"\nNobody can tell whether the failure of {RECORD['case']} is there: {why}.")
        return UNKNOWN
    finally:
        for adapter in adapters:
            adapter.end()


def main() -> int:
    """Read the command line, and do it again; the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="%(prog)s [-h] [--timeout SECONDS] [--] [COMMAND...]")
    parser.add_argument("--timeout", type=float, default=RECORD.get("timeout"), metavar="SECONDS",
                        help="how long to wait for an answer (%(default)s)")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND",
                        help="how the adapter is started")
    given = parser.parse_args()
    if not RECORD:
        parser.error("nothing is recorded here: popcorn-spec conform --report writes what can run")
    if not given.timeout > 0:
        parser.error("--timeout is above 0")
    command = given.command[1:] if given.command[:1] == ["--"] else given.command
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda got, _: sys.exit(128 + got))
    try:
        return run(command or RECORD["command"], given.timeout)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:  # nobody reads what is shown
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNKNOWN


if __name__ == "__main__":
    sys.exit(main())
