"""What people read of a model: expressions, updates, actions, properties and differences."""

import pytest

from popcorn_model.language import (
    Bool,
    Messages,
    Natural,
    Sort,
    Term,
    all_of,
    any_of,
    count,
    every,
    ite,
    kind,
    maybe,
    nothing,
    queue,
    some,
    state,
)
from popcorn_model.language import expr as e
from popcorn_model.language.prose import (
    action_text,
    constant,
    diff,
    expression,
    guard_lines,
    property_text,
    update_lines,
)
from popcorn_model.language.terms import Number
from support import ownership
from support.ownership import HOME, PROTOCOL, Hold, Kernel, Page, Wire, hold, inbox, serving, waits


class Count(Number):
    """A count."""


total = state("total", of=Count, start=0)
p = Page(e.Var(Page.info, "p"))
k = Kernel(e.Var(Kernel.info, "k"))


@pytest.mark.parametrize(
    ("term", "words"),
    [
        (hold[p, k] == Hold.owned, "hold[p, k] = owned"),
        (hold[p, k] != Hold.owned, "hold[p, k] != owned"),
        (serving[p] == nothing, "serving[p] = nothing"),
        (serving[p] == k, "serving[p] = k"),
        (k == HOME, "k = home"),
        (~waits[p, k], "not waits[p, k]"),
        (waits[p, k] & (k == HOME), "waits[p, k] and k = home"),
        ((waits[p, k] | (k == HOME)) & waits[p, k], "(waits[p, k] or k = home) and waits[p, k]"),
        (~(waits[p, k] | (k == HOME)), "not (waits[p, k] or k = home)"),
        (waits[p, k].implies(k == HOME), "waits[p, k] implies k = home"),
        (all_of(), "true"),
        (any_of(), "false"),
        (any_of(waits[p, k]), "waits[p, k]"),
        (every(Kernel, lambda j: waits[p, j]), "for every Kernel j: waits[p, j]"),
        (~some(Kernel, lambda j: waits[p, j]), "for no Kernel j: waits[p, j]"),
        (
            every(Kernel, lambda k: waits[p, k]) & waits[p, k],
            "(for every Kernel k': waits[p, k']) and waits[p, k]",
        ),
        (count(Kernel, lambda j: waits[p, j]) > 1, "number of Kernel j with waits[p, j] > 1"),
        (total() + 1 <= total(), "total + 1 <= total"),
        (total() - 1, "total - 1"),
        (~(total() < 2), "total >= 2"),
        (inbox[k].waiting, "inbox[k] is not empty"),
        (~inbox[k].waiting, "inbox[k] is empty"),
        (inbox[k].length == 2, "length of inbox[k] = 2"),
        (inbox[k].arrives(Wire.grant(page=p)), "inbox[k] starts with grant(page=p)"),
        (inbox[k].arrives(Wire.ask.like(page=p)), "inbox[k] starts with ask(page=p, ...)"),
        (inbox[k].head.matches(Wire.grant), "head of inbox[k] is grant(...)"),
        (inbox[k].holds(Wire.ask.like(page=p)), "there is ask(page=p, ...) in inbox[k]"),
        (~inbox[k].holds(Wire.ask), "there is no ask(...) in inbox[k]"),
        (inbox[k].head.get(Wire.ask, "page", Page) == p, "page of head of inbox[k] = p"),
        (ite(waits[p, k], Hold.owned, Hold.none), "owned if waits[p, k] else none"),
    ],
)
def test_expressions(term: Term, words: str) -> None:
    assert expression(term.expr, {p.expr: "p", k.expr: "k"}) == words  # type: ignore[dict-item]


def test_a_queue_of_plain_values() -> None:
    marks = queue("marks", Kernel, of=Page, slots="slots")
    assert expression(marks[k].arrives(p).expr) == "marks[k] starts with p"
    assert expression(marks[k].holds(p).expr) == "there is p in marks[k]"
    odd = marks[k].count(lambda m: (m == p) & waits[m, k])
    assert expression(odd.expr) == "number of m in marks[k] with (m = p and waits[m, k])"


def test_a_switch_shows_its_cases() -> None:
    chosen = ownership.WAIT.choose(off=Hold.none, on=Hold.asked)
    assert expression(chosen.expr) == "by WAIT: {none when off, asked when on}"


def test_constants() -> None:
    assert constant(Page.info, 1) == "p1"
    assert constant(maybe(Hold).info, 2) == "owned"
    assert constant(maybe(Hold).info, None) == "nothing"
    assert constant(Natural.info, 3) == "3"
    assert constant(Bool.info, False) == "false"


def test_an_action_says_everything_one_a_line() -> None:
    text = action_text(PROTOCOL.configured("repaired").action("serve"), numbered=True)
    assert text.splitlines() == [
        "serve(p: Page, k: Kernel)",
        "    Home takes a request and revokes the page from whoever holds it.",
        "    Source: example:serve",
        "    Tag: claimed",
        "    Fairness: weak",
        "    when",
        "        1. inbox[home] starts with ask(page=p, source=k)",
        "        2. serving[p] = nothing",
        "    then",
        "        1. take the head of inbox[home]",
        "        2. serving[p] := k",
        "        for every Kernel j:",
        "            if holder[p] = j:",
        "                3. send revoke(page=p) to inbox[j]",
        "                4. waits[p, j] := true",
    ]


def test_lines_without_numbers() -> None:
    action = PROTOCOL.configured("repaired").action("hop")
    assert guard_lines(action) == ["at[t, k]", "k != d"]
    assert update_lines(action) == [
        "at[t, k] := false",
        "at[t, d] := true",
        "spend one of hops[t]",
    ]


def test_properties() -> None:
    model = PROTOCOL.configured("repaired")
    text = property_text(model.property("one_holder"))
    assert "always, for every Page p, Kernel j, Kernel k:" in text
    assert "hold[p, j] = owned and hold[p, k] = owned implies j = k" in text
    assert "sometimes, for some Task t:" in property_text(model.property("away"))
    assert "hold[p, k] = asked leads to" in property_text(model.property("asking_helps"))


def test_the_difference_is_the_repair_and_nothing_else() -> None:
    before, after = (PROTOCOL.configured(v).action("give") for v in ("as-built", "repaired"))
    changed = [
        line
        for line in diff(before, after, ("a", "b")).splitlines()
        if line[0] in "+-" and line[:3] not in ("+++", "---")
    ]
    assert changed == ["+        for every Kernel j: not waits[p, j]"]
    assert diff(before, before, ("a", "b")) == ""
    added = diff(None, after, ("a", "b")).splitlines()[3:]
    assert added == ["+" + line for line in action_text(after).splitlines()]


def test_messages_that_match_nothing_are_still_printed() -> None:
    class Other(Messages):
        """Another alphabet."""

        tick = kind("a tick")

    box = queue("box", of=Other, slots="slots")
    assert expression(box[()].arrives(Other.tick).expr) == "box starts with tick()"


class Lone(Sort):
    """A sort that nothing uses."""


def test_members_are_numbered_from_their_first_letter() -> None:
    assert constant(Lone.info, 0) == "l0"
