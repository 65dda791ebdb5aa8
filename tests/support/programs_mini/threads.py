"""Threads that meet: at an atomic addition, at a mutex, at a place for one item."""

from typing import Final

from support.programs_mini.parts import BEGIN, NUMBERS
from support.programs_mini.running import Program

_TWO: Final = """
start:  movi r7, work
        movi r8, stack1
        movi r9, words
        call begin
        movi r7, work
        movi r8, stack2
        movi r9, words+4
        call begin
        movi r9, words
        call join
        movi r9, words+4
        call join
        movi r2, total
        ld8 r1, [r2]
        jmp report
"""

COUNT: Final = Program(
    "count",
    NUMBERS
    + BEGIN
    + _TWO
    + """
work:   movi r2, total
        movi r3, 50
again:  movi r4, 1
        xadd8 r4, [r2]
        addi r3, r3, -1
        movi r4, 0
        bne r3, r4, again
        jmp leave
.data
        .align 8
total:  .quad 0
""",
    0,
    b"100\n",
)

MUTEX: Final = Program(
    "mutex",
    NUMBERS
    + BEGIN
    + _TWO
    + """
; lock: 0 is free, 1 is held, 2 is held and somebody sleeps
work:   movi r11, 15
again:  movi r10, lock
        movi r4, 0
        movi r5, 1
        cmpxchg4 r4, r5, [r10]
        movi r5, 0
        beq r4, r5, locked
wait:   movi r4, 2
        xchg4 r4, [r10]
        movi r5, 0
        beq r4, r5, locked
        movi r0, FUTEX
        mov r1, r10
        movi r2, FUTEX_WAIT
        movi r3, 2
        movi r4, 0
        syscall
        jmp wait
locked: movi r2, total                  ; two instructions that must not be interrupted
        ld8 r4, [r2]
        addi r4, r4, 1
        st8 r4, [r2]
        movi r4, 0
        xchg4 r4, [r10]
        movi r5, 2
        bne r4, r5, open
        movi r0, FUTEX
        mov r1, r10
        movi r2, FUTEX_WAKE
        movi r3, 1
        syscall
open:   addi r11, r11, -1
        movi r5, 0
        bne r11, r5, again
        jmp leave
.data
        .align 8
lock:   .word 0
        .align 4096                     ; so that lock and total are pages of their own
total:  .quad 0
""",
    0,
    b"30\n",
)

PIPE: Final = Program(
    "pipe",
    NUMBERS
    + BEGIN
    + """
.equ ITEMS, 12
start:  movi r7, produce
        movi r8, stack1
        movi r9, words
        call begin
        movi r11, 0                     ; what has been consumed, and its sum
        movi r12, 0
consume:
        movi r10, full
        movi r13, 0
        call await
        movi r2, item
        ld8 r4, [r2]
        add r12, r12, r4
        movi r4, 0
        movi r10, full
        call tell
        addi r11, r11, 1
        movi r4, ITEMS
        bne r11, r4, consume
        movi r9, words
        call join
        mov r1, r12
        jmp report

produce:
        movi r11, 0
more:   movi r10, full
        movi r13, 1
        call await
        movi r2, item
        mul r4, r11, r11
        st8 r4, [r2]
        movi r4, 1
        movi r10, full
        call tell
        addi r11, r11, 1
        movi r4, ITEMS
        bne r11, r4, more
        jmp leave

; sleep as long as the word at r10 is r13
await:  ld4 r4, [r10]
        bne r4, r13, awake
        movi r0, FUTEX
        mov r1, r10
        movi r2, FUTEX_WAIT
        mov r3, r13
        movi r4, 0
        syscall
        jmp await
awake:  ret

; put r4 in the word at r10, and wake who sleeps on it
tell:   st4 r4, [r10]
        movi r0, FUTEX
        mov r1, r10
        movi r2, FUTEX_WAKE
        movi r3, 1
        syscall
        ret
.data
        .align 8
full:   .quad 0
item:   .quad 0
""",
    0,
    b"506\n",
)
