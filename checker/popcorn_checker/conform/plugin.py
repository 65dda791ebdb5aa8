"""The pytest plugin: cases of the kit as tests of whoever lives in pytest.

    def test_it_conforms(popcorn_case, popcorn_conform):
        popcorn_conform(popcorn_case)

With `--popcorn-adapter COMMAND` that is one test for each case, and `--popcorn-only ID` chooses
some. A case that the adapter does not claim is skipped; one that is not strict gives a warning.

It is loaded wherever this package is installed, so it imports the kit only when that is used.
"""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from popcorn_checker.conform.running import Target

Conform = Callable[[str], None]
"""Runs a case, named by its id. Fails, skips or warns."""


class NotStrict(UserWarning):
    """An implementation does a thing otherwise than the protocol says, without harm."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The adapter, and which cases; each can stand in the configuration file as well."""
    group = parser.getgroup("popcorn", "conformance to the protocol popcorn")
    group.addoption("--popcorn-adapter", metavar="COMMAND", help="how the adapter is started")
    group.addoption("--popcorn-only", metavar="ID", action="append", default=[],
                    help="only this case, or all whose id begins so")  # fmt: skip
    group.addoption("--popcorn-seed", metavar="N", type=int, default=0,
                    help="what runs that are drawn begin from")  # fmt: skip
    parser.addini("popcorn_adapter", "how the adapter is started")
    parser.addini("popcorn_only", "ids of cases, or beginnings of them", type="args")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that wants a case is a test for each of them."""
    if "popcorn_case" in metafunc.fixturenames:
        from popcorn_checker.conform.cases import find_cases
        from popcorn_checker.errors import UsageError

        only = metafunc.config.getoption("popcorn_only") or metafunc.config.getini("popcorn_only")
        try:
            found = [case.id for case in find_cases(tuple(only))]
        except UsageError as error:
            raise pytest.UsageError(str(error)) from None
        metafunc.parametrize("popcorn_case", found)


@pytest.fixture(scope="session")
def popcorn_target(request: pytest.FixtureRequest) -> Target:
    """The implementation that is tested."""
    from popcorn_checker.conform.running import Target

    config = request.config
    command = config.getoption("popcorn_adapter") or config.getini("popcorn_adapter")
    if not command:
        pytest.skip("no --popcorn-adapter is given, and no popcorn_adapter in the configuration")
    return Target(shlex.split(command))


@pytest.fixture(scope="session")
def popcorn_conform(request: pytest.FixtureRequest, popcorn_target: Target) -> Conform:
    """Runs a case against the adapter; fails with what would have been right."""
    from popcorn_checker.conform.adapter import Broken
    from popcorn_checker.conform.cases import find_cases
    from popcorn_checker.conform.report import tell
    from popcorn_checker.conform.running import Grade, run_case

    def conform(id_: str) -> None:
        (case,) = find_cases((id_,))
        try:
            outcome = run_case(popcorn_target, case, request.config.getoption("popcorn_seed"))
        except Broken as why:
            pytest.fail(f"the adapter does not say hello: {why}", pytrace=False)
        match outcome.grade:
            case Grade.CONFORMS:
                pass
            case Grade.LOOSE:
                warnings.warn(NotStrict(f"{id_}: {outcome.seen}"), stacklevel=2)
            case Grade.UNSUPPORTED:
                pytest.skip(outcome.seen)
            case _:
                pytest.fail(tell(outcome), pytrace=False)

    return conform
