"""The pytest plugin: cases of the kit as tests of whoever lives in pytest.

    def test_it_conforms(popcorn_case, popcorn_conform):
        popcorn_conform(popcorn_case)

With `--popcorn-adapter COMMAND` that is one test for each case, and `--popcorn-only ID` chooses
some. A case that the adapter does not claim is skipped; one that is not strict gives a warning.
Without an adapter all are skipped, unless one is required.

It is loaded wherever this package is installed, so it imports the kit only when that is used.
"""

from __future__ import annotations

import shlex
import shutil
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

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
    group.addoption("--popcorn-adapter", metavar="COMMAND", action="append",
                    help="how the adapter is started")  # fmt: skip
    group.addoption("--popcorn-adapter-required", action="store_true",
                    help="it is an error if no adapter is given, or none that there is")
    group.addoption("--popcorn-only", metavar="ID", action="append", default=[],
                    help="only this case, or all whose id begins so")  # fmt: skip
    group.addoption("--popcorn-seed", metavar="N", type=int, default=0,
                    help="what runs that are drawn begin from")  # fmt: skip
    parser.addini("popcorn_adapter", "how the adapter is started")
    parser.addini("popcorn_adapter_required", "it is an error if none is given", type="bool",
                  default=False)  # fmt: skip
    parser.addini("popcorn_only", "ids of cases, or beginnings of them", type="args")


def pytest_configure(config: pytest.Config) -> None:
    """What cannot be meant is told before anything is collected."""
    if config.getoption("help"):
        return
    command = _command(config)
    required = config.getoption("popcorn_adapter_required")
    if not (required or config.getini("popcorn_adapter_required")):
        return
    if not command:
        raise pytest.UsageError(f"{_NONE}, and one is required")
    if shutil.which(command[0]) is None:
        raise pytest.UsageError(f"the adapter is required, and there is no program {command[0]}")


_NONE: Final = (
    "no adapter is given (--popcorn-adapter COMMAND, or popcorn_adapter in the configuration)"
)


def _command(config: pytest.Config) -> list[str]:
    """How the adapter is started; nothing if nobody says so. Raises: pytest.UsageError."""
    given: list[str] = config.getoption("popcorn_adapter") or []
    if len(given) > 1:
        raise pytest.UsageError("--popcorn-adapter is given more than once; one run tests one")
    command = given[0] if given else str(config.getini("popcorn_adapter"))
    try:
        found = shlex.split(command)
    except ValueError as error:
        raise pytest.UsageError(f"the adapter {command!r} cannot be read: {error}") from None
    if given and not found:
        raise pytest.UsageError("--popcorn-adapter is given, and says nothing")
    return found


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

    command = _command(request.config)
    if not command:
        pytest.skip(f"{_NONE}; with --popcorn-adapter-required that is an error")
    return Target(command)


@pytest.fixture(scope="session")
def popcorn_conform(request: pytest.FixtureRequest, popcorn_target: Target) -> Conform:
    """Runs a case against the adapter; fails with what would have been right."""
    from popcorn_checker.conform.cases import find_cases
    from popcorn_checker.conform.report import tell
    from popcorn_checker.conform.running import Grade, run_case

    deaf = _greet(popcorn_target)

    def conform(id_: str) -> None:
        (case,) = find_cases((id_,))
        if deaf:
            pytest.fail(f"the adapter does not say hello: {deaf}", pytrace=False)
        outcome = run_case(popcorn_target, case, request.config.getoption("popcorn_seed"))
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


def _greet(target: Target) -> str:
    """Why an adapter does not say hello, if it does not: it is asked once."""
    from popcorn_checker.conform.adapter import Broken

    try:
        target.greet()
    except Broken as why:
        return str(why)
    return ""
