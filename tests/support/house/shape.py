"""Rules about one file: how long its parts are and whether they say what they are for."""

import ast
import re
from collections.abc import Callable, Iterator
from typing import Final

from support.house.source import Module, Offence

Function = ast.FunctionDef | ast.AsyncFunctionDef

MODULE_LINES_MAX: Final = 400
FUNCTION_LINES_MAX: Final = 50
LONG_FUNCTION_LINES_MAX: Final = 70
PARAMETERS_MAX: Final = 5

# A function may be a long one if its docstring says that it is one of these.
_MAY_BE_LONG: Final = re.compile(r"\b(dispatch|encoder)\b", re.IGNORECASE)

_SECOND_SENTENCE: Final = re.compile(r"[.!?]\s+[A-Z]")


def is_short_module(module: Module) -> Iterator[Offence]:
    """A module is at most 400 lines long."""
    lines = len(module.text.splitlines())
    if lines > MODULE_LINES_MAX:
        yield module.offence(1, f"{lines} lines in a module, the limit is {MODULE_LINES_MAX}")


def has_short_functions(module: Module) -> Iterator[Offence]:
    """A function is at most 50 lines long, or 70 if it says that it is a dispatch or an encoder."""
    for function in get_functions(module):
        limit = FUNCTION_LINES_MAX
        if _MAY_BE_LONG.search(ast.get_docstring(function) or ""):
            limit = LONG_FUNCTION_LINES_MAX
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if lines > limit:
            yield module.offence(
                function.lineno, f"{function.name} has {lines} lines, the limit is {limit}"
            )


def has_few_parameters(module: Module) -> Iterator[Offence]:
    """A function has at most five parameters; `self` and `cls` are not counted."""
    for function in get_functions(module):
        count = count_parameters(function.args)
        if count > PARAMETERS_MAX:
            yield module.offence(
                function.lineno,
                f"{function.name} has {count} parameters, the limit is {PARAMETERS_MAX}",
            )


def has_head(module: Module) -> Iterator[Offence]:
    """A module opens with a docstring whose first line is one whole sentence."""
    docstring = ast.get_docstring(module.tree, clean=False)
    if docstring is None:
        yield module.offence(1, "the module has no docstring")
        return
    first = docstring.partition("\n")[0].strip()
    if not first.endswith("."):
        yield module.offence(1, "the docstring's first line is not a whole sentence")
    elif _SECOND_SENTENCE.search(first):
        yield module.offence(1, "the docstring's first line is more than one sentence")


def is_documented(module: Module) -> Iterator[Offence]:
    """Every public function and class has a docstring."""
    for node in module.tree.body:
        if not isinstance(node, Function | ast.ClassDef):
            continue
        if node.name.startswith("_") or is_overload(node):
            continue
        if not ast.get_docstring(node):
            yield module.offence(node.lineno, f"{node.name} is public and has no docstring")


RULES: Final[tuple[Callable[[Module], Iterator[Offence]], ...]] = (
    is_short_module,
    has_short_functions,
    has_few_parameters,
    has_head,
    is_documented,
)


OF_TESTS: Final = (is_short_module, has_few_parameters, has_head)
"""Rules that hold for tests, too. Their names say what they are about."""


def get_functions(module: Module) -> Iterator[Function]:
    """All functions of a module, methods and inner functions too; overloads are only signatures."""
    for node in ast.walk(module.tree):
        if isinstance(node, Function) and not is_overload(node):
            yield node


def count_parameters(args: ast.arguments) -> int:
    """How many parameters a caller has to think of."""
    named = [arg.arg for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
    if named and named[0] in ("self", "cls"):
        named = named[1:]
    return len(named) + (args.vararg is not None) + (args.kwarg is not None)


def is_overload(node: Function | ast.ClassDef) -> bool:
    """Whether a definition is only one of the signatures of the function that follows."""
    return any(ast.unparse(mark).endswith("overload") for mark in node.decorator_list)
