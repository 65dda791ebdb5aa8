"""Predicates as people type them: what each form means, and what each slip is told."""

from typing import Any

import pytest

from popcorn_checker.checking import Request, make_subject
from popcorn_checker.errors import UsageError
from popcorn_checker.explain import member
from popcorn_checker.exploring import Subject
from popcorn_checker.graphs import parse_predicate, state_graph, states_where
from popcorn_checker.scopes import make_scope
from popcorn_model.language import expr as e
from support import protocols

OWN = Request("support.ownership", "as-built")
GRAPH = state_graph(OWN)


# Each text beside what it means, in Python, of a state's cells.
MEANINGS: list[Any] = [
    ("hold[p0,k1] = owned", lambda s: s["hold[p0,k1]"] == "owned"),
    ("hold[p0,k1]==asked", lambda s: s["hold[p0,k1]"] == "asked"),
    ("owned = hold[p0,k1]", lambda s: s["hold[p0,k1]"] == "owned"),
    ("hold[p0,k0] != none", lambda s: s["hold[p0,k0]"] != "none"),
    ("hold[p0,k0] = hold[p0,k1]", lambda s: s["hold[p0,k0]"] == s["hold[p0,k1]"]),
    ("holder[p0] = nothing", lambda s: s["holder[p0]"] is None),
    ("holder[p0] = none", lambda s: s["holder[p0]"] is None),
    ("holder[p0] = k1", lambda s: s["holder[p0]"] == "k1"),
    ("holder[p0] != serving[p0]", lambda s: s["holder[p0]"] != s["serving[p0]"]),
    ("some k in Kernel: holder[p0] = k", lambda s: s["holder[p0]"] is not None),
    ("at[t0,k0]", lambda s: s["at[t0,k0]"]),
    ("at[t0,k0] = false", lambda s: not s["at[t0,k0]"]),
    ("at[t0,k0] = no", lambda s: not s["at[t0,k0]"]),
    ("not at[t0,k0]", lambda s: not s["at[t0,k0]"]),
    ("~at[t0,k0] | waits[p0,k1]", lambda s: not s["at[t0,k0]"] or s["waits[p0,k1]"]),
    ("true", lambda s: True),
    ("not (true and false)", lambda s: True),
    ("inbox[k0] = empty", lambda s: not s["inbox[k0]"]),
    ("inbox[k0] != empty", lambda s: bool(s["inbox[k0]"])),
    ("length(inbox[k0]) > 1", lambda s: len(s["inbox[k0]"]) > 1),
    ("length(inbox[k0]) <= length(inbox[k1])",
     lambda s: len(s["inbox[k0]"]) <= len(s["inbox[k1]"])),
    ("1 < length(inbox[k0])", lambda s: len(s["inbox[k0]"]) > 1),
    ("inbox[k1] holds grant", lambda s: any(m.kind == "grant" for m in s["inbox[k1]"])),
    # and binds stronger than or; a quantifier reaches as far as it can
    ("at[t0,k0] or at[t0,k1] and false", lambda s: s["at[t0,k0]"]),
    ("(at[t0,k0] or at[t0,k1]) and false", lambda s: False),
    ("every k in Kernel: hold[p0,k] != owned and at[t0,k0]",
     lambda s: all(s[f"hold[p0,{k}]"] != "owned" for k in ("k0", "k1")) and s["at[t0,k0]"]),
    ("some p in Page: some j, k in Kernel: j != k and hold[p,j]=owned and hold[p,k]=owned",
     lambda s: s["hold[p0,k0]"] == s["hold[p0,k1]"] == "owned"),
    ("some h in Hold: every k in Kernel: hold[p0,k] = h",
     lambda s: s["hold[p0,k0]"] == s["hold[p0,k1]"]),
    ("some k in Kernel: at[t0,k] and (some k in Kernel: not at[t0,k] and hold[p0,k] = owned)",
     lambda s: s["hold[p0,k1]" if s["at[t0,k0]"] else "hold[p0,k0]"] == "owned"),
    # properties: an always by all its instances, a sometimes by one
    ("one_holder", lambda s: not s["hold[p0,k0]"] == s["hold[p0,k1]"] == "owned"),
    ("not one_holder", lambda s: s["hold[p0,k0]"] == s["hold[p0,k1]"] == "owned"),
    ("held and not away",
     lambda s: "owned" in (s["hold[p0,k0]"], s["hold[p0,k1]"]) and s["at[t0,k0]"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "meaning"), MEANINGS, ids=[text for text, _ in MEANINGS])
def test_meanings(text: str, meaning: Any) -> None:
    expected = [i for i in GRAPH if meaning(GRAPH.nodes[i]["state"])]
    assert states_where(GRAPH, text) == expected
    assert states_where(GRAPH, meaning) == expected


def test_the_meanings_tell_states_apart() -> None:
    counts = [len(states_where(GRAPH, text)) for text, _ in MEANINGS]
    assert sum(0 < n < len(GRAPH) for n in counts) > 20


def test_numbers_and_plain_values_in_queues() -> None:
    tolls = protocols.tolls.configured()
    formula = parse_predicate("stands[g0] >= 2 or lead = 1", tolls, make_scope(tolls))
    assert isinstance(formula, e.Or)
    gates = protocols.gates.configured()
    scope = make_scope(gates)
    holds = parse_predicate("hall holds g1", gates, scope)
    evaluator = Subject(gates, scope).evaluator
    state = list(evaluator.initial())
    place = next(n for (f, _), n in evaluator.slot.items() if getattr(f, "name", "") == "hall")
    assert not evaluator.value(holds, tuple(state), {})
    state[place] = (0, 1)
    assert member(scope, protocols.Guest.info, 1) == "g1"
    assert evaluator.value(holds, tuple(state), {})


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("hold[p0,k1] = ownd", "at character 15", "'ownd' is no Hold; did you mean owned?"),
        ("hold[p0,k7] = owned", "at character 9", "'k7' is no Kernel (legal are k0, k1)"),
        ("hold[p0] = owned", "at character 8", "']' stands where ',' must: hold has 2 indices"),
        ("hold[p0,k0,k1] = owned", "character 11", "']' must: hold has no more than 2"),
        ("hold = owned", "at character 1", "'hold' needs its index: hold[Page,Kernel]"),
        ("hlod[p0,k0] = owned", "at character 1", "'hlod' is no cell of this model"),
        ("one_holdr", "at character 1", "did you mean one_holder?"),
        ("hold[p0,k0]", "is a Hold and no truth; compare it with =", "none asked owned"),
        ("asking_helps", "at character 1", "speaks of runs, not of states"),
        ("at[t0,k0] and", "at character 14", "the end stands where a cell, a value or a property"),
        ("at[t0,k0] at[t0,k1]", "character 11", "'at' stands where the predicate could end"),
        ("(at[t0,k0]", "at character 11", "the end stands where ')' must"),
        ("at[t0,k0] = k1", "at character 13", "'k1' is no Bool (legal are false, true)"),
        ("holder[p0] = owned", "at character 14", "'owned' is no MaybeKernel"),
        ("hold[p0,k0] < owned", "at character 13", "'<' compares numbers, and hold is a Hold"),
        ("hold[p0,k0] = at[t0,k0]", "at character 15", "'at' is a Bool where a Hold is needed"),
        ("hold[p0,k0] = hold", "at character 15", "'hold' needs its index"),
        ("owned = asked", "at character 1", "'owned' is no cell, nor is what follows"),
        ("inbox[k0]", "at character 1", "is a queue: ask = empty"),
        ("inbox[k0] = grant", "at character 13", "'grant' stands where 'empty' must"),
        ("inbox[k0] holds grnat", "at character 17", "did you mean grant?"),
        ("hold[p0,k0] = inbox[k0]", "at character 15", "is a queue; it stands on the left"),
        ("length(hold[p0,k0]) > 1", "at character 8", "'hold' is no queue"),
        ("length(inbox[k0]) > many", "at character 21", "is no number"),
        ("some k in Kernl: at[t0,k]", "at character 11", "is no sort; did you mean Kernel?"),
        ("some k: at[t0,k]", "at character 7", "stands where 'in' must: write some k in"),
        ("some and in Kernel: true", "at character 6", "stands where a name for a member must"),
        ("hold[p0,k0] $ owned", "at character 13", "'$' is no part of a predicate"),
        ("", "at character 1", "the end stands where"),
    ],
)  # fmt: skip
def test_slips(text: str, where: str, what: str) -> None:
    subject = make_subject(OWN)
    with pytest.raises(UsageError) as caught:
        parse_predicate(text, subject.model, subject.scope)
    assert where in str(caught.value)
    assert what in str(caught.value)
