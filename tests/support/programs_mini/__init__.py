"""Programs for the small machine, with what they must print and return however they are run.

`running` says what such a program is, and runs one; `parts` has what several of them begin with;
`alone`, `threads` and `memory` have them. All are listed here.
"""

from typing import Final

from support.programs_mini import alone, memory, threads
from support.programs_mini.running import Program

PROGRAMS: Final[tuple[Program, ...]] = (
    alone.HELLO, threads.COUNT, threads.MUTEX, threads.PIPE, memory.FAMILY, memory.UNMAP,
    memory.FALL, memory.COPY, alone.VISIT, alone.DIVIDE, alone.STOP,
)  # fmt: skip
