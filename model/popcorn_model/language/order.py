"""The order in which items wait in one queue, as a formula.

Steps of a protocol see the oldest item and no other, so no guard needs this. What a proof says of
messages under way does: that an answer, say, never overtakes the question that was sent before it.
"""

from __future__ import annotations

from dataclasses import dataclass

from popcorn_model.language import expr as e


@dataclass(frozen=True, slots=True)
class Ahead(e.Expr):
    """Some item that satisfies ``first`` stands before some item that satisfies ``second``.

    In both formulas ``var`` stands for the item.
    """

    sort: e.SortInfo
    ref: e.QueueRef
    var: e.Var
    first: e.Expr
    second: e.Expr
