"""A small machine with a few instructions before it, and bytes put in its memory from outside."""

from typing import Final

from popcorn_model.vocabulary import Access
from popcorn_reference.cpu.instructions import BY_NAME, Word
from popcorn_reference.cpu.interface import Cpu
from popcorn_reference.cpu.mini import MiniCpu, make_context
from support.model_mini import PAGE

CODE: Final = 0x400
DATA: Final = 0x500
R, W = Access.READ, Access.WRITE


def put(cpu: Cpu, address: int, data: bytes) -> None:
    """Put bytes of at most two pages in a machine's memory from outside."""
    page, at = divmod(address, PAGE)
    head = data[: PAGE - at]
    cpu.memory.page(page)[at : at + len(head)] = head
    cpu.memory.page(page + 1)[: len(data) - len(head)] = data[len(head) :]


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
