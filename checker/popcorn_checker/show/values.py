"""Values of a trace as ITF's values, and back.

Names are strings, numbers are always ``#bigint``, queues are arrays, a message is a variant
``{"tag", "value"}`` whose value is a record of its fields, and nothing is the variant ``None`` of
the empty tuple. What stands in ``#meta`` is free; there, plain JSON is used, and tuples are marked.
"""

from __future__ import annotations

import re
from typing import Final

from popcorn_checker.show.place import Place, describe
from popcorn_checker.trace import Letter

LEGAL: Final = (
    'a string, true or false, {"#bigint": "7"}, an array, or a message {"tag": ..., "value": {}}'
)

_UNIT: Final = {"#tup": list[object]()}
_OTHER_UNIT: Final = "U_OF_UNIT"  # how one other tool writes it
_MARKS: Final = '{"#bigint"}, {"#map"}, {"#set"}, {"#tup"}'
_INTEGER: Final = re.compile(r"-?[0-9]{1,4000}")


def write_value(value: object, place: Place) -> object:
    """A value as ITF has it. Raises: TraceError for what has no form there."""
    match value:
        case None:
            return {"tag": "None", "value": _UNIT}
        case bool() | str():
            return value
        case int():
            return {"#bigint": str(value)}
        case tuple():
            return [write_value(each, place.at(f"item {n}")) for n, each in enumerate(value)]
        case Letter(kind, fields):
            here = place.at(kind)
            record = {name: write_value(each, here.at(name)) for name, each in fields}
            here.refuse_marks(record, "names of fields that do not begin with #")
            if len(record) != len(fields):
                raise here.error("two fields of one name", "a name for each")
            return {"tag": kind, "value": record}
    raise place.error(
        f"found {describe(value)}", "a name, number, truth value, None, tuple or Letter"
    )


def read_value(value: object, place: Place) -> object:
    """The value that a piece of ITF stands for. Raises: TraceError for what is none."""
    match value:
        case bool() | str():
            return value
        case list():
            return tuple(read_value(each, place.at(f"item {n}")) for n, each in enumerate(value))
        case {"#tup": inner, **more} | {"#set": inner, **more} if not more:
            return read_value(place.read(inner, list), place)
        case {"tag": str(kind), "value": inner, **more} if not more:
            return _read_variant(kind, inner, place.at(kind))
        case int() | {"#bigint": _}:
            return read_number(value, place)
        case {"#map": _}:
            raise place.error(
                "a map inside a value", 'one map for the variable, with {"#tup"} keys'
            )
        case dict():
            place.refuse_marks(value, _MARKS)
    raise place.error(f"found {describe(value)}", LEGAL)


def read_number(value: object, place: Place) -> int:
    """A number in either of its forms. Raises: TraceError for what is none."""
    if not (isinstance(value, dict) and value.keys() == {"#bigint"}):
        return place.read(value, int)
    digits = value["#bigint"]
    if not isinstance(digits, str) or not _INTEGER.fullmatch(digits):
        raise place.error(f"#bigint holds {describe(digits)}", 'digits in a string, such as "-12"')
    return int(digits)


def _read_variant(kind: str, inner: object, place: Place) -> object:
    if inner in (_UNIT, _OTHER_UNIT):
        return None if kind == "None" else Letter(kind)
    record = place.read(inner, dict)
    place.refuse_marks(record, "the fields of the message, by name")
    return Letter(kind, tuple((n, read_value(v, place.at(n))) for n, v in record.items()))


def write_free(value: object, place: Place) -> object:
    """Free content as JSON. Raises: TraceError for what JSON cannot say."""
    match value:
        case None | bool() | int() | str():
            return value
        case float() if value == value and abs(value) != float("inf"):
            return value
        case list():
            return [write_free(each, place.at(f"item {n}")) for n, each in enumerate(value)]
        case tuple():
            return {"#tup": write_free(list(value), place)}
        case dict() if all(isinstance(key, str) for key in value):
            place.refuse_marks(value, "keys that do not begin with #")
            return {key: write_free(each, place.at(key)) for key, each in value.items()}
    raise place.error(f"found {describe(value)}", "what JSON can say, and tuples")


def read_free(value: object, place: Place) -> object:
    """The inverse of `write_free`. Raises: TraceError for a mark that it does not write."""
    match value:
        case {"#tup": inner, **more} if not more:
            return tuple(read_free(each, place) for each in place.read(inner, list))
        case list():
            return [read_free(each, place) for each in value]
        case dict():
            place.refuse_marks(value, '{"#tup"}')
            return {key: read_free(each, place.at(key)) for key, each in value.items()}
    return value
