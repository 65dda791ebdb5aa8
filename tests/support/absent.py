"""A pytest plugin that honours `tool` marks and names, at the end, each tool that was absent.

The name of the absent tool travels as a user property of the test report: reports are what
worker processes send home, so the summary is the same with and without workers.
"""

from collections import Counter
from collections.abc import Generator
from typing import Final

import pytest

from support.tools import get_absent_tool, require_tool

PROPERTY: Final = "absent_tool"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Asks for every tool that the test's marks name."""
    for mark in item.iter_markers("tool"):
        for name in mark.args:
            require_tool(name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Writes the tool for want of which a test skipped or failed into the test's report."""
    report = yield
    if call.excinfo is not None:
        tool = get_absent_tool(str(call.excinfo.value))
        if tool is not None:
            report.user_properties.append((PROPERTY, tool))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each absent tool, with how many tests went without it."""
    missed: Counter[object] = Counter(
        value
        for outcome in ("skipped", "failed", "error")
        for report in terminalreporter.stats.get(outcome, ())
        for name, value in getattr(report, "user_properties", ())
        if name == PROPERTY
    )
    if not missed:
        return
    terminalreporter.section("tools that are absent")
    for tool, count in sorted(missed.items(), key=str):
        tests = "1 test" if count == 1 else f"{count} tests"
        terminalreporter.line(f"{tool}: {tests} could not run")
