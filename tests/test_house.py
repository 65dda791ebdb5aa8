"""The house rules, held against the tree; each breach is one line that an editor can jump to.

What a rule says stands in its docstring (support/house); that each one bites is shown in
test_house_controls.py.
"""

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import pytest

from support.house import imports, pins, shape, skips, words
from support.house.source import Module, Offence, read_modules

ROOT: Final = Path(__file__).resolve().parent.parent
CODE: Final = ("model", "reference", "checker", "proofs")

IMPORT_SECONDS_MAX: Final = 0.5
IMPORT_ATTEMPTS: Final = 3


@pytest.fixture(scope="module")
def code() -> tuple[Module, ...]:
    """Every Python file of the shipped packages."""
    return read_modules(ROOT, CODE)


@pytest.mark.parametrize("rule", shape.RULES, ids=lambda rule: rule.__name__)
def test_each_module_is_in_shape(
    rule: Callable[[Module], Iterator[Offence]], code: tuple[Module, ...]
) -> None:
    report(offence for module in code for offence in rule(module))


@pytest.mark.parametrize("rule", shape.OF_TESTS, ids=lambda rule: rule.__name__)
def test_tests_are_in_shape_too(rule: Callable[[Module], Iterator[Offence]]) -> None:
    report(offence for module in read_modules(ROOT, ["tests"]) for offence in rule(module))


def test_no_import_circles(code: tuple[Module, ...]) -> None:
    report(imports.has_no_circle(code))


def test_the_model_stands_alone() -> None:
    model = read_modules(ROOT, ["model"])
    report(offence for module in model for offence in imports.is_self_contained(module))


def test_only_absent_tools_skip_tests() -> None:
    tests = read_modules(ROOT, ["tests"])
    report(offence for module in tests for offence in skips.never_skips(module))


@pytest.mark.parametrize(
    "rule", [words.names_no_registry, words.names_no_workplace], ids=lambda rule: rule.__name__
)
def test_tracked_files_name_no_place(rule: Callable[[Path, str], Iterator[Offence]]) -> None:
    files = words.get_tracked_files(ROOT)
    report(offence for path in files for offence in rule(path, words.read_text(ROOT / path)))


def test_protocols_do_not_know_their_findings() -> None:
    report(
        offence
        for path in words.get_protocol_files(ROOT)
        for offence in words.names_no_finding(path, words.read_text(ROOT / path))
    )


def test_versions_are_pinned() -> None:
    constraints = (ROOT / pins.CONSTRAINTS).read_text()
    report(pins.has_only_pins(constraints))
    report(pins.pins_dependencies(constraints, (ROOT / "pyproject.toml").read_text()))


def test_the_model_imports_quickly() -> None:
    # Processor time, not the clock's, and the best of three: a busy machine must not fail this.
    best = min(measure_import("popcorn_model") for _ in range(IMPORT_ATTEMPTS))
    assert best <= IMPORT_SECONDS_MAX, f"import popcorn_model takes {best:.2f} s of processor time"


def measure_import(name: str) -> float:
    """Seconds of processor time that a fresh interpreter spends on one import."""
    program = (
        f"import sys, time; sys.path.insert(0, {str(ROOT / 'model')!r}); "
        f"start = time.process_time(); import {name}; print(time.process_time() - start)"
    )
    command = [sys.executable, "-I", "-c", program]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def report(offences: Iterable[Offence]) -> None:
    """Fails with one line for each offence, in the order of the files."""
    lines = sorted(offences, key=lambda offence: (offence.path, offence.line))
    if lines:
        pytest.fail("\n".join(map(str, lines)), pytrace=False)
