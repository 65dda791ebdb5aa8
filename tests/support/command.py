"""Running ``popcorn-spec`` inside the test's own process: a hundred times faster than a new one."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

from popcorn_checker.cli import run


@dataclass(frozen=True)
class Result:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """What was printed, without the breaks of its lines."""
        return " ".join(self.out.split())

    @property
    def data(self) -> Any:
        """What was printed, as JSON."""
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """The one paragraph on stderr with which a command says what is wrong."""
        assert self.err.startswith("popcorn-spec: ")
        assert self.err.count("\n") == 1, "one paragraph on one line"
        return self.err


def invoke(*arguments: object) -> Result:
    """Run the command with these arguments."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run([str(each) for each in arguments])
    return Result(code, out.getvalue(), err.getvalue())
