"""Small pieces of code for a native processor and an emulated one, and how tests execute them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from popcorn_model.vocabulary import Access
from popcorn_reference.cpu.emulated import EmulatedCpu
from popcorn_reference.cpu.interface import Ran, Stopped
from popcorn_reference.cpu.native import NativeCpu
from popcorn_reference.cpu.native_registers import make_context
from popcorn_reference.memory import PAGE_SIZE

CODE, DATA, STACK = 0x400000, 0x500000, 0x600000
PAGES: Final = {CODE: Access.READ, DATA: Access.WRITE, DATA + PAGE_SIZE: Access.WRITE,
                STACK: Access.WRITE}  # fmt: skip
SLICE: Final = 1000

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


def get_process(cpu: NativeCpu) -> int:
    """The number of the process in which a guest runs."""
    return cpu._stub.tracee.process
