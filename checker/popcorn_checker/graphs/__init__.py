"""State graphs for Python users: build one, ask it, compare two, write it to a file.

    from popcorn_checker.graphs import Request, shortest_path_to, state_graph, trace_of

    graph = state_graph(Request("popcorn-2014", "as-built", "kernels=2,tasks=2", ("threads",)))
    path = shortest_path_to(graph, "two_shadows")

A graph is a networkx MultiDiGraph. Its nodes are the numbers of states in order of discovery, 0
the start; a node has ``state`` (cell to value), ``depth``, ``initial``, ``deadlock`` and
``violates`` (names of properties). An edge has ``action`` and ``params``, and its key is the
firing, so that parallel steps stay apart. ``graph.graph`` holds ``subject`` (the model and its
scope), ``start`` (the state from which paths are counted), ``way`` (how to get there) and
``fault``: why the first of the steps that are left out has no meaning in this scope, or "".

A predicate is a text as ``predicates.py`` describes, the word ``deadlock``, or a Python function
of a node's ``state``.
"""

from popcorn_checker.checking import Request
from popcorn_checker.graphs.asking import (
    part_of,
    predecessors_of,
    shortest_path_to,
    states_where,
    trace_of,
)
from popcorn_checker.graphs.building import STATES_MAX, slice_around, state_graph
from popcorn_checker.graphs.comparing import Difference, difference
from popcorn_checker.graphs.files import GraphError, to_aut, to_dot, to_graphml
from popcorn_checker.graphs.predicates import parse_predicate

__all__ = [
    "STATES_MAX",
    "Difference",
    "GraphError",
    "Request",
    "difference",
    "parse_predicate",
    "part_of",
    "predecessors_of",
    "shortest_path_to",
    "slice_around",
    "state_graph",
    "states_where",
    "to_aut",
    "to_dot",
    "to_graphml",
    "trace_of",
]
