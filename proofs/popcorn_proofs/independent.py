"""Checks evidence of proofs without any other part of popcorn-spec: python independent.py --help.

It reads a folder of SMT-LIB files and their index, and nothing else. For each claim of the index:

1. Every file has the hash that the index says, and nothing is missing.
2. The actions that stand in the model's text are the ones that the system has steps for.
3. There is an obligation for each lemma at the start, for each lemma after each action, for the
   meaning of each action that needs one, and for each safety property; no other.
4. Each obligation's file assumes only what it may: declarations and axioms of the system, and the
   start, or what is known and the lemmas with the guards and the definitions of one action. It
   asserts, negated, its goal; after an action, that is the lemma with each changed symbol primed.
5. The index says of each file that each solver found it unsatisfiable.
6. A claim that rests on another one takes nothing as known but lemmas of that claim, whose system
   has the same declarations, start and actions, and which is in order and checked along with it.

So if the solvers are right about the files, every lemma holds in every state that can be reached,
and every safety property follows. Whether the system says what the model says is not looked at
here: the text of both lies in the folder, for people to compare.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Sexpr = Any  # a token, or a list of s-expressions

TOKEN = re.compile(r'\s+|;[^\n]*|(?P<token>\(|\)|\|[^|]*\||"(?:[^"]|"")*"|[^\s()|";]+)')
HEADING = re.compile(r"\|(?P<title>[a-z]+) (?P<name>[^|]*)\|")
LABEL = re.compile(r"\|(?P<title>[a-z]+):(?P<name>[^|]*)\|")
ACTION = re.compile(r"(?P<name>\w+)(\([^)]*\))?$")
FREE = {"set-info", "set-option", "set-logic", "check-sat", "exit"}


class Flaw(Exception):
    """The evidence does not show what the index says; says what is wrong with which file."""


def parse(text: str, where: str) -> list[Sexpr]:
    """The s-expressions of a script. Raises: Flaw when brackets do not match."""
    stack: list[list[Sexpr]] = [[]]
    position = 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise Flaw(f"{where}: no SMT-LIB at character {position}")
        position = match.end()
        token = match["token"]
        if token == "(":
            stack.append([])
        elif token == ")":
            if len(stack) == 1:
                raise Flaw(f"{where}: a bracket closes that was not opened")
            done = stack.pop()
            stack[-1].append(done)
        elif token is not None:
            stack[-1].append(token)
    if len(stack) != 1:
        raise Flaw(f"{where}: a bracket is not closed")
    return stack[0]


def primed(term: Sexpr, changed: set[str]) -> Sexpr:
    """The term with an exclamation mark behind every symbol that changes."""
    if isinstance(term, list):
        return [primed(x, changed) for x in term]
    return f"{term}!" if term in changed else term


def bound(term: Sexpr) -> Iterator[str]:
    """The variables that quantifiers in a term bind."""
    if isinstance(term, list):
        if len(term) == 3 and term[0] in ("forall", "exists"):
            yield from (name for name, _ in term[1])
        for inner in term:
            yield from bound(inner)


def labelled(command: Sexpr, where: str) -> tuple[str, str, Sexpr]:
    """Title, name and formula of ``(assert (! formula :named |title:name|))``. Raises: Flaw."""
    match command:
        case ["assert", ["!", formula, ":named", str(label)]]:
            if found := LABEL.fullmatch(label):
                return found["title"], found["name"], formula
    raise Flaw(f"{where}: an assertion without a label of the convention")


class System:
    """The pieces of one claim, read from its system file."""

    def __init__(self, text: str, where: str) -> None:
        """Raises: Flaw for what does not follow the convention."""
        self.declarations: list[Sexpr] = []
        self.formulas: dict[str, dict[str, Sexpr]] = {
            "axiom": {}, "start": {}, "known": {}, "lemma": {}, "safety": {}
        }  # fmt: skip
        self.constants: dict[str, list[Sexpr]] = {}
        self.next: dict[str, dict[str, Sexpr]] = {}
        self.guards: dict[str, dict[str, Sexpr]] = {}
        action = None
        for command in parse(text, where):
            match command:
                case ["set-info", ":section", str(label)] if found := HEADING.fullmatch(label):
                    action = found["name"] if found["title"] == "action" else None
                    if action is not None:
                        if action in self.next:
                            raise Flaw(f"{where}: two sections for the action {action}")
                        self.constants[action] = []
                        self.next[action], self.guards[action] = {}, {}
                case [str(word), *_] if word in FREE:
                    pass
                case ["assert", _]:
                    self._assertion(command, action, where)
                case ["define-fun" | "declare-fun", str(name), *_] if action and name[-1] == "!":
                    self.next[action][name[:-1]] = command
                case ["declare-const" | "declare-fun", *_] if action:
                    self.constants[action].append(command)
                case [str(word), *_] if word.startswith("declare-") and action is None:
                    self.declarations.append(command)
                case _:
                    raise Flaw(f"{where}: {command[:2]} has no place in a system")
        self._refuse_captures(where)

    def _assertion(self, command: Sexpr, action: str | None, where: str) -> None:
        title, name, formula = labelled(command, where)
        place = self.guards[action] if action else self.formulas.get(title)
        if place is None or (action and title != "guard") or name in place:
            raise Flaw(f"{where}: assertion {title}:{name} stands where it may not, or twice")
        place[name] = formula

    def pieces(self) -> tuple[Sexpr, ...]:
        """All that is of the protocol, and not of what is claimed of it; a claim may name sorts."""
        start, axioms = self.formulas["start"], self.formulas["axiom"]
        declared = [d for d in self.declarations if d[0] != "declare-sort"]
        return declared, axioms, start, self.constants, self.next, self.guards

    def _refuse_captures(self, where: str) -> None:
        """A bound variable or constant that is called like a symbol would make primes wrong."""
        known = {c[1] for c in self.declarations if c[0] in ("declare-fun", "declare-const")}
        formulas = [f for group in self.formulas.values() for f in group.values()]
        for action, definitions in self.next.items():
            formulas += [*definitions.values(), *self.guards[action].values()]
            names = [c[1] for c in self.constants[action]]
            if taken := (known | {f"{n}!" for n in definitions}) & set(names):
                raise Flaw(f"{where}: a parameter of {action} is called {min(taken)}, as a symbol")
        if taken := known & {name for f in formulas for name in bound(f)}:
            raise Flaw(f"{where}: a bound variable is called {min(taken)}, as a symbol")


def check_script(system: System, origin: str, goal: str, text: str, where: str) -> None:
    """One file proves what its name says, from nothing but what it may use. Raises: Flaw."""
    step = origin if origin not in ("start", "safety") else None
    known = [*system.declarations]
    if step:
        known += [*system.constants[step], *system.next[step].values()]
    allowed = {"axiom": system.formulas["axiom"]}
    if origin == "start":
        allowed["start"] = system.formulas["start"]
    else:
        allowed |= {title: system.formulas[title] for title in ("known", "lemma")}
    if step:
        allowed["guard"] = system.guards[step]
    if step and goal == "meaning":
        wanted = system.guards[step][goal]
        allowed["guard"] = {n: f for n, f in system.guards[step].items() if n != goal}
    else:
        wanted = system.formulas["safety" if origin == "safety" else "lemma"][goal]
        wanted = primed(wanted, set(system.next[step])) if step else wanted
    commands = parse(text, where)
    goals = 0
    for command in commands:
        match command:
            case [str(word), *_] if word in FREE:
                pass
            case ["assert", _]:
                title, name, formula = labelled(command, where)
                if title == "goal":
                    goals += 1
                    if (name, formula) != (goal, ["not", wanted]):
                        raise Flaw(f"{where}: the goal is not that of the system")
                elif allowed.get(title, {}).get(name) != formula:
                    raise Flaw(f"{where}: {title}:{name} is not to be assumed here")
            case _ if command not in known:
                raise Flaw(f"{where}: {command[:2]} is not a piece of the system")
    if goals != 1 or sum(c == ["check-sat"] for c in commands) != 1:
        raise Flaw(f"{where}: one goal and one check-sat are needed")


def actions_of(text: str) -> list[str]:
    """The names of the actions in the model's text, which stands in ``model.txt``."""
    _, _, part = text.partition("\nACTIONS\n")
    part, _, _ = part.partition("\nPROPERTIES\n")
    return [found["name"] for line in part.splitlines() if (found := ACTION.match(line))]


def read(folder: Path, name: str, digest: str) -> str:
    """The text of a file, which has this hash. Raises: Flaw."""
    path = folder / name
    if not path.is_file():
        raise Flaw(f"{path} is missing")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise Flaw(f"{path} is not the file of the index: its hash is another")
    return data.decode()


def complete(system: System, index: dict[str, Any]) -> None:
    """The obligations are those of the claim, all of them and no other. Raises: Flaw."""
    lemmas, safety = system.formulas["lemma"], system.formulas["safety"]
    wanted = {("start", x) for x in lemmas} | {("safety", x) for x in safety}
    wanted |= {(a, x) for a in system.next for x in lemmas}
    wanted |= {(a, "meaning") for a, guards in system.guards.items() if "meaning" in guards}
    listed = [(row["from"], row["goal"]) for row in index["obligations"]]
    missing, extra = sorted(wanted - set(listed)), sorted(set(listed) - wanted)
    if missing or extra or len(listed) != len(set(listed)):
        odd = [f"{a}/{b} is missing" for a, b in missing] + [f"{a}/{b} is odd" for a, b in extra]
        raise Flaw(f"the obligations are not those of the claim: {', '.join(odd[:3]) or 'twice'}")
    if list(safety) != index["safety"] or not safety:
        raise Flaw("the safety properties of the system are not those of the index")


def supported(system: System, base: System | None, name: str) -> None:
    """What a claim takes as known are lemmas of a claim about the same system. Raises: Flaw."""
    if base is None:
        raise Flaw(f"it rests on {name}, which is not in order or not checked along with it")
    if base.pieces() != system.pieces():
        raise Flaw(f"it rests on {name}, which is about another system")
    lemmas = base.formulas["lemma"]
    for lemma, formula in system.formulas["known"].items():
        if lemmas.get(lemma) != formula:
            raise Flaw(f"{lemma} is taken as known, and {name} has no such lemma")


def check_claim(
    folder: Path, index: dict[str, Any], solvers: list[str], found: dict[str, System]
) -> int:
    """How many obligations a claim has, all of them in order; then ``found`` has its system.

    Raises: Flaw.
    """
    place = folder / index["claim"]
    model = read(place, "model.txt", index["model"])
    system = System(read(place, "system.smt2", index["system"]), str(place / "system.smt2"))
    actions = actions_of(model)
    if sorted(actions) != sorted(system.next) or not actions:
        odd = sorted(set(actions) ^ set(system.next))
        raise Flaw(f"model and system have not the same actions: {', '.join(odd) or 'none'}")
    complete(system, index)
    if system.formulas["known"] or index["rests_on"]:
        supported(system, found.get(index["rests_on"]), index["rests_on"])
    for row in index["obligations"]:
        text = read(place, row["file"], row["sha256"])
        check_script(system, row["from"], row["goal"], text, str(place / row["file"]))
        for solver in solvers:
            verdict = row["solvers"].get(solver, {}).get("verdict", "nothing")
            if verdict != "unsat":
                raise Flaw(f"{place / row['file']}: {solver} says {verdict}, not unsat")
    found[index["claim"]] = system
    return len(index["obligations"])


def rests(path: Path) -> bool:
    """The claim of an index rests on another one, and must be looked at after it."""
    try:
        return bool(json.loads(path.read_text())["rests_on"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def main(arguments: list[str]) -> int:
    """Exit code 0 when all is in order, 12 when something is not, 2 for a wrong command line."""
    parser = argparse.ArgumentParser(description="Check the evidence of proofs.")
    parser.add_argument("files", type=Path, help="the folder of SMT-LIB files")
    parser.add_argument("index", type=Path, nargs="+", help="index files, one for each claim")
    parser.add_argument("--solver", action="append", help="who must have said unsat: z3, cvc5")
    given = parser.parse_args(arguments)
    worst = 0
    found: dict[str, System] = {}
    for path in sorted(given.index, key=rests):
        try:
            index = json.loads(path.read_text())
            count = check_claim(given.files, index, given.solver or ["z3", "cvc5"], found)
        except (Flaw, OSError, ValueError, KeyError, TypeError) as flaw:
            print(f"{path.stem}: REFUSED: {type(flaw).__name__}: {flaw}")
            worst = 12
        else:
            print(f"{path.stem}: complete, {count} obligations, all unsat")
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
