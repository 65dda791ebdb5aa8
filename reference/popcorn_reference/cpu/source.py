"""The text of programs for the small machine: lines, strings, and what numbers are written as."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

_QUOTED: Final = r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\[^'x]|\\'|\\x..)'"""
_CODE: Final = re.compile(rf"""(?:[^;#"']|{_QUOTED})*""")
_TOKEN: Final = re.compile(rf"""{_QUOTED}|,|[^,"']+""")
_LABEL: Final = re.compile(r"\s*([^\s:,\"'\[\]]+)\s*:")
_TERM: Final = re.compile(rf"\s*([+-]?)\s*({_QUOTED}|[^\s+\-]+)\s*")
_ESCAPE: Final = re.compile(r"\\(x..|.)", re.DOTALL)
NAME: Final = re.compile(r"[A-Za-z_.][A-Za-z0-9_.]*")
_ESCAPES: Final = {"n": 10, "t": 9, "r": 13, "0": 0, "\\": 92, '"': 34, "'": 39}


class Wrong(Exception):
    """What is wrong with a line, without saying which line it is."""


@dataclass(frozen=True)
class Line:
    """A line that says something."""

    number: int
    text: str
    """As it was written, without blanks around it."""
    labels: tuple[str, ...]
    name: str
    """Of an instruction or a directive; empty if there are only labels."""
    operands: tuple[str, ...]


def split(number: int, text: str) -> Line:
    """The parts of a line.

    Raises: Wrong if a string does not end.
    """
    match = _CODE.match(text)
    assert match is not None
    if text[match.end() : match.end() + 1] not in ("", ";", "#"):
        raise Wrong(
            "a quotation does not end; a string is in double quotes, like \"popcorn\", and one "
            "character in single ones, like 'p'"
        )
    rest, labels = match.group(), []
    while label := _LABEL.match(rest):
        labels.append(label[1])
        rest = rest[label.end() :]
    name, operands = (*rest.split(maxsplit=1), "", "")[:2]
    return Line(number, text.strip(), tuple(labels), name, _split_operands(operands))


def _split_operands(text: str) -> tuple[str, ...]:
    if not text.strip():
        return ()
    pieces = [""]
    for token in _TOKEN.findall(text):
        if token == ",":
            pieces.append("")
        else:
            pieces[-1] += token
    return tuple(piece.strip() for piece in pieces)


def nearest(word: str, names: Iterable[str], what: str) -> str:
    """What may have been meant: the names that are nearest to a word, or all of them."""
    names = list(names)
    near = difflib.get_close_matches(word.lower(), names, 3)
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"{what} are {', '.join(names)}" if names else f"there are no {what}"


def read_string(text: str) -> bytes:
    r"""The bytes of a quoted string: UTF-8, with `\n \t \r \0 \\ \" \'` and `\x` with two digits.

    Raises: Wrong if it is none.
    """
    if len(text) < 2 or text[0] != '"' or text[-1] != '"' or not re.fullmatch(_QUOTED, text):
        raise Wrong(f'{text} is no string; a string is in double quotes, like "popcorn\\n"')
    return _unescape(text[1:-1])


def _unescape(text: str) -> bytes:
    out, at = bytearray(), 0
    for match in _ESCAPE.finditer(text):
        out += text[at : match.start()].encode()
        out.append(_escape(match[1]))
        at = match.end()
    return bytes(out + text[at:].encode())


def _escape(text: str) -> int:
    if text[0] == "x" and re.fullmatch("x[0-9A-Fa-f]{2}", text):
        return int(text[1:], 16)
    if text not in _ESCAPES:
        known = " ".join(f"\\{each}" for each in _ESCAPES)
        raise Wrong(f"\\{text} stands for nothing; there are {known} and \\x with two digits")
    return _ESCAPES[text]


class Unknown(Wrong):
    """A symbol has no value, or none yet."""


def evaluate(text: str, symbols: Mapping[str, int]) -> int:
    """The value of numbers, characters and symbols, with + and - between them.

    Raises: Wrong if it has none; Unknown if that is because of a symbol.
    """
    if not text:
        raise Wrong("an operand is empty; commas stand between operands only")
    total, at = 0, 0
    while at < len(text):
        match = _TERM.match(text, at)
        if match is None or (at and not match[1]):
            raise Wrong(
                f"{text!r} is no number; a number is made of numbers, characters and symbols with "
                "+ and - between them, like table+8"
            )
        value = _term(match[2], symbols)
        total += -value if match[1] == "-" else value
        at = match.end()
    return total


def _term(text: str, symbols: Mapping[str, int]) -> int:
    if text[0] == "'" and len(text) > 2:
        return _escape(text[2:-1]) if text[1] == "\\" else ord(text[1])
    if text[0].isdigit():
        try:
            return int(text, 0)
        except ValueError:
            raise Wrong(f"{text} is no number; numbers are like 10, 0x1f, 0b101, 0o17") from None
    if text in symbols:
        return symbols[text]
    if not NAME.fullmatch(text):
        raise Wrong(
            f"{text} is no number and no symbol; a number is like 10, 0x1f or 'a', and a symbol "
            "begins with a letter"
        )
    raise Unknown(f"there is no symbol {text}; {nearest(text, symbols, 'symbols')}")
