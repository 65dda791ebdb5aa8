"""The small machine stops where it may go no further, and says why."""

from typing import Final

import pytest

from popcorn_reference.cpu.instructions import Word
from popcorn_reference.cpu.interface import Broke, Called, Faulted, Ran
from popcorn_reference.cpu.mini import SIGFPE, SIGILL
from popcorn_reference.cpu.steps import SIGTRAP
from support.mini import CODE, R, make, word
from support.model_mini import MASK, PAGE


def test_it_executes_as_many_instructions_as_it_may() -> None:
    cpu = make(*[word("addi", 1, 1, number=1)] * 20)
    for count in (0, 1, 5):
        assert cpu.run(count) == Ran()
    assert cpu.get("r1") == 6
    assert cpu.get("pc") == CODE * PAGE + 48


def test_a_system_call_has_its_number_and_arguments_and_can_be_made_again() -> None:
    cpu = make(word("movi", 0, number=39), word("movi", 6, number=-1), word("syscall"))
    called = Called(39, (0, 0, 0, 0, 0, MASK))
    assert cpu.run(100) == called
    assert cpu.get("pc") == CODE * PAGE + 24
    cpu.rewind()
    assert cpu.run(1) == called
    cpu.put("result", -2)
    assert cpu.get("r0") == MASK - 1


BAD: Final = {
    "zeros": (Word(0), SIGILL, "00 00 00 00 00 00 00 00 is no instruction"),
    "number": (Word(0xFF), SIGILL, "ff 00 00 00 00 00 00 00 is no instruction"),
    "register": (word("mov", 16, 1), SIGILL, "03 10 01 00 00 00 00 00 is no instruction"),
    "unused": (word("mov", 1, 1, 1), SIGILL, "03 01 01 01 00 00 00 00 is no instruction"),
    "rest": (word("ret", number=1), SIGILL, "2b 00 00 00 01 00 00 00 is no instruction"),
    "quotient": (word("divu", 1, 2, 3), SIGFPE, "division by zero"),
    "remainder": (word("remu", 1, 2, 3), SIGFPE, "division by zero"),
    "trap": (word("brk"), SIGTRAP, "brk"),
}


@pytest.mark.parametrize(("bad", "signal", "text"), BAD.values(), ids=BAD)
def test_what_cannot_be_executed_causes_a_signal_where_it_is(
    bad: Word, signal: int, text: str
) -> None:
    cpu = make(word("movi", 1, number=1), bad)
    assert cpu.run(2) == Broke(signal, f"{text} at 0x400008")
    assert cpu.get("pc") == CODE * PAGE + 8
    before = cpu.save()
    assert cpu.run(1) == Broke(signal, f"{text} at 0x400008")
    assert cpu.save() == before


def test_a_jump_to_nowhere_is_a_fault_there() -> None:
    cpu = make(word("movi", 1, number=-4), word("jmpr", 1))
    assert cpu.run(5) == Faulted(((0, R), (MASK // PAGE, R)))
    assert cpu.get("pc") == MASK - 3
