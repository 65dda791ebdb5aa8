"""An instruction does what it means, all at once or not at all; registers are kept as they are."""

from dataclasses import dataclass
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from popcorn_model.vocabulary import Access
from popcorn_reference.cpu.instructions import (
    BY_NAME,
    NUMBER_MAX,
    NUMBER_MIN,
    STACK,
    TLS,
    Instruction,
    Operand,
    Word,
)
from popcorn_reference.cpu.interface import Cpu, Faulted, Ran
from popcorn_reference.cpu.mini import CONTEXT_BYTES, MiniCpu
from popcorn_reference.faults import GuestError
from popcorn_reference.messages import Wanted
from support.mini import CODE, DATA, R, W, put
from support.model_mini import MASK, PAGE, Model

EDGE: Final = (DATA + 1) * PAGE

ORDINARY: Final = tuple(each for each in BY_NAME.values() if each.name not in ("syscall", "brk"))
TOUCHING: Final = tuple(
    each
    for each in ORDINARY
    if Operand.PLACE in each.operands or each.name in ("push", "pop", "call", "ret", "copy")
)
names = pytest.mark.parametrize("instruction", ORDINARY, ids=lambda each: each.name)
touching = pytest.mark.parametrize("instruction", TOUCHING, ids=lambda each: each.name)

numbers = st.sampled_from([0, 1, 2, 3, 63, 64, 1 << 31, 1 << 32, 1 << 63, MASK - 1, MASK]) | (
    st.integers(0, MASK)
)
places = st.sampled_from([EDGE + n for n in range(-9, 9)]) | st.integers(
    DATA * PAGE + 8, (DATA + 2) * PAGE - 16
)
displacements = st.sampled_from([0, 8, -8, NUMBER_MIN, NUMBER_MAX]) | st.integers(-5000, 5000)


@dataclass
class Case:
    """A word, and the registers and memory that it finds."""

    word: Word
    registers: list[int]
    data: bytes
    """What is around the edge of two pages of zeros."""
    pc: int

    def cpu(self, lacking: Wanted = ()) -> MiniCpu:
        """A machine that has all, but for what it lacks."""
        cpu = MiniCpu()
        for page in (CODE, CODE + 1):
            cpu.map(page, R)
        for page in (DATA, DATA + 1):
            cpu.map(page, W)
        put(cpu, EDGE - len(self.data) // 2, self.data)
        put(cpu, self.pc, self.word.pack())
        for page, access in lacking:
            cpu.protect(page, access)
        for number, value in enumerate(self.registers):
            cpu.put(f"r{number}", value)
        cpu.put("pc", self.pc)
        return cpu

    def model(self) -> Model:
        """The same for comparison, after the instruction."""
        model = Model(list(self.registers), self.pc)
        start = EDGE - len(self.data) // 2
        model.memory.update({start + n: byte for n, byte in enumerate(self.data)})
        model.execute(self.word)
        return model


def state(cpu: Cpu) -> tuple[bytes, bytes]:
    """The registers, and what is in memory."""
    pages = (cpu.memory.page(page) for page in (DATA, DATA + 1))
    return cpu.save(), b"".join(map(bytes, pages))


def expected(model: Model) -> tuple[bytes, bytes]:
    """What `state` is after the model's instruction."""
    registers = b"".join(value.to_bytes(8, "little") for value in (*model.registers, model.pc))
    memory = bytearray(2 * PAGE)
    for address, byte in model.memory.items():
        memory[address - DATA * PAGE] = byte
    return registers, bytes(memory)


@st.composite
def cases(draw: st.DrawFn, instruction: Instruction) -> Case:
    """An instruction somewhere, whose places in memory are in the two pages or across them."""
    used = {kind.partition(" ")[0] for kind in instruction.operands}
    fields = sorted(used & {"first", "second", "third"})
    values = {name: draw(st.integers(0, 15)) for name in fields}
    registers = list(range(100, 116))
    for number in values.values():
        registers[number] = draw(numbers)
    pc = CODE * PAGE + draw(st.sampled_from([0, 8, 3, PAGE - 8, PAGE - 4, PAGE - 1]))
    if Operand.PLACE in instruction.operands:
        values["second"], values["number"] = draw(st.integers(0, 15)), draw(displacements)
        registers[values["second"]] = draw(places) - values["number"] & MASK
    elif instruction.name == "copy":
        registers[values["third"]] = draw(st.integers(0, 3))
        registers[values["second"]] = draw(places)
        registers[values["first"]] = draw(places)
    elif used & {"number", "target"}:
        values["number"] = draw(st.integers(NUMBER_MIN, NUMBER_MAX))
    elif instruction.name in ("divu", "remu"):
        registers[values["third"]] |= 1
    if instruction.name in ("push", "pop", "call", "ret"):
        registers[STACK] = draw(places)
    data = draw(st.binary(min_size=32, max_size=32))
    word = Word(instruction.code, **values)
    if instruction.name.startswith("cmpxchg") and draw(st.booleans()):
        # That what is compared is equal is too rare otherwise.
        data = bytes(32)
        registers[word.first] = 0 if word.first != word.second else registers[word.first]
    return Case(word, registers, data, pc)


# --- what instructions do ------------------------------------------------------------------------


@names
@given(draw=st.data())
def test_an_instruction_does_what_it_means(instruction: Instruction, draw: st.DataObject) -> None:
    case = draw.draw(cases(instruction))
    cpu = case.cpu()
    assert cpu.run(1) == Ran()
    assert state(cpu) == expected(case.model())


@touching
@given(draw=st.data())
def test_a_fault_names_all_that_is_lacking_and_changes_nothing(
    instruction: Instruction, draw: st.DataObject
) -> None:
    case = draw.draw(cases(instruction))
    has = {page: draw.draw(st.sampled_from([Access.NONE, R, W])) for page in (DATA, DATA + 1)}
    model = case.model()
    lacking = tuple(
        (page, wanted)
        for page, wanted in sorted(model.uses.items())
        if has[page] not in (wanted, W)
    )
    cpu = case.cpu(tuple(has.items()))
    before = state(cpu)
    if lacking:
        assert cpu.run(1) == Faulted(lacking)
        assert state(cpu) == before
        for page, access in lacking:
            cpu.map(page, access)
    assert cpu.run(1) == Ran()
    assert state(cpu) == expected(model)


@given(draw=st.data(), instruction=st.sampled_from(ORDINARY))
def test_an_instruction_needs_its_own_pages_first(
    draw: st.DataObject, instruction: Instruction
) -> None:
    case = draw.draw(cases(instruction))
    own = {case.pc // PAGE, (case.pc + 7) // PAGE}
    missing = draw.draw(st.sets(st.sampled_from([CODE, CODE + 1])))
    cpu = case.cpu(tuple((page, Access.NONE) for page in (*missing, DATA, DATA + 1)))
    before = state(cpu)
    if own & missing:
        assert cpu.run(1) == Faulted(tuple((page, R) for page in sorted(own & missing)))
        assert state(cpu) == before
    for page in own & missing:
        cpu.map(page, R)
    stopped = cpu.run(1)
    uses = tuple(sorted(case.model().uses.items()))
    assert stopped == (Faulted(uses) if uses else Ran())


@given(name=st.sampled_from(["xadd4", "xadd8"]), place=places, old=numbers, new=numbers)
def test_an_atomic_addition_that_begins_anew_uses_what_is_there_then(
    name: str, place: int, old: int, new: int
) -> None:
    size = int(name[-1])
    old, new = old % (1 << 8 * size), new % (1 << 8 * size)
    cpu = Case(
        Word(BY_NAME[name].code, 1, 2), [0, 5, place, *[0] * 13], b"", CODE * PAGE
    ).cpu(((DATA, R), (DATA + 1, R)))
    put(cpu, place, old.to_bytes(size, "little"))
    assert isinstance(cpu.run(1), Faulted)
    put(cpu, place, new.to_bytes(size, "little"))
    cpu.protect(DATA, W)
    cpu.protect(DATA + 1, W)
    assert cpu.run(1) == Ran()
    assert cpu.get("r1") == new
    assert int.from_bytes(bytes(state(cpu)[1])[place - DATA * PAGE :][:size], "little") == (
        new + 5
    ) % (1 << 8 * size)


# --- registers -----------------------------------------------------------------------------------


@given(values=st.lists(numbers, min_size=17, max_size=17))
def test_registers_are_kept_as_they_are(values: list[int]) -> None:
    context = b"".join(value.to_bytes(8, "little") for value in values)
    cpu = MiniCpu()
    cpu.load(context)
    assert cpu.save() == context
    assert [cpu.get(f"r{n}") for n in range(16)] == values[:16]
    uses = [cpu.get(use) for use in ("result", "stack", "sp", "tls", "pc")]
    assert uses == [values[n] for n in (0, STACK, STACK, TLS, 16)]


@pytest.mark.parametrize("size", [0, CONTEXT_BYTES - 1, CONTEXT_BYTES + 8])
def test_other_registers_are_refused(size: int) -> None:
    with pytest.raises(GuestError) as refused:
        MiniCpu().load(bytes(size))
    assert str(refused.value) == (
        f"a thread's registers are 136 bytes here (r0 to r15 and pc, 8 bytes each), not {size}"
    )


def test_there_is_no_other_register() -> None:
    with pytest.raises(GuestError, match=r"no register 'gs' here; there are r0, .*, tls, .* pc$"):
        MiniCpu().put("gs", 1)
