"""Messages are the same after they were bytes, and bytes that are none are refused in words."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from popcorn_model.vocabulary import MESSAGES, Access, Call, Field, Kind, Parcel
from popcorn_reference.codec import VERSION, decode, encode
from popcorn_reference.faults import RemoteFault
from popcorn_reference.messages import CLASSES, Asked, Done, Granted, Message

NUMBERS: Final = st.integers(0, (1 << 64) - 1)
FIELDS: Final[dict[Field, st.SearchStrategy[Any]]] = {
    Field.NUMBER: NUMBERS,
    Field.CALL: st.sampled_from(list(Call)),
    Field.ACCESS: st.sampled_from(list(Access)),
    Field.PARCEL: st.sampled_from(list(Parcel)),
    Field.BYTES: st.binary(max_size=100),
    Field.NUMBERS: st.lists(NUMBERS, max_size=7).map(tuple),
    Field.WANTED: st.lists(st.tuples(NUMBERS, st.sampled_from(list(Access)))).map(tuple),
    Field.GRANTED: st.lists(
        st.builds(
            Granted, NUMBERS, st.sampled_from(list(Access)), st.sampled_from(list(Parcel)),
            st.binary(max_size=50),
        )
    ).map(tuple),
    Field.SET: st.lists(st.tuples(st.sampled_from(["result", "stack", "tls"]), NUMBERS)).map(tuple),
}  # fmt: skip


def make_message(kind: Kind) -> st.SearchStrategy[Message]:
    """Any message of a kind."""
    (row,) = (row for row in MESSAGES if row.kind is kind)
    return st.builds(CLASSES[kind], *(FIELDS[field] for _, field in row.fields))


MESSAGE: Final = st.sampled_from(list(Kind)).flatmap(make_message)


@pytest.mark.parametrize("row", MESSAGES, ids=lambda row: row.kind.value)
def test_fields_are_those_of_the_vocabulary(row: Any) -> None:
    names = [field.name for field in dataclasses.fields(CLASSES[row.kind])]
    assert names == [name for name, _ in row.fields]


@given(MESSAGE)
def test_a_message_is_the_same_after_it_was_bytes(message: Message) -> None:
    assert decode(encode(message)) == message


@given(MESSAGE, st.data())
def test_bytes_that_are_cut_are_refused(message: Message, data: st.DataObject) -> None:
    whole = encode(message)
    with pytest.raises(RemoteFault):
        decode(whole[: data.draw(st.integers(0, len(whole) - 1))] if whole else b"")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    try:
        message = decode(data)
    except RemoteFault:
        return
    assert encode(message) == data


def test_what_is_wrong_is_said() -> None:
    good = encode(Done(1, 2))
    for data, text in (
        (bytes([9]) + good[1:], f"version 9; this is version {VERSION}"),
        (good[:1] + bytes([200]) + good[2:], "200 at 1 is no Kind; legal are 0 to 6"),
        (good + b"x", "1 bytes follow"),
        (good[:-1], "ends in the middle of a field"),
        (b"", "ends in the middle of a field"),
    ):
        with pytest.raises(RemoteFault, match=text):
            decode(data)
    huge = bytearray(encode(Asked(1, 2, Call.EXIT, b"")))
    huge[19:23] = b"\xff\xff\xff\xff"
    with pytest.raises(RemoteFault, match="too large"):
        decode(bytes(huge))
