"""Formulas of Z3 as SMT-LIB text that does not depend on the solver that will read it.

Z3's own printer shares subterms under names of its choice and wraps lines as it likes; here a
formula is printed as the tree that it is, with the names of the model, so that the same model
gives the same bytes, and a reader finds his lemma again. Bound variables that would hide each
other are told apart by a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import z3

WIDTH: Final = 100

_OPERATORS: Final = {
    z3.Z3_OP_TRUE: "true",
    z3.Z3_OP_FALSE: "false",
    z3.Z3_OP_EQ: "=",
    z3.Z3_OP_IFF: "=",
    z3.Z3_OP_DISTINCT: "distinct",
    z3.Z3_OP_ITE: "ite",
    z3.Z3_OP_AND: "and",
    z3.Z3_OP_OR: "or",
    z3.Z3_OP_NOT: "not",
    z3.Z3_OP_IMPLIES: "=>",
    z3.Z3_OP_XOR: "xor",
    z3.Z3_OP_LE: "<=",
    z3.Z3_OP_GE: ">=",
    z3.Z3_OP_LT: "<",
    z3.Z3_OP_GT: ">",
    z3.Z3_OP_ADD: "+",
    z3.Z3_OP_SUB: "-",
    z3.Z3_OP_UMINUS: "-",
}

Node = str | list["Node"]


def formula(expr: Any) -> str:
    """A Boolean expression of Z3, or any other, as SMT-LIB text on as many lines as it takes.

    Raises: ValueError for an operation that has no name here. Cost: the formula as a tree.
    """
    return layout(_node(expr, ()))


def symbol(name: str) -> str:
    """A name as SMT-LIB writes it: quoted where it is not a simple symbol."""
    plain = all(c.isalnum() or c in "~!@$%^&*_-+=<>.?/" for c in name) and name.isascii()
    return name if plain and name and not name[0].isdigit() else f"|{name}|"


def layout(node: Node, indent: int = 0) -> str:
    """The text of a term, broken and indented where a line would be too long."""
    flat = _flat(node)
    if len(flat) + indent <= WIDTH or isinstance(node, str):
        return flat
    head, *rest = node
    if not rest:
        return flat
    inner = indent + 2
    lines = [layout(x, inner) for x in rest]
    first = layout(head, indent + 1)
    return f"({first}\n" + "\n".join(" " * inner + line for line in lines) + ")"


def _flat(node: Node) -> str:
    return node if isinstance(node, str) else f"({' '.join(map(_flat, node))})"


def _node(expr: Any, bound: tuple[str, ...]) -> Node:
    """The tree of an expression; ``bound`` are the names of bound variables, innermost last."""
    if z3.is_var(expr):
        return bound[-1 - int(z3.get_var_index(expr))]
    if z3.is_quantifier(expr):
        return _quantified(expr, bound)
    if z3.is_int_value(expr):
        value = expr.as_long()
        return str(value) if value >= 0 else ["-", str(-value)]
    head = _head(expr)
    args = [_node(child, bound) for child in expr.children()]
    return [head, *args] if args else head


def _quantified(expr: Any, bound: tuple[str, ...]) -> Node:
    if expr.is_lambda():
        raise ValueError("a lambda has no SMT-LIB 2.6 text")
    names: list[str] = []
    for i in range(expr.num_vars()):
        names.append(_fresh(expr.var_name(i), (*bound, *names)))
    binders: list[Node] = [
        [name, expr.var_sort(i).sexpr()] for i, name in enumerate(names)
    ]
    body = _node(expr.body(), (*bound, *names))
    return ["forall" if expr.is_forall() else "exists", binders, body]


def _fresh(name: str, taken: Sequence[str]) -> str:
    base = name.split("!")[0] or "x"
    tried, number = symbol(base), 1
    while tried in taken:
        number += 1
        tried = symbol(f"{base}.{number}")
    return tried


def _head(expr: Any) -> Node:
    decl = expr.decl()
    kind = decl.kind()
    if kind in _OPERATORS:
        return str(_OPERATORS[kind])
    if kind in (z3.Z3_OP_DT_IS, z3.Z3_OP_DT_RECOGNISER):
        return ["_", "is", symbol(decl.params()[0].name())]
    if kind in (z3.Z3_OP_UNINTERPRETED, z3.Z3_OP_DT_CONSTRUCTOR, z3.Z3_OP_DT_ACCESSOR):
        return symbol(decl.name())
    raise ValueError(f"no SMT-LIB text for the operation {decl.name()} of {expr}")


class Symbols:
    """Gathers the sorts that functions mention, each after the sorts that it is made of."""

    def __init__(self) -> None:
        """Knows no sort yet."""
        self._known: dict[str, str] = {}

    def note(self, function: Any) -> None:
        """The sorts of a function's arguments and of its value."""
        for i in range(function.arity()):
            self.note_sort(function.domain(i))
        self.note_sort(function.range())

    def note_sort(self, sort: Any) -> None:
        """A sort and whatever its values are made of."""
        name = sort.name()
        if sort.kind() in (z3.Z3_BOOL_SORT, z3.Z3_INT_SORT) or name in self._known:
            return
        if sort.kind() == z3.Z3_DATATYPE_SORT:
            self._known[name] = self._datatype(sort)
        else:
            self._known[name] = f"(declare-sort {symbol(name)} 0)"

    def sorts(self) -> tuple[str, ...]:
        """The declarations, in an order in which they can be read."""
        return tuple(self._known.values())

    def _datatype(self, sort: Any) -> str:
        made: list[Node] = []
        for i in range(sort.num_constructors()):
            constructor = sort.constructor(i)
            fields: list[Node] = []
            for j in range(constructor.arity()):
                field = sort.accessor(i, j)
                self.note_sort(field.range())
                fields.append([symbol(field.name()), symbol(field.range().name())])
            made.append([symbol(constructor.name()), *fields])
        return layout(["declare-datatypes", [[symbol(sort.name()), "0"]], [made]])
