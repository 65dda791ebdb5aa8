"""The verb ``graph``: the state graph of a protocol asked, compared, or written to a file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from popcorn_checker.checking import make_subject
from popcorn_checker.errors import HOLDS, UsageError
from popcorn_checker.exploring import Effort, Report
from popcorn_checker.lookup import pick
from popcorn_checker.options import Json, SubjectOptions, parse_settings, verb
from popcorn_checker.progress import reporting
from popcorn_checker.verdict import DEADLOCK_CHECK
from popcorn_checker.writing import FORMATS, format_of, print_json, write_text, write_trace

if TYPE_CHECKING:
    from networkx import MultiDiGraph

    from popcorn_checker.graphs import Difference
    from popcorn_checker.trace import Trace

    Graph = MultiDiGraph[int]

WRITERS: Final = {"dot": "to_dot", "graphml": "to_graphml", "aut": "to_aut"}
ENGINES: Final = ("explicit", "networkx")
RADIUS: Final = 2


@dataclass(frozen=True)
class Options(SubjectOptions):
    """What ``graph`` can be told."""

    where: Annotated[
        str, typer.Option(help="The states with this predicate, and the way to the nearest.",
                          metavar="PREDICATE")
    ] = ""  # fmt: skip
    before: Annotated[
        str, typer.Option(help="All states from which such a state can be reached.",
                          metavar="PREDICATE")
    ] = ""  # fmt: skip
    around: Annotated[
        str, typer.Option(help="A slice around the nearest such state; with --radius.",
                          metavar="PREDICATE")
    ] = ""  # fmt: skip
    radius: Annotated[
        int | None, typer.Option(help=f"Steps after and before it; {RADIUS} if not given.", min=0)
    ] = None
    minus: Annotated[
        str, typer.Option(help="What this other variant cannot do.", metavar="VARIANT")
    ] = ""
    minus_set: Annotated[
        list[str] | None,
        typer.Option(help="What it cannot do with this switch; may be given again.",
                     metavar="SWITCH=VALUE"),
    ] = None  # fmt: skip
    format: Annotated[
        str, typer.Option(help=f"Write the graph as one of {', '.join(WRITERS)}.", metavar="NAME")
    ] = ""
    out: Annotated[
        Path | None,
        typer.Option(help="To this file, whose suffix says the format.", metavar="FILE"),
    ] = None
    trace: Annotated[
        Path | None,
        typer.Option(help="Write the way here: .itf.json, .html, .mmd or .txt.", metavar="FILE"),
    ] = None
    limit: Annotated[
        int, typer.Option(help="The most states of a graph.", min=1, metavar="STATES")
    ] = 100_000
    engine: Annotated[str, typer.Option(help=f"One of {', '.join(ENGINES)}.", metavar="NAME")] = (
        "explicit"
    )
    json: Json = False
    progress: Annotated[
        bool | None, typer.Option("--progress/--no-progress", help="Say how far it is.")
    ] = None

    def writer(self) -> str:
        """The format to write, if any. Raises: UsageError for one that does not exist."""
        name = self.format
        if not name and self.out is not None:
            name = self.out.suffix.removeprefix(".")
        return pick("format", (name,), WRITERS)[0] if name else ""


@dataclass(frozen=True)
class Answer:
    """What a question gives: sentences, facts for machines, the graph to write, and a way."""

    sentences: tuple[str, ...]
    facts: dict[str, Any]
    graph: Graph
    way: Trace | None = None


@verb(Options)
def command(options: Options) -> int:
    """Ask the state graph of a protocol, or write it as DOT, GraphML or Aldebaran.

    A predicate is the name of a property, or a formula over cells as traces show them, such as
    "some j, k in Kernel: j != k and owner\\[p0,j]=true and owner\\[p0,k]=true", with and, or, not.

    Examples: popcorn-spec graph popcorn-2014 --parts threads --where two_shadows;
    popcorn-spec graph popcorn-2014 --variant as-built --minus repaired --parts threads,lifetime;
    popcorn-spec graph popcorn-2014 --parts threads --out threads.dot

    Exit codes: 0 whatever the answer; 2 usage, a bad predicate among it; 150 a bad scope, or one
    with more states than --limit.
    """
    writer = options.writer()
    pick("engine", (options.engine,), ENGINES)
    if options.trace is not None:
        format_of(options.trace)
    question = _question(options)
    with reporting(options.progress) as report:
        answer = question(options, report)
    if options.trace is not None and answer.way is not None:
        write_trace(answer.way, options.trace)
    text = _written(answer.graph, writer) if writer else ""
    if options.out is not None:
        write_text(text, options.out)
    if options.json:
        print_json(answer.facts)
    elif writer and options.out is None:
        sys.stdout.write(text)
    else:
        _tell(answer, options)
    return HOLDS


def _question(options: Options) -> Callable[[Options, Report | None], Answer]:
    """The one question that is asked. Raises: UsageError for two of them."""
    differs = bool(options.minus or options.minus_set)
    asked = [
        name
        for name, given in (
            ("--where", options.where), ("--before", options.before),
            ("--around", options.around), ("--minus", differs),
        )
        if given
    ]  # fmt: skip
    if len(asked) > 1:
        raise UsageError(f"{' and '.join(asked)} are two questions; ask one at a time")
    if options.radius is not None and not options.around:
        raise UsageError("--radius says how large a slice is: give --around PREDICATE as well")
    if options.trace is not None and not asked:
        raise UsageError("--trace writes the way to what is asked for: give --where, --before, "
                         "--around or --minus as well")  # fmt: skip
    known = {"--where": _where, "--before": _before, "--around": _around, "--minus": _minus}
    return known[asked[0]] if asked else _whole


def _written(graph: Graph, writer: str) -> str:
    from popcorn_checker.graphs import files

    try:
        text: str = getattr(files, WRITERS[writer])(graph)
    except files.GraphError as error:
        raise UsageError(str(error)) from None
    return text


def _tell(answer: Answer, options: Options) -> None:
    sys.stdout.write("\n".join(answer.sentences) + "\n")
    if options.out is not None:
        size = f"{len(answer.graph):,} states and {answer.graph.number_of_edges():,} steps"
        sys.stdout.write(f"{options.out} has {size}.\n")
    if answer.way is not None and options.trace is not None:
        sys.stdout.write(f"The way is in {options.trace}.\n")
    elif answer.way is not None:
        sys.stdout.write("\n" + FORMATS["text"](answer.way))


# --- questions ----------------------------------------------------------------------------------


def _graph(options: Options, report: Report | None) -> Graph:
    from popcorn_checker.graphs import state_graph
    from popcorn_checker.graphs.predicates import parse_predicate

    request = options.request()
    asked = options.where or options.before or options.around
    if asked and asked != DEADLOCK_CHECK:  # a slip is told before anything is explored
        subject = make_subject(request)
        parse_predicate(asked, subject.model, subject.scope)
    return state_graph(request, Effort(options.engine, report=report), options.limit)


def _about(graph: Graph) -> tuple[str, dict[str, Any]]:
    """A graph in a sentence, and as facts."""
    subject = graph.graph["subject"]
    nodes = graph.nodes.values()
    facts = {
        "protocol": subject.model.protocol,
        "variant": subject.model.variant,
        "parts": list(subject.model.parts),
        "scope": dict(subject.scope.entries),
        "states": len(graph),
        "steps": graph.number_of_edges(),
        "depth": max(data["depth"] for data in nodes),
        "deadlocks": sum(data["deadlock"] for data in nodes),
        "violating": sum(bool(data["violates"]) for data in nodes),
        "fault": graph.graph["fault"],
    }
    fault = f" Steps without meaning are left out: {facts['fault']}." if facts["fault"] else ""
    return (
        f"{facts['protocol']} ({facts['variant']}): {_count(len(graph), 'state')}, "
        f"{_count(facts['steps'], 'step')}, depth {facts['depth']}, "
        f"{_count(facts['deadlocks'], 'deadlock')}, "
        f"{_count(facts['violating'], 'state')} with a property violated."
        f"{fault}"
    ), facts


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _have(count: int, predicate: str) -> str:
    return f"{_count(count, 'state')} {'has' if count == 1 else 'have'} {predicate}"


def _whole(options: Options, report: Report | None) -> Answer:
    graph = _graph(options, report)
    sentence, facts = _about(graph)
    return Answer((sentence,), facts, graph)


def _where(options: Options, report: Report | None) -> Answer:
    from popcorn_checker.graphs import part_of, shortest_path_to, states_where, trace_of

    graph = _graph(options, report)
    sentence, facts = _about(graph)
    found = states_where(graph, options.where)
    path = shortest_path_to(graph, options.where)
    facts |= {"where": options.where, "found": len(found), "length": None}
    if path is None:
        return Answer((sentence, f"No state has {options.where}."), facts, part_of(graph, []))
    way = trace_of(graph, path, f"{options.where}: this is the nearest such state.")
    facts |= {"length": len(path), "way": [str(step) for step in way.steps]}
    told = f"{_have(len(found), options.where)}; the nearest is {_count(len(path), 'step')} away."
    shown = part_of(graph, [0, *(j for _, j, _ in path)], path)
    return Answer((sentence, told), facts, shown, way)


def _before(options: Options, report: Report | None) -> Answer:
    from popcorn_checker.graphs import part_of, predecessors_of

    graph = _graph(options, report)
    sentence, facts = _about(graph)
    distances = predecessors_of(graph, options.before)
    targets = sum(steps == 0 for steps in distances.values())
    away = max(distances.values(), default=0)
    facts |= {"before": options.before, "found": targets, "predecessors": len(distances) - targets,
              "farthest": away}  # fmt: skip
    told = (
        f"{_have(targets, options.before)}; it can be reached from {len(distances) - targets:,} "
        f"others, at most {_count(away, 'step')} away; from the remaining "
        f"{len(graph) - len(distances):,} it cannot."
    )
    return Answer((sentence, told), facts, part_of(graph, distances))


def _around(options: Options, report: Report | None) -> Answer:
    from popcorn_checker.graphs import slice_around, trace_of

    effort = Effort(options.engine, report=report)
    radius = RADIUS if options.radius is None else options.radius
    graph = slice_around(options.request(), options.around, radius, options.limit, effort)
    sentence, facts = _about(graph)
    way = trace_of(graph, [], f"{options.around}: this is the nearest such state.")
    facts |= {"around": options.around, "radius": radius, "length": way.length}
    told = (
        f"That is the slice within {_count(radius, 'step')} of the nearest state that has "
        f"{options.around}, {_count(way.length, 'step')} from the start."
    )
    return Answer((sentence, told), facts, graph, way)


def _minus(options: Options, report: Report | None) -> Answer:
    from popcorn_checker.graphs import difference, part_of, state_graph

    request = options.request()
    settings = {**request.settings, **parse_settings(options.minus_set or [])}
    lesser = replace(request, variant=options.minus or request.variant, settings=settings)
    effort = Effort(options.engine, report=report)
    graph = _graph(options, report)
    other = state_graph(lesser, effort, options.limit)
    found = difference(graph, other)
    (sentence, facts), (second, _) = _about(graph), _about(other)
    facts |= {"minus": other.graph["subject"].model.variant,
              "minus_states": len(other), "only_states": len(found.states),
              "only_steps": len(found.steps), "partings": len(found.partings)}  # fmt: skip
    told = (
        f"Only the first reaches {_count(len(found.states), 'state')} and takes "
        f"{_count(len(found.steps), 'step')}, of which {len(found.partings):,} leave a state that "
        "both reach."
    )
    way = _first_parting(graph, found)
    facts |= {"length": way.length, "way": [str(step) for step in way.steps]} if way else {}
    ends = {j for _, j, _ in found.steps} | {i for i, _, _ in found.steps}
    return Answer((sentence, second, told), facts, part_of(graph, ends), way)


def _first_parting(graph: Graph, found: Difference) -> Trace | None:
    """The way to the nearest step that only the first graph takes, and that step."""
    from popcorn_checker.graphs import trace_of
    from popcorn_checker.graphs.asking import path_to

    if not found.partings:
        return None
    edge = found.partings[0]
    path = path_to(graph, edge[0])
    return trace_of(graph, [*path, edge], "Only the first variant can take the last step.")
