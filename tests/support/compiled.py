"""Programs in C, each compiled once: what was compiled in the same way before is taken again."""

import hashlib
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from support.tools import require_tool

BUILD: Final = Path(__file__).resolve().parents[2] / "build" / "guests"
FLAGS: Final = ("-O2", "-Wall", "-Wextra", "-Werror", "-pthread")
LIBRARIES: Final = ("-lm",)


def compile_once(
    name: str, source: bytes, compiler: str = "musl-gcc", link: str = "-static"
) -> Path:
    """The program of a source, compiled unless that has been done before."""
    tool, flags = require_tool(compiler), (*FLAGS, link)
    key = hashlib.sha256(" ".join((compiler, *flags)).encode() + source).hexdigest()[:16]
    program = BUILD / f"{name}-{key}"
    if not program.exists():
        BUILD.mkdir(parents=True, exist_ok=True)
        # Another worker may be compiling it too: whoever is last puts the same thing there.
        with tempfile.TemporaryDirectory(dir=BUILD) as folder:
            text, made = Path(folder) / f"{name}.c", Path(folder) / "program"
            text.write_bytes(source)
            subprocess.run(
                [tool, *flags, text.name, "-o", made, *LIBRARIES],
                cwd=folder, check=True, timeout=60,
            )  # fmt: skip
            os.replace(made, program)
    return program
