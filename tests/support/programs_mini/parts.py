"""Pieces of assembly that programs for the small machine have in common."""

from typing import Final

NUMBERS: Final = """
.equ WRITE, 1
.equ MMAP, 9
.equ MUNMAP, 11
.equ CLONE, 56
.equ FORK, 57
.equ EXIT, 60
.equ WAIT4, 61
.equ FUTEX, 202
.equ SCHED_SETAFFINITY, 203
.equ EXIT_GROUP, 231
.equ GETCPU, 309
.equ FUTEX_WAIT, 0
.equ FUTEX_WAKE, 1
.equ THREAD, 0x310100           ; VM, THREAD, PARENT_SETTID, CHILD_CLEARTID
"""
"""System calls and flags, by name."""

BEGIN: Final = """
; begin a thread: r7 = its function, r8 = the end of its stack, r9 = a word for its number
begin:  addi r2, r8, -8
        st8 r7, [r2]
        movi r0, CLONE
        movi r1, THREAD
        mov r3, r9
        mov r4, r9
        syscall
        movi r1, 0
        bne r0, r1, begun
        pop r7
        jmpr r7
begun:  ret

; wait until a thread has exited: r9 = the word of its number
join:   ld4 r3, [r9]
        movi r4, 0
        beq r3, r4, joined
        movi r0, FUTEX
        mov r1, r9
        movi r2, FUTEX_WAIT
        syscall
        jmp join
joined: ret

leave:  movi r0, EXIT
        movi r1, 0
        syscall

; print r1 as a decimal number, and end the process
report: movi r2, digits
        movi r4, 10
digit:  remu r5, r1, r4
        addi r5, r5, '0'
        addi r2, r2, -1
        st1 r5, [r2]
        divu r1, r1, r4
        movi r5, 0
        bne r1, r5, digit
        movi r3, digits+1
        sub r3, r3, r2
        movi r1, 1
        movi r0, WRITE
        syscall
        movi r0, EXIT_GROUP
        movi r1, 0
        syscall
.data
        .space 20
digits: .byte '\\n'
        .align 4
words:  .space 8
        .align 16
        .space 4096
stack1:
        .space 4096
stack2:
.text
"""
"""Beginning a thread, waiting for its end, printing a number; and the words that these need."""
