"""Programs made of litmus tests: for the small machine, and in C for all other processors.

In both each round has variables of its own, which are zero before. All threads meet before each
round, and each migrates to the next kernel after it.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from support.compiled import compile_once
from support.litmus import Add, Fence, Litmus, Load, Migrate, Operation, Outcome, Store
from support.programs_mini.parts import NUMBERS

PAGE: Final = 4096
CELL: Final = 8
DATA: Final = 0x500000
LAYOUTS: Final = ("same page", "different pages")
"""How the variables of a round lie."""


@dataclass(frozen=True)
class Rounds:
    """A test, how often, and how its variables lie."""

    test: Litmus
    rounds: int
    layout: str = LAYOUTS[1]

    @property
    def stride(self) -> int:
        """From a variable of one round to that of the next.

        Units: bytes.
        """
        return CELL * (len(self.test.variables) if self.layout == LAYOUTS[0] else 1)

    @property
    def room(self) -> int:
        """What all rounds of what begins at one place need, in whole pages.

        Units: bytes.
        """
        return -(-self.rounds * self.stride // PAGE) * PAGE

    def places(self) -> dict[str, int]:
        """Where each place of an outcome begins, from the beginning of the data.

        Units: bytes.
        """
        variables, together = self.test.variables, self.layout == LAYOUTS[0]
        found = {each: CELL * n if together else self.room * n for n, each in enumerate(variables)}
        begin = self.room * (1 if together else len(variables))
        for number in range(len(self.test.threads)):
            for register in self.test.registers(number):
                found[register] = begin
                begin += self.room
        return found

    @property
    def size(self) -> int:
        """All of that.

        Units: bytes.
        """
        return max(self.places().values()) // PAGE * PAGE + self.room

    @property
    def variable_pages(self) -> range:
        """The pages on which variables lie, in the small machine's program."""
        count = self.room // PAGE * (1 if self.layout == LAYOUTS[0] else len(self.test.variables))
        return range(DATA // PAGE, DATA // PAGE + count)


def read_rounds(rounds: Rounds, data: bytes) -> Counter[Outcome]:
    """How often the small machine's program had each outcome, by what it has written."""
    places = rounds.places()
    starts = [places[place] for place in rounds.test.places]
    found: Counter[Outcome] = Counter()
    for number in range(rounds.rounds):
        cells = (start + number * rounds.stride for start in starts)
        found[tuple(int.from_bytes(data[at : at + CELL], "little") for at in cells)] += 1
    return found


# --- the small machine ---------------------------------------------------------------------------

_START: Final = """
start:  movi r11, 0
more:   movi r3, 8
        mul r2, r11, r3
        ld8 r7, [r2+works]
        ld8 r2, [r2+stacks]
        movi r3, 4
        mul r9, r11, r3
        addi r3, r9, words
        mov r4, r3
        addi r2, r2, -8
        st8 r7, [r2]
        movi r0, CLONE
        movi r1, THREAD
        syscall
        movi r1, 0
        bne r0, r1, begun
        pop r7
        jmpr r7
begun:  addi r11, r11, 1
        movi r3, THREADS
        bne r11, r3, more
        movi r11, 0
join:   movi r3, 4                      ; sleep until each has exited
        mul r1, r11, r3
        addi r1, r1, words
        ld4 r3, [r1]
        movi r4, 0
        beq r3, r4, joined
        movi r0, FUTEX
        movi r2, FUTEX_WAIT
        syscall
        jmp join
joined: addi r11, r11, 1
        movi r3, THREADS
        bne r11, r3, join
        movi r0, WRITE
        movi r1, 1
        movi r2, data
        movi r3, end-data
        syscall
        movi r0, EXIT_GROUP
        movi r1, 0
        syscall
leave:  movi r0, EXIT
        movi r1, 0
        syscall
"""

_WORK: Final = """
; thread {number}: r8 = the place of this round, r9 = how many have to come, r13 = its kernel's mask
work{number}:
        movi r8, 0
        movi r9, 0
        movi r13, masks+{first}
round{number}:
        addi r9, r9, THREADS
        movi r1, 1
        movi r2, arrived
        xadd8 r1, [r2]
meet{number}:
        ld8 r1, [r2]
        blt r1, r9, meet{number}
{operations}
        addi r8, r8, {stride}
        movi r1, {total}
        bne r8, r1, round{number}
        jmp leave
"""

_KEPT: Final = ("r5", "r6", "r7", "r10")
"""Where the program's registers keep those of a test."""

_HOP: Final = """
        addi r13, r13, 8
        movi r3, masked
        bne r13, r3, hopLABEL
        movi r13, masks
hopLABEL:
        movi r0, SCHED_SETAFFINITY
        movi r1, 0
        movi r2, 8
        mov r3, r13
        syscall
"""


def write_assembly(rounds: Rounds, kernels: int) -> str:
    """The small machine's program, which writes all its data when it has done all rounds."""
    threads = range(len(rounds.test.threads))
    masks = ", ".join(str(1 << kernel) for kernel in range(kernels))
    lines = [
        NUMBERS, f".equ THREADS, {len(threads)}", _START,
        *(_write_work(rounds, n, kernels) for n in threads),
        f".align 8\nmasks: .quad {masks}\nmasked:",
        f"works: .quad {', '.join(f'work{n}' for n in threads)}",
        f"stacks: .quad {', '.join(f'stack{n}' for n in threads)}",
        f".data\ndata: .space {rounds.size}\nend:\narrived: .quad 0",
        f".align {PAGE}\nwords: .space 64",
        *(f".align {PAGE}\n.space 64\nstack{n}:" for n in threads),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _write_work(rounds: Rounds, number: int, kernels: int) -> str:
    places = {place: DATA + at for place, at in rounds.places().items()}
    kept = dict(zip(rounds.test.registers(number), _KEPT, strict=False))
    lines = [
        *(_write_operation(each, places, kept) for each in rounds.test.threads[number]),
        *(f" st8 {kept[register]}, [r8+{places[register]}]" for register in kept),
        _HOP,
    ]
    operations = "\n".join(
        line.replace("LABEL", f"{number}_{place}") for place, line in enumerate(lines)
    )
    return _WORK.format(
        number=number, first=CELL * (number % kernels), operations=operations,
        stride=rounds.stride, total=rounds.rounds * rounds.stride,
    )  # fmt: skip


def _write_operation(operation: Operation, places: dict[str, int], kept: dict[str, str]) -> str:
    match operation:
        case Store(variable, value):
            return f" movi r4, {value}\n st8 r4, [r8+{places[variable]}]"
        case Load(variable, register):
            return f" ld8 {kept[register]}, [r8+{places[variable]}]"
        case Add(variable, value, register):
            own = kept[register]
            return f" movi {own}, {value}\n xadd8 {own}, [r8+{places[variable]}]"
        case Migrate():
            return _HOP
        case Fence():
            return ""    # this machine's memory needs none


# --- C -------------------------------------------------------------------------------------------

_SOURCE: Final = """
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

enum {{ ROUNDS = {rounds}, STRIDE = {stride}, SIZE = {size}, THREADS = {threads}, BASE = {base},
       OUTCOMES = {outcomes} }};

static _Alignas(4096) unsigned char data[SIZE];
static _Alignas(4096) atomic_long arrived;
static _Alignas(4096) cpu_set_t masks[64];
static long kernels;
static long counts[OUTCOMES];

#define AT(place) (*(volatile uint64_t *)(data + (place) + round * STRIDE))
#define ATOMIC(place) ((_Atomic uint64_t *)(data + (place) + round * STRIDE))

static void hop(long *kernel) {{
    *kernel = (*kernel + 1) % kernels;
    sched_setaffinity(0, 8, &masks[*kernel]);
}}

static void meet(long round) {{
    atomic_fetch_add(&arrived, 1);
    while (atomic_load(&arrived) < (round + 1) * THREADS)
        sched_yield();
}}

/* Now one thread is late and now another, more or less. */
static void dawdle(long round, long thread) {{
    if (round % (THREADS + 1) == thread)
        for (long i = round / (THREADS + 1) % 4 * 4; i > 0; i--)
            sched_yield();
}}
{functions}
static void *(*const works[])(void *) = {{ {works} }};

int main(void) {{
    cpu_set_t all;
    sched_getaffinity(0, sizeof all, &all);
    for (int cpu = 0; cpu < 64; cpu++)
        if (CPU_ISSET(cpu, &all))
            CPU_SET(cpu, &masks[kernels++]);
    pthread_t threads[THREADS];
    for (long i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, works[i], NULL))
            return 2;
    for (long i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (long round = 0; round < ROUNDS; round++) {{
        long outcome = 0;
        {encoding}
        counts[outcome]++;
    }}
    for (long outcome = 0; outcome < OUTCOMES; outcome++)
        if (counts[outcome])
            printf("%ld %ld\\n", outcome, counts[outcome]);
    return 0;
}}
"""

_FUNCTION: Final = """
static void *work{number}(void *unused) {{
    long kernel = {number} % kernels;
    for (long round = 0; round < ROUNDS; round++) {{
        meet(round);
        dawdle(round, {number});
        {operations}
        hop(&kernel);
    }}
    return unused;
}}
"""


def write_source(rounds: Rounds) -> str:
    """The program in C, which prints the number of each outcome that it had and how often."""
    test, places, base = rounds.test, rounds.places(), _base(rounds.test)
    threads = range(len(test.threads))
    return _SOURCE.format(
        rounds=rounds.rounds, stride=rounds.stride, size=rounds.size, threads=len(threads),
        base=base, outcomes=base ** len(test.places),
        functions="".join(_write_function(rounds, number) for number in threads),
        works=", ".join(f"work{number}" for number in threads),
        encoding="\n        ".join(
            f"outcome = outcome * BASE + (long)AT({places[place]});" for place in test.places
        ),
    )  # fmt: skip


def _base(test: Litmus) -> int:
    """One more than any place can hold."""
    stored = [o.value for t in test.threads for o in t if isinstance(o, Store)]
    added = [o.value for t in test.threads for o in t if isinstance(o, Add)]
    return max([*stored, sum(added)]) + 1


def _write_function(rounds: Rounds, number: int) -> str:
    places, registers = rounds.places(), rounds.test.registers(number)
    lines = [
        *(f"uint64_t {register};" for register in registers),
        *(_write_statement(each, places) for each in rounds.test.threads[number]),
        *(f"AT({places[register]}) = {register};" for register in registers),
    ]
    return _FUNCTION.format(number=number, operations="\n        ".join(lines))


def _write_statement(operation: Operation, places: dict[str, int]) -> str:
    match operation:
        case Store(variable, value):
            return f"AT({places[variable]}) = {value};"
        case Load(variable, register):
            return f"{register} = AT({places[variable]});"
        case Add(variable, value, register):
            return f"{register} = atomic_fetch_add(ATOMIC({places[variable]}), {value});"
        case Fence():
            return "atomic_thread_fence(memory_order_seq_cst);"
        case Migrate():
            return "hop(&kernel);"


def read_histogram(rounds: Rounds, printed: bytes) -> Counter[Outcome]:
    """How often the program in C had each outcome, by what it has printed."""
    base, size = _base(rounds.test), len(rounds.test.places)
    found: Counter[Outcome] = Counter()
    for line in printed.decode().splitlines():
        number, times = map(int, line.split())
        found[tuple(number // base**place % base for place in reversed(range(size)))] = times
    return found


def build(rounds: Rounds) -> Path:
    """The program in C, compiled unless that has been done before."""
    return compile_once(f"litmus-{rounds.test.name}", write_source(rounds).encode())
