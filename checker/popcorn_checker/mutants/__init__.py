"""Mutants: wrong protocols, one for each guard and update, that a good specification refutes."""
