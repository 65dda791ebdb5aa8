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
    result = run(pytester, "--popcorn-only", "clone", "-rs")
    result.assert_outcomes(skipped=5)
    result.stdout.fnmatch_lines([
        "SKIPPED [[]5[]] *: no adapter is given (--popcorn-adapter COMMAND, or popcorn_adapter in "
        "the configuration); with --popcorn-adapter-required that is an error"
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--popcorn-adapter-required",), "no adapter is given (--popcorn-adapter COMMAND, or "
         "popcorn_adapter in the configuration), and one is required"),
        (("--popcorn-adapter-required", "--popcorn-adapter", "/no/such --fast"),
         "the adapter is required, and there is no program /no/such"),
        (("--popcorn-adapter", "a", "--popcorn-adapter", "b"),
         "--popcorn-adapter is given more than once; one run tests one"),
        (("--popcorn-adapter", ""), "--popcorn-adapter is given, and says nothing"),
        (("--popcorn-adapter", " "), "--popcorn-adapter is given, and says nothing"),
        (("--popcorn-adapter", "it's"), "the adapter \"it's\" cannot be read: No closing "
         "quotation"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_an_error(
    pytester: pytest.Pytester, arguments: tuple[str, ...], says: str
) -> None:
    result = run(pytester, *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert [line for line in result.stderr.lines if line] == [f"ERROR: {says}"]


def test_the_configuration_may_require_an_adapter(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\npopcorn_adapter_required = true\npopcorn_only = clone/full\n")
    assert run(pytester).ret == pytest.ExitCode.USAGE_ERROR
    assert run(pytester, "--help").ret == pytest.ExitCode.OK
    run(pytester, "--popcorn-adapter", REFERENCE).assert_outcomes(passed=1)


def test_a_case_that_there_is_not_is_told(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--popcorn-only", "nonsense", "--popcorn-adapter", REFERENCE)
    assert result.ret == pytest.ExitCode.USAGE_ERROR or "nonsense" in result.stdout.str()
    assert "nonsense" in result.stdout.str() + result.stderr.str()


def test_who_cannot_be_started_fails_in_one_line(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--popcorn-adapter", "/no/such", "--popcorn-only", "clone/full/1")
    result.assert_outcomes(failed=1)
    told = next(line for line in result.stdout.lines if "does not say hello" in line)
    assert told.startswith("the adapter does not say hello: it cannot be started: [Errno 2] No")
    assert "During handling" not in result.stdout.str()


def test_who_does_not_say_hello_is_asked_once(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(deaf="open('asked', 'a').write('x')")
    result = run(pytester, "--popcorn-adapter", f"{sys.executable} deaf.py",
                 "--popcorn-only", "clone")  # fmt: skip
    result.assert_outcomes(failed=5)
    assert (pytester.path / "asked").read_text() == "x"


def test_what_is_not_claimed_is_skipped(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(hostile="""
        import json, sys
        for line in sys.stdin:
            print(json.dumps({"version": 1, "name": "x", "capabilities": []}), flush=True)
    """)
    result = run(pytester, "--popcorn-adapter", f"{sys.executable} hostile.py",
                 "--popcorn-only", "clone/full/1")  # fmt: skip
    result.assert_outcomes(skipped=1)
