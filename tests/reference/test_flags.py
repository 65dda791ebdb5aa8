"""Neither a fault nor a system call changes a flag that the instruction before has set."""

import struct
from itertools import product
from typing import Final

import pytest

from popcorn_model.vocabulary import Access
from popcorn_reference.cpu.emulated import EmulatedCpu
from popcorn_reference.cpu.interface import Called, Faulted, Stopped
from popcorn_reference.cpu.native_registers import make_context

CODE, DATA, STACK = 0x400, 0x500, 0x500800
FLAGS_AT: Final = 17 * 8
NUMBERS: Final = {"rax": 0, "rcx": 2, "rdx": 3, "rbp": 6, "rsp": 7, "r8": 8}
"""Where registers are in a context."""

SETTERS: Final = {
    "cmp": "49 39 e8",
    "cmp of 32 bits": "41 39 e8",
    "cmp of 8 bits": "41 38 e8",
    "sub": "49 29 e8",
    "sbb": "f9 49 19 e8",
    "add": "49 01 c8",
    "adc": "f9 49 11 c8",
    "neg": "49 f7 d8",
    "inc with carry": "f9 49 ff c0",
    "shl": "48 c1 e1 03",
    "test": "49 85 e8",
    "xadd": "49 0f c1 e8",
    "cmpxchg": "49 0f b1 e8",
    "two": "49 39 e8 4c 39 c5",
}
FAULTS: Final = {
    "store": "48 89 6c 24 18",
    "load": "48 8b 44 24 18",
    "push": "55",
    "add": "48 01 4c 24 18",
}
SYSCALL: Final = "0f 05"
USERS: Final = {"cmova": "4c 0f 47 c5", "jb": "72 00", "adc": "4d 11 c0", "test": "4d 85 c0"}
LENGTHS: Final = dict.fromkeys(SETTERS, 1) | {
    "sbb": 2, "adc": 2, "inc with carry": 2, "two": 2
}  # fmt: skip


def make_registers() -> bytes:
    """Numbers that borrow and carry."""
    context = bytearray(make_context(CODE * 4096, STACK))
    values = {"rcx": (1 << 64) - 1, "rdx": 3, "rbp": 0x31D76, "rsp": STACK, "r8": 0x31B}
    for name, value in values.items():
        struct.pack_into("<Q", context, 8 * NUMBERS[name], value)
    return bytes(context)


def run(code: str, count: int, is_mapped: bool) -> tuple[type[Stopped], int]:
    """What some instructions end with, and the flags then."""
    cpu = EmulatedCpu()
    data = bytes.fromhex(code) + b"\x90" * 40
    cpu.memory.page(CODE)[: len(data)] = data
    cpu.map(CODE, Access.READ)
    if is_mapped:
        cpu.map(DATA, Access.WRITE)
    cpu.load(make_registers())
    stopped = cpu.run(count)
    (flags,) = struct.unpack_from("<Q", cpu.save(), FLAGS_AT)
    cpu.close()
    return type(stopped), flags


@pytest.mark.parametrize("setter", SETTERS)
def test_a_fault_changes_no_flag(setter: str) -> None:
    length = LENGTHS[setter]
    _, expected = run(SETTERS[setter], length, is_mapped=True)
    for (fault, user), more in product(product(FAULTS, USERS), (1, 2, 20)):
        code = f"{SETTERS[setter]} {FAULTS[fault]} {USERS[user]}"
        assert run(code, length + more, is_mapped=False) == (Faulted, expected), (fault, user)


@pytest.mark.parametrize("setter", SETTERS)
def test_a_system_call_changes_no_flag(setter: str) -> None:
    length = LENGTHS[setter]
    _, expected = run(SETTERS[setter], length, is_mapped=True)
    for user, more in product(USERS, (1, 2, 20)):
        code = f"{SETTERS[setter]} {SYSCALL} {USERS[user]}"
        assert run(code, length + more, is_mapped=True) == (Called, expected), (user, more)


def test_the_carry_here_is_one_that_could_be_lost() -> None:
    assert run(SETTERS["cmp"], 1, is_mapped=True)[1] & 1
