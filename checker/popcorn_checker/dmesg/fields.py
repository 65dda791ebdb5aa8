"""The types of the fields that stand in the lines of a kernel: how each is printed and read.

A type is named as in a format of printf, and narrower where that tells more. Numbers never have
leading zeros unless the format pads, and a page's address ends in three zeros: so a number that has
lost digits is often seen to have lost them.

| type | is | example |
|---|---|---|
| d | a decimal number, signed; 12d and -12d are padded to the right and to the left | -1 |
| x | a hexadecimal number of up to 16 digits; 04x is padded with zeros | 401efd |
| a | the address of a page, in user space | 7ffff7ff9000 |
| p | what %p prints, kept as text: often a hash, that means nothing else | 00000000c8298bcb |
| i | an address of the internet protocol, version 4 | 10.4.4.200 |
| w | a word | x86_64 |
| f | the absolute path of a file | /bin/true |
| s, t | text; t may be empty | mt |
| A`|`B | one of several texts | R |
| ?A | whether a text is there | True |
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

Value = int | str | bool
"""What a field holds: a number, text, or whether something is there."""


class WordingError(ValueError):
    """Fields do not fit a kind of line: which, and what would have been right."""


@dataclass(frozen=True)
class Field:
    """A field of a wording: its name, and all that its type says."""

    name: str
    type: str
    called: str
    """What a value is, in words."""
    pattern: str
    """A regular expression without groups."""
    begun: str
    """A regular expression for the beginning of a value, which may be empty."""
    read: Callable[[str], Value]
    write: Callable[[Value], str]
    samples: tuple[Value, ...]
    """All values if the type is closed, else two that differ from the first letter on."""
    closed: bool = False

    @cached_property
    def value(self) -> re.Pattern[str]:
        """A value."""
        return re.compile(self.pattern, re.ASCII)

    @cached_property
    def beginning(self) -> re.Pattern[str]:
        """The beginning of a value."""
        return re.compile(self.begun, re.ASCII)

    @cached_property
    def is_free(self) -> bool:
        """Whether a value may have blanks in it, so that only what follows tells where it ends."""
        return self.type in ("f", "s", "t")

    def print(self, value: Value) -> str:
        """The value as the kernel prints it.

        Raises: WordingError if it is none of this type.
        """
        try:
            text = self.write(value)
        except (TypeError, ValueError):
            text = None
        if text is None or not self.value.fullmatch(text):
            raise WordingError(f"{self.name} cannot be {value!r}: it is {self.called}")
        return text


_DECIMAL: Final = r"(?:0|-?[1-9][0-9]{0,19})"
_HEX: Final = r"(?:0|[1-9a-f][0-9a-f]{0,15})"
_DIGITS: Final = r"[0-9a-f]*"
_PADDED: Final = re.compile(r"(?P<left>-?)(?P<width>[0-9]+)d")
_FILLED: Final = re.compile(r"0(?P<width>[0-9]+)x")


def _is_number(value: Value) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(value)
    return value


def _is_text(value: Value) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _write(form: str) -> Callable[[Value], str]:
    return lambda value: format(_is_number(value), form)


def _hex(text: str) -> int:
    return int(text, 16)


def _text(name: str, type: str, called: str, pattern: str, samples: tuple[str, str]) -> Field:
    return Field(name, type, called, pattern, ".*", str, _is_text, samples)


def _pointer(name: str) -> Field:
    pattern = r"(?:[0-9a-f]{16}|\(____ptrval____\)| *\(null\))"
    begun = r"[0-9a-f]{0,15}|\([_a-z]*| +(?:\([a-z]*)?"
    samples = ("00000000c8298bcb", "ffff88003d5b2c00")
    called = "a pointer of 16 digits, (____ptrval____) or (null)"
    return Field(name, "p", called, pattern, begun, str, _is_text, samples)


def _choice(name: str, type: str) -> Field:
    options = tuple(type.split("|"))
    pattern = f"(?:{'|'.join(map(re.escape, options))})"
    called = " or ".join(map(repr, options))
    begun = "|".join(re.escape(each[:n]) for each in options for n in range(len(each)))
    return Field(name, type, called, pattern, begun, str, _is_text, options, closed=True)


def _flag(name: str, type: str) -> Field:
    text = type[1:]

    def write(value: Value) -> str:
        if not isinstance(value, bool):
            raise TypeError(value)
        return text if value else ""

    pattern = f"(?:{re.escape(text)})?"
    begun = "|".join(re.escape(text[:n]) for n in range(len(text)))
    called = f"True, for {text!r}, or False"
    return Field(name, type, called, pattern, begun, bool, write, (True, False), closed=True)


_SIMPLE: Final[dict[str, Callable[[str], Field]]] = {
    "d": lambda name: Field(
        name, "d", "a decimal number", _DECIMAL, "-?[0-9]*", int, _write("d"), (31, -452)
    ),
    "x": lambda name: Field(
        name, "x", "a hexadecimal number", _HEX, _DIGITS, _hex, _write("x"), (0x401EFD, 0xB)
    ),
    "a": lambda name: Field(
        name, "a", "a page's address, at most 12 digits that end in 000",
        "(?:0|[1-9a-f][0-9a-f]{0,8}000)", _DIGITS, _hex, _write("x"), (0x401000, 0x7FFF_F7FF_9000),
    ),
    "p": _pointer,
    "i": lambda name: Field(
        name, "i", "an internet address", r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}", r"[0-9.]*",
        str, _is_text, ("10.4.4.200", "9.1.1.1"),
    ),
    "w": lambda name: Field(
        name, "w", "a word", r"\S+", r"\S*", str, _is_text, ("x86_64", "aarch64")
    ),
    "f": lambda name: _text(name, "f", "an absolute path", r"/.*", ("/bin/true", "/sbin/init")),
    "s": lambda name: _text(name, "s", "text", r"\S.*?", ("mt", "kmeans")),
    "t": lambda name: _text(name, "t", "text or nothing", r".*", (" SMP", "")),
}  # fmt: skip


def make_field(name: str, type: str) -> Field:
    """The field of a type that is written as in this module's head.

    Raises: WordingError if there is no such type.
    """
    if type.startswith("?"):
        return _flag(name, type)
    if "|" in type:
        return _choice(name, type)
    if type in _SIMPLE:
        return _SIMPLE[type](name)
    if padded := _PADDED.fullmatch(type):
        left, width = padded["left"], padded["width"]
        pattern = f"{_DECIMAL} *" if left else f" *{_DECIMAL}"
        write = _write(f"{'<' if left else '>'}{width}d")
        return Field(name, type, "a decimal number", pattern, " *-?[0-9]*", int, write, (7, 123456))
    if filled := _FILLED.fullmatch(type):
        width = filled["width"]
        pattern = f"[0-9a-f]{{{width},16}}"
        called = f"a hexadecimal number of at least {width} digits"
        return Field(name, type, called, pattern, _DIGITS, _hex, _write(f"0{width}x"), (0, 0xB))
    raise WordingError(f"{name} has the type {type!r}, which is none")
