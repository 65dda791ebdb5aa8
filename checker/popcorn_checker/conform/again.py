"""Does again what has shown a failure, and tells whether it shows again.

    python3 THIS_FILE [--timeout SECONDS] [--] [COMMAND...]

`popcorn-spec conform --report` has written it. It needs nothing but Python, 3.10 or newer. The
orders are sent as they were, to the adapter that COMMAND starts or else to the one of then, and
what it answers is shown. What it says on stderr passes. At the level of programs it is given as
much time as it needs.

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
from functools import partial
from typing import Any

RECORD: dict[str, Any] = {}

GONE, AGAIN, USAGE, UNKNOWN = 0, 1, 2, 125
LINE_BYTES_MAX = 1 << 20
GRACE_SECONDS = 0.5
TICKS_MAX = 1000
LATER_TICKS = 20
HELLO = {"kernels": "all", "level": "messages"}
AS_THEN = "it is as it was"
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
    if not isinstance(found, dict) or not all(
            isinstance(found.get(name, []), list) for name in ("sends", "done")):
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
          f"than it was then.\nWhether that is right, {RECORD['again']} tells.")
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
    if (code := compare_result(number, line["reply"], now)) is not None:
        return code
    if number >= RECORD["since"]:
        return tell_gone(number)
    return tell_unknown(number, "it answers otherwise than then: what follows does not fit")


def compare_result(number: int, then: dict[str, Any], now: dict[str, Any]) -> int | None:
    """Who does not do now what it did then cannot be judged, unless it was not to be done."""
    says = now.get("result", "ok")
    if says == then.get("result", "ok") or says == "ok" or (says == "error" and RECORD["refuse"]):
        return None
    return tell_unknown(number, f'it says "result": "{says}", and did not then')


def hear(adapter: Adapter, order: dict[str, Any]) -> str:
    """Tell it an order, and show that and what it says. Raises: BrokenOff."""
    print("-->", json.dumps(order))
    text = adapter.ask(order)
    print("<--", text)
    return text


def ask(adapter: Adapter, number: int, line: dict[str, Any]) -> int | None:
    """One order: what it comes to, or None to go on. Raises: BrokenOff."""
    text = hear(adapter, line["order"])
    if "reply" in line:
        return compare(number, line, text)
    hello = read_answer(text, line["order"])
    for name, then in RECORD["hello"].items():
        if (now := hello.get(name, HELLO.get(name))) != then:
            raise BrokenOff(f"its {name} is {json.dumps(now)} and was {json.dumps(then)}")
    return None


def replay(adapters: list[Adapter]) -> int:
    """Tell it all orders, as long as the answers are as before; the exit code."""
    program = Program(adapters[0])
    number = 0
    try:
        for number, line in enumerate(RECORD["lines"]):
            order = line["order"]
            kernel = order.get("kernel", 0) if len(adapters) > 1 else 0
            for adapter in adapters if order["cmd"] == "hello" else adapters[kernel : kernel + 1]:
                is_program = RECORD["is_program"] and order["cmd"] != "hello"
                obey = program.obey if is_program else partial(ask, adapter)
                if (code := obey(number, line)) is not None:
                    return code
        return program.end(number) if RECORD["is_program"] else tell_again()
    except BrokenOff as why:
        print("<--", why)
        is_as_then = RECORD["lines"][number].get("reply", "any") is None
        return tell_again() if is_as_then else tell_unknown(number, str(why))


# --- programs ------------------------------------------------------------------------------------


class Course:
    """What has come of a program: what each thread is through with, and whether all is over."""

    def __init__(self) -> None:
        self.done: dict[Any, list[Any]] = {}
        self.is_over = False

    def add(self, answer: dict[str, Any]) -> None:
        """More has come. Raises: BrokenOff."""
        for done in answer.get("done", []):
            if not isinstance(done, dict) or not isinstance(done.get("thread"), int):
                raise BrokenOff(f"this is no answer: {json.dumps(answer)}")
            self.done.setdefault(done["thread"], []).append(plain(done))
        self.is_over = self.is_over or bool(answer.get("over"))

    def lacks(self, other: Course, but: int | None = None) -> bool:
        """Whether something has not come that has come there; of one thread it does not matter."""
        return self.is_over < other.is_over or any(
            len(self.done.get(t, [])) < len(each) for t, each in other.done.items() if t != but)

    def differs(self, other: Course) -> bool:
        """Whether a thread is through with something else than there."""
        return any(a != b for t, each in other.done.items()
                   for a, b in zip(self.done.get(t, []), each, strict=False))


class Program:
    """An adapter that is told what threads do. It may take more time than then, or less."""

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter
        self._now, self._then, self._whole = Course(), Course(), Course()
        for line in RECORD["lines"]:
            self._whole.add(line.get("reply") or {})
        self._seq, self._sights = 0, set[str]()

    def obey(self, number: int, line: dict[str, Any]) -> int | None:
        """One order: what it comes to, or None to go on. Raises: BrokenOff."""
        if line["order"]["cmd"] != "tick":
            self._wait()
            if self._now.lacks(self._then):
                return tell_unknown(number, "what came then has not come")
            self._sights = set()
        text = self._tell(line["order"])
        if line["reply"] is None:
            return tell_again() if is_as_bad(text, line) else tell_gone(number)
        now = self._hear(text)
        self._then.add(line["reply"])
        if (code := compare_result(number, line["reply"], now)) is not None:
            return code
        if now.get("result", "ok") != line["reply"].get("result", "ok"):  # carried out, or refused
            return tell_gone(number)
        return self._judge(number)

    def end(self, number: int) -> int:
        """All has been told."""
        self._wait()
        if (code := self._judge(number)) is not None:
            return code
        if self._now.is_over < self._then.is_over:
            return tell_gone(number)
        if self._now.lacks(self._then, but=RECORD["surplus"]):
            return tell_unknown(number, "what came then has not come")
        if RECORD["shown"] is not None:
            return self._judge_sights(number)
        return tell_gone(number) if self._now.lacks(self._then) else tell_again()

    def _judge_sights(self, number: int) -> int:
        """It was what is told of pages or threads: whether that is told again, or may yet be."""
        if RECORD["lines"][number]["order"]["cmd"] == "tick":
            for _ in range(0 if AS_THEN in self._sights else LATER_TICKS):
                self._tick()
        if AS_THEN in self._sights:
            return tell_again()
        doubt = max(self._sights, default="")
        return tell_unknown(number, doubt) if doubt else tell_gone(number)

    def _judge(self, number: int) -> int | None:
        has_come = number >= RECORD["since"] < len(RECORD["lines"]) - 1
        if has_come and self._then.lacks(self._now):
            return tell_gone(number)
        if not self._now.differs(self._then):
            return None
        if number >= RECORD["since"]:
            return tell_gone(number)
        return tell_unknown(number, "a thread is through with something else than then")

    def _wait(self) -> None:
        """Give it time until all has come that had come then."""
        for _ in range(TICKS_MAX):
            if not self._now.lacks(self._then):
                return
            self._tick()

    def _tick(self) -> None:
        self._hear(self._tell({"cmd": "tick", "seq": 0, "kernel": 0}))

    def _tell(self, order: dict[str, Any]) -> str:
        self._seq += 1
        self._order = {**order, "seq": self._seq}
        return hear(self._adapter, self._order)

    def _hear(self, text: str) -> dict[str, Any]:
        answer = read_answer(text, self._order)
        self._now.add(answer)
        if RECORD["shown"] is not None and not self._now.lacks(self._whole):
            self._sights.add(self._look(answer))
        return answer

    def _look(self, answer: dict[str, Any]) -> str:
        """What it shows once all has come: the same, something else (nothing), or no telling."""
        now, then = sight(answer), sight(RECORD["lines"][-1]["reply"])
        if now is None:
            return f"it does not tell of {RECORD['shown'][0]}"
        is_more = self._whole.lacks(self._now)
        return "" if now != then else "more has come than then" if is_more else AS_THEN


def sight(answer: dict[str, Any]) -> Any:
    """What an answer tells of the page or thread with which it went wrong; None if it does not."""
    name, key, number = RECORD["shown"]
    found = answer.get(name)
    if not isinstance(found, list):
        return None
    return plain([each for each in found if isinstance(each, dict) and each.get(key) == number])


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
    if not 0 < given.timeout <= 86_400:
        parser.error("--timeout is above 0, and a day at most")
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
