"""Models at a scope, as formulas over truth values: what bounded search and induction read.

The instances of actions are ground already (``ground.py``), so that nothing is left to bind, and
each instance is one truth value: whether it is the step that is taken. A value of a sort is as few
bits as it needs. The start state is given in constants, and one transition relation is written once
and renamed for each step.
"""
