"""Where ``popcorn-spec`` begins and ends, before and after all that takes time.

Whoever interrupts it while it is still being loaded is told the same as later. What cannot be
printed, because the disk is full or nobody reads any more, is told here.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Final

from popcorn_checker.errors import UNKNOWN, USAGE

_STDOUT: Final = 1


def main() -> None:
    """The entry point of the installed command."""
    try:
        from popcorn_checker.cli import run

        code = run(sys.argv[1:])
        if sys.stdout is not None:  # as it is where that is closed
            sys.stdout.flush()
    except KeyboardInterrupt:
        print("popcorn-spec: interrupted; nothing is known", file=sys.stderr)
        code = UNKNOWN
    except BrokenPipeError:  # as a shell has it of whoever is told so by a signal
        code = 128 + signal.SIGPIPE
        _forget_output()
    except OSError as error:
        print(f"popcorn-spec: nothing can be written: {error.strerror}", file=sys.stderr)
        code = USAGE
        _forget_output()
    sys.exit(code)


def _forget_output() -> None:
    """What is still to be printed goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), _STDOUT)


if __name__ == "__main__":
    main()
