"""What texts in all exported languages have: names, and formulas that the model does not contain.

The model's language has no expression for what is left of a budget, nor for the size of a queue;
exported guards need both. They are built here as reads of variables that no model declares, so
that the printers need not know about them.
"""

from __future__ import annotations

from popcorn_checker.export.effects import Family, Leaf
from popcorn_checker.export.names import Names
from popcorn_checker.export.vocabulary import Vocabulary
from popcorn_model.language import expr as e
from popcorn_model.language.simplify import conjoin, disjoin, negate


class Target:
    """The declared names of one text."""

    def __init__(self, vocabulary: Vocabulary, names: Names) -> None:
        """``names`` are empty but for the words of the language."""
        self.vocabulary = vocabulary
        self.model = vocabulary.model
        self.scope = vocabulary.scope
        self.names = names
        self._twins: dict[object, e.StateInfo] = {}

    @property
    def families(self) -> tuple[Family, ...]:
        """All that a state consists of: variables, then queues, then budgets."""
        return (*self.model.states, *self.model.queues, *self.model.budgets)

    def units_left(self, budget: e.BudgetInfo, index: tuple[e.Expr, ...]) -> e.Expr:
        """What is left of a budget."""
        return e.Read(e.NATURAL, self._twin(budget, budget.index), index)

    def slots(self, queue: e.QueueInfo) -> e.Expr:
        """How many items the scope lets a queue hold, as the name of that constant."""
        return e.Read(e.NATURAL, self._twin(queue.slots, ()), ())

    def _twin(self, owner: e.BudgetInfo | str, index: tuple[e.SortInfo, ...]) -> e.StateInfo:
        if owner not in self._twins:
            twin = e.StateInfo(self.names[owner], index, e.NATURAL, (), e.NO)
            self._twins[owner] = twin
            self.names.share(twin, owner)
        return self._twins[owner]

    def room(self, leaf: Leaf, family: e.QueueInfo | e.BudgetInfo) -> e.Expr:
        """The formula that there is room for one leaf's change, wherever it happens."""
        if isinstance(family, e.BudgetInfo):
            left = self.units_left(family, leaf.index)
            enough = e.Less(e.TRUTH, e.Const(e.NATURAL, 0), left, strict=True)
        else:
            length = e.Length(e.NATURAL, e.QueueRef(family, leaf.index))
            enough = e.Less(e.TRUTH, length, self.slots(family), strict=True)
        whole: e.Expr = enough
        if leaf.tests:
            whole = disjoin((negate(conjoin(leaf.tests)), enough))
        for var in reversed(leaf.binders):
            whole = e.Quantified(e.TRUTH, True, var, whole)
        return whole
