"""A slice ends in time, and the process in which the guest runs is nobody else's."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

import pytest

from popcorn_reference.cpu.interface import Called, Ran
from popcorn_reference.cpu.native import NativeCpu
from popcorn_reference.cpu.native_stub import CONTROL
from popcorn_reference.faults import GuestError, LocalFault
from support.native import CODE, PAGES, SLICE, get_process, prepare, run_until_stopped
from support.tools import require_native

# --- slices --------------------------------------------------------------------------------------


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


# --- the process ---------------------------------------------------------------------------------


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
