"""An x86-64 processor by Unicorn, with page tables of our own.

Unicorn asks for every translation that it does not have (its *virtual TLB*), and a translation that
is refused stops the instruction before it has done anything. Frames lie in one block of memory that
Unicorn sees as physical memory. There is no AVX, and `rdtsc` shows the host's clock.
"""

import ctypes
import mmap
from collections.abc import Iterable
from typing import Any, Final

from unicorn import unicorn_const as uc
from unicorn import x86_const as x86
from unicorn.unicorn_py3.unicorn import Uc, UcError, uclib

from popcorn_model.vocabulary import Access
from popcorn_reference.cpu.block import BlockMemory
from popcorn_reference.cpu.interface import Broke, Called, Faulted, Ran, Stopped
from popcorn_reference.faults import GuestError
from popcorn_reference.memory import PAGE_SIZE

MEMORY_BYTES: Final = 256 << 20
FILLS_MAX: Final = 1000
"""Unicorn's own cache of translations grows only when it is emptied."""

SIGILL, SIGTRAP, SIGFPE, SIGSEGV = 4, 5, 8, 11
_SIGNALS: Final = {0: SIGFPE, 1: SIGTRAP, 3: SIGTRAP, 4: SIGSEGV, 6: SIGILL, 16: SIGFPE,
                   19: SIGFPE}  # fmt: skip
_SYSCALL_BYTES: Final = 2
_RESULT_FLAGS: Final = 0x8D5
"""Carry, parity, auxiliary carry, zero, sign, overflow."""
_AVX_PREFIXES: Final = (0xC4, 0xC5, 0x62)

_WHOLE: Final = tuple(
    getattr(x86, f"UC_X86_REG_{name}")
    for name in (
        *("RAX", "RBX", "RCX", "RDX", "RSI", "RDI", "RBP", "RSP"),
        *("R8", "R9", "R10", "R11", "R12", "R13", "R14", "R15"),
        *("RIP", "RFLAGS", "FS_BASE", "GS_BASE"),
    )
)
_VECTORS: Final = tuple(getattr(x86, f"UC_X86_REG_XMM{i}") for i in range(16))
_FLOATS: Final = tuple(getattr(x86, f"UC_X86_REG_FP{i}") for i in range(8))
_CONTROLS: Final = tuple(
    getattr(x86, f"UC_X86_REG_{name}") for name in ("FPCW", "FPSW", "FPTAG", "MXCSR")
)
REGISTERS: Final = (*_WHOLE, *_VECTORS, *_FLOATS, *_CONTROLS)
CONTEXT_BYTES: Final = 8 * len(_WHOLE) + 16 * (len(_VECTORS) + len(_FLOATS)) + 8 * len(_CONTROLS)
"""A thread's registers, little-endian: whole registers, then vectors, floats, and controls."""

_BY_USE: Final = {
    "result": x86.UC_X86_REG_RAX,
    "stack": x86.UC_X86_REG_RSP,
    "tls": x86.UC_X86_REG_FS_BASE,
    "gs": x86.UC_X86_REG_GS_BASE,
    "pc": x86.UC_X86_REG_RIP,
}
_ARGUMENTS: Final = tuple(
    getattr(x86, f"UC_X86_REG_{name}") for name in ("RDI", "RSI", "RDX", "R10", "R8", "R9")
)
_READ, _WRITE, _FETCH = uc.UC_MEM_READ, uc.UC_MEM_WRITE, uc.UC_MEM_FETCH
_PERMS: Final = {
    Access.READ: uc.UC_PROT_READ | uc.UC_PROT_EXEC,
    Access.WRITE: uc.UC_PROT_ALL,
}


class PhysicalMemory(BlockMemory):
    """Frames in a block that Unicorn takes for physical memory."""

    def __init__(self, size_bytes: int = MEMORY_BYTES) -> None:
        self.block = mmap.mmap(-1, size_bytes)
        super().__init__(memoryview(self.block))


class _KeptFlags:
    """The flags that an instruction finds, as Unicorn keeps them when it counts instructions.

    It works them out before each instruction. If that one faults or is a system call, it forgets
    having done so, and takes them for an operand of the last computation: carry and overflow come
    out wrong. In a hook they are still there, in a field that only a saved context shows.
    """

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._context = ctypes.c_void_p()
        uclib.uc_context_alloc(engine._uch, ctypes.byref(self._context))
        self._size_bytes = uclib.uc_context_size(engine._uch)
        self._field = self._find()

    def _find(self) -> ctypes.c_uint64:
        """The field of a context that follows what is put in the register of flags."""
        start = self._context.value
        assert start is not None
        found = set(range(0, self._size_bytes - 7, 8))
        for flags in (0, _RESULT_FLAGS, _RESULT_FLAGS & 0x55):
            self._engine.reg_write(x86.UC_X86_REG_RFLAGS, flags | 2)
            uclib.uc_context_save(self._engine._uch, self._context)
            data = ctypes.string_at(start, self._size_bytes)
            found = {at for at in found if data[at : at + 8] == flags.to_bytes(8, "little")}
        (place,) = found
        return ctypes.c_uint64.from_address(start + place)

    def read(self) -> int:
        """The flags of the last result."""
        uclib.uc_context_save(self._engine._uch, self._context)
        return self._field.value & _RESULT_FLAGS

    def close(self) -> None:
        """Free the context."""
        uclib.uc_context_free(self._context)


class EmulatedCpu:
    """Unicorn as the processor of one process."""

    def __init__(self) -> None:
        self.memory = PhysicalMemory()
        self._access: dict[int, Access] = {}
        self._fetched: set[int] = set()
        self._fault: tuple[int, Access] | None = None
        self._full: GuestError | None = None
        self._flags: int | None = None
        self._call = False
        self._interrupt: int | None = None
        self._fills = 0
        self._engine: Any = Uc(uc.UC_ARCH_X86, uc.UC_MODE_64)
        self._engine.ctl_set_tlb_mode(uc.UC_TLB_VIRTUAL)
        pointer = ctypes.addressof(ctypes.c_char.from_buffer(self.memory.block))
        self._engine.mem_map_ptr(0, len(self.memory.block), uc.UC_PROT_ALL, pointer)
        self._engine.hook_add(uc.UC_HOOK_TLB_FILL, self._fill)
        self._engine.hook_add(uc.UC_HOOK_INTR, self._on_interrupt)
        self._engine.hook_add(
            uc.UC_HOOK_INSN, self._on_call, None, 1, 0, x86.UC_X86_INS_SYSCALL
        )
        self._kept = _KeptFlags(self._engine)
        self._context = ctypes.create_string_buffer(CONTEXT_BYTES)
        self._ids = (ctypes.c_int * len(REGISTERS))(*REGISTERS)
        self._pc = ctypes.c_uint64()
        self._pc_pointer = ctypes.byref(self._pc)
        self._places = (ctypes.c_void_p * len(REGISTERS))(*self._lay_out())

    def _lay_out(self) -> Iterable[int]:
        at = ctypes.addressof(self._context)
        for register in REGISTERS:
            yield at
            at += 16 if register in _VECTORS or register in _FLOATS else 8

    # --- page tables -----------------------------------------------------------------------------

    def map(self, page: int, access: Access) -> None:
        """Let instructions use a page."""
        self._access[page] = access
        if page in self._fetched:
            self._fetched.discard(page)
            self._engine.ctl_flush_tb()

    def protect(self, page: int, access: Access) -> None:
        """Change how instructions may use a page."""
        self._access[page] = access
        self._flush()

    def unmap(self, page: int) -> None:
        """Keep instructions from using a page."""
        self._access.pop(page, None)
        self._flush()

    def _flush(self) -> None:
        self._fills = 0
        self._engine.ctl(uc.UC_CTL_TLB_FLUSH, uc.UC_CTL_IO_WRITE)

    def _fill(self, _engine: Any, address: int, access: int, entry: Any, _data: Any) -> bool:
        page = address // PAGE_SIZE
        allowed = self._access.get(page)
        if allowed is None or (access == _WRITE and allowed is not Access.WRITE):
            self._fault = (page, Access.WRITE if access == _WRITE else Access.READ)
            self._flags = None if access == _FETCH else self._kept.read()
            return False
        if access == _FETCH:
            self._fetched.add(page)
        try:
            entry.paddr = self.memory.frame(page)
        except GuestError as error:    # which Unicorn would take for a fault of the program
            self._full = error
            return False
        entry.perms = _PERMS[allowed]
        self._fills += 1
        return True

    # --- registers -------------------------------------------------------------------------------

    def load(self, registers: bytes) -> None:
        """Take a thread's registers."""
        if len(registers) != CONTEXT_BYTES:
            raise GuestError(
                f"a thread's registers are {CONTEXT_BYTES} bytes here, not {len(registers)}"
            )
        ctypes.memmove(self._context, registers, CONTEXT_BYTES)
        uclib.uc_reg_write_batch(self._engine._uch, self._ids, self._places, len(REGISTERS))

    def save(self) -> bytes:
        """The registers of the thread that was loaded last."""
        uclib.uc_reg_read_batch(self._engine._uch, self._ids, self._places, len(REGISTERS))
        return self._context.raw

    def put(self, register: str, value: int) -> None:
        """Put a number in a register by what it is for."""
        self._engine.reg_write(_BY_USE[register], value & (1 << 64) - 1)

    def get(self, register: str) -> int:
        """The number in a register, by what it is for."""
        return int(self._engine.reg_read(_BY_USE[register]))

    def rewind(self) -> None:
        """Go back to the system call that was executed last."""
        self.put("pc", self.get("pc") - _SYSCALL_BYTES)

    # --- instructions ----------------------------------------------------------------------------

    def run(self, count: int) -> Stopped:
        """Execute up to so many instructions."""
        self._fault, self._call, self._interrupt = None, False, None
        if self._fills > FILLS_MAX:
            self._flush()
        try:
            self._engine.emu_start(self._read_pc(), 0, 0, count)
        except UcError as error:
            if self._full is not None:
                raise self._full from None
            if self._fault is not None:
                self._mend_flags()
                return Faulted((self._fault,))
            return self._broke(error)
        if self._call:
            return self._called()
        if self._interrupt is not None:
            signal = _SIGNALS.get(self._interrupt, SIGSEGV)
            return Broke(signal, f"exception {self._interrupt} at {self.get('pc'):#x}")
        return Ran()

    def _read_pc(self) -> int:
        """Where the next instruction is, as `get` says it, but sooner: each slice asks."""
        uclib.uc_reg_read(self._engine._uch, x86.UC_X86_REG_RIP, self._pc_pointer)
        return self._pc.value

    def _mend_flags(self) -> None:
        """Put right what a fault or a call has made of the flags (see `_KeptFlags`)."""
        if self._flags is not None:
            others = self._engine.reg_read(x86.UC_X86_REG_RFLAGS) & ~_RESULT_FLAGS
            self._engine.reg_write(x86.UC_X86_REG_RFLAGS, others | self._flags)

    def _called(self) -> Called:
        self._mend_flags()
        read = self._engine.reg_read
        arguments = tuple(int(read(register)) for register in _ARGUMENTS)
        self._engine.reg_write(x86.UC_X86_REG_RCX, self.get("pc"))
        self._engine.reg_write(x86.UC_X86_REG_R11, read(x86.UC_X86_REG_RFLAGS))
        return Called(self.get("result"), arguments)

    def _broke(self, error: Any) -> Broke:
        at = self.get("pc")
        text = f"{error} at {at:#x}"
        if error.errno == uc.UC_ERR_INSN_INVALID:
            page, offset = divmod(at, PAGE_SIZE)
            if self._access.get(page) and self.memory.page(page)[offset] in _AVX_PREFIXES:
                text = (
                    f"an AVX instruction at {at:#x}, which emulated processors do not have: build "
                    "the program for baseline x86-64, or use native processors"
                )
            return Broke(SIGILL, text)
        return Broke(SIGSEGV, text)

    def _on_call(self, engine: Any, _data: Any) -> None:
        self._call = True
        self._flags = self._kept.read()
        engine.emu_stop()

    def _on_interrupt(self, engine: Any, number: int, _data: Any) -> None:
        self._interrupt = number
        engine.emu_stop()

    def close(self) -> None:
        """Free the engine."""
        self._kept.close()
        del self._engine
