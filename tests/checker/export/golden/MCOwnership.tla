---- MODULE MCOwnership ----
\* At scope kernels=3,pages=1,tasks=1,slots=4,wishes=1,hops=1.

EXTENDS Ownership

\* No queue is too long for this scope.
InScope ==
    /\ \A k \in Kernel : Len(inbox[k]) <= 4

\* Each is refuted by a run that reaches what must be reached.
Never_held == ~held
Never_away == ~away

====
