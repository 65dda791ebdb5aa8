"""What memory is after fork and munmap, and across the edge of a page."""

from typing import Final

from support.programs_mini.parts import BEGIN, NUMBERS
from support.programs_mini.running import Program

SIGSEGV: Final = 11

FAMILY: Final = Program(
    "family",
    NUMBERS
    + BEGIN
    + """
start:  movi r0, FORK
        syscall
        movi r2, value
        movi r3, 0
        bne r0, r3, parent
        movi r4, 1                      ; the child's memory is its own
        st8 r4, [r2]
        ld8 r1, [r2]
        addi r1, r1, 40
        movi r0, EXIT_GROUP
        syscall
parent: mov r1, r0
        movi r0, WAIT4
        movi r2, status
        movi r3, 0
        movi r4, 0
        syscall
        movi r2, status
        ld4 r1, [r2]                    ; 41 * 256
        movi r2, value
        ld8 r3, [r2]                    ; still 5
        add r1, r1, r3
        jmp report
.data
        .align 8
value:  .quad 5
status: .quad 0
""",
    0,
    b"10501\n",
)

_MAPPED: Final = """
start:  movi r0, MMAP
        movi r1, 0
        movi r2, 8192
        movi r3, 3
        movi r4, 0x22
        movi r5, -1
        movi r6, 0
        syscall
        mov r10, r0
        li r11, 0x1122334455667788
        st8 r11, [r10+4092]             ; on both pages
        addi r1, r10, 4096
        movi r0, MUNMAP
        movi r2, 4096
        syscall
"""

UNMAP: Final = Program(
    "unmap",
    NUMBERS
    + BEGIN
    + _MAPPED
    + """
        addi r1, r10, 4096
        movi r0, MMAP
        movi r2, 4096
        movi r3, 3
        movi r4, 0x32                   ; fixed, where the page was: zeros again
        movi r5, -1
        movi r6, 0
        syscall
        ld8 r1, [r10+4092]
        jmp report
""",
    0,
    b"1432778632\n",
)

FALL: Final = Program(
    "fall",
    NUMBERS
    + _MAPPED
    + """
        ld8 r1, [r10+4092]              ; the second page is mapped no more
        movi r0, EXIT_GROUP
        syscall
""",
    SIGSEGV,
)

COPY: Final = Program(
    "copy",
    NUMBERS
    + """
start:  movi r1, target+4090
        movi r2, words+4085
        movi r3, 13
        copy r1, r2, r3
        movi r0, WRITE
        movi r1, 1
        movi r2, target+4090
        movi r3, 13
        syscall
        movi r0, EXIT_GROUP
        movi r1, 0
        syscall
.data
words:  .space 4085
        .ascii "over the edge"
        .align 4096
target: .space 8192
""",
    0,
    b"over the edge",
)
