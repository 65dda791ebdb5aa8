"""Popcorn Linux 2014: lazy replicas, shared frames, Lamport locks, shadows, closure.

Reading order: sorts, messages, transport, tasks, threads, arrival, lifetime, closure; then
protocol, which puts them together. The properties stand in their own files.
"""

from popcorn_model.popcorn_2014.observed import REFINEMENTS
from popcorn_model.popcorn_2014.protocol import PROTOCOL

__all__ = ["PROTOCOL", "REFINEMENTS"]
