"""A native processor does what the emulated one does.

Instructions are executed one by one on both, and in turn by one and the other; then whole programs.
Where the two are known to differ (flags that the manual leaves undefined, and sticky flags of
inexact results, which Unicorn does not set) no program here looks.
"""

import pytest

from popcorn_reference.cpu import native_registers
from popcorn_reference.cpu.emulated import CONTEXT_BYTES, EmulatedCpu
from popcorn_reference.cpu.interface import Broke, Called, Ran
from popcorn_reference.cpu.native import NativeCpu
from popcorn_reference.cpu.native_registers import make_context
from popcorn_reference.drivers.simulation import Settings
from popcorn_reference.faults import GuestError
from popcorn_reference.memory import PAGE_SIZE
from support import guests
from support.guests import BUDGET, Run, build, run_natively
from support.native import (
    CODE,
    DATA,
    PAGES,
    SHAPES,
    STACK,
    Processor,
    join,
    prepare,
    read,
    run_until_stopped,
    step,
)
from support.tools import require_native

# --- instructions --------------------------------------------------------------------------------


def test_contexts_are_laid_out_alike() -> None:
    assert native_registers.CONTEXT_BYTES == CONTEXT_BYTES
    assert len(make_context(CODE, STACK)) == CONTEXT_BYTES


@pytest.mark.parametrize("shape", SHAPES)
def test_each_instruction_does_the_same_on_both(cpu: NativeCpu, shape: str) -> None:
    other = EmulatedCpu()
    code = join(shape)
    prepare(cpu, code)
    prepare(other, code)
    while cpu.get("pc") != CODE + len(code):
        step(cpu)
        step(other)
        assert cpu.save() == other.save(), f"at {cpu.get('pc'):#x}"
        assert read(cpu) == read(other)
    other.close()


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_thread_moves_between_instructions(cpu: NativeCpu, shape: str, first: int) -> None:
    code = join(shape)
    alone, other = EmulatedCpu(), EmulatedCpu()
    everyone: tuple[Processor, ...] = (alone, other, cpu)
    for each in everyone:
        prepare(each, code)
    turn = first
    pair: tuple[Processor, ...] = (cpu, other)
    while alone.get("pc") != CODE + len(code):
        step(alone)
        step(pair[turn])
        context, turn = pair[turn].save(), 1 - turn
        for address, data in zip(PAGES, read(pair[1 - turn]), strict=True):
            pair[turn].memory.page(address // PAGE_SIZE)[:] = data
        pair[turn].load(context)
    assert pair[turn].save() == alone.save()
    assert read(pair[turn]) == read(alone)
    alone.close()
    other.close()


def test_a_call_is_the_same_on_both(cpu: NativeCpu) -> None:
    other = EmulatedCpu()
    code = bytes.fromhex("b827000000" "0f05")
    pair: tuple[Processor, ...] = (cpu, other)
    for each in pair:
        prepare(each, code)
        assert run_until_stopped(each, 1) == Called(39, (0,) * 6)
    assert cpu.save() == other.save()
    other.close()


# --- registers -----------------------------------------------------------------------------------


def test_what_is_loaded_is_saved(cpu: NativeCpu) -> None:
    context = bytearray(make_context(CODE, STACK))
    context[160:416] = bytes(range(256))
    valid, special = bytes([*range(1, 8), 0x88, 0, 0x40]), bytes([*range(1, 11)])
    kinds = (valid, valid, special, bytes(10), special, valid, bytes(10), valid)
    context[416:544] = b"".join(each + bytes(6) for each in kinds)
    context[552:554] = (5 << 11).to_bytes(2, "little")
    context[560:562] = 0b11_11_00_10_01_10_00_00.to_bytes(2, "little")  # the last two are empty
    prepare(cpu, b"\x90")
    cpu.load(bytes(context))
    assert cpu.save() == context
    assert cpu.run(1) == Ran()
    context[128] += 1
    assert cpu.save() == context


def test_avx_registers_travel_and_are_refused_where_there_are_none(cpu: NativeCpu) -> None:
    prepare(cpu, bytes.fromhex("c5fc10042500005000" "c5fc11042540005000"))  # vmovups to ymm0, back
    cpu.memory.page(DATA // PAGE_SIZE)[:32] = bytes(range(32))
    if isinstance(cpu.run(1), Broke):
        return  # this machine has no AVX
    context = cpu.save()
    assert len(context) > CONTEXT_BYTES
    cpu.load(make_context(CODE + 9, 0))
    assert cpu.run(1) == Ran()
    assert not any(cpu.memory.page(DATA // PAGE_SIZE)[0x40:0x60])
    cpu.load(context)
    assert cpu.save() == context
    assert cpu.run(1) == Ran()
    assert cpu.memory.page(DATA // PAGE_SIZE)[0x40:0x60] == bytes(range(32))
    other = EmulatedCpu()
    with pytest.raises(GuestError, match="registers are 576 bytes"):
        other.load(context)
    other.close()


# --- programs ------------------------------------------------------------------------------------


@pytest.mark.tool("musl-gcc")
@pytest.mark.parametrize("processors", ["native", "mixed"])
@pytest.mark.parametrize("name", ["hello", "counter", "floats", "forkwait", "isort"])
def test_programs_do_what_they_do_natively(
    name: str, processors: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_native()
    kinds = {"native": (NativeCpu,), "mixed": (EmulatedCpu, NativeCpu)}
    monkeypatch.setattr(guests, "PROCESSORS", kinds)
    program = build(name)
    settings = Settings(seed=2, quantum=30_000, budget=10 * BUDGET)
    with Run(program, settings, processors) as run:
        assert run.finish() == run_natively(program), run.reports
