"""Drivers: what moves nodes. In one process with a seed, in several, or from a record."""
