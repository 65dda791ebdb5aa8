"""The small machine does what its instructions mean, all at once or not at all."""

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
from popcorn_reference.cpu.interface import Broke, Called, Cpu, Faulted, Ran
from popcorn_reference.cpu.mini import CONTEXT_BYTES, SIGFPE, SIGILL, MiniCpu, make_context
from popcorn_reference.cpu.steps import SIGTRAP
from popcorn_reference.drivers.simulation import Settings
from popcorn_reference.faults import GuestError
from popcorn_reference.messages import Wanted
from support.model_mini import MASK, PAGE, Model
from support.programs_mini import PROGRAMS
from support.programs_mini.running import Program, run
from support.programs_mini.threads import COUNT, MUTEX

CODE: Final = 0x400
DATA: Final = 0x500
EDGE: Final = (DATA + 1) * PAGE
R, W = Access.READ, Access.WRITE

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


def put(cpu: Cpu, address: int, data: bytes) -> None:
    """Put bytes of at most two pages in a machine's memory from outside."""
    page, at = divmod(address, PAGE)
    head = data[: PAGE - at]
    cpu.memory.page(page)[at : at + len(head)] = head
    cpu.memory.page(page + 1)[: len(data) - len(head)] = data[len(head) :]


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


# --- how it stops --------------------------------------------------------------------------------


def make(*words: Word, at: int = CODE * PAGE, access: Access = R) -> MiniCpu:
    """A machine with a few instructions before it."""
    cpu = MiniCpu()
    cpu.load(make_context(at, (DATA + 2) * PAGE))
    for page in (at // PAGE, at // PAGE + 1):
        cpu.map(page, access)
    put(cpu, at, b"".join(word.pack() for word in words))
    return cpu


def word(name: str, *fields: int, number: int = 0) -> Word:
    """An instruction by its name."""
    first, second, third = (*fields, 0, 0, 0)[:3]
    return Word(BY_NAME[name].code, first, second, third, number)


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


# --- what was decoded ----------------------------------------------------------------------------


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


# --- whole programs ------------------------------------------------------------------------------


@pytest.mark.parametrize("kernels", [1, 3])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_program_does_the_same_wherever_its_threads_are(program: Program, kernels: int) -> None:
    for seed in range(6):
        policy = ("random", "always", "never")[seed % 3]
        settings = Settings(kernels, seed, quantum=40, policy=policy, budget=100_000)
        result = run(program.text, settings)
        assert (result.status, result.output) == (program.status, program.output), settings


@pytest.mark.parametrize(
    ("program", "right", "careless"),
    [
        (COUNT, "xadd8 r4, [r2]", "ld8 r4, [r2]\n addi r4, r4, 1\n st8 r4, [r2]"),
        (MUTEX, "cmpxchg4 r4, r5, [r10]", "movi r4, 0"),
    ],
    ids=["count", "mutex"],
)
def test_a_careless_program_is_found_out(program: Program, right: str, careless: str) -> None:
    assert right in program.text
    text = program.text.replace(right, careless)
    outputs = {run(text, Settings(seed=seed, quantum=40)).output for seed in range(6)}
    assert outputs - {program.output}


def test_a_run_can_be_repeated() -> None:
    first, second, other = (run(MUTEX.text, Settings(seed=seed)).trace_hash for seed in (1, 1, 2))
    assert first == second != other
