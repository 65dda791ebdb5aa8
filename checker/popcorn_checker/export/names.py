"""Identifiers of an exported text: the model's own names wherever the other language allows them.

What is declared once has one name in the whole text; bound variables get names that nothing
visible where they are bound already has, since neither language lets a reader tell two apart.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable

from popcorn_model.language import expr as e


class ExportError(Exception):
    """The model uses something that has no form in the other language; the text names it."""


class Names:
    """The declared names of one text."""

    def __init__(self, reserved: str, any_case: bool = False) -> None:
        """``reserved`` are the words of the language, which may be so in any mixture of cases."""
        self._any_case = any_case
        self._reserved = set(reserved.split())
        self._taken: set[str] = set()
        self._of: dict[Hashable, str] = {}

    def __getitem__(self, owner: Hashable) -> str:
        return self._of[owner]

    def __contains__(self, owner: Hashable) -> bool:
        return owner in self._of

    def is_free(self, name: str) -> bool:
        """Whether the language and the text leave this name free."""
        word = name.lower() if self._any_case else name
        return word not in self._reserved and name not in self._taken

    def add(self, owner: Hashable, wanted: str) -> str:
        """The owner's name: the wanted one, or the nearest to it that is legal and free."""
        if owner not in self._of:
            name = self.free(wanted)
            self._taken.add(name)
            self._of[owner] = name
        return self._of[owner]

    def add_all(self, owners: Iterable[tuple[Hashable, str]], prefix: str) -> None:
        """Names of a family: either all as wanted, or all with the prefix before them."""
        family = list(owners)
        plain = all(self.is_free(wanted) and legal(wanted) == wanted for _, wanted in family)
        for owner, wanted in family:
            self.add(owner, wanted if plain else f"{prefix}_{wanted}")

    def share(self, owner: Hashable, other: Hashable) -> None:
        """Give the owner the name that another thing has already."""
        self._of[owner] = self._of[other]

    def free(self, wanted: str, also_taken: Iterable[str] = ()) -> str:
        """The nearest legal name that neither the text nor ``also_taken`` has."""
        inner = set(also_taken)
        base = name = legal(wanted)
        number = 1
        while not self.is_free(name) or name in inner:
            number += 1
            name = f"{base}_{number}"
        return name


def legal(name: str) -> str:
    """The name with what no identifier may hold replaced."""
    plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return plain if re.match(r"(?![WS]F_)[A-Za-z]", plain) else f"x{plain}"


def plain_name(var: e.Var) -> str:
    """The variable's name; the sort's initial for one that the notation has numbered."""
    return var.sort.name[0].lower() if re.fullmatch(r"i\d", var.name) else var.name


def cell_variables(index: Iterable[e.SortInfo]) -> tuple[e.Var, ...]:
    """Variables for all cells of a family, one for each sort of its index."""
    return tuple(e.Var(sort, sort.name[0].lower(), -n - 3) for n, sort in enumerate(index))


class Bound:
    """What variables are called at one place of the text; a new value for each inner place."""

    def __init__(
        self, names: Names, of: dict[e.Var, str] | None = None, taken: frozenset[str] = frozenset()
    ) -> None:
        """``of`` maps the variables visible here to their text, ``taken`` are names around it."""
        self.names = names
        self._of = of or {}
        self._taken = taken

    def __getitem__(self, var: e.Var) -> str:
        return self._of[var]

    def fresh(self, wanted: str) -> str:
        """A name that is not visible here."""
        return self.names.free(wanted, self._taken)

    def bind(self, var: e.Var, wanted: str = "") -> tuple[str, Bound]:
        """A name for a variable bound here, and the place inside the binder."""
        name = self.fresh(wanted or plain_name(var))
        return name, Bound(self.names, {**self._of, var: name}, self._taken | {name})

    def bind_all(self, params: Iterable[e.Var]) -> tuple[list[tuple[str, e.Var]], Bound]:
        """Names for several variables bound at once, and the place inside."""
        pairs = []
        inner = self
        for var in params:
            name, inner = inner.bind(var)
            pairs.append((name, var))
        return pairs, inner

    def reserve(self, wanted: str) -> tuple[str, Bound]:
        """A name for something of the text itself, and the place where it is visible."""
        name = self.fresh(wanted)
        return name, Bound(self.names, self._of, self._taken | {name})

    def set(self, var: e.Var, text: str) -> Bound:
        """The same place, where the variable is called ``text``, which need not be a name."""
        return Bound(self.names, {**self._of, var: text}, self._taken)
