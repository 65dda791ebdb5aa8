"""Rules about who imports whom; an import inside a function counts like any other."""

import ast
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import networkx as nx

from support.house.source import Module, Offence


@dataclass(frozen=True)
class Import:
    """One name that a file imports, as the dotted path that was written, and the line of it."""

    target: str
    line: int


def get_imports(module: Module) -> Iterator[Import]:
    """All names that a file imports, wherever in the file, with relative paths made absolute."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = get_base(module, node)
            yield from (Import(f"{base}.{alias.name}", node.lineno) for alias in node.names)


def get_base(module: Module, node: ast.ImportFrom) -> str:
    """The module that a `from` names, counted from the root."""
    if not node.level:
        return node.module or ""
    package = module.package.split(".")
    above = package[: len(package) - (node.level - 1)]
    return ".".join([*above, node.module] if node.module else above)


def has_no_circle(modules: Sequence[Module]) -> Iterator[Offence]:
    """No module imports itself by way of others; each knot of circles is one offence."""
    graph = make_graph(modules)
    by_name = {module.name: module for module in modules}
    for knot in nx.strongly_connected_components(graph):
        if len(knot) == 1:
            continue
        first = min(knot)
        circle = get_circle(graph.subgraph(knot), first)
        yield by_name[first].offence(
            graph.edges[circle[0], circle[1]]["line"], "import circle: " + " -> ".join(circle)
        )


def make_graph(modules: Iterable[Module]) -> "nx.DiGraph[str]":
    """The modules, each with an edge to every other one that it names in an import."""
    modules = tuple(modules)
    known = {module.name for module in modules}
    graph: nx.DiGraph[str] = nx.DiGraph()
    for module in modules:
        for each in get_imports(module):
            target = next((name for name in get_prefixes(each.target) if name in known), None)
            if target not in (None, module.name):
                graph.add_edge(module.name, target, line=each.line)
    return graph


def get_prefixes(name: str) -> Iterator[str]:
    """A dotted name, then its parents: what is imported may be a module or a name inside one."""
    while name:
        yield name
        name = name.rpartition(".")[0]


def get_circle(graph: "nx.DiGraph[str]", start: str) -> list[str]:
    """A shortest circle through one module of a knot, beginning and ending with it."""
    back = (nx.shortest_path(graph, after, start) for after in sorted(graph.successors(start)))
    return [start, *min(back, key=len)]


def is_self_contained(module: Module) -> Iterator[Offence]:
    """A module imports only its own package and the standard library."""
    own = module.name.partition(".")[0]
    for each in get_imports(module):
        top = each.target.partition(".")[0]
        if top != own and top not in sys.stdlib_module_names:
            yield module.offence(
                each.line, f"imports {top}; {own} needs nothing but the standard library"
            )
