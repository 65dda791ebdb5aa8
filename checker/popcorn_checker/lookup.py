"""Finding a protocol by the name that a user types.

A built-in protocol has a short name; any other is the dotted name of a module, looked for in the
current directory first, whose attribute ``PROTOCOL`` is a `Protocol` of the language.
"""

from __future__ import annotations

import difflib
import importlib
import os
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Final

from popcorn_checker.errors import UsageError
from popcorn_model.language import ModelError, Protocol
from popcorn_model.language.refinement import Refinement

BUILT_IN: Final = {
    "popcorn": "popcorn_model.popcorn",
    "popcorn-2014": "popcorn_model.popcorn_2014",
    "popcorn-2020": "popcorn_model.popcorn_2020",
    "smp": "popcorn_model.smp",
}
ATTRIBUTE: Final = "PROTOCOL"
REFINEMENTS: Final = "REFINEMENTS"


def find_protocol(name: str) -> Protocol:
    """The protocol of that name.

    Raises: UsageError when there is no such module; ModelError when it is ill-formed.
    """
    module = load_module(BUILT_IN.get(name, name), "protocol", name)
    found = getattr(module, ATTRIBUTE, None)
    if not isinstance(found, Protocol):
        what = "has no attribute" if found is None else f"has a {type(found).__name__} as"
        raise ModelError(
            f"module {module.__name__} {what} {ATTRIBUTE}: it must be a Protocol of "
            f"popcorn_model.language (popcorn-spec new shows a whole one)"
        )
    return found


def find_refinement(name: str, of: str, parts: Iterable[str] = ()) -> Refinement:
    """How the protocol of that name, with these parts, looks to those who know the protocol ``of``.

    Of those that it names the first counts whose parts are there. Raises: UsageError when its
    module does not say; ModelError when it is ill-formed.
    """
    module = load_module(BUILT_IN.get(name, name), "protocol", name)
    listed: tuple[Refinement, ...] = getattr(module, REFINEMENTS, ())
    known = dict.fromkeys(r.of.name for r in listed)
    if of not in known:
        legal = f"it refines {', '.join(known)}" if known else "it says of none that it refines it"
        raise UsageError(f"{name} does not say how it looks as {of}: {legal}")
    fitting = [r for r in listed if r.of.name == of and r.parts <= {*parts}]
    if not fitting:
        wanted = " or ".join(sorted("with " + ", ".join(sorted(r.parts)) for r in listed))
        raise UsageError(f"{name} does not say how these parts look as {of}: it does {wanted}")
    return fitting[0]


def load_module(module: str, what: str, name: str | None = None) -> ModuleType:
    """Import a module that a user named, from the current directory too.

    ``what`` is what the user takes it for, and ``name`` what was typed. Raises: UsageError when
    there is no such module; ModelError when it cannot be imported.
    """
    if not all(part.isidentifier() for part in module.split(".")):
        raise UsageError(_unknown(what, name or module))
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    importlib.invalidate_caches()
    try:
        return importlib.import_module(module)
    except ModelError:
        raise
    except ModuleNotFoundError as error:
        if error.name is not None and f"{module}.".startswith(f"{error.name}."):
            raise UsageError(_unknown(what, name or module)) from None
        raise ModelError(f"module {module} cannot be imported: {error}") from None
    except Exception as error:
        raise ModelError(
            f"module {module} cannot be imported: {type(error).__name__}: {error}{_place(error)}"
        ) from None


def _unknown(what: str, name: str) -> str:
    near = difflib.get_close_matches(name, BUILT_IN, n=1) if what == "protocol" else []
    hint = f" (did you mean {near[0]}?)" if near else ""
    if name.endswith(".py"):
        dotted = ".".join(Path(name).with_suffix("").parts)
        hint = f" (a module is named with dots, not as a file: {dotted})"
    if what != "protocol":
        return f"there is no {what} {name}{hint} that can be imported from the current directory"
    return (
        f"there is no protocol {name}{hint}; built in are {', '.join(BUILT_IN)}, and any other is "
        f"the dotted name of a module with an attribute {ATTRIBUTE}, importable from the current "
        "directory"
    )


def _place(error: BaseException) -> str:
    """Where an error came from: the file and line nearest to the fault."""
    if isinstance(error, SyntaxError):
        return f" ({error.filename}:{error.lineno})" if error.filename else ""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "importlib" not in f.filename]
    return f" ({ours[-1].filename}:{ours[-1].lineno})" if ours else ""


def pick(what: str, wanted: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """The wanted names, all of which must be known. Raises: UsageError with the legal ones."""
    legal, asked = tuple(known), tuple(wanted)
    for name in asked:
        if name not in legal:
            alike = {x.lower(): x for x in legal}
            near = difflib.get_close_matches(name.lower(), alike, n=1)
            hint = f"did you mean {alike[near[0]]}? " if near else ""
            rest = f"{hint}legal are {', '.join(legal)}" if legal else "there is none at all"
            raise UsageError(f"there is no {what} {name}: {rest}")
    return asked
