"""What a failure leaves in a folder: its story, a diagram, a page, a trace, and a script."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from pprint import pformat
from typing import Final

from popcorn_checker.conform.report import tell_story, to_sequence
from popcorn_checker.conform.running import Outcome
from popcorn_checker.writing import FORMATS, write_text

_AGAIN: Final = '''\
"""Does again what showed a failure: {id}.

It needs nothing but Python. The lines are sent as they were, and each answer is shown beside the
one that was given then. Exit codes: 1 all answers are as before, 0 they are not.
"""

import json
import subprocess
import sys

COMMAND = sys.argv[1:] or {command!r}
NOTHING = ("[]", "''", "False", "'ok'")
LINES = {lines}


def bare(found):
    """Without what may as well be left out."""
    if isinstance(found, dict):
        return {{k: bare(v) for k, v in found.items() if repr(v) not in NOTHING}}
    return [bare(each) for each in found] if isinstance(found, list) else found


same = True
with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
    for line in LINES:
        order, before = line["order"], line["reply"]
        print("-->", json.dumps(order))
        run.stdin.write(json.dumps(order) + "\\n")
        run.stdin.flush()
        now = run.stdout.readline().strip()
        print("<--", now or "nothing: it has ended")
        if before is not None and now and bare(json.loads(now)) != bare(before):
            same = False
            print("    before:", json.dumps(before))
        if not now:
            same = same and before is None
            break
    run.stdin.close()
if not same:
    print("It does not do what it did: ask popcorn-spec conform what that is worth.")
    sys.exit(0)
print({seen!r})
for right in {right!r}:
    print("right would be:", right)
sys.exit(1)
'''


def write_failure(outcome: Outcome, command: Sequence[str], folder: Path) -> list[Path]:
    """Write what a failure leaves: its story, a diagram, a page, a trace, and a script.

    The script speaks to one process; with a process for each kernel it is the first one's.

    Raises: UsageError if a file cannot be written.
    """
    stem = outcome.case.id.replace("/", "-")
    hello = {"order": {"cmd": "hello", "version": 1}, "reply": None}
    lines = pformat([hello, *outcome.log], width=110, sort_dicts=False)
    again = f"adapter: {shlex.join(command)}\nagain: python3 {stem}.py"
    files = {
        f"{stem}.txt": f"{tell_story(outcome)}\n\n{again}\n",
        f"{stem}.py": _AGAIN.format(
            id=outcome.case.id, command=list(command), lines=lines, seen=outcome.seen,
            right=list(outcome.right),
        ),
        f"{stem}.mmd": to_sequence(outcome),
    }  # fmt: skip
    if outcome.trace is not None:
        files |= {
            f"{stem}.{suffix}": FORMATS[name](outcome.trace)
            for suffix, name in (("html", "html"), ("itf.json", "itf"))
        }
    for name, text in files.items():
        write_text(text, folder / name)
    return [folder / name for name in files]
