"""System calls that concern nothing but their thread, done on the kernel that it is on.

They read and write memory as an instruction does: where they may not, the thread faults, and makes
the call again when it has the pages.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from popcorn_model.vocabulary import Access
from popcorn_reference.linux.context import Thread
from popcorn_reference.linux.numbers import Err, Sys
from popcorn_reference.member import Member
from popcorn_reference.memory import PAGE_SIZE
from popcorn_reference.messages import Wanted


@dataclass(frozen=True)
class Needs:
    """The pages that a call uses and may not use yet."""

    pages: Wanted


@dataclass
class Where:
    """A thread that makes a call: what it has, and where it is."""

    number: int
    thread: Thread
    member: Member
    kernels: int
    put: Callable[[str, int], None]
    """Puts a number in a register, by what it is for."""

    def lacks(self, *ranges: tuple[int, int, Access]) -> Needs | None:
        """What of some ranges of bytes, at address and with size, may not be used."""
        pages: dict[int, Access] = {}
        for address, size, access in ranges:
            if address:
                for page in range(address // PAGE_SIZE, (address + size - 1) // PAGE_SIZE + 1):
                    if pages.get(page) is not Access.WRITE:
                        pages[page] = access
        if all(self.member.suffices(page, access) for page, access in pages.items()):
            return None
        return Needs(tuple(sorted(pages.items())))

    def read(self, address: int, size: int) -> bytes:
        """Bytes that may be read."""
        out = bytearray()
        while size:
            page, offset = divmod(address, PAGE_SIZE)
            piece = self.member.memory.page(page)[offset : offset + size]
            out += piece
            address, size = address + len(piece), size - len(piece)
        return bytes(out)

    def write(self, address: int, data: bytes) -> None:
        """Write bytes where that is allowed."""
        while data:
            page, offset = divmod(address, PAGE_SIZE)
            room = self.member.memory.page(page)[offset : offset + len(data)]
            room[:] = data[: len(room)]
            address, data = address + len(room), data[len(room) :]


Local = Callable[[Where, tuple[int, ...]], "int | Needs"]

_ARCH_SET_GS, _ARCH_SET_FS, _ARCH_GET_FS = 0x1001, 0x1002, 0x1003
_MASK_BYTES: Final = 8


def _arch_prctl(where: Where, arguments: tuple[int, ...]) -> int | Needs:
    code, value = arguments[:2]
    if code not in (_ARCH_SET_FS, _ARCH_SET_GS):
        return Err.EINVAL
    where.put("tls" if code == _ARCH_SET_FS else "gs", value)
    return 0


def _set_tid_address(where: Where, arguments: tuple[int, ...]) -> int:
    where.thread.clear = arguments[0]
    return where.number


def _rt_sigprocmask(where: Where, arguments: tuple[int, ...]) -> int | Needs:
    how, new, old, _ = arguments[:4]
    lacks = where.lacks((new, _MASK_BYTES, Access.READ), (old, _MASK_BYTES, Access.WRITE))
    if lacks:
        return lacks
    before = where.thread.mask
    if new:
        given = int.from_bytes(where.read(new, _MASK_BYTES), "little")
        masks = (before | given, before & ~given, given)
        if how >= len(masks):
            return Err.EINVAL
        where.thread.mask = masks[how]
    if old:
        where.write(old, before.to_bytes(_MASK_BYTES, "little"))
    return 0


def _sched_getaffinity(where: Where, arguments: tuple[int, ...]) -> int | Needs:
    _, size, address = arguments[:3]
    if size < _MASK_BYTES:
        return Err.EINVAL
    if not address:
        return Err.EFAULT
    lacks = where.lacks((address, _MASK_BYTES, Access.WRITE))
    if lacks:
        return lacks
    where.write(address, ((1 << where.kernels) - 1).to_bytes(_MASK_BYTES, "little"))
    return _MASK_BYTES


def _getcpu(where: Where, arguments: tuple[int, ...]) -> int | Needs:
    cpu, node = arguments[:2]
    lacks = where.lacks((cpu, 4, Access.WRITE), (node, 4, Access.WRITE))
    if lacks:
        return lacks
    for address in filter(None, (cpu, node)):
        where.write(address, where.member.kernel.to_bytes(4, "little"))
    return 0


_NAMES: Final = ("Linux", "popcorn", "6.1.0-popcorn", "#1", "x86_64", "")
_NAME_BYTES: Final = 65


def _uname(where: Where, arguments: tuple[int, ...]) -> int | Needs:
    if not arguments[0]:
        return Err.EFAULT
    data = b"".join(name.encode().ljust(_NAME_BYTES, b"\0") for name in _NAMES)
    lacks = where.lacks((arguments[0], len(data), Access.WRITE))
    if lacks:
        return lacks
    where.write(arguments[0], data)
    return 0


def _always(result: int) -> Local:
    return lambda where, arguments: result


LOCAL: Final[Mapping[int, Local]] = MappingProxyType(
    {
        Sys.ARCH_PRCTL: _arch_prctl,
        Sys.SET_TID_ADDRESS: _set_tid_address,
        Sys.RT_SIGPROCMASK: _rt_sigprocmask,
        Sys.SCHED_GETAFFINITY: _sched_getaffinity,
        Sys.GETCPU: _getcpu,
        Sys.UNAME: _uname,
        Sys.GETTID: lambda where, arguments: where.number,
        Sys.GETPID: lambda where, arguments: where.member.process,
        Sys.SCHED_YIELD: _always(0),
        Sys.IOCTL: _always(Err.ENOTTY),
        Sys.GETUID: _always(0),
        Sys.GETGID: _always(0),
        Sys.GETEUID: _always(0),
        Sys.GETEGID: _always(0),
        Sys.SET_ROBUST_LIST: _always(0),
    }
)
"""Who runs here is root of nothing: there is one user, and files are opened at the origin."""
