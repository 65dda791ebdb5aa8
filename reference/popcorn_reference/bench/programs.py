"""The programs that are measured: two by hand as ELF, two in C, two of the small machine.

Those by hand need no compiler, and how many instructions they have is known.
"""

import shutil
import struct
import subprocess
from pathlib import Path
from typing import Final

TEXT: Final = 0x400000
DATA: Final = 0x600000
DATA_BYTES: Final = 1 << 20
_HEADERS: Final = 64 + 2 * 56
ENTRY: Final = TEXT + _HEADERS
COMPILERS: Final = ("musl-gcc", "gcc")
SOURCES: Final = ("counter", "matrix")
CLOCK: Final = bytes.fromhex(
    "0f31"            # rdtsc
    "48c1e220"        # shl rdx, 32
    "4809d0"          # or rax, rdx
)  # fmt: skip


def make_elf(code: bytes) -> bytes:
    """An executable of these instructions, with a mebibyte of zeros that may be written."""
    size = _HEADERS + len(code)
    head = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    head += struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, ENTRY, 64, 0, 0, 64, 56, 2, 64, 0, 0)
    text = struct.pack("<IIQQQQQQ", 1, 5, 0, TEXT, TEXT, size, size, 4096)
    data = struct.pack("<IIQQQQQQ", 1, 6, 0, DATA, DATA, 0, DATA_BYTES, 4096)
    return head + text + data + code


_EXIT: Final = bytes.fromhex(
    "31ff"            # xor edi, edi
    "b8e7000000"      # mov eax, exit_group
    "0f05"            # syscall
)  # fmt: skip


def make_alone(loops: int) -> bytes:
    """The instructions of a thread that shares nothing, and goes around so many times."""
    return (
        b"\xb9" + struct.pack("<I", loops)     # mov ecx, loops
        + b"\xbf" + struct.pack("<I", DATA)    # mov edi, DATA
        + bytes.fromhex(
            "488b07"          # again: mov rax, [rdi]
            "4801c8"          # add rax, rcx
            "48894708"        # mov [rdi + 8], rax
            "486bd007"        # imul rdx, rax, 7
            "483117"          # xor [rdi], rdx
            "488d5c1003"      # lea rbx, [rax + rdx + 3]
            "48ffc9"          # dec rcx
            "75e5"            # jnz again
        )
        + _EXIT
    )  # fmt: skip


def count_alone(loops: int) -> int:
    """How many instructions these are when they are executed."""
    return 2 + 8 * loops + 3


def make_hops(hops: int, route: tuple[int, ...]) -> bytes:
    """A thread that goes round a route of kernels and writes how long each way took.

    Units: ticks of the processor's time stamp counter, eight bytes each.
    """
    masks = ENTRY + 0x80
    ask = bytes.fromhex("31ff" "be08000000" "4889da" "b8cb000000" "0f05")    # sched_setaffinity
    code = (
        b"\x41\xbd" + struct.pack("<I", DATA)    # mov r13d, DATA
        + b"\x41\xbe" + struct.pack("<I", hops)  # mov r14d, hops
        + b"\xbb" + struct.pack("<I", masks)     # mov ebx, masks
        + CLOCK                                  # again:
        + bytes.fromhex("4989c4")                # mov r12, rax
        + ask
        + CLOCK
        + bytes.fromhex(
            "4c29e0"          # sub rax, r12
            "49894500"        # mov [r13], rax
            "4983c508"        # add r13, 8
            "488b5308"        # mov rdx, [rbx + 8]
            "4883c308"        # add rbx, 8
            "4885d2"          # test rdx, rdx
            "7505"            # jnz more
        )
        + b"\xbb" + struct.pack("<I", masks)     # mov ebx, masks
        + bytes.fromhex("49ffce" "75b8")         # more: dec r14; jnz again
        + b"\xbf\x01\0\0\0\xbe" + struct.pack("<I", DATA)
        + bytes.fromhex(
            "4c89ea"          # mov rdx, r13
            "4829f2"          # sub rdx, rsi
            "b801000000"      # mov eax, write
            "0f05"            # syscall
        )
        + _EXIT
    )  # fmt: skip
    numbers = [*(1 << kernel for kernel in route), 0]
    return code.ljust(masks - ENTRY, b"\0") + struct.pack(f"<{len(numbers)}Q", *numbers)


def find_compiler() -> str | None:
    """A compiler for static programs, if there is one."""
    return next((each for each in COMPILERS if shutil.which(each)), None)


def compile_source(name: str, folder: Path) -> Path:
    """A program in C, compiled in a folder.

    Raises: CalledProcessError if the compiler cannot.
    """
    compiler = find_compiler()
    assert compiler is not None
    program = folder / name
    subprocess.run(
        [compiler, "-O2", "-static", "-pthread", Path(__file__).with_name(f"{name}.c"),
         "-o", program],
        check=True, timeout=60,
    )  # fmt: skip
    return program


def write_loop(loops: int) -> str:
    """The small machine's thread that shares nothing: seven instructions each time around."""
    return f"""
start:  li r1, {loops}
        movi r2, words
        movi r6, 0
        movi r7, 7
again:  ld8 r3, [r2]
        add r3, r3, r1
        st8 r3, [r2 + 8]
        mul r4, r3, r7
        xor r5, r5, r4
        addi r1, r1, -1
        bne r1, r6, again
        movi r0, 231            ; exit_group
        movi r1, 0
        syscall
.data
words:  .space 16
"""


def count_loop(loops: int) -> int:
    """How many instructions these are when they are executed; `li` is one or two."""
    return 4 + (1 if loops < 1 << 31 else 2) - 1 + 7 * loops + 3


def write_adding(times: int) -> str:
    """The small machine's program whose two threads add to one word."""
    return f"""
start:  movi r0, 56             ; clone: VM, THREAD
        movi r1, 0x10100
        movi r2, stack
        syscall
        movi r2, total
        movi r3, {times}
        movi r5, 0
again:  movi r4, 1
        xadd8 r4, [r2]
        addi r3, r3, -1
        bne r3, r5, again
        movi r0, 60             ; exit; the process ends with the last thread
        movi r1, 0
        syscall
.data
total:  .quad 0
        .align 4096
        .space 64
stack:
"""
