"""Drivers, which move nodes: in one process with a seed, in several, or from a record."""
