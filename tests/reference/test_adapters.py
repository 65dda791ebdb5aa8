"""The adapters in C and for Node: they build, stay small, say what is wrong, and conform.

What does not fit the reference's own adapter refuses as well.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import pytest

from support.command import invoke
from support.tools import require_tool

ROOT: Final = Path(__file__).resolve().parents[2]
ADAPTERS: Final = ROOT / "reference" / "adapters"
CAPABILITIES: Final = {
    "migration", "pages", "clone", "exit", "areas", "futex", "fork", "services",
}  # fmt: skip
LINES_MAX: Final = {"c": 800, "node": 600}
SANITIZERS: Final = "-fsanitize=address,undefined -fno-sanitize-recover=undefined"

HELLO: Final = '{"cmd":"hello","version":1}'
RESET: Final = '{"cmd":"reset","seq":7,"kernels":2,"threads":2,"pages":1}'
BAD_LINES: Final = {
    "starting up": "JSON",
    "": "JSON",
    '["hello"]': "",
    '{"cmd":"hello"}}': "JSON",
    '{"cmd":"hello",}': "JSON",
    '{"cmd":"hello","version":tru}': "JSON",
    '{"cmd":"fly"}': "cmd",
    '{"seq":1}': "cmd",
    '{"cmd":"reset","seq":1,"kernels":2,"threads":2}': "pages",
    '{"cmd":"reset","seq":1,"kernels":2,"threads":2,"pages":1.5}': "pages",
    '{"cmd":"reset","seq":1,"kernels":-2,"threads":2,"pages":1}': "kernels",
    '{"cmd":"deliver","seq":1,"kernel":0,"from":1,"message":{"kind":"DONE"}}': "thread",
    '{"cmd":"deliver","seq":1,"kernel":0,"from":1,"message":{"kind":"LATE","thread":0}}': "kind",
    '{"cmd":"stop","seq":1,"kernel":0,"thread":0,"call":"sing","context":""}': "call",
}
"""Index: what no adapter understands. Values: what it says is wrong with it, among other things."""

ORDERS: Final = (
    '{"cmd":"begin","seq":1,"kernel":1,"thread":0,"to":1,"context":""}',
    '{"cmd":"begin","seq":1,"kernel":0,"thread":0,"to":2,"context":""}',
    '{"cmd":"stop","seq":1,"kernel":0,"thread":0,"call":"other","context":""}',
    '{"cmd":"ring","seq":1,"kernel":0,"thread":0}',
    '{"cmd":"kill","seq":1,"kernel":0}',
    '{"cmd":"tick","seq":1,"kernel":2}',
    '{"cmd":"deliver","seq":1,"kernel":0,"from":1,"message":{"kind":"DONE","thread":0}}',
    '{"cmd":"deliver","seq":1,"kernel":0,"from":1,"message":{"kind":"GAVE","page":0}}',
    '{"cmd":"deliver","seq":1,"kernel":0,"from":1,"message":{"kind":"FAREWELL"}}',
    '{"cmd":"deliver","seq":1,"kernel":1,"from":0,"message":{"kind":"END"}}',
    '{"cmd":"deliver","seq":1,"kernel":1,"from":0,"message":{"kind":"RECALL","page":0,'
    '"access":"read"}}',
    '{"cmd":"deliver","seq":1,"kernel":1,"from":1,"message":{"kind":"ANSWER","thread":0,'
    '"context":""}}',
    '{"cmd":"deliver","seq":1,"kernel":1,"from":0,"message":{"kind":"ANSWER","thread":0,'
    '"context":"","pages":[{"page":0,"access":"read"}]}}',
)
"""What does not fit a process that has not begun."""

GROUPS: Final = ("fork", "futex", "pages/two", "refuse")
"""Of the cases."""

Command = Sequence[str]


@pytest.fixture(scope="module")
def in_c(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Command]:
    """The adapter in C, built from a copy by its own Makefile, with more flags if wanted."""

    def build(flags: str) -> Command:
        folder = tmp_path_factory.mktemp("c")
        for source in (*(ADAPTERS / "c").glob("*.[ch]"), ADAPTERS / "c" / "Makefile"):
            shutil.copy(source, folder)
        run = subprocess.run(
            ["make", f"CC=gcc {flags}"], cwd=folder, capture_output=True, text=True, check=False
        )
        assert (run.returncode, run.stderr) == (0, "")
        return (str(folder / "build" / "adapter"),)

    return build


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("c", marks=pytest.mark.tool("gcc")),
        pytest.param("node", marks=pytest.mark.tool("node")),
    ],
)
def adapter(request: pytest.FixtureRequest) -> Command:
    """How each of the two is started."""
    if request.param == "node":
        return (str(require_tool("node")), str(ADAPTERS / "node" / "adapter.js"))
    build: Callable[[str], Command] = request.getfixturevalue("in_c")
    return build(SANITIZERS)


def tell(command: Command, *lines: str) -> subprocess.CompletedProcess[str]:
    """Start an adapter, and tell it lines."""
    text = "".join(f"{line}\n" for line in lines)
    return subprocess.run(
        command, input=text, capture_output=True, text=True, check=False, timeout=30
    )


@pytest.mark.parametrize("folder", LINES_MAX)
def test_it_is_small(folder: str) -> None:
    sources = [path for path in (ADAPTERS / folder).iterdir() if path.suffix in (".c", ".h", ".js")]
    texts = [path.read_text() for path in sources]
    assert sum(len(text.splitlines()) for text in texts) <= LINES_MAX[folder]
    assert max(len(line) for text in texts for line in text.splitlines()) <= 100


@pytest.mark.tool("gcc", "musl-gcc")
def test_c_needs_nothing_but_the_c_library(in_c: Callable[[str], Command]) -> None:
    (program,) = in_c("-O2")
    assert tell([program], HELLO).returncode == 0
    folder = Path(program).parents[1]
    run = subprocess.run(
        ["make", "-B", "CC=musl-gcc -static"], cwd=folder, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (0, "")
    assert tell([program], HELLO).returncode == 0


@pytest.mark.parametrize(("arguments", "kernels"), [((), "all"), (("--one",), "one")])
def test_it_says_who_it_is(adapter: Command, arguments: tuple[str, ...], kernels: str) -> None:
    run = tell([*adapter, *arguments], HELLO, RESET, '{"cmd":"bye"}')
    hello, reset = map(json.loads, run.stdout.splitlines())
    assert (run.returncode, run.stderr) == (0, "")
    assert (hello["version"], hello["level"], hello["kernels"]) == (1, "messages", kernels)
    assert set(hello["capabilities"]) == CAPABILITIES
    assert reset["seq"] == 7
    assert reset.get("result", "ok") == "ok"


@pytest.mark.parametrize("line", BAD_LINES)
def test_it_ends_at_a_line_that_it_does_not_understand(adapter: Command, line: str) -> None:
    run = tell(adapter, RESET, line, RESET)
    assert run.returncode == 2
    assert len(run.stdout.splitlines()) == 1
    assert run.stderr.startswith("adapter: line 2: ")
    assert BAD_LINES[line] in run.stderr
    assert run.stderr.count("\n") == 1


def test_it_refuses_what_does_not_fit_and_goes_on(adapter: Command) -> None:
    check_refusals(adapter)


def test_the_reference_refuses_it_as_well() -> None:
    check_refusals((sys.executable, "-m", "popcorn_reference.adapter"))


def check_refusals(adapter: Command) -> None:
    begin = '{"cmd":"begin","seq":2,"kernel":0,"thread":1,"to":0,"context":"\\u00fc \\"\\n"}'
    run = tell(adapter, ORDERS[-1], RESET, *ORDERS, begin, begin)
    early, _, *refused, begun, again = map(json.loads, run.stdout.splitlines())
    assert (run.returncode, run.stderr) == (0, "")
    assert len(refused) == len(ORDERS)
    for reply in (early, *refused, again):
        assert reply["result"] == "error"
        assert reply["text"]
        assert not reply.get("sends")
    (sent,) = begun["sends"]
    assert (sent["to"], sent["message"]["thread"]) == (0, 1)
    assert sent["message"]["context"] == 'ü "\n'


def test_it_takes_no_other_arguments(adapter: Command) -> None:
    run = tell([*adapter, "--two"])
    assert run.returncode == 2
    assert "--one" in run.stderr


@pytest.mark.slow  # about 20 s in all: every case is driven by processes of its own
@pytest.mark.parametrize("arguments", [(), ("--one",)], ids=["all", "one"])
def test_it_conforms(adapter: Command, arguments: tuple[str, ...]) -> None:
    groups = [word for each in GROUPS for word in ("--only", each)]
    result = invoke("conform", *groups, "--", *adapter, *arguments)
    assert result.code == 0, result.out
    assert result.out.endswith(" conforms.\n")
