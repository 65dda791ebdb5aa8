"""A native processor does what the emulated one does, and stops where it does.

Instructions are executed one by one on both, and in turn by one and the other. Where the two are
known to differ (flags that the manual leaves undefined, and sticky flags of inexact results, which
Unicorn does not set) no program here looks.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pytest

from popcorn_model.vocabulary import Access
from popcorn_reference.cpu import native, native_registers
from popcorn_reference.cpu.emulated import CONTEXT_BYTES, EmulatedCpu
from popcorn_reference.cpu.interface import Broke, Called, Faulted, Ran, Stopped
from popcorn_reference.cpu.native import NativeCpu
from popcorn_reference.cpu.native_registers import make_context
from popcorn_reference.cpu.native_stub import CONTROL
from popcorn_reference.drivers.simulation import Settings
from popcorn_reference.faults import GuestError, LocalFault
from popcorn_reference.memory import PAGE_SIZE
from support import guests
from support.guests import BUDGET, Run, build, run_natively
from support.tools import MUST_HAVE, get_absent_tool, require_native

CODE, DATA, STACK = 0x400000, 0x500000, 0x600000
PAGES: Final = {CODE: Access.READ, DATA: Access.WRITE, DATA + PAGE_SIZE: Access.WRITE,
                STACK: Access.WRITE}  # fmt: skip
SLICE: Final = 1000
TRIES_MAX: Final = 12

Processor = EmulatedCpu | NativeCpu

SHAPES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "store and load": (
        "48b88877665544332211",  # movabs $0x1122334455667788,%rax
        "4889042510005000",  # mov %rax,0x500010
        "488b1c2510005000",  # mov 0x500010,%rbx
    ),
    "push, call and return": (
        "6a07",  # push $0x7
        "e802000000",  # call 0x9
        "eb02",  # jmp 0xb
        "90",  # nop
        "c3",  # ret
        "5a",  # pop %rdx
    ),
    "exchange and add": (
        "c704252000500003000000",  # movl $0x3,0x500020
        "b805000000",  # mov $0x5,%eax
        "f00fc1042520005000",  # lock xadd %eax,0x500020
    ),
    "compare and exchange": (
        "c704252000500009000000",  # movl $0x9,0x500020
        "b809000000",  # mov $0x9,%eax
        "b904000000",  # mov $0x4,%ecx
        "f00fb10c2520005000",  # lock cmpxchg %ecx,0x500020
    ),
    "compare and exchange 16 bytes": (
        "48c704254000500001000000",  # movq $0x1,0x500040
        "48c704254800500002000000",  # movq $0x2,0x500048
        "b801000000",  # mov $0x1,%eax
        "ba02000000",  # mov $0x2,%edx
        "bb03000000",  # mov $0x3,%ebx
        "b904000000",  # mov $0x4,%ecx
        "f0480fc70c2540005000",  # lock cmpxchg16b 0x500040
    ),
    "add with carry": (
        "f9",  # stc
        "8314252000500006",  # adcl $0x6,0x500020
        "831c252400500001",  # sbbl $0x1,0x500024
    ),
    "store over two pages": (
        "48c7c0ffffffff",  # mov $-1,%rax
        "48890425fc0f5000",  # mov %rax,0x500ffc
    ),
    "copy over two pages": (
        "be00004000",  # mov $0x400000,%esi
        "bff00f5000",  # mov $0x500ff0,%edi
        "b928000000",  # mov $0x28,%ecx
        "f3a4",  # rep movsb
    ),
    "vectors": (
        "b803000000",  # mov $0x3,%eax
        "f20f2ac0",  # cvtsi2sd %eax,%xmm0
        "66440f28c8",  # movapd %xmm0,%xmm9
        "f2440f58c8",  # addsd %xmm0,%xmm9
        "66440f2ec8",  # ucomisd %xmm0,%xmm9
        "440f110c25fa0f5000",  # movups %xmm9,0x500ffa
        "66440f703c25f00f50001b",  # pshufd $0x1b,0x500ff0,%xmm15
    ),
    "floats": (
        "c704253000500005000000",  # movl $0x5,0x500030
        "db042530005000",  # fildl 0x500030
        "d9e8",  # fld1
        "dec1",  # faddp
        "d9ee",  # fldz
        "d9e8",  # fld1
        "d9c9",  # fxch
        "dee9",  # fsubrp
        "db3c25fa0f5000",  # fstpt 0x500ffa
        "d9eb",  # fldpi
        "d9f7",  # fincstp
    ),
    "controls": (
        "d93c2500005000",  # fnstcw 0x500000
        "66810c2500005000000c",  # orw $0xc00,0x500000
        "d92c2500005000",  # fldcw 0x500000
        "0fae1c2508005000",  # stmxcsr 0x500008
        "810c250800500000600000",  # orl $0x6000,0x500008
        "0fae142508005000",  # ldmxcsr 0x500008
    ),
    "flags on the stack": (
        "f9",  # stc
        "9c",  # pushfq
        "669c",  # pushfw
        "6658",  # pop %ax
        "58",  # pop %rax
        "fd",  # std
        "9c",  # pushfq
    ),
})  # fmt: skip


@pytest.fixture
def cpu() -> Iterator[NativeCpu]:
    """A native processor, whose process is gone after the test."""
    require_native()
    made = NativeCpu()
    yield made
    made.close()


def prepare(cpu: Processor, code: bytes, mapped: bool = True) -> None:
    """A program in memory, which the processor is about to execute."""
    for address, access in PAGES.items():
        cpu.memory.page(address // PAGE_SIZE)[:] = bytes(PAGE_SIZE)
        if mapped:
            cpu.map(address // PAGE_SIZE, access)
    cpu.memory.page(CODE // PAGE_SIZE)[: len(code)] = code
    cpu.load(make_context(CODE, STACK + PAGE_SIZE // 2))


def read(cpu: Processor) -> list[bytes]:
    """What is in memory."""
    return [bytes(cpu.memory.page(address // PAGE_SIZE)) for address in PAGES]


def step(cpu: Processor) -> None:
    """One instruction, all of it: a repeated one is executed bit by bit."""
    at = cpu.get("pc")
    while cpu.get("pc") == at:
        assert cpu.run(1) == Ran()


def run_until_stopped(cpu: Processor, count: int = SLICE) -> Stopped:
    """Slices until one ends early."""
    stopped: Stopped = Ran()
    while isinstance(stopped, Ran):
        stopped = cpu.run(count)
    return stopped


def join(shape: str) -> bytes:
    """The code of a shape."""
    return bytes.fromhex("".join(SHAPES[shape]))


# --- the same as the emulated processor ----------------------------------------------------------


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


def test_a_call_is_the_same_on_both(cpu: NativeCpu) -> None:
    other = EmulatedCpu()
    code = bytes.fromhex("b827000000" "0f05")
    pair: tuple[Processor, ...] = (cpu, other)
    for each in pair:
        prepare(each, code)
        assert run_until_stopped(each, 1) == Called(39, (0,) * 6)
    assert cpu.save() == other.save()
    other.close()


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


# --- slices and the process ----------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, 16, 17, 10**6])
def test_an_endless_loop_is_left(cpu: NativeCpu, count: int) -> None:
    prepare(cpu, bytes.fromhex("48ffc0" "ebfb"))  # inc %rax; jmp back
    for _ in range(20):
        before = cpu.get("result"), cpu.get("pc")
        assert cpu.run(count) == Ran()
        assert (cpu.get("result"), cpu.get("pc")) != before


def test_a_loop_in_one_place_is_left(cpu: NativeCpu) -> None:
    prepare(cpu, bytes.fromhex("ebfe"))  # jmp to itself
    assert cpu.run(SLICE) == Ran()
    assert cpu.get("pc") == CODE


def test_late_alarms_do_not_stop_others(cpu: NativeCpu) -> None:
    prepare(cpu, bytes.fromhex("0f05" "48ffc0" "ebfb"))
    context = cpu.save()
    for _ in range(200):
        cpu.load(context)
        assert isinstance(run_until_stopped(cpu), Called)
        assert cpu.run(16) == Ran()
        assert cpu.get("result") == 8


def test_signals_of_others_are_not_the_guest_s(cpu: NativeCpu) -> None:
    prepare(cpu, bytes.fromhex("48ffc0" "ebfb"))
    for number in (signal.SIGSEGV, signal.SIGTRAP, signal.SIGTERM, signal.SIGSTOP):
        os.kill(get_process(cpu), number)
        assert cpu.run(1) == Ran()
        os.kill(get_process(cpu), number)
        assert cpu.run(SLICE) == Ran()


def get_process(cpu: NativeCpu) -> int:
    """The number of the process in which a guest runs."""
    return cpu._stub.tracee.process


def test_nothing_is_mapped_but_what_the_guest_has(cpu: NativeCpu) -> None:
    prepare(cpu, b"\x90")
    assert cpu.run(1) == Ran()
    maps = Path(f"/proc/{get_process(cpu)}/maps").read_text().splitlines()
    starts = {int(line.partition("-")[0], 16) for line in maps if "[vsyscall]" not in line}
    assert starts <= {*PAGES, CONTROL}


def test_no_process_is_left() -> None:
    require_native()
    cpu = NativeCpu()
    process = get_process(cpu)
    assert Path(f"/proc/{process}").exists()
    cpu.close()
    assert not Path(f"/proc/{process}").exists()
    cpu.close()


COPIED: Final = """
import os
from popcorn_model.vocabulary import Access
from popcorn_reference.cpu.interface import Ran
from popcorn_reference.cpu.native import NativeCpu
from popcorn_reference.cpu.native_registers import make_context

cpu = NativeCpu()
cpu.memory.page(0x400)[:8] = bytes([0x90]) * 8
cpu.map(0x400, Access.READ)
cpu.load(make_context(0x400000, 0))
copy = os.fork()
if copy == 0:
    cpu.close()
    os._exit(0)
assert os.waitpid(copy, 0)[1] == 0
assert cpu.run(1) == Ran()
cpu.close()
"""


def test_a_copy_of_the_program_leaves_the_process_alone(cpu: NativeCpu) -> None:
    # In a small process of its own: what runs the tests may be too large to be copied.
    subprocess.run([sys.executable, "-c", COPIED], check=True, timeout=60)


@pytest.mark.parametrize("count", [1, SLICE])
def test_a_process_that_was_killed_is_said_to_be(cpu: NativeCpu, count: int) -> None:
    prepare(cpu, b"\x90" * 8)
    os.kill(get_process(cpu), signal.SIGKILL)
    with pytest.raises(GuestError, match=r"was killed by SIGKILL"):
        cpu.run(count)
    with pytest.raises(GuestError, match=r"was killed by SIGKILL"):
        cpu.run(count)


def test_another_thread_cannot_have_it(cpu: NativeCpu) -> None:
    prepare(cpu, b"\x90")
    errors: list[Exception] = []

    def run() -> None:
        try:
            cpu.run(1)
        except LocalFault as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert ["only the thread" in str(error) for error in errors] == [True]


# --- AVX -----------------------------------------------------------------------------------------


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


# --- where there are none ------------------------------------------------------------------------


def test_a_system_without_them_is_a_tool_that_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MUST_HAVE, raising=False)
    monkeypatch.setattr(native, "why_not", lambda: "ptrace is not allowed")
    with pytest.raises(pytest.skip.Exception, match="ptrace is not allowed") as caught:
        require_native()
    assert get_absent_tool(str(caught.value)) == "native-processors"


@pytest.mark.parametrize("machine", ["aarch64", "riscv64"])
def test_other_machines_have_none(machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert "x86-64" in str(native.why_not.__wrapped__())


def test_a_refusal_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise PermissionError("Operation not permitted")

    monkeypatch.setattr(native, "_try", refuse)
    assert "Operation not permitted" in str(native.why_not.__wrapped__())
