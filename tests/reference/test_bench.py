"""Each measurement of the reference can be made, and says what could be; nobody looks at times."""

import json
import subprocess
from pathlib import Path

import pytest

from popcorn_reference.bench import __main__ as bench
from popcorn_reference.bench import exchange, migration, programs, runs, speed
from popcorn_reference.bench.figures import TINY, Sheet, get_high, get_middle
from popcorn_reference.cpu.emulated import EmulatedCpu
from popcorn_reference.cpu.native_registers import make_context
from popcorn_reference.drivers import single
from popcorn_reference.elf import load
from popcorn_reference.running import NOBODY, Job, Streams
from support.tools import require_native


def check(sheet: Sheet, rows: int) -> None:
    """Fails unless a table has so many rows, each with a cell for each head, none of them odd."""
    assert len(sheet.rows) == rows
    for record in sheet.records():
        assert record.keys() == set(sheet.heads)
        assert all(cell is None or isinstance(cell, str) or cell >= 0 for cell in record.values())


# --- measurements --------------------------------------------------------------------------------


def test_instructions_by_the_simulation_and_by_unicorn() -> None:
    sheet = speed.compare(TINY)
    check(sheet, len(speed.QUANTA))
    for record in sheet.records():
        assert all(record[head] for head in sheet.heads)


def test_instructions_by_each_processor() -> None:
    sheet = speed.compare_processors(TINY)
    check(sheet, 3)
    speeds = {record["processor"]: record["a second"] for record in sheet.records()}
    assert speeds.keys() == {"emulated", "native", "mini"}
    assert speeds["emulated"]
    assert speeds["mini"]


def test_messages() -> None:
    sheet = exchange.measure(TINY)
    check(sheet, 6)
    assert all(record["messages"] and record["a second"] for record in sheet.records())


@pytest.mark.parametrize("driver", ["simulation", "unix", "tcp"])
def test_each_migration_is_timed(driver: str, tmp_path: Path) -> None:
    assert_hops_are_timed(tmp_path, driver, "emulated")


def test_each_migration_of_native_processors_is_timed(tmp_path: Path) -> None:
    require_native()
    assert_hops_are_timed(tmp_path, "unix", "native")


def assert_hops_are_timed(folder: Path, driver: str, processor: str) -> None:
    """Fails unless there are as many times as migrations, none of them zero."""
    program = folder / "hops"
    program.write_bytes(programs.make_elf(programs.make_hops(TINY.hops, migration.ROUTE)))
    times = migration.time_hops(program, driver, processor)
    assert len(times) == TINY.hops
    assert min(times) > 0
    assert migration.find_rate(processor) > 0


def test_ways_of_migrations_are_told_apart() -> None:
    sheet = migration.measure(TINY)
    ways = {(record["driver"], record["processor"]) for record in sheet.records()}
    assert ways >= {("simulation", "emulated"), ("unix", "emulated"), ("tcp", "emulated")}
    check(sheet, len(ways) * len(migration.LEGS))


@pytest.mark.parametrize("compiler", [True, False], ids=["compiler", "no-compiler"])
def test_runs_and_what_they_spend(compiler: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not compiler:
        monkeypatch.setenv("PATH", "")
    names = 1 + (len(programs.SOURCES) if programs.find_compiler() else 0)
    shares, kernels = runs.measure_shares(TINY), runs.measure_kernels(TINY)
    check(shares, names)
    check(kernels, names * TINY.kernels)
    for record in shares.records():
        assert record["number of faults"]
        parts = [record[part] for part in runs.PARTS]
        assert sum(part for part in parts if isinstance(part, float)) == pytest.approx(100, abs=0.5)
    for record in kernels.records():
        assert bool(record["migrations"]) == (record["kernels"] != 1)
    assert (runs.NO_COMPILER in kernels.notes) == (programs.find_compiler() is None)


# --- what they stand on --------------------------------------------------------------------------


def test_the_thread_alone_does_nothing_but_exit() -> None:
    cpu = EmulatedCpu()
    image = load(programs.make_elf(programs.make_alone(7)), "alone")
    cpu.load(make_context(image.entry, image.stack))
    called = speed.run_alone(cpu, image, 1)
    assert called.number == 231
    cpu.close()


@pytest.mark.parametrize("loops", [1, 7, 300])
def test_as_many_instructions_as_are_said_end_the_program(loops: int, tmp_path: Path) -> None:
    elf, text = tmp_path / "alone", tmp_path / "loop"
    elf.write_bytes(programs.make_elf(programs.make_alone(loops)))
    text.write_text(programs.write_loop(loops))
    for path, processor, count in (
        (elf, "emulated", programs.count_alone(loops)),
        (text, "mini", programs.count_loop(loops)),
    ):
        job = Job(path, kernels=1, quantum=1, processor=processor)
        simulation = single.make_simulation(job, NOBODY)
        simulation.run()
        # A slice that faults executes nothing, and its instruction is executed when it is answered.
        assert simulation.nodes[0].counts.slices == count
        simulation.close()


@pytest.mark.tool("gcc")
@pytest.mark.parametrize("name", programs.SOURCES)
def test_the_programs_in_c_do_what_they_should(name: str, tmp_path: Path) -> None:
    program = programs.compile_source(name, tmp_path)
    natively = subprocess.run([program], check=True, capture_output=True, timeout=60).stdout
    written = bytearray()
    assert single.run(Job(program), Streams(written.extend, written.extend)).status == 0
    assert bytes(written) == natively


def test_medians_and_what_few_exceed() -> None:
    assert get_middle([5.0, 1.0, 3.0]) == 3.0
    assert get_high(range(1, 101), 99) == 99
    assert get_high([4.0], 99) == 4.0


# --- the command ---------------------------------------------------------------------------------


def test_the_command_prints_tables_and_writes_figures(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    figures = tmp_path / "figures.json"
    assert bench.main(["--tiny", "--only", "messages,processors", "--json", str(figures)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("python -m popcorn_reference.bench --tiny --only messages,processors")
    assert "core and codec" in printed
    said = json.loads(figures.read_text())
    assert len(said["messages"]) == 6
    assert said["machine"]


def test_what_cannot_be_measured_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(["--only", "weight"])
    assert "legal are instructions, processors, messages" in capsys.readouterr().err
