"""Ill-formed models are refused at import, by a sentence with the action and the line.

Each case is a text that a person could write, added to a small protocol file. The line that is to
be named carries the comment ``# here``; where there is none, no line is promised.
"""

import re
from pathlib import Path
from typing import Final

import pytest

from popcorn_model.language import ModelError
from support.command import invoke

HEAD: Final = '''"""A protocol file."""
from popcorn_model.language import *

class Kernel(Sort):
    """A kernel."""

class Page(Sort):
    """A page."""

class Hold(Enumeration):
    """What a kernel has."""
    none = label("nothing")
    owned = label("the page")

class Level(Number):
    """A small number."""

class Wire(Messages):
    """What travels."""
    ask = kind("a kernel asks", page=Page, source=Kernel)
    stop = kind("nothing more")

class Other(Messages):
    """What travels elsewhere."""
    hello = kind("a greeting")

WAY = Switch("WAY", "one", "two", doc="a choice")
HOPS = Budget("hops", Kernel, doc="hops")
hold = state("hold", Page, Kernel, of=Hold, start=Hold.none)
owner = state("owner", Page, of=maybe(Kernel), start=nothing)
lit = state("lit", of=Bool, start=False)
level = state("level", of=Level, start=0)
inbox = queue("inbox", Kernel, of=Wire, slots="slots")
desk = queue("desk", of=Kernel, slots="slots")
'''

ACTION: Final = '''
@action
def bad(p: Page, k: Kernel) -> Step:
    """Something happens."""
    return {body}
'''

# What stands in the place of an action's step, and what is said about it.
STEPS: Final = {
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

# Whole files whose errors are not inside a step.
FILES: Final = {
    "two writes of one cell": (
        '''
@action  # here
def bad(p: Page, j: Kernel, k: Kernel) -> Step:
    """Two kernels get the page, who may be one."""
    return when()(
        put(hold[p, j], Hold.owned),
        put(hold[p, k], Hold.none),
    )
''', r"lines \d+ and \d+ may both write one cell of hold; add a guard that keeps them apart"),
    "a loop that writes one cell": (
        '''
@action  # here
def bad(p: Page) -> Step:
    """The owner is everybody."""
    return when()(for_each(Kernel, lambda k: put(owner[p], k)))
''', r"line \d+: every k writes the same cell of owner"),
    "no docstring": (
        '''
@action  # here
def bad(p: Page) -> Step:
    return when()(put(lit(), TRUE))
''', r"a docstring must say what happens in the world"),
    "a docstring without a sentence": (
        '''
@action  # here
def bad(p: Page) -> Step:
    """Tag: claimed"""
    return when()(put(lit(), TRUE))
''', r"a docstring must say what happens in the world"),
    "an unknown tag": (
        '''
@action  # here
def bad(p: Page) -> Step:
    """Something happens.

    Tag: rumoured
    """
    return when()(put(lit(), TRUE))
''', r"Tag: rumoured is none of claimed, relied, inferred"),
    "a parameter without a sort": (
        '''
@action  # here
def bad(p) -> Step:
    """Something happens."""
    return when()(put(lit(), TRUE))
''', r"parameter p needs a sort as its annotation"),
    "a parameter of another type": (
        '''
@action  # here
def bad(p: int) -> Step:
    """Something happens."""
    return when()(put(lit(), TRUE))
''', r"parameter p needs a sort as its annotation"),
    "only for a value that does not exist": (
        '''
@action(only=(WAY, "three"))  # here
def bad(p: Page) -> Step:
    """Something happens."""
    return when()(put(lit(), TRUE))
''', r"switch WAY has no value three; legal: one, two"),
    "the line of a slip in a longer step": (
        '''
@action
def bad(p: Page, k: Kernel) -> Step:
    """Something happens."""
    asked = inbox[k].arrives(Wire.stop)
    return when(asked, lit())(
        take(inbox[k]),
        put(owner[p], k),
        put(hold[p, k], k),  # here
    )
''', r"a Kernel is used where a Hold is needed"),
}  # fmt: skip

PROPERTIES: Final = {
    "leads_to in always": (
        '''
@always()  # here
def bad() -> Bool:
    """A claim."""
    return leads_to(lit(), ~lit())
''', r"leads_to belongs to eventually"),
    "a claim that is no truth": (
        '''
@sometimes()  # here
def bad(p: Page) -> Bool:
    """A claim."""
    return owner[p]
''', r"a MaybeKernel is used where a Bool is needed"),
    "a slip inside a claim": (
        '''
@always()
def bad(p: Page) -> Bool:
    """A claim."""
    quiet = ~lit()
    return quiet and owner[p].exists  # here
''', r"a term has no truth value"),
    "no docstring": (
        '''
@eventually()  # here
def bad() -> LeadsTo:
    return leads_to(lit(), ~lit())
''', r"a docstring must say"),
    "a misspelt name": (
        '''
@always()
def bad() -> Bool:
    """A claim."""
    return lite()  # here
''', r"name 'lite' is not defined; did you mean lit\?"),
}  # fmt: skip

PROTOCOLS: Final = {
    "a variable of no part": (
        "states=(lit,)", "good, sets_owner",
        r"action sets_owner \(.*refused\.py:\d+\) uses owner, which no part"),
    "a variable of no part, only read": (
        "states=(lit,)", "good, reads_owner",
        r"action reads_owner \(.*:\d+\) uses owner, which no part"),
    "a queue of no part": (
        "states=(lit,)", "good, sends",
        r"action sends \(.*:\d+\) uses inbox, which no part of the protocol lists among its state"),
    "a budget of no part": (
        "states=(lit,)", "good, spends",
        r"action spends \(.*:\d+\) uses hops, which no part of the protocol lists among its budg"),
    "a switch that is not listed": (
        "states=(lit,)", "good, chooses",
        r"action chooses \(.*:\d+\) uses switch WAY, which the protocol does not list"),
    "an action of a switch that is not listed": (
        "states=(lit,)", "good, exists_one_way",
        r"action exists_one_way \(.*:\d+\) uses switch WAY, which the protocol does not list"),
    "a property about what no part lists": (
        "states=(lit,), properties=(about_owner,)", "good",
        r"property about_owner \(.*:\d+\) uses owner, which no part of the protocol lists"),
    "a property about a queue of no part": (
        "states=(lit,), properties=(about_inbox,)", "good",
        r"property about_inbox \(.*:\d+\) uses inbox, which no part of the protocol lists"),
    "fairness to no action": (
        "states=(lit,), properties=(fair_to_none,)", "good",
        r"property fair_to_none \(.*:\d+\) is fair to nobody, and there is no such action"),
    "a part that needs no part": (
        'states=(lit,), needs=("engine",)', "good",
        r"part all names part engine, which does not exist"),
    "an action twice": (
        "states=(lit,)", "good, good",
        r"protocol refused: two actions are called good"),
    "two state variables of one name": (
        "states=(lit, state('lit', of=Bool, start=TRUE))", "good",
        r"two state variables are called lit"),
}  # fmt: skip

MEMBERS: Final = '''
@action
def good() -> Step:
    """The lamp goes on."""
    return when()(put(lit(), TRUE))

@action
def sets_owner(p: Page, k: Kernel) -> Step:
    """The page gets an owner."""
    return when()(put(owner[p], k))

@action
def reads_owner(p: Page, k: Kernel) -> Step:
    """The lamp goes on for the owner."""
    return when(owner[p] == k)(put(lit(), TRUE))

@action
def sends(k: Kernel) -> Step:
    """A word is sent."""
    return when()(send(inbox[k], Wire.stop()))

@action
def spends(k: Kernel) -> Step:
    """A hop is spent."""
    return when()(spend(HOPS, k), put(lit(), TRUE))

@action
def chooses() -> Step:
    """The lamp goes on, one way."""
    return when(WAY.choose(one=lit(), two=~lit()))(put(lit(), TRUE))

@action(only=(WAY, "one"))
def exists_one_way() -> Step:
    """The lamp goes on, one way."""
    return when()(put(lit(), TRUE))

@always()
def about_owner(p: Page) -> Bool:
    """A page has no owner."""
    return owner[p] == nothing

@always()
def about_inbox(k: Kernel) -> Bool:
    """Nothing travels."""
    return ~inbox[k].waiting

@eventually(fair={"nobody": Fair.WEAK})
def fair_to_none() -> Bool:
    """The lamp goes on."""
    return lit()
'''

STATES: Final = {
    "a start of another sort": (
        'state("bad", Page, of=Hold, start=False)',
        "start of bad: Python's False is used where a Hold is needed"),
    "a rule for the start with other indices": (
        'state("bad", Page, Kernel, of=Bool, start=lambda p: TRUE)',
        "start of bad: its function takes 1 indices, and there are 2"),
    "too many indices": (
        'state("bad", Page, Page, Page, Page, of=Bool, start=FALSE)',
        "bad has 4 indices; three are the most"),
    "a switch with one value": (
        'Switch("BAD", "only", doc="no choice")',
        "switch BAD needs at least two values"),
}  # fmt: skip


def refuse(tmp_path: Path, text: str, words: str) -> None:
    """Running the file raises a ModelError with these words, and its place if it promises one."""
    path = tmp_path / "refused.py"
    path.write_text(text)
    with pytest.raises(ModelError) as caught:
        exec(compile(text, str(path), "exec"), {"__name__": "refused"})
    said = str(caught.value)
    assert re.search(words, said), said
    marked = [n for n, line in enumerate(text.splitlines(), start=1) if line.endswith("# here")]
    if marked:
        assert re.match(rf"(action|property) bad \(.*refused\.py:{marked[0]}\): ", said), said


@pytest.mark.parametrize("slip", STEPS)
def test_steps(slip: str, tmp_path: Path) -> None:
    body, words = STEPS[slip]
    refuse(tmp_path, HEAD + ACTION.format(body=body), re.escape(words))


@pytest.mark.parametrize("slip", FILES)
def test_actions(slip: str, tmp_path: Path) -> None:
    text, words = FILES[slip]
    refuse(tmp_path, HEAD + text, words)


@pytest.mark.parametrize("slip", PROPERTIES)
def test_properties(slip: str, tmp_path: Path) -> None:
    text, words = PROPERTIES[slip]
    refuse(tmp_path, HEAD + text, words)


@pytest.mark.parametrize("slip", STATES)
def test_states(slip: str, tmp_path: Path) -> None:
    text, words = STATES[slip]
    refuse(tmp_path, HEAD + text + "\n", re.escape(words))


@pytest.mark.parametrize("slip", PROTOCOLS)
def test_protocols(slip: str, tmp_path: Path) -> None:
    fields, actions, words = PROTOCOLS[slip]
    part = f'Part("all", "everything", {fields}, actions=({actions},))'
    text = HEAD + MEMBERS + f'\nPROTOCOL = Protocol("refused", "Nothing.", parts=({part},))\n'
    refuse(tmp_path, text, words)


def test_what_stands_before_the_slips_is_well_formed(tmp_path: Path) -> None:
    body = "when(hold[p, k] == Hold.none, WAY.choose(one=lit(), two=~lit()))(put(owner[p], k))"
    part = 'Part("all", "everything", states=(lit, hold, owner), actions=(good, bad))'
    text = HEAD + MEMBERS + ACTION.format(body=body)
    text += f'\nPROTOCOL = Protocol("fine", "Fine.", parts=({part},), switches=(WAY,))\n'
    exec(compile(text, str(tmp_path / "fine.py"), "exec"), {"__name__": "fine"})


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
