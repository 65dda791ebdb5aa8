"""Ill-formed files, properties, states and protocols are refused at import, with their place.

Each case is a text that a person could write, added to a small protocol file.
"""

import re
from pathlib import Path
from typing import Final

import pytest

from support.refusals import ACTION, HEAD, refuse

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
