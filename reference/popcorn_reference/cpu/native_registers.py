"""A thread's registers as they travel, to and from the forms in which Linux has them.

They travel as 576 bytes: whole registers, vectors, the eight x87 registers as the machine numbers
them, and controls. XSAVE numbers x87 registers from the top of their stack, and of a tag keeps only
whether the register is empty; the rest of the tag follows from what the register holds.

A program that uses AVX has more registers. Those follow after the 576 bytes, and only while they
hold something: a processor that does not have them then refuses the thread, which is better than
to run it without.
"""

import struct
from typing import Final

from popcorn_reference.faults import GuestError

_WHOLE: Final = struct.Struct("<20Q")
_CONTROLS: Final = struct.Struct("<4Q")
_X87_AT: Final = 16 * 16
_X87_BYTES: Final = 8 * 16
_CONTROLS_AT: Final = _X87_AT + _X87_BYTES
_FLOATS_BYTES: Final = _CONTROLS_AT + _CONTROLS.size
FLOATS_AT: Final = _WHOLE.size
"""Where the whole registers end, and the rest begins: vectors, x87 registers, and controls."""
CONTEXT_BYTES: Final = FLOATS_AT + _FLOATS_BYTES

# Where Linux has each whole register: rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8 to r15, rip,
# rflags, and the bases of fs and gs.
_PLACES: Final = (10, 5, 11, 12, 13, 14, 4, 19, 9, 8, 7, 6, 3, 2, 1, 0, 16, 18, 21, 22)
_FORMER_RAX, _CODE, _FLAGS, _STACK = 15, 17, 18, 20
_NO_CALL: Final = (1 << 64) - 1
_USER_CODE, _USER_STACK = 0x33, 0x2B
_RESUME_FLAG: Final = 1 << 16
"""The machine sets it in what a fault saves; it belongs to the fault, not to the thread."""

_LEGACY: Final = struct.Struct("<HHBx2x8x8xI4x")
_FLOATS_IN: Final = 32
_VECTORS_IN: Final = 160
_LEGACY_END: Final = 416
_MASK_AT: Final = 464
_HEADER_AT: Final = 512
_WIDE_AT: Final = 576
_BASELINE: Final = 0b11
_WIDE: Final = 0b11100100
"""AVX and AVX-512, as XSAVE numbers what it stores."""

_VALID, _ZERO, _SPECIAL, _EMPTY = range(4)
_EMPTY_TAGS: Final = 0xFFFF
_EXPONENT: Final = 0x7FFF
_INTEGER_BIT: Final = 1 << 63


def make_context(entry: int, stack: int) -> bytes:
    """The registers of a program that begins."""
    whole = [0] * 20
    whole[7], whole[16], whole[17] = stack, entry, 0x202
    zeros = bytes(_CONTROLS_AT)
    return _WHOLE.pack(*whole) + zeros + _CONTROLS.pack(0x37F, 0, _EMPTY_TAGS, 0x1F80)


def make_registers(context: bytes) -> list[int]:
    """The whole registers of a context, in the order of Linux.

    Raises: GuestError if it is none.
    """
    if len(context) < CONTEXT_BYTES:
        raise GuestError(
            f"a thread's registers are {CONTEXT_BYTES} bytes here, not {len(context)}"
        )
    values = [0] * 27
    for place, value in zip(_PLACES, _WHOLE.unpack_from(context), strict=True):
        values[place] = value
    # Else Linux might take what was loaded for an interrupted call, and step back to make it again.
    values[_FORMER_RAX] = _NO_CALL
    values[_CODE], values[_STACK] = _USER_CODE, _USER_STACK
    return values


def make_extended(floats: bytes, like: bytes) -> bytes:
    """The rest of a context, as XSAVE stores it on a machine that has stored `like`.

    Raises: GuestError if it has AVX registers of another kind of machine.
    """
    control, status, tags, vector_control = _CONTROLS.unpack_from(floats, _CONTROLS_AT)
    full = 0
    if tags != _EMPTY_TAGS:
        full = sum((tags >> 2 * i & 3 != _EMPTY) << i for i in range(8))
    head = _LEGACY.pack(control, status & 0xFFFF, full, vector_control & 0xFFFFFFFF)
    x87 = _rotate(floats[_X87_AT:_CONTROLS_AT], 16 * (status >> 11 & 7))
    rest = like[_LEGACY_END:_HEADER_AT]
    return head + x87 + floats[:_X87_AT] + rest + _make_wide(floats[_FLOATS_BYTES:], like)


def _make_wide(tail: bytes, like: bytes) -> bytes:
    if not tail:
        return _BASELINE.to_bytes(8, "little").ljust(len(like) - _HEADER_AT, b"\0")
    kind, wide = tail[:8], tail[8:]
    if kind != like[_MASK_AT : _MASK_AT + 8] or len(wide) != len(like) - _HEADER_AT:
        raise GuestError(
            "a thread that uses AVX comes from a machine that has other such registers: build the "
            "program for baseline x86-64"
        )
    return wide


def make_whole(registers: list[int]) -> bytes:
    """The first part of a context, from the registers that Linux has."""
    values = [registers[place] for place in _PLACES]
    values[17] &= ~_RESUME_FLAG
    return _WHOLE.pack(*values)


def make_floats(extended: bytes) -> bytes:
    """The rest of a context, from what XSAVE has stored."""
    control, status, full, vector_control = _LEGACY.unpack_from(extended)
    floats = _rotate(extended[_FLOATS_IN:_VECTORS_IN], _X87_BYTES - 16 * (status >> 11 & 7))
    tags = _get_tags(floats, full) if full else _EMPTY_TAGS
    controls = _CONTROLS.pack(control, status, tags, vector_control)
    return extended[_VECTORS_IN:_LEGACY_END] + floats + controls + _get_tail(extended)


def _rotate(data: bytes, count: int) -> bytes:
    return data[count:] + data[:count]


def _get_tags(floats: bytes, full: int) -> int:
    """Of each register two bits: valid, zero, special, or empty."""
    tags = 0
    for i in range(8):
        held = struct.unpack_from("<QH", floats, 16 * i)
        tags |= (_get_tag(*held) if full >> i & 1 else _EMPTY) << 2 * i
    return tags


def _get_tag(mantissa: int, sign_and_exponent: int) -> int:
    exponent = sign_and_exponent & _EXPONENT
    if exponent == 0 and mantissa == 0:
        return _ZERO
    return _VALID if 0 < exponent < _EXPONENT and mantissa & _INTEGER_BIT else _SPECIAL


def _get_tail(extended: bytes) -> bytes:
    used = int.from_bytes(extended[_HEADER_AT : _HEADER_AT + 8], "little")
    if not used & _WIDE or not any(extended[_WIDE_AT:]):
        return b""
    return extended[_MASK_AT : _MASK_AT + 8] + extended[_HEADER_AT:]
