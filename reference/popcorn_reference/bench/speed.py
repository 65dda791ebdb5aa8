"""Instructions a second: in simulation, by Unicorn alone, and by each processor alone.

Times are the processor's, of this process; but for native processors, which are another process,
they are the clock's.
"""

import ctypes
import mmap
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from popcorn_model.vocabulary import Access
from popcorn_reference.bench.figures import Cell, Sheet, Size, get_middle
from popcorn_reference.bench.programs import (
    DATA,
    ENTRY,
    count_alone,
    count_loop,
    make_alone,
    make_elf,
    write_loop,
)
from popcorn_reference.cpu.assembler import assemble
from popcorn_reference.cpu.interface import Called, Cpu, Faulted, Ran
from popcorn_reference.cpu.mini import MiniCpu
from popcorn_reference.cpu.mini import make_context as make_mini_context
from popcorn_reference.cpu.native_registers import make_context
from popcorn_reference.drivers.single import make_simulation
from popcorn_reference.elf import Image, load
from popcorn_reference.memory import PAGE_SIZE
from popcorn_reference.running import NOBODY, Job, NotHere, get_processors

QUANTA: Final = (1000, 10_000, 100_000)
WANTED: Final = 1.2
"""How many times Unicorn's time alone the simulation may take."""
_BLOCK_BYTES: Final = 1 << 20
_NATIVE_FACTOR: Final = 30
_MINI_DIVISOR: Final = 5
_SLICE: Final = 100_000


def compare(size: Size) -> Sheet:
    """One thread that shares nothing: simulated on one kernel, and by Unicorn alone, in pairs."""
    loops = 1000 * size.loops
    instructions = count_alone(loops)
    rows: list[tuple[Cell, ...]] = []
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "alone"
        program.write_bytes(make_elf(make_alone(loops)))
        for quantum in QUANTA:
            ours, its = _pair_up(program, loops, quantum, size.pairs)
            ratios = [one / other for one, other in zip(ours, its, strict=True)]
            speeds = (round(instructions / get_middle(each)) for each in (ours, its))
            rows.append((quantum, *speeds, round(get_middle(ratios), 3), WANTED))
    return Sheet(
        "instructions",
        "instructions a second of a thread that shares nothing, by emulated processors",
        ("longest slice", "simulation", "Unicorn alone", "ratio", "wanted"),
        rows,
        (f"{size.pairs} pairs, who is first changing from pair to pair; medians, and the median "
         "ratio of times. Slices are of 1 instruction to the longest, the same for both. Unicorn "
         "alone has the same mode (a virtual TLB, filled by a hook) and a hook for system calls.",
         f"The program: {instructions:,} instructions, an ELF file made by hand."),
    )  # fmt: skip


def _pair_up(
    program: Path, loops: int, quantum: int, pairs: int
) -> tuple[list[float], list[float]]:
    ours: list[float] = []
    its: list[float] = []
    for pair in range(pairs):
        ways: list[tuple[list[float], Callable[[], float]]] = [
            (ours, lambda: _simulate(program, quantum)),
            (its, lambda: _emulate(loops, quantum)),
        ]
        for times, measure in ways if pair % 2 else reversed(ways):
            times.append(measure())
    return ours, its


def _simulate(program: Path, quantum: int) -> float:
    simulation = make_simulation(Job(program, kernels=1, quantum=quantum), NOBODY)
    start = time.process_time()
    simulation.run()
    spent = time.process_time() - start
    simulation.close()
    return spent


def _emulate(loops: int, quantum: int) -> float:
    """The same instructions by Unicorn, with nothing around it."""
    from unicorn import x86_const as x86

    code, over = make_alone(loops), [False]
    engine = _make_engine(code, over)
    draw, most = random.Random(0), 3 * count_alone(loops) // quantum + 100
    slices = iter([draw.randint(1, quantum) for _ in range(most)])
    engine.reg_write(x86.UC_X86_REG_RIP, ENTRY)
    start = time.process_time()
    while not over[0]:
        engine.emu_start(engine.reg_read(x86.UC_X86_REG_RIP), 0, 0, next(slices))
    return time.process_time() - start


def _make_engine(code: bytes, over: list[bool]) -> Any:
    from unicorn import unicorn_const as uc
    from unicorn import x86_const as x86
    from unicorn.unicorn_py3.unicorn import Uc

    block = mmap.mmap(-1, _BLOCK_BYTES)
    places = {ENTRY // PAGE_SIZE: 0, DATA // PAGE_SIZE: PAGE_SIZE}
    offset = ENTRY % PAGE_SIZE
    block[offset : offset + len(code)] = code

    def fill(_engine: Any, address: int, _access: int, entry: Any, _data: Any) -> bool:
        entry.paddr, entry.perms = places[address // PAGE_SIZE], uc.UC_PROT_ALL
        return True

    def stop(engine: Any, _data: Any) -> None:
        over[0] = True
        engine.emu_stop()

    engine: Any = Uc(uc.UC_ARCH_X86, uc.UC_MODE_64)
    engine.block = block    # which must live as long as it does
    engine.ctl_set_tlb_mode(uc.UC_TLB_VIRTUAL)
    pointer = ctypes.addressof(ctypes.c_char.from_buffer(block))
    engine.mem_map_ptr(0, _BLOCK_BYTES, uc.UC_PROT_ALL, pointer)
    engine.hook_add(uc.UC_HOOK_TLB_FILL, fill)
    engine.hook_add(uc.UC_HOOK_INSN, stop, None, 1, 0, x86.UC_X86_INS_SYSCALL)
    return engine


# --- processors alone ----------------------------------------------------------------------------


def compare_processors(size: Size) -> Sheet:
    """Each processor alone, with no kernel around it."""
    loops = 1000 * size.loops
    alone = load(make_elf(make_alone(loops)), "alone")
    longer = load(make_elf(make_alone(_NATIVE_FACTOR * loops)), "alone")
    shorter = assemble(write_loop(loops // _MINI_DIVISOR))
    rows: list[tuple[Cell, ...]] = []
    for name, image, instructions in (
        ("emulated", alone, count_alone(loops)),
        ("native", longer, count_alone(_NATIVE_FACTOR * loops)),
        ("mini", shorter, count_loop(loops // _MINI_DIVISOR)),
    ):
        times = [each for _ in range(size.repeats) if (each := _time(name, image)) is not None]
        speed = round(instructions / get_middle(times)) if times else None
        rows.append((name, instructions, speed))
    return Sheet(
        "processors",
        "instructions a second of each processor alone",
        ("processor", "instructions", "a second"),
        rows,
        (f"Medians of {size.repeats}, in slices of {_SLICE:,} instructions (for native processors, "
         "as many nanoseconds), from the first instruction to exit_group.",),
    )  # fmt: skip


def _time(name: str, image: Image) -> float | None:
    """Seconds until a program exits; None where there is no such processor."""
    try:
        (make_cpu,) = get_processors(name)
    except NotHere:
        return None
    clock = time.perf_counter if name == "native" else time.process_time
    cpu = make_cpu()
    try:
        make = make_mini_context if isinstance(cpu, MiniCpu) else make_context
        cpu.load(make(image.entry, image.stack))
        start = clock()
        run_alone(cpu, image, _SLICE)
        return clock() - start
    finally:
        cpu.close()


def run_alone(cpu: Cpu, image: Image, count: int) -> Called:
    """Run a program until it makes a system call, giving it each page that it asks for.

    Raises: AssertionError if it does anything else.
    """
    while True:
        stopped = cpu.run(count)
        match stopped:
            case Ran():
                pass
            case Faulted(pages):
                for page, _ in pages:
                    cpu.memory.page(page)[:] = image.pages.get(page, bytes(PAGE_SIZE))
                    cpu.map(page, Access.WRITE)
            case Called():
                return stopped
            case _:
                raise AssertionError(f"{stopped}")
