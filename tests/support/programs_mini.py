"""Programs for the small machine, with what they must print and return however they are run."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from popcorn_reference.cpu.assembler import assemble
from popcorn_reference.cpu.mini import MiniCpu, make_context
from popcorn_reference.drivers.simulation import Settings, Simulation
from popcorn_reference.host import Host
from popcorn_reference.linux.context import Thread, pack
from popcorn_reference.linux.machine import Machine

SIGSEGV, SIGFPE, SIGTRAP = 11, 8, 5


@dataclass(frozen=True)
class Program:
    """A program, and what is right for it."""

    name: str
    text: str
    status: int = 0
    """As `wait` gives it."""
    output: bytes = b""


@dataclass(frozen=True)
class Result:
    """What a program did."""

    status: int
    output: bytes
    reports: tuple[str, ...]
    trace_hash: str


def run(
    text: str, settings: Settings, make_cpu: Callable[[], MiniCpu] = MiniCpu
) -> Result:
    """Run a program in simulation."""
    machine, output = Machine(settings.kernels), bytearray()
    host = Host(outputs={1: output.extend, 2: output.extend})
    simulation = Simulation(settings, machine, [make_cpu], host)
    host.clock = simulation.read_clock
    image = assemble(text)
    origin = simulation.nodes[0]
    context = pack(Thread(), make_context(image.entry, image.stack))
    simulation.begin(origin.do(machine.execute(image, context, origin.kernel)), 1)
    status = simulation.run()
    simulation.close()
    return Result(status, bytes(output), tuple(simulation.reports), simulation.trace_hash)


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

_BEGIN: Final = """
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
    + _BEGIN
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
    + _BEGIN
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
    + _BEGIN
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

FAMILY: Final = Program(
    "family",
    NUMBERS
    + _BEGIN
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
    + _BEGIN
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

VISIT: Final = Program(
    "visit",
    NUMBERS
    + _BEGIN
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

PROGRAMS: Final = (
    HELLO, COUNT, MUTEX, PIPE, FAMILY, UNMAP, FALL, COPY, VISIT, DIVIDE, STOP
)  # fmt: skip
