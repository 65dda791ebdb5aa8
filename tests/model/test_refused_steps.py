"""Steps that are ill-formed are refused at import, by a sentence with the action and the line.

Each case is what a person could write in the place of an action's step.
"""

import re
from pathlib import Path
from typing import Final

import pytest

from support.command import invoke
from support.refusals import ACTION, HEAD, refuse

# What stands in the place of an action's step, and what is said about it.
STEPS: Final = {
    "a guard that reads history": (
        "when(past())()",
        "past is history, which properties and other history may read, and a guard reads it"),
    "a value that is made of history": (
        "when()(put(lit(), past()))",
        "past is history, which properties and other history may read, and an update of what is no "
        "history reads it"),
    "a condition on history": (
        "when()(for_each(Kernel, lambda j: given(past())(send(inbox[j], Wire.stop()))))",
        "past is history, which properties and other history may read, and a condition reads it"),
    "a value of another sort": (
        "when()(put(owner[p], p))  # here",
        "a Page is used where a MaybeKernel is needed"),
    "a number of Python's where a label is": (
        "when()(put(hold[p, k], 1))  # here",
        "Python's 1 is used where a Hold is needed"),
    "a truth where a number is": (
        "when()(put(level(), True))  # here",
        "Python's True is used where a Level is needed"),
    "a number below zero": (
        "when()(put(level(), -1))  # here",
        "Python's -1 is used where a Level is needed"),
    "indices in the wrong order": (
        "when(hold[k, p] == Hold.none)()  # here",
        "hold is indexed by [Page, Kernel]: a Kernel is used where a Page is needed"),
    "too many indices": (
        "when(hold[p, k, k] == Hold.none)()  # here",
        "hold has 2 indices, not 3"),
    "one index too many": (
        "when(owner[p, k] == k)()  # here",
        "owner has 1 index, not 2"),
    "one index too few": (
        "when(hold[p] == Hold.none)()  # here",
        "hold has more than one index: write hold[a, b]"),
    "an index where there is none": (
        "when(lit[k])()  # here",
        "lit has no index: write lit()"),
    "a variable where its cell is meant": (
        "when(hold == Hold.none)()  # here",
        "hold is a state variable, no value: write hold[Page, Kernel]"),
    "a variable as a guard": (
        "when(lit)()  # here",
        "lit is a state variable, no value: write lit()"),
    "a variable negated": (
        "when(~lit)()  # here",
        "lit is a state variable, no value: write lit()"),
    "a variable behind a conjunction": (
        "when(lit() & lit)()  # here",
        "lit is a state variable, no value: write lit()"),
    "a variable compared": (
        "when(level > 1)()  # here",
        "level is a state variable, no value: write level()"),
    "a variable in front of a comparison": (
        "when(Hold.none == hold)()  # here",
        "hold is a state variable, no value: write hold[Page, Kernel]"),
    "a queue where its head is meant": (
        "when(inbox[k] == Wire.stop())()  # here",
        "inbox is a queue, no value: ask for its head, length or waiting, or what it holds"),
    "a family of queues": (
        "when(inbox == inbox[k])()  # here",
        "inbox is a family of queues: write inbox[Kernel]"),
    "a kind where a message is meant": (
        "when(Wire.stop == inbox[k].head)()  # here",
        "Wire.stop is a kind, no message: write message.matches(Wire.stop), or Wire.stop(...)"),
    "a pattern where a message is meant": (
        "when(inbox[k].head == Wire.ask.like(page=p))()  # here",
        "a pattern of ask is no message: write message.matches(pattern)"),
    "and": (
        "when(lit() and owner[p].exists)()  # here",
        "a term has no truth value while the model is being written: use & for and"),
    "or": (
        "when(lit() or owner[p].exists)()  # here",
        "use & for and, | for or"),
    "not": (
        "when(not lit())()  # here",
        "~ for not"),
    "if": (
        "when(lit() if owner[p].exists else TRUE)()  # here",
        "ite(c, a, b) for if"),
    "a chained comparison": (
        "when(0 < level() < 2)()  # here",
        "split chained comparisons"),
    "a comparison of two sorts": (
        "when(owner[p] == p)()  # here",
        "a Page is used where a MaybeKernel is needed"),
    "a comparison of a number with a label": (
        "when(level() == Hold.none)()  # here",
        "a Hold is used where a number is needed"),
    "a guard that is no truth": (
        "when(owner[p])()  # here",
        "a MaybeKernel is used where a Bool is needed"),
    "a conjunction with what is no truth": (
        "when(lit() & level())()  # here",
        "a Level is used where a Bool is needed"),
    "a guard after an update": (
        "when()(put(lit(), TRUE), owner[p].exists)  # here",
        "a guard stands among the updates: guards go into when(...)"),
    "an update among the guards": (
        "when(put(lit(), TRUE))()  # here",
        "an update stands among the guards: when(guards...)(updates...)"),
    "something else among the updates": (
        "when()(given(lit()))  # here",
        "is no update: use put, send, take, spend, given, for_each"),
    "put to what is no cell": (
        "when()(put(lit() & lit(), TRUE))  # here",
        "put needs a cell of a state variable on its left, such as owner[p]"),
    "put to a parameter": (
        "when()(put(k, k))  # here",
        "put needs a cell of a state variable on its left"),
    "put to a whole variable": (
        "when()(put(owner, k))  # here",
        "owner is a state variable, no value: write owner[Page]"),
    "send of another sort": (
        "when()(send(inbox[k], p))  # here",
        "a Page is used where a Wire is needed"),
    "send to no queue": (
        "when()(send(inbox, Wire.stop()))  # here",
        "inbox is a family of queues: write inbox[Kernel]"),
    "take from a cell": (
        "when()(take(lit()))  # here",
        "<Bool term> is no queue"),
    "a budget's index": (
        "when()(spend(HOPS, p))  # here",
        "budget hops is indexed by [Kernel]: a Page is used where a Kernel is needed"),
    "an index that a budget lacks": (
        "when()(spend(HOPS))  # here",
        "budget hops has 1 index, not 0"),
    "a message without a field": (
        "when()(send(inbox[k], Wire.ask(page=p)))  # here",
        "message ask lacks source"),
    "a message with a field of another sort": (
        "when()(send(inbox[k], Wire.ask(page=p, source=p)))  # here",
        "field source of message ask is a Kernel, not a Page"),
    "a message with a field that it has not": (
        "when(inbox[k].arrives(Wire.ask.like(target=k)))()  # here",
        "message ask has no field target; its fields are: page, source"),
    "a kind of other messages": (
        "when(inbox[k].head.matches(Other.hello))()  # here",
        "hello is not a kind of Wire"),
    "a field of another kind": (
        'when(inbox[k].head.get(Wire.stop, "page", Page) == p)()  # here',
        "message stop has no field page"),
    "a label that does not exist": (
        "when(hold[p, k] == Hold.ownd)()  # here",
        "has no attribute 'ownd'; did you mean owned?"),
    "a kind that does not exist": (
        "when(inbox[k].arrives(Wire.aks))()  # here",
        "has no attribute 'aks'; did you mean ask?"),
    "a name that does not exist": (
        "when(onwer[p] == k)()  # here",
        "name 'onwer' is not defined; did you mean owner?"),
    "a loop over a sort": (
        "when(*(owner[p] == j for j in Kernel))()  # here",
        "object is not iterable"),
    "a sum of what is no number": (
        "when(hold[p, k] + 1 == 2)()  # here",
        "unsupported operand type(s) for +"),
    "a case that is missing": (
        "when(WAY.choose(one=lit()))()  # here",
        "switch WAY: no case for two"),
    "a case that is none": (
        "when(WAY.choose(one=lit(), two=lit(), three=lit()))()  # here",
        "switch WAY has no value three; legal: one, two"),
    "cases of different sorts": (
        "when(WAY.choose(one=lit(), two=k))()  # here",
        "a Kernel is used where a Bool is needed"),
    "updates that are only for no value": (
        'when()(only(WAY, "three", put(lit(), TRUE)))  # here',
        "switch WAY has no value three"),
    "an update among guards for one value": (
        'when(only(WAY, "one", lit(), put(lit(), TRUE)))()  # here',
        "only is for guards or for updates: an update stands among its guards"),
    "a guard among updates for one value": (
        'when()(only(WAY, "one", put(lit(), TRUE), lit()))  # here',
        "a guard stands among the updates: guards go into when(...)"),
    "what is no truth among guards for one value": (
        'when(only(WAY, "one", lit(), level()))()  # here',
        "a Level is used where a Bool is needed"),
    "a quantifier over what is no truth": (
        "when(some(Kernel, lambda j: j))()  # here",
        "a Kernel is used where a Bool is needed"),
    "branches of different sorts": (
        "when(ite(lit(), p, k) == p)()  # here",
        "a Kernel is used where a Page is needed"),
    "a step without updates": (
        "when(lit())",
        "the function must return when(guards...)(updates...)"),
}  # fmt: skip


@pytest.mark.parametrize("slip", STEPS)
def test_steps(slip: str, tmp_path: Path) -> None:
    body, words = STEPS[slip]
    refuse(tmp_path, HEAD + ACTION.format(body=body), re.escape(words))


def test_the_command_says_it_in_one_paragraph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slipped.py").write_text(HEAD + ACTION.format(body=STEPS["and"][0]))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    result = invoke("check", "slipped")
    line = len((HEAD + ACTION).splitlines())
    assert result.code == 150
    assert f"action bad ({tmp_path}/slipped.py:{line}): a term has no truth value" in (
        result.complaint
    )
