"""What travels with a thread: its registers, and the little that Linux keeps of it."""

import struct
from dataclasses import dataclass
from typing import Final

from popcorn_reference.faults import RemoteFault

_HEAD: Final = struct.Struct("<BQQ")
_VERSION: Final = 1


@dataclass
class Thread:
    """A thread, apart from its registers."""

    mask: int = 0
    """The signals that it does not want to have now."""
    clear: int = 0
    """Where a zero is written when it exits (set_tid_address)."""


def pack(thread: Thread, registers: bytes) -> bytes:
    """A thread as bytes."""
    return _HEAD.pack(_VERSION, thread.mask, thread.clear) + registers


def unpack(context: bytes) -> tuple[Thread, bytes]:
    """A thread from bytes.

    Raises: RemoteFault if they are none.
    """
    if len(context) < _HEAD.size or context[0] != _VERSION:
        raise RemoteFault(
            f"a context of {len(context)} bytes that begins with {context[:1].hex() or 'nothing'} "
            f"is not one of version {_VERSION}"
        )
    _, mask, clear = _HEAD.unpack_from(context)
    return Thread(mask, clear), context[_HEAD.size :]
