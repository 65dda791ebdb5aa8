"""What tools put before the lines of a kernel's log: a row for each way to write down a time.

The kernel itself, `dmesg`, `journalctl` and `syslog` each do it in ways of their own. Times may
follow each other, as when syslog keeps the kernel's; a machine's name and `kernel:` may follow a
time, and the printing thread comes last. No row takes what Popcorn itself prints: its brackets
hold numbers without a point, and words without a clock.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

SECONDS: Final = r"[0-9]+\.[0-9]{6}"
"""How the kernel writes a time."""
CALLER: Final = r"\[ *([TC][0-9]+)\]"
"""How the kernel writes who prints."""
FACILITIES: Final = (
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv",
    "ftp",
)  # fmt: skip
LEVELS: Final = ("emerg", "alert", "crit", "err", "warn", "notice", "info", "debug")

_NAME: Final = r"[^\W\d_]{1,6}\.?"  # of a day or a month, in any language
_DATE: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK: Final = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?"
_DELTA: Final = rf" *<[ -]*{SECONDS}[ *]?>"
_TAG: Final = r"(?:(?:\S+ ){0,2}kernel:|\S+ kernel - - -)(?: |\Z)"
_BEFORE_TAG: Final = rf"(?= {_TAG})"


_RECORD: Final = (
    r"(?P<level>[0-9]{1,3}),[0-9]{1,20},(?P<time>[0-9]{1,20}),[-c+]"
    r"(?:,caller=(?P<caller>[TC][0-9]+)|,[a-z]+=[^,;]*)*;"
)


class Row(NamedTuple):
    """A way to write down a time."""

    printed_by: str
    example: str
    pattern: str


TIMES: Final = (
    Row("dmesg, a console, journalctl -o short-monotonic", "[  638.123456]",
        rf"\[ *(?P<time>{SECONDS})(?:{_DELTA})?\]"),
    Row("dmesg -T", "[Sun Nov 29 14:00:01 2026]",
        rf"\[{_NAME} {_NAME} {{1,2}}[0-9]{{1,2}} {_CLOCK} [0-9]{{4}}(?:{_DELTA})?\]"),
    Row("dmesg -H", "[Nov29 14:00]", rf"\[{_NAME} ?[0-9]{{1,2}} [0-9]{{2}}:[0-9]{{2}}\]"),
    Row("dmesg -H", "[  +0.000123]", rf"\[ *[-+]{SECONDS}\]"),
    Row("dmesg --time-format delta", "[<    0.000012>]", rf"\[{_DELTA}\]"),
    Row("dmesg --time-format iso, journalctl -o short-iso, syslog",
        "2026-11-29T14:00:01,123456+00:00",
        rf"{_DATE}[T ]{_CLOCK}(?:Z|[-+][0-9]{{2}}:?[0-9]{{2}})?"),
    Row("journalctl, syslog", "Nov 29 14:00:01", rf"{_NAME} {{1,2}}[0-9]{{1,2}} {_CLOCK}"),
    Row("journalctl -o short-full", "Sun 2026-11-29 14:00:01 UTC host kernel:",
        rf"{_NAME} {_DATE} {_CLOCK} \S{{1,6}}{_BEFORE_TAG}"),
    Row("journalctl -o short-unix", "1795960801.123456 host kernel:",
        rf"[0-9]{{9,}}\.[0-9]{{6}}{_BEFORE_TAG}"),
)  # fmt: skip


RECORD_ROW: Final = Row("cat /dev/kmsg, netconsole", "6,1234,638123456,-,caller=T641;", _RECORD)
"""A message as the kernel itself hands it out: its level, number and time, in microseconds."""
RECORD: Final = re.compile(rf"{_RECORD}(?P<text>.*)")


def _with_blank(row: Row) -> str:
    """What ends a time: a bracket, after which there mostly is a blank, or the blank itself."""
    return rf"{row.pattern} ?" if row.example.endswith("]") else rf"{row.pattern}(?: |\Z)"


PREFIX: Final = re.compile(
    rf"(?:<(?P<raw>[0-9]{{1,3}})>(?:1 (?={_DATE}))?"
    rf"|(?P<facility>{'|'.join(FACILITIES)}) *:(?P<level>{'|'.join(LEVELS)}) *: )?"
    rf"(?:(?:{'|'.join(map(_with_blank, TIMES))})(?:{_TAG})?)*"
    rf"(?:{CALLER} ?)?"
)
"""All that may stand before a line, perhaps nothing; the text begins where it ends."""


def tell_prefixes() -> str:
    """The prefixes that are known, each with who prints it."""
    return "; ".join(f"{row.example!r} ({row.printed_by})" for row in (*TIMES, RECORD_ROW))
