"""Instructions that have been decoded are forgotten when their bytes change."""

import pytest

from popcorn_model.vocabulary import Access
from popcorn_reference.cpu.interface import Broke, Faulted, Ran
from popcorn_reference.cpu.mini import SIGILL, MiniCpu
from support.mini import CODE, R, W, make, put, word
from support.model_mini import PAGE

ONE, TWO = word("movi", 1, number=1), word("movi", 1, number=2)


def again(cpu: MiniCpu, at: int = CODE * PAGE) -> int:
    """What the instruction at a place puts in r1 now."""
    cpu.put("pc", at)
    assert cpu.run(1) == Ran()
    return cpu.get("r1")


@pytest.mark.parametrize("at", [CODE * PAGE, CODE * PAGE + PAGE - 4], ids=["within", "across"])
@pytest.mark.parametrize("access", [R, W])
def test_others_can_change_instructions_without_a_word(at: int, access: Access) -> None:
    cpu = make(ONE, at=at, access=access)
    assert again(cpu, at) == 1
    put(cpu, at, TWO.pack())
    assert again(cpu, at) == 2


def test_a_page_that_comes_again_is_decoded_again() -> None:
    cpu = make(ONE)
    assert again(cpu) == 1
    cpu.unmap(CODE)
    cpu.put("pc", CODE * PAGE)
    assert cpu.run(1) == Faulted(((CODE, R),))
    cpu.memory.drop(CODE)
    put(cpu, CODE * PAGE, TWO.pack())
    cpu.map(CODE, R)
    assert again(cpu) == 2


@pytest.mark.parametrize("at", [CODE * PAGE, CODE * PAGE + PAGE - 20], ids=["within", "across"])
def test_a_program_can_change_its_own_instructions(at: int) -> None:
    # Twice around: in the second round the first instruction is another, in the third both.
    cpu = make(
        ONE,
        word("add", 5, 5, 1),
        word("st8", 3, 2),
        word("mov", 3, 4),
        word("jmp", number=-32),
        at=at,
        access=W,
    )
    cpu.put("r2", at)
    cpu.put("r3", int.from_bytes(TWO.pack(), "little"))
    cpu.put("r4", int.from_bytes(word("movi", 1, number=40).pack(), "little"))
    assert cpu.run(5 * 3) == Ran()
    assert cpu.get("r5") == 1 + 2 + 40


def test_a_copy_can_overwrite_itself() -> None:
    other = word("movi", 9, number=9)
    cpu = make(word("copy", 1, 2, 3), other, access=W)
    cpu.put("r1", CODE * PAGE)
    cpu.put("r2", CODE * PAGE + 8)
    cpu.put("r3", 8)
    assert cpu.run(1) == Ran()
    # Its first byte is that of the other now, which has no use for three registers.
    text = "01 01 02 03 00 00 00 00 is no instruction at 0x400000"
    assert cpu.run(1) == Broke(SIGILL, text)
