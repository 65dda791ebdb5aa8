"""The plugin, as people who live in pytest use it."""

from __future__ import annotations

import sys

import pytest

pytest_plugins = ("pytester",)

TEST = """
def test_it_conforms(popcorn_case, popcorn_conform):
    popcorn_conform(popcorn_case)
"""
REFERENCE = f"{sys.executable} -m popcorn_reference.adapter"
WRONG = f"{sys.executable} -m popcorn_reference.defects C3"


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    pytester.makepyfile(TEST)
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:xdist", *arguments)


def test_each_case_is_a_test(pytester: pytest.Pytester) -> None:
    result = run(pytester, "-v", "--popcorn-adapter", REFERENCE, "--popcorn-only", "migration/back")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*test_it_conforms[[]migration/back/1[]] PASSED*"])


def test_a_failure_says_what_would_be_right(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--popcorn-adapter", WRONG, "--popcorn-only", "migration/back/1")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*right would be: context*", "*source: Katz 2014*"])


def test_the_configuration_may_say_all_of_it(pytester: pytest.Pytester) -> None:
    pytester.makeini(f"[pytest]\npopcorn_adapter = {REFERENCE}\npopcorn_only = clone/full\n")
    run(pytester).assert_outcomes(passed=1)


def test_without_an_adapter_nothing_is_tried(pytester: pytest.Pytester) -> None:
    run(pytester, "--popcorn-only", "clone").assert_outcomes(skipped=5)


def test_a_case_that_there_is_not_is_told(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--popcorn-only", "nonsense", "--popcorn-adapter", REFERENCE)
    assert result.ret == pytest.ExitCode.USAGE_ERROR or "nonsense" in result.stdout.str()
    assert "nonsense" in result.stdout.str() + result.stderr.str()


def test_who_cannot_be_started_fails(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--popcorn-adapter", "/no/such", "--popcorn-only", "clone/full/1")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the adapter does not say hello: it cannot be started*"])


def test_what_is_not_claimed_is_skipped(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(hostile="""
        import json, sys
        for line in sys.stdin:
            print(json.dumps({"version": 1, "name": "x", "capabilities": []}), flush=True)
    """)
    result = run(pytester, "--popcorn-adapter", f"{sys.executable} hostile.py",
                 "--popcorn-only", "clone/full/1")  # fmt: skip
    result.assert_outcomes(skipped=1)
