"""Models over sorts of any size, in first-order logic: the reading that proofs are made in.

    reading = AnySize(model)                    # sorts, and constants for distinguished members
    now, then = reading.moment(), reading.moment("'")   # two vocabularies: x and x'
    reading.axioms(now)                         # what is true of every state, whatever happened
    reading.initial(now)                        # the start
    reading.claim(prop, now)                    # an `always`, for all its parameters
    step = reading.step(action, now, then)      # one action: see `AnyStep`

Nothing here bounds anything: whatever is valid over this reading is true at every scope.

=================  =============================================================================
members            an uninterpreted sort; named members are constants that differ
labels             an enumeration; *maybe* and messages are datatypes over the others
a number           an integer, at least 0; the scope's bound on it is no part of the model
a state variable   a function from its indices; a binder stays a binder
a budget           absent: it stands outside the modelled system
how many           only compared with constants: *at least two* says that there are two who differ
a queue            the sort `Slot` is a total order without end; `waits(k, s)` says that an item
                   waits in slot s of queue k, `item(k, s)` which, and `head(k)` is the first slot
                   in which one waits. To send is to choose any slot behind all that wait.
a bounded queue    the same: its sender is not made to wait
=================  =============================================================================

Three places read more runs than there are, and none reads fewer, which is what a proof of an
`always` needs: a sender may find room in a bounded queue that is full; items that one step sends
for many members, to one queue, may arrive in any order; a field of a message of another kind has
any value. What the reading has no form for, such as a counter that is given a count, is refused
with `NoReading`: write such a model with a set in the counter's place.
"""

from popcorn_checker.symbolic.anysize.reading import AnySize
from popcorn_checker.symbolic.anysize.steps import AnyStep, Definition
from popcorn_checker.symbolic.anysize.vocabulary import Moment, Vocabulary

__all__ = ["AnySize", "AnyStep", "Definition", "Moment", "Vocabulary"]
