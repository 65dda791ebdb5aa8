"""State graphs in the files that other people's tools read: DOT, GraphML and Aldebaran.

A state graph is a networkx MultiDiGraph of numbers. A node has the attributes ``state`` (cell to
value, as in a trace), ``depth``, ``initial`` and ``violates`` (the names of properties, or ""),
an edge has ``action`` and ``params``. DOT is in the dialect of TLC's dumps, GraphML for networkx,
Gephi and yEd, Aldebaran for mCRL2, CADP and LTSmin.

Nodes of DOT and GraphML are named by a hash of their state, the same in every run; only where two
nodes have one state are they named by their number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

from popcorn_checker.trace import Letter

if TYPE_CHECKING:
    from networkx import MultiDiGraph

    Graph = MultiDiGraph[int]

DRAWN_MAX: Final = 2_000
COLOURS: Final = 12  # of Graphviz's scheme paired12


class GraphError(Exception):
    """The graph does not fit the format, or is too large for it; the text says which."""


def to_dot(graph: Graph, nodes_max: int | None = DRAWN_MAX) -> str:
    """The graph as TLC dumps one, with colours and action labels.

    Raises: GraphError for more than ``nodes_max`` states, which nobody could look at.
    Cost: proportional to the graph.
    """
    if nodes_max is not None and len(graph) > nodes_max:
        raise GraphError(
            f"{len(graph)} states make no picture; ask for at most {nodes_max}, or for GraphML"
        )
    names = _fingerprints(graph)
    actions = sorted({data.get("action", "") for _, _, data in graph.edges(data=True)})
    colours = {action: number % COLOURS + 1 for number, action in enumerate(actions)}
    lines = [
        f"{'' if _has_parallels(graph) else 'strict '}digraph DiskGraph {{",
        "node [shape=box,style=rounded]",
        'edge [colorscheme="paired12"]',
        "nodesep=0.35;",
        "subgraph cluster_graph {",
        'color="white";',
    ]
    for node, data in graph.nodes(data=True):
        lines.append(f"{names[node]} [{_dot_node(data)}];")
    for source, target, data in graph.edges(data=True):
        colour = f'color="{colours[data.get("action", "")]}"'
        label = _dot_text(_call(data))
        lines.append(f'{names[source]} -> {names[target]} [label="{label}",{colour},font{colour}];')
    lines += [f"{{rank = same; {' '.join(f'{names[n]};' for n in row)}}}" for row in _rows(graph)]
    return "\n".join([*lines, "}", "}", ""])


def _dot_node(data: Mapping[str, Any]) -> str:
    label = _dot_text(show_state(data.get("state", {})))
    text = f'label="{label}",tooltip="{label}"'
    if data.get("initial"):
        text += ",style = filled"
    if data.get("violates"):
        text += f',color="red",penwidth=2,xlabel="{_dot_text(data["violates"])}"'
    return text


def _dot_text(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _rows(graph: Graph) -> Iterator[list[int]]:
    """The nodes of each depth."""
    known = [(data["depth"], n) for n, data in graph.nodes(data=True) if "depth" in data]
    for _, row in groupby(sorted(known), key=lambda pair: pair[0]):
        yield [node for _, node in row]


def to_graphml(graph: Graph) -> str:
    """The graph as GraphML, with states as JSON.

    Raises: GraphError for a value that JSON cannot say. Cost: proportional to the graph.
    """
    names = _fingerprints(graph)
    keys = {name: f"d{number}" for number, (_, name, _) in enumerate(KEYS)}
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
        *(
            f'  <key id="{keys[name]}" for="{owner}" attr.name="{name}" attr.type="{kind}"/>'
            for owner, name, kind in KEYS
        ),
        '  <graph id="states" edgedefault="directed">',
    ]
    for node, data in graph.nodes(data=True):
        values: dict[str, object] = {
            "init": bool(data.get("initial")),
            "depth": data.get("depth", 0),
            "deadlock": bool(data.get("deadlock", graph.out_degree(node) == 0)),
            "violates": data.get("violates", ""),
            "state": _json(data.get("state", {})),
        }
        lines += [f'    <node id="n{names[node]}">', *_data(keys, values), "    </node>"]
    for number, (source, target, data) in enumerate(graph.edges(data=True)):
        ends = f'source="n{names[source]}" target="n{names[target]}"'
        values = {
            "action": data.get("action", ""),
            "params": data.get("params", ""),
            "weight": data.get("weight", 1),
        }
        lines += [f'    <edge id="e{number}" {ends}>', *_data(keys, values), "    </edge>"]
    return "\n".join([*lines, "  </graph>", "</graphml>", ""])


KEYS: Final = (
    ("node", "init", "boolean"),
    ("node", "depth", "int"),
    ("node", "deadlock", "boolean"),
    ("node", "violates", "string"),
    ("node", "state", "string"),
    ("edge", "action", "string"),
    ("edge", "params", "string"),
    ("edge", "weight", "double"),
)


def _data(keys: Mapping[str, str], values: Mapping[str, object]) -> Iterator[str]:
    for name, value in values.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        yield f'      <data key="{keys[name]}">{escape(text)}</data>'


def to_aut(graph: Graph) -> str:
    """The graph as a labelled transition system in Aldebaran's format; states are numbered anew.

    Raises: GraphError unless exactly one state is initial. Cost: proportional to the graph.
    """
    initial = [node for node, data in graph.nodes(data=True) if data.get("initial")]
    if len(initial) != 1:
        raise GraphError(f"Aldebaran's format needs one initial state, here are {len(initial)}")
    number = {initial[0]: 0}
    for node in graph:
        number.setdefault(node, len(number))
    lines = [f"des (0,{graph.number_of_edges()},{len(graph)})"]
    for source, target, data in graph.edges(data=True):
        label = _call(data).replace('"', "'")
        lines.append(f'({number[source]},"{label}",{number[target]})')
    return "\n".join([*lines, ""])


def _call(data: Mapping[str, Any]) -> str:
    """An edge's action with its parameters."""
    params = data.get("params", "")
    return f"{data.get('action', '')}({params})" if params else str(data.get("action", ""))


def _has_parallels(graph: Graph) -> bool:
    """Whether two steps lead from one state to one other; a strict graph would merge them."""
    return len(set(graph.edges())) < graph.number_of_edges()


# --- states --------------------------------------------------------------------------------


def show_state(state: Mapping[str, object]) -> str:
    """A state as TLC prints one: a conjunct for each cell."""
    return "\n".join(f"/\\ {cell} = {show_value(value)}" for cell, value in state.items())


def show_value(value: object) -> str:
    """A value of a trace in TLA+'s notation; names stand as they are."""
    match value:
        case None:
            return "Nothing"
        case bool():
            return str(value).upper()
        case Letter(kind, fields):
            inner = "".join(f", {name} |-> {show_value(each)}" for name, each in fields)
            return f"[kind |-> {kind}{inner}]"
        case tuple() | list():
            return f"<<{', '.join(map(show_value, value))}>>"
    return str(value)


def _json(state: Mapping[str, object]) -> str:
    try:
        return json.dumps({cell: _plain(value) for cell, value in state.items()}, sort_keys=True)
    except TypeError as error:
        raise GraphError(f"a state that JSON cannot say: {error}") from None


def _plain(value: object) -> object:
    match value:
        case Letter(kind, fields):
            return {"kind": kind, "fields": {name: _plain(each) for name, each in fields}}
        case tuple() | list():
            return [_plain(each) for each in value]
    return value


def _fingerprints(graph: Graph) -> dict[int, int]:
    """A signed 64-bit number for each node, from its state; its own where those are not unique."""
    found = {
        node: int.from_bytes(
            blake2b(_json(data.get("state", {})).encode(), digest_size=8).digest(), signed=True
        )
        for node, data in graph.nodes(data=True)
    }  # fmt: skip
    return found if _are_unique(found.values()) else {node: node for node in graph}


def _are_unique(numbers: Iterable[int]) -> bool:
    listed = list(numbers)
    return len(set(listed)) == len(listed)
