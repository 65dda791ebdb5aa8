"""Two solvers, each of which reads a script and says what it thinks of it.

Both get the same text. Seeds stand in the text, and a script is solved in a context of its own, so
that what is found does not depend on what was solved before.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing import get_context
from typing import Final

PROVED: Final = "unsat"
REFUTED: Final = "sat"
UNKNOWN: Final = "unknown"


@dataclass(frozen=True)
class Opinion:
    """What one solver said about one script."""

    solver: str
    version: str
    verdict: str
    seconds: float

    def to_json(self) -> dict[str, object]:
        """The opinion as plain data, without the solver's name."""
        return {"version": self.version, "verdict": self.verdict, "seconds": self.seconds}


def ask_z3(text: str, seconds: float) -> Opinion:
    """Z3's opinion. Cost: at most ``seconds``, more or less."""
    import z3

    started = time.monotonic()
    context = z3.Context()
    solver = z3.Solver(ctx=context)
    solver.set("timeout", max(1, round(seconds * 1000)), "random_seed", 0)
    solver.from_string(text)
    verdict = str(solver.check())
    return _opinion("z3", "z3-solver", verdict, started)


def ask_cvc5(text: str, seconds: float) -> Opinion:
    """cvc5's opinion, by one strategy after the other. Cost: at most ``seconds``, more or less."""
    started = time.monotonic()
    verdict = UNKNOWN
    for share, options in _CVC5:
        verdict = _cvc5_says(text, share * seconds, options)
        if verdict != UNKNOWN:
            break
    return _opinion("cvc5", "cvc5", verdict, started)


def _cvc5_says(text: str, seconds: float, options: tuple[tuple[str, str], ...]) -> str:
    import cvc5

    terms = cvc5.TermManager()
    solver = cvc5.Solver(terms)
    for name, value in (("seed", "0"), *options):
        solver.setOption(name, value)
    solver.setOption("tlimit-per", str(max(1, round(seconds * 1000))))
    symbols = cvc5.SymbolManager(terms)
    parser = cvc5.InputParser(solver, symbols)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "script")
    verdict = UNKNOWN
    while not (command := parser.nextCommand()).isNull():
        said = command.invoke(solver, symbols).strip()
        if command.getCommandName() == "check-sat":
            verdict = said if said in (PROVED, REFUTED) else UNKNOWN
        elif said.startswith("(error"):
            raise ValueError(f"cvc5 does not take the script: {said}")
    return verdict


_ENUMERATE: Final = (("enum-inst", "true"), ("relational-triggers", "true"))
_MODELS: Final = (("mbqi", "true"),)
_FINITE: Final = (("finite-model-find", "true"),)
_CVC5: Final = (
    (0.05, _ENUMERATE), (0.15, _FINITE), (0.1, _MODELS),
    (0.2, _ENUMERATE), (0.3, _FINITE), (0.2, _MODELS),
)  # fmt: skip
"""How cvc5 looks for instances of quantifiers, with its share of the time.

Nearly always it is enough to match patterns and to enumerate what there is. What is not settled
like that is so by models, of a few members or of any number; and where that takes long no way is
known to be the better one, so each is given its turn.
"""


def _opinion(solver: str, distribution: str, verdict: str, started: float) -> Opinion:
    return Opinion(
        solver, version(distribution), verdict, round(time.monotonic() - started, 3)
    )


Ask = Callable[[str, float], Opinion]
ASK: Final[Mapping[str, Ask]] = {"z3": ask_z3, "cvc5": ask_cvc5}


def ask_in_turn(text: str, seconds: float, solvers: tuple[str, ...]) -> tuple[Opinion, ...]:
    """The opinions of the solvers in turn, until one of them is sure."""
    opinions: list[Opinion] = []
    for name in solvers:
        opinions.append(ASK[name](text, seconds))
        if opinions[-1].verdict != UNKNOWN:
            break
    return tuple(opinions)


def ask_all(
    scripts: Iterable[tuple[str, str]], seconds: float, solvers: tuple[str, ...], workers: int
) -> Iterator[tuple[str, tuple[Opinion, ...]]]:
    """The opinions about named scripts, as they come; ``workers`` processes share the work."""
    if workers == 1:
        for name, text in scripts:
            yield name, ask_in_turn(text, seconds, solvers)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        asked = {pool.submit(ask_in_turn, t, seconds, solvers): n for n, t in scripts}
        for done in as_completed(asked):
            yield asked[done], done.result()
