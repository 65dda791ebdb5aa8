"""Options as records: a verb is a function of one dataclass, and typer still sees each option.

The fields of the dataclass, with their annotations, become the options of the command; what
several verbs share is a dataclass that they inherit from.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import wraps
from typing import Annotated, Any, Final, TypeVar, get_type_hints

import typer

from popcorn_checker.checking import Request
from popcorn_checker.errors import Interrupted, UsageError

T = TypeVar("T")

_UNITS: Final = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SIZES: Final = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def verb(options: type[T]) -> Callable[[Callable[[T], int]], Callable[..., None]]:
    """Make a command of a function that takes its options as one record and returns an exit code.

    The command's help is the function's docstring.
    """

    def make(function: Callable[[T], int]) -> Callable[..., None]:
        @wraps(function)
        def command(**given: Any) -> None:
            try:
                code = function(options(**given))
            except KeyboardInterrupt:
                raise Interrupted from None  # typer would make an exit code of its own of it
            raise typer.Exit(code)

        hints = get_type_hints(options, include_extras=True)
        command.__dict__["__signature__"] = inspect.Signature(
            [
                inspect.Parameter(
                    field.name,
                    inspect.Parameter.KEYWORD_ONLY,
                    default=inspect.Parameter.empty if field.default is MISSING else field.default,
                    annotation=hints[field.name],
                )
                for field in fields(options)  # type: ignore[arg-type]
            ]
        )
        command.__annotations__ = dict(hints)
        return command

    return make


@dataclass(frozen=True)
class SubjectOptions:
    """The options that say what is looked at: a protocol, configured, at a scope."""

    protocol: Annotated[
        str,
        typer.Argument(
            help="A built-in protocol such as popcorn-2014, or the dotted name of a module with "
            "an attribute PROTOCOL.",
            metavar="PROTOCOL",
        ),
    ]
    variant: Annotated[
        str | None, typer.Option(help="A named setting of the switches, such as repaired.")
    ] = None
    scope: Annotated[
        str,
        typer.Option(help="Sizes and budgets: kernels=2,tasks=2,pages=1.", metavar="A=1,B=2"),
    ] = ""
    parts: Annotated[
        str,
        typer.Option(help="Only these parts and what they need; the rest stands still.",
                     metavar="A,B"),
    ] = ""  # fmt: skip
    set: Annotated[
        list[str] | None,
        typer.Option(help="Set one switch; may be given again.", metavar="SWITCH=VALUE"),
    ] = None
    mutate: Annotated[
        str,
        typer.Option(help="Apply one mutation, such as grant/guard2.", metavar="ID"),
    ] = ""

    def request(self, properties: tuple[str, ...] = ()) -> Request:
        """What is asked for. Raises: UsageError for a switch that is not written A=B."""
        return Request(
            protocol=self.protocol,
            variant=self.variant,
            scope=self.scope,
            parts=split(self.parts),
            settings=parse_settings(self.set or []),
            properties=properties,
            mutation=self.mutate,
        )


Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


def split(text: str) -> tuple[str, ...]:
    """A list written with commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def parse_settings(given: list[str]) -> Mapping[str, str]:
    """Switches written A=B. Raises: UsageError for another form, or a switch given twice."""
    found: dict[str, str] = {}
    for entry in given:
        name, equals, value = entry.partition("=")
        if not equals or not name or not value:
            raise UsageError(f"--set {entry} is not of the form SWITCH=VALUE")
        if name in found:
            raise UsageError(f"--set gives switch {name} twice")
        found[name] = value
    return found


def parse_seconds(text: str | None, option: str = "--budget") -> float | None:
    """A time such as 90, 90s, 10m or 1.5h, in seconds.

    Raises: UsageError for another form, with the name of the option that was given.
    """
    if text is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", text.strip())
    if match is None:
        raise UsageError(f"{option} {text} is no time; write 90s, 10m or 2h")
    return float(match[1]) * _UNITS[match[2]]


def parse_bytes(text: str | None, default: int = 8 << 30) -> int:
    """A size such as 512M or 4G, in bytes. Raises: UsageError for another form."""
    if text is None:
        return default
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if match is None:
        raise UsageError(f"--memory {text} is no size; write 512M or 4G")
    return int(float(match[1]) * _SIZES[match[2].upper()])
