"""A test whose tool is absent skips, says so in the summary, and fails where it must not skip."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from support.tools import MUST_HAVE, TOOLS, get_absent_tool, get_tool, require_tool

TESTS: Final = Path(__file__).resolve().parent
ROOT: Final = TESTS.parent

SUITE: Final = """
import pytest
from support.tools import require_tool

@pytest.mark.tool("rumur")
def test_marked():
    pass

def test_asking():
    require_tool("rumur")

def test_neither():
    pass
"""


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine on which no tool is to be found."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(MUST_HAVE, raising=False)


def test_a_tool_is_found_under_any_of_its_names(
    nothing_installed: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "chromium-browser"
    program.touch(mode=0o755)
    assert require_tool("chromium") == program


@pytest.mark.usefixtures("nothing_installed")
def test_an_absent_tool_skips_by_name() -> None:
    assert get_tool("rumur") is None
    with pytest.raises(pytest.skip.Exception) as caught:
        require_tool("rumur")
    assert get_absent_tool(str(caught.value)) == "rumur"


@pytest.mark.usefixtures("nothing_installed")
def test_an_absent_tool_fails_where_all_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MUST_HAVE, "1")
    with pytest.raises(pytest.fail.Exception) as caught:
        require_tool("rumur")
    assert get_absent_tool(str(caught.value)) == "rumur"


def test_a_misspelt_tool_is_our_bug() -> None:
    with pytest.raises(AssertionError, match="add a row"):
        require_tool("rumour")


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "workers"])
@pytest.mark.parametrize(
    ("must_have", "code", "counts"),
    [("", 0, "1 passed, 2 skipped"), ("1", 1, "1 failed, 1 passed")],
    ids=["may skip", "must have"],
)
def test_the_summary_names_each_absent_tool(
    tmp_path: Path, workers: tuple[str, ...], must_have: str, code: int, counts: str
) -> None:
    suite = tmp_path / "test_suite.py"
    suite.write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "-p", "support.absent", "-c", os.devnull]
    run = subprocess.run(
        [*command, f"--rootdir={tmp_path}", *workers, str(suite)],
        env={"PATH": str(tmp_path), "PYTHONPATH": str(TESTS), MUST_HAVE: must_have},
        capture_output=True,
        text=True,
    )
    assert run.returncode == code, run.stdout + run.stderr
    assert "rumur: 2 tests could not run" in run.stdout
    assert counts in run.stdout


@pytest.mark.parametrize("tool", TOOLS)
def test_continuous_integration_installs_each_tool(tool: str) -> None:
    assert f"has {tool}" in (ROOT / ".ci/run").read_text()
