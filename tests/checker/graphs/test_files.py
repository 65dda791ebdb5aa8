"""Written graphs are read back by others: GraphML by networkx, DOT and Aldebaran by their rules."""

import io
import json
import re
from collections import Counter
from typing import Any

import networkx as nx
import pytest

from popcorn_checker.checking import Request
from popcorn_checker.graphs import GraphError, state_graph, to_aut, to_dot, to_graphml
from popcorn_checker.graphs.files import show_state
from popcorn_checker.trace import Letter

Graph = Any

BUILT = state_graph(Request("support.ownership", "as-built"))
# Two lamps, both lit: two steps that keep the counter lead from this state to itself.
PARALLEL = state_graph(Request("support.counter", scope="lamps=2", settings={"WAY": "stay"}))
GRAPHS = pytest.mark.parametrize("graph", [BUILT, PARALLEL], ids=["ownership", "counter"])

# One statement of the dialect of DOT that we write; a text is everything between plain quotes.
TEXT = r'"((?:[^"\\]|\\.)*)"'
NODE = re.compile(rf"(-?\d+) \[label={TEXT},tooltip={TEXT}(,style = filled)?(,color=.*)?\];")
EDGE = re.compile(rf"(-?\d+) -> (-?\d+) \[label={TEXT},color=\"\d+\",fontcolor=\"\d+\"\];")
ROW = re.compile(r"\{rank = same;((?: -?\d+;)+)\}")


def calls(graph: Graph) -> Counter[Any]:
    """The steps of a graph: depth and depth, and what happens."""
    return Counter(
        (graph.nodes[i]["depth"], call(data), graph.nodes[j]["depth"])
        for i, j, data in graph.edges(data=True)
    )


def call(data: Any) -> str:
    """A step as files name it."""
    return f"{data['action']}({data['params']})" if data["params"] else str(data["action"])


def test_the_second_graph_has_parallel_steps() -> None:
    assert nx.DiGraph(PARALLEL).number_of_edges() < PARALLEL.number_of_edges()


@GRAPHS
def test_graphml_is_read_back(graph: Graph) -> None:
    read = nx.read_graphml(io.BytesIO(to_graphml(graph).encode()), force_multigraph=True)
    assert isinstance(read, nx.MultiDiGraph)
    assert calls(read) == calls(graph)
    assert len({*read}) == len(graph)
    for i, node in zip(graph, read.nodes.values(), strict=True):
        data = graph.nodes[i]
        assert (node["init"], node["depth"], node["deadlock"], node["violates"]) == (
            data["initial"], data["depth"], data["deadlock"], data["violates"],
        )  # fmt: skip
        state = json.loads(node["state"])
        assert state.keys() == dict(data["state"]).keys()
        assert all(state[c] == v for c, v in data["state"].items() if not isinstance(v, tuple))
    assert nx.is_isomorphic(nx.DiGraph(read), nx.DiGraph(graph))


def test_messages_in_graphml_keep_their_fields() -> None:
    texts = re.findall(r">(\{.*?\})<", to_graphml(BUILT))
    queues = [q for text in texts for q in json.loads(text.replace("&amp;", "&"))["inbox[k0]"]]
    assert {"kind": "ask", "fields": {"page": "p0", "source": "k1"}} in queues


@GRAPHS
def test_dot_has_every_state_and_step(graph: Graph) -> None:
    lines = to_dot(graph).splitlines()
    strict = graph is BUILT
    assert lines[0] == ("strict digraph DiskGraph {" if strict else "digraph DiskGraph {")
    assert lines[-2:] == ["}", "}"]
    body = lines[6:-2]
    nodes = [m for m in map(NODE.fullmatch, body) if m]
    edges = [m for m in map(EDGE.fullmatch, body) if m]
    rows = [m for m in map(ROW.fullmatch, body) if m]
    assert len(nodes) + len(edges) + len(rows) == len(body), "every line is a statement"
    assert len({m[1] for m in nodes}) == len(nodes) == len(graph)
    assert Counter(m[3] for m in edges) == Counter(call(d) for *_, d in graph.edges(data=True))
    assert {m[1] for m in edges} | {m[2] for m in edges} <= {m[1] for m in nodes}
    assert len(rows) == 1 + max(depth for _, depth in graph.nodes(data="depth"))
    assert sum(bool(m[4]) for m in nodes) == 1, "the start is filled"
    assert sum("red" in (m[5] or "") for m in nodes) == sum(
        bool(text) for _, text in graph.nodes(data="violates")
    )


def test_dot_is_for_what_can_be_looked_at() -> None:
    with pytest.raises(GraphError, match="86 states make no picture; ask for at most 50"):
        to_dot(BUILT, 50)
    assert to_dot(BUILT, None) == to_dot(BUILT)


@GRAPHS
def test_aldebaran(graph: Graph) -> None:
    head, *lines = to_aut(graph).splitlines()
    assert head == f"des (0,{graph.number_of_edges()},{len(graph)})"
    edges = [re.fullmatch(r'\((\d+),"(.*)",(\d+)\)', line) for line in lines]
    assert len(edges) == graph.number_of_edges()
    assert Counter(
        (int(m[1]), m[2], int(m[3])) for m in edges if m
    ) == Counter((i, call(d), j) for i, j, d in graph.edges(data=True))


def test_aldebaran_begins_at_the_one_start() -> None:
    moved = nx.relabel_nodes(BUILT, {0: 5, 5: 0})
    head, first, *_ = to_aut(moved).splitlines()
    assert head.startswith("des (0,")
    assert first.startswith("(0,")
    with pytest.raises(GraphError, match="needs one initial state, here are 0"):
        to_aut(BUILT.subgraph([3, 4, 5]))


def test_names_of_states_are_the_same_in_every_run() -> None:
    again = state_graph(Request("support.ownership", "as-built"))
    assert to_graphml(again) == to_graphml(BUILT)
    reversed_order: Graph = nx.MultiDiGraph()
    reversed_order.add_nodes_from(reversed(list(BUILT.nodes(data=True))))
    reversed_order.add_edges_from(BUILT.edges(keys=True, data=True))

    def states(text: str) -> set[str]:
        return set(re.findall(r"^(-?\d+ )\[", text, re.MULTILINE))

    assert states(to_dot(reversed_order)) == states(to_dot(BUILT))


def test_states_that_only_a_budget_tells_apart_are_named_by_number() -> None:
    twice: Graph = nx.MultiDiGraph()
    twice.add_node(0, state={"a": 1}, initial=True)
    twice.add_node(1, state={"a": 1})
    assert re.findall(r"^(\d+) \[", to_dot(twice), re.MULTILINE) == ["0", "1"]


def test_values_in_the_notation_of_tla() -> None:
    state = {
        "a": None, "b": True, "c": 3, "d": "k0",
        "e": (Letter("ask", (("page", "p0"),)), Letter("stop")),
    }  # fmt: skip
    assert show_state(state).splitlines() == [
        r"/\ a = Nothing", r"/\ b = TRUE", r"/\ c = 3", r"/\ d = k0",
        r"/\ e = <<[kind |-> ask, page |-> p0], [kind |-> stop]>>",
    ]  # fmt: skip


def test_text_is_escaped() -> None:
    odd: Graph = nx.MultiDiGraph()
    odd.add_node(0, state={"a": 'say "x" & <y>\\'}, initial=True, violates='"')
    odd.add_edge(0, 0, action="go", params='t="x"')
    text = to_dot(odd)
    assert r"say \"x\" & <y>\\" in text
    read = nx.read_graphml(io.BytesIO(to_graphml(odd).encode()), force_multigraph=True)
    (data,) = read.nodes.values()
    assert json.loads(data["state"]) == {"a": 'say "x" & <y>\\'}
    assert '"' not in to_aut(odd).splitlines()[1].split(",", 1)[1].rsplit(",", 1)[0].strip('"')


def test_what_json_cannot_say() -> None:
    odd: Graph = nx.MultiDiGraph()
    odd.add_node(0, state={"a": object()})
    with pytest.raises(GraphError, match="JSON cannot say"):
        to_graphml(odd)
