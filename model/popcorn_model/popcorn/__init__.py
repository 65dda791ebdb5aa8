"""The protocol that this project proves and runs: every question of a thread goes to the origin.

It has the abilities of the protocol of 2014, any number of hops, and threads that are created and
exit on whatever kernel they are, on the page ownership of the protocol of 2020.

Reading order: sorts, tasks, threads; directory, pages; areas, futexes, forks,
services; endings; properties;
observed.
"""

from popcorn_model.popcorn.observed import REFINEMENTS
from popcorn_model.popcorn.protocol import PROTOCOL

__all__ = ["PROTOCOL", "REFINEMENTS"]
