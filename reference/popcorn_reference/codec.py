"""Messages as bytes: a version, a kind, and the fields of the vocabulary in their order.

Numbers are little-endian. A word is its place in its enumeration. Bytes and lists begin with their
length. Whatever does not fit is refused with what was found and where.
"""

import struct
from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

from popcorn_model.vocabulary import MESSAGES, Access, Call, Field, Kind, Parcel
from popcorn_reference.faults import RemoteFault
from popcorn_reference.messages import CLASSES, Granted, Message

VERSION: Final = 1
FRAME_BYTES_MAX: Final = 1 << 24
"""The longest message that is taken: far more than any page or any number of them needs."""

_KINDS: Final = tuple(Kind)
_ROWS: Final = MappingProxyType({row.kind: row.fields for row in MESSAGES})
_NUMBER: Final = struct.Struct("<Q")
_LENGTH: Final = struct.Struct("<I")


class Source:
    """Bytes that are read from the front."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> bytes:
        """So many bytes.

        Raises: RemoteFault if there are not as many.
        """
        piece = self._data[self._at : self._at + size]
        if len(piece) < size:
            raise RemoteFault(
                f"a message of {len(self._data)} bytes ends in the middle of a field at "
                f"{self._at}, where {size} bytes were to come"
            )
        self._at += size
        return piece

    def number(self) -> int:
        """A number of 64 bits."""
        return int(_NUMBER.unpack(self.take(_NUMBER.size))[0])

    def length(self) -> int:
        """The length of what follows.

        Raises: RemoteFault if it is longer than any message.
        """
        length = int(_LENGTH.unpack(self.take(_LENGTH.size))[0])
        if length > FRAME_BYTES_MAX:
            raise RemoteFault(f"a length of {length} at {self._at - _LENGTH.size} is too large")
        return length

    def word(self, words: type[Enum]) -> Any:
        """A word of an enumeration.

        Raises: RemoteFault if there is none with that number.
        """
        number = self.take(1)[0]
        legal: list[Any] = [*words]
        if number >= len(legal):
            raise RemoteFault(
                f"{number} at {self._at - 1} is no {words.__name__}; legal are 0 to "
                f"{len(legal) - 1}"
            )
        return legal[number]

    def text(self) -> str:
        """Letters, which are ASCII.

        Raises: RemoteFault if they are not.
        """
        data = self.take(self.length())
        if not data.isascii():
            raise RemoteFault(f"a name that is not ASCII ends at {self._at}")
        return data.decode("ascii")

    def finish(self) -> None:
        """All has been read.

        Raises: RemoteFault if not.
        """
        if self._at != len(self._data):
            raise RemoteFault(f"{len(self._data) - self._at} bytes follow after a message")


def encode(message: Message) -> bytes:
    """A message as bytes."""
    out = bytearray((VERSION, _KINDS.index(message.kind)))
    for name, field in _ROWS[message.kind]:
        _WRITERS[field](out, getattr(message, name))
    return bytes(out)


def decode(data: bytes) -> Message:
    """A message from bytes.

    Raises: RemoteFault if they are none: what is wrong, and where.
    """
    source = Source(data)
    version = source.take(1)[0]
    if version != VERSION:
        raise RemoteFault(f"a message of version {version}; this is version {VERSION}")
    kind: Kind = source.word(Kind)
    values = [_READERS[field](source) for _, field in _ROWS[kind]]
    source.finish()
    make: Any = CLASSES[kind]
    message: Message = make(*values)
    return message


# --- fields --------------------------------------------------------------------------------------


def _put_number(out: bytearray, value: int) -> None:
    out += _NUMBER.pack(value & 0xFFFFFFFFFFFFFFFF)


def _put_length(out: bytearray, value: int) -> None:
    out += _LENGTH.pack(value)


def _put_bytes(out: bytearray, value: bytes) -> None:
    _put_length(out, len(value))
    out += value


def _put_word(words: type[Enum]) -> Callable[[bytearray, Any], None]:
    places = {word: place for place, word in enumerate([*words])}
    return lambda out, value: out.append(places[value])


_put_access, _put_parcel = _put_word(Access), _put_word(Parcel)


def _put_list(put: Callable[[bytearray, Any], None]) -> Callable[[bytearray, Any], None]:
    def put_all(out: bytearray, values: Any) -> None:
        _put_length(out, len(values))
        for value in values:
            put(out, value)

    return put_all


def _put_wanted(out: bytearray, value: tuple[int, Access]) -> None:
    _put_number(out, value[0])
    _put_access(out, value[1])


def _put_granted(out: bytearray, value: Granted) -> None:
    _put_number(out, value.page)
    _put_access(out, value.access)
    _put_parcel(out, value.parcel)
    _put_bytes(out, value.data)


def _put_set(out: bytearray, value: tuple[str, int]) -> None:
    _put_bytes(out, value[0].encode("ascii"))
    _put_number(out, value[1])


_WRITERS: Final[Mapping[Field, Callable[[bytearray, Any], None]]] = MappingProxyType(
    {
        Field.NUMBER: _put_number,
        Field.CALL: _put_word(Call),
        Field.ACCESS: _put_access,
        Field.PARCEL: _put_parcel,
        Field.BYTES: _put_bytes,
        Field.NUMBERS: _put_list(_put_number),
        Field.WANTED: _put_list(_put_wanted),
        Field.GRANTED: _put_list(_put_granted),
        Field.SET: _put_list(_put_set),
    }
)


def _get_list(get: Callable[[Source], Any]) -> Callable[[Source], tuple[Any, ...]]:
    return lambda source: tuple(get(source) for _ in range(source.length()))


def _get_granted(source: Source) -> Granted:
    page, access, parcel = source.number(), source.word(Access), source.word(Parcel)
    return Granted(page, access, parcel, source.take(source.length()))


_READERS: Final[Mapping[Field, Callable[[Source], Any]]] = MappingProxyType(
    {
        Field.NUMBER: Source.number,
        Field.CALL: lambda source: source.word(Call),
        Field.ACCESS: lambda source: source.word(Access),
        Field.PARCEL: lambda source: source.word(Parcel),
        Field.BYTES: lambda source: source.take(source.length()),
        Field.NUMBERS: _get_list(Source.number),
        Field.WANTED: _get_list(lambda source: (source.number(), source.word(Access))),
        Field.GRANTED: _get_list(_get_granted),
        Field.SET: _get_list(lambda source: (source.text(), source.number())),
    }
)
