"""One thread: it prints, it travels, or it ends by a signal."""

from typing import Final

from support.programs_mini.parts import BEGIN, NUMBERS
from support.programs_mini.running import Program

SIGFPE, SIGTRAP = 8, 5

HELLO: Final = Program(
    "hello",
    NUMBERS
    + """
start:  movi r0, WRITE
        movi r1, 1
        movi r2, words
        movi r3, end-words
        syscall
        movi r0, EXIT_GROUP
        movi r1, 7
        syscall
.data
words:  .ascii "Hello, popcorn!\\n"
end:
""",
    7 << 8,
    b"Hello, popcorn!\n",
)

VISIT: Final = Program(
    "visit",
    NUMBERS
    + BEGIN
    + """
start:  movi r0, SCHED_SETAFFINITY      ; to the last kernel that there is of three
        movi r1, 0
        movi r2, 8
        movi r3, mask
        syscall
        movi r2, count
        movi r4, 1
        xadd4 r4, [r2]
        movi r0, SCHED_SETAFFINITY      ; and back
        movi r1, 0
        movi r2, 8
        movi r3, home
        syscall
        movi r2, count
        movi r4, 1
        xadd4 r4, [r2]
        ld4 r1, [r2]
        jmp report
.data
        .align 8
mask:   .quad 4
home:   .quad 1
count:  .word 0
""",
    0,
    b"2\n",
)

DIVIDE: Final = Program("divide", "movi r1, 0\n divu r1, r1, r1\n", SIGFPE)
STOP: Final = Program("stop", "brk\n", SIGTRAP)
