"""A native processor stops before what it may not do: faults, system calls and signals."""

import signal
from typing import Final

import pytest

from popcorn_model.vocabulary import Access
from popcorn_reference.cpu.emulated import EmulatedCpu
from popcorn_reference.cpu.interface import Broke, Called, Faulted, Ran
from popcorn_reference.cpu.native import NativeCpu
from popcorn_reference.cpu.native_registers import make_context
from popcorn_reference.cpu.native_stub import CONTROL
from popcorn_reference.faults import GuestError
from popcorn_reference.memory import PAGE_SIZE
from support.native import (
    CODE,
    DATA,
    PAGES,
    SHAPES,
    SLICE,
    join,
    prepare,
    read,
    run_until_stopped,
)

TRIES_MAX: Final = 12

# --- faults --------------------------------------------------------------------------------------


def repair(cpu: NativeCpu, faulted: Faulted) -> None:
    """Give what is wanted."""
    for page, access in faulted.pages:
        assert PAGES[page * PAGE_SIZE] in (access, Access.WRITE)
        cpu.map(page, access)


@pytest.mark.parametrize("count", [1, SLICE])
@pytest.mark.parametrize("is_readable", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_faults_are_precise_and_can_be_repaired(
    cpu: NativeCpu, shape: str, is_readable: bool, count: int
) -> None:
    code = join(shape) + b"\x0f\x0b"
    other = EmulatedCpu()
    prepare(other, code)
    run_until_stopped(other)
    prepare(cpu, code, mapped=False)
    for address in PAGES if is_readable else ():
        cpu.map(address // PAGE_SIZE, Access.READ)
    for _ in range(TRIES_MAX):
        stopped = run_until_stopped(cpu, count)
        if not isinstance(stopped, Faulted):
            break
        context, memory = cpu.save(), read(cpu)
        assert cpu.run(1) == stopped
        assert (cpu.save(), read(cpu)) == (context, memory)
        repair(cpu, stopped)
    assert isinstance(stopped, Broke)
    assert cpu.save() == other.save()
    assert read(cpu) == read(other)
    other.close()


def test_a_page_that_was_taken_away_is_missed(cpu: NativeCpu) -> None:
    prepare(cpu, join("store and load"))
    context, page = cpu.save(), DATA // PAGE_SIZE
    assert cpu.run(3) == Ran()
    cpu.protect(page, Access.READ)
    cpu.load(context)
    assert cpu.run(3) == Faulted(((page, Access.WRITE),))
    cpu.unmap(page)
    assert cpu.run(3) == Faulted(((page, Access.READ),))
    cpu.memory.drop(page)
    cpu.map(page, Access.READ)
    cpu.load(make_context(CODE + 18, 0))
    assert cpu.run(1) == Ran()
    assert not any(cpu.memory.page(page))


def test_what_was_dropped_is_zero(cpu: NativeCpu) -> None:
    for page in range(3):
        cpu.memory.page(page)[:] = b"x" * PAGE_SIZE
    assert set(cpu.memory.touched()) == {0, 1, 2}
    cpu.memory.drop(1)
    assert set(cpu.memory.touched()) == {0, 2}
    assert not any(cpu.memory.page(1))
    cpu.memory.drop(0)
    assert not any(cpu.memory.page(7))


def test_many_pages_change_at_once(cpu: NativeCpu) -> None:
    prepare(cpu, b"\x88\x03")  # mov %al,(%rbx)
    for page in range(0x1000, 0x1200):
        cpu.map(page, Access.WRITE if page % 2 else Access.READ)
    context = bytearray(cpu.save())
    for page in (0x1000, 0x11FF):
        context[8:16] = (page * PAGE_SIZE).to_bytes(8, "little")
        cpu.load(bytes(context))
        assert cpu.run(1) == (Ran() if page % 2 else Faulted(((page, Access.WRITE),)))


@pytest.mark.parametrize(("rbx", "page"), [(0, 0), (CONTROL, CONTROL // PAGE_SIZE)])
def test_a_page_that_nobody_has_is_a_fault(cpu: NativeCpu, rbx: int, page: int) -> None:
    prepare(cpu, b"\x88\x03")
    context = bytearray(cpu.save())
    context[8:16] = rbx.to_bytes(8, "little")
    cpu.load(bytes(context))
    assert cpu.run(SLICE) == Faulted(((page, Access.READ),))


@pytest.mark.parametrize("address", [1 << 47, 1 << 63, (1 << 64) - PAGE_SIZE])
def test_an_address_that_nobody_can_have_is_a_signal(cpu: NativeCpu, address: int) -> None:
    prepare(cpu, b"\x88\x03")
    context = bytearray(cpu.save())
    context[8:16] = address.to_bytes(8, "little")
    cpu.load(bytes(context))
    stopped = cpu.run(SLICE)
    assert isinstance(stopped, Broke)
    assert stopped.signal == signal.SIGSEGV


def test_the_page_of_the_processor_cannot_be_had(cpu: NativeCpu) -> None:
    with pytest.raises(GuestError, match="its own page"):
        cpu.map(CONTROL // PAGE_SIZE, Access.READ)


# --- system calls and signals --------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, SLICE])
def test_system_calls_are_not_made(cpu: NativeCpu, count: int) -> None:
    # exit_group(7), which would end the process; then getpid
    prepare(cpu, bytes.fromhex("b8e7000000" "bf07000000" "0f05" "b827000000" "0f05"))
    assert run_until_stopped(cpu, count) == Called(231, (7, 0, 0, 0, 0, 0))
    after = CODE + 12
    assert (cpu.get("pc"), cpu.get("result")) == (after, 231)
    assert cpu.save()[16:24] == after.to_bytes(8, "little")  # rcx
    assert cpu.save()[88:96] == cpu.save()[136:144]  # r11 and the flags
    cpu.rewind()
    assert run_until_stopped(cpu, count) == Called(231, (7, 0, 0, 0, 0, 0))
    cpu.put("result", 5)
    cpu.load(cpu.save())
    assert run_until_stopped(cpu, count) == Called(39, (7, 0, 0, 0, 0, 0))


@pytest.mark.parametrize("count", [1, SLICE])
@pytest.mark.parametrize(
    ("code", "number", "pc"),
    [
        ("cc", signal.SIGTRAP, CODE + 1),  # int3
        ("0f0b", signal.SIGILL, CODE),  # ud2
        ("31c9f7f1", signal.SIGFPE, CODE + 2),  # xor %ecx,%ecx; div %ecx
        ("f4", signal.SIGSEGV, CODE),  # hlt
        ("cd80", signal.SIGSEGV, CODE),  # int $0x80: a system call of 32-bit programs
    ],
)
def test_what_cannot_be_executed_is_a_signal(
    cpu: NativeCpu, code: str, number: int, pc: int, count: int
) -> None:
    prepare(cpu, bytes.fromhex(code))
    stopped = run_until_stopped(cpu, count)
    assert isinstance(stopped, Broke)
    assert (stopped.signal, cpu.get("pc")) == (number, pc)
