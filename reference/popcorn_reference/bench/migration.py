"""How long a migration takes: from the system call on one kernel to what follows it on another."""

import os
import struct
import tempfile
import time
from pathlib import Path
from typing import Final

from popcorn_model.vocabulary import Access
from popcorn_reference.bench.figures import Sheet, Size, get_high, get_middle
from popcorn_reference.bench.programs import CLOCK, ENTRY, make_elf, make_hops
from popcorn_reference.bench.speed import run_alone
from popcorn_reference.cpu.native_registers import make_context
from popcorn_reference.drivers import processes, single
from popcorn_reference.elf import load
from popcorn_reference.running import Job, NotHere, Streams, get_processors

ROUTE: Final = (1, 2, 0)
"""Where the thread goes from the origin, again and again."""
LEGS: Final = ("from the origin", "between others", "to the origin")
WAYS: Final = (
    ("simulation", "emulated"),
    ("unix", "emulated"),
    ("tcp", "emulated"),
    ("unix", "native"),
    ("tcp", "native"),
)
_WARM: Final = 30
"""So many migrations are left out at the beginning, in which kernels get their first pages."""
_PIPE_BYTES: Final = 1 << 16
_HOPS_MAX: Final = _PIPE_BYTES // 8
_CALIBRATION_SECONDS: Final = 0.05


def measure(size: Size) -> Sheet:
    """Migrations with each driver and processor that can be had."""
    rows: list[tuple[str, str, str, int, float, float]] = []
    missing = set()
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "hops"
        program.write_bytes(make_elf(make_hops(min(size.hops, _HOPS_MAX), ROUTE)))
        for driver, processor in WAYS:
            try:
                ticks = find_rate(processor)
            except NotHere as error:
                missing.add(str(error))
                continue
            times = [each / ticks * 1e6 for each in time_hops(program, driver, processor)]
            for place, leg in enumerate(LEGS):
                found = times[_WARM + (place - _WARM) % len(LEGS) :: len(LEGS)]
                rows.append((driver, processor, leg, len(found), round(get_middle(found), 1),
                             round(get_high(found, 99), 1)))  # fmt: skip
    return Sheet(
        "migration",
        "one migration, in microseconds",
        ("driver", "processor", "way", "migrations", "median", "99 of 100 within"),
        list(rows),
        ("A thread asks for it by sched_setaffinity. It reads the time stamp counter just before "
         "that system call and, as the first thing that it does on the other kernel, again: CALL "
         "to the origin, the mask read there, ANSWER to the other kernel, and its first "
         "instructions, by the clock. With sockets the origin is one of three processes, and what "
         "is between others goes through it: two messages over sockets, else one.", *missing),
    )  # fmt: skip


def find_rate(processor: str) -> float:
    """Ticks of a processor's time stamp counter in a second.

    Raises: NotHere if there is no such processor.
    """
    (make_cpu,) = get_processors(processor)
    image = load(make_elf(CLOCK + b"\x0f\x05"), "clock")
    cpu = make_cpu()
    page = ENTRY >> 12
    cpu.memory.page(page)[:] = image.pages[page]
    cpu.map(page, Access.READ)
    readings = []
    try:
        for pause in (0.0, _CALIBRATION_SECONDS):
            time.sleep(pause)
            cpu.load(make_context(image.entry, image.stack))
            readings.append((run_alone(cpu, image, 100).number, time.perf_counter()))
    finally:
        cpu.close()
    (first, begin), (last, end) = readings
    return (last - first) / (end - begin)


def time_hops(program: Path, driver: str, processor: str) -> list[int]:
    """How long each migration took, in ticks."""
    job = Job(program, kernels=len(ROUTE), policy="never", processor=processor)
    written = bytearray()
    if driver == "simulation":
        ended = single.run(job, Streams(written.extend, written.extend))
    else:
        end, start = os.pipe()
        try:
            ended = processes.run(job, driver, (start, None))
        finally:
            os.close(start)
            with open(end, "rb") as file:
                written.extend(file.read())
    assert ended.status == 0, ended.reports
    return [number for (number,) in struct.iter_unpack("<Q", written)]
