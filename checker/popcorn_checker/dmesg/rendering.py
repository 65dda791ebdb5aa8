"""Lines as a kernel would print them, made from kinds and fields: logs for tests."""

from collections.abc import Mapping

from popcorn_checker.dmesg.fields import Value
from popcorn_checker.dmesg.framing import NOTHING, Stamp, frame
from popcorn_checker.dmesg.kinds import KIND
from popcorn_checker.dmesg.rows import Kind


def render(kind: Kind | str, fields: Mapping[str, Value], stamp: Stamp = NOTHING) -> str:
    """What the console shows of a line, without the last newline; two lines if one is empty.

    A kind has wordings that differ from kernel to kernel: it is the newest one that has these
    fields.

    Raises: KeyError if there is no such kind; WordingError if the fields are not those of the kind.
    """
    row = KIND[kind] if isinstance(kind, str) else kind
    return frame(row.render(fields), stamp)
