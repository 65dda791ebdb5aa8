"""A link between two processes: messages and control lines over a stream socket, in order.

Sending never blocks, as two kernels that both wait for the other to read would wait for ever; what
the socket does not take is kept and sent later.
"""

import json
import socket
import struct
from collections import deque
from typing import Any, Final

from popcorn_reference.codec import FRAME_BYTES_MAX, decode, encode
from popcorn_reference.faults import RemoteFault
from popcorn_reference.messages import Message

_HEAD: Final = struct.Struct("<IB")
_MESSAGE, _CONTROL = 0, 1
_READ_BYTES: Final = 1 << 18

Control = dict[str, Any]


class Link:
    """One end of a link."""

    def __init__(self, end: socket.socket) -> None:
        self.socket = end
        end.setblocking(False)
        if end.family != socket.AF_UNIX:
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._coming = bytearray()
        self._going: deque[memoryview] = deque()
        self.is_closed = False

    def fileno(self) -> int:
        """What to poll."""
        return self.socket.fileno()

    @property
    def has_more(self) -> bool:
        """Whether something waits to be sent."""
        return bool(self._going)

    def send(self, what: Message | Control) -> None:
        """Send a message, or a control line."""
        is_control = isinstance(what, dict)
        data = json.dumps(what).encode() if is_control else encode(what)  # type: ignore[arg-type]
        head = _HEAD.pack(len(data), _CONTROL if is_control else _MESSAGE)
        self._going.append(memoryview(head + data))
        self.flush()

    def flush(self) -> None:
        """Send what the socket takes."""
        while self._going and not self.is_closed:
            piece = self._going[0]
            try:
                sent = self.socket.send(piece)
            except BlockingIOError:
                return
            except (BrokenPipeError, ConnectionResetError):
                self.is_closed = True
                return
            if sent == len(piece):
                self._going.popleft()
            else:
                self._going[0] = piece[sent:]

    def receive(self) -> list[Message | Control]:
        """All that has come; the link is closed when the other end is.

        Raises: RemoteFault for what is no message.
        """
        while not self.is_closed:
            try:
                data = self.socket.recv(_READ_BYTES)
            except BlockingIOError:
                break
            except ConnectionResetError:
                data = b""
            if not data:
                self.is_closed = True
            self._coming += data
            if len(data) < _READ_BYTES:
                break
        return self._cut()

    def _cut(self) -> list[Message | Control]:
        found: list[Message | Control] = []
        at = 0
        while len(self._coming) - at >= _HEAD.size:
            size, kind = _HEAD.unpack_from(self._coming, at)
            if size > FRAME_BYTES_MAX or kind not in (_MESSAGE, _CONTROL):
                raise RemoteFault(f"a frame of kind {kind} and {size} bytes is none of ours")
            end = at + _HEAD.size + size
            if len(self._coming) < end:
                break
            data = bytes(self._coming[at + _HEAD.size : end])
            found.append(decode(data) if kind == _MESSAGE else json.loads(data))
            at = end
        del self._coming[:at]
        return found

    def close(self) -> None:
        """Close this end."""
        self.is_closed = True
        self.socket.close()
