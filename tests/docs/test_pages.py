"""Every page of the documentation does what it says, and links only to what is there."""

import os
import re
import sys
from pathlib import Path
from typing import Final

import pytest

from popcorn_model import language
from support.command import invoke
from support.pages import SLOW, blocks, commands, fits, run_page

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = sorted((ROOT / "docs").glob("*.md"))
LINK: Final = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


@pytest.fixture(autouse=True)
def our_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page calls python is the one that this package is installed for."""
    here = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", os.pathsep.join([here, os.environ["PATH"]]))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_does_what_it_says(page: Path, tmp_path: Path) -> None:
    mismatches = run_page(page.read_text(), tmp_path)
    assert not mismatches, "\n\n".join(map(str, mismatches))


SLOW_PAGES: Final = [
    page for page in PAGES if any(b.note.startswith(SLOW) for b in blocks(page.read_text()))
]


@pytest.mark.rest  # about 15 s: a state graph of Popcorn's memory
@pytest.mark.parametrize("page", SLOW_PAGES, ids=lambda page: page.stem)
def test_a_page_does_what_it_says_even_where_that_is_slow(page: Path, tmp_path: Path) -> None:
    mismatches = run_page(page.read_text(), tmp_path, slow=True)
    assert not mismatches, "\n\n".join(map(str, mismatches))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text())
    missing = [x for x in links if "://" not in x and not (page.parent / x).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_other_commands_are_targets_of_the_makefile(page: Path) -> None:
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for block in blocks(page.read_text()):
        for line in block.body.splitlines() if block.kind == "sh" else ():
            program, _, rest = line.partition("#")[0].strip().partition(" ")
            assert program in ("make", "export"), line
            assert program == "export" or rest.split()[0] in targets, line


def test_every_verb_is_shown() -> None:
    shown = {
        command.split()[1]
        for page in PAGES
        for block in blocks(page.read_text())
        if block.kind == "console"
        for _, command, _ in commands(block)
        if command.startswith("popcorn-spec ")
    }
    assert shown >= {"check", "doctor", "export", "findings", "graph", "new", "trace"}


def test_the_language_is_documented_whole() -> None:
    text = (ROOT / "docs" / "language.md").read_text()
    assert [name for name in language.__all__ if not re.search(rf"\b{name}\b", text)] == []


# --- that a page that lies is caught ------------------------------------------------------------

TICKS: Final = "```"


@pytest.mark.parametrize(
    "lie",
    [
        f"{TICKS}console\n$ popcorn-spec nothing\nAll is well.\n{TICKS}\n",
        f"{TICKS}console\n$ popcorn-spec nothing\n...\n$ echo $?\n0\n{TICKS}\n",
        f"{TICKS}python\n>>> 1 + 1\n3\n{TICKS}\n",
    ],
)
def test_a_page_that_lies_is_caught(lie: str, tmp_path: Path) -> None:
    assert len(run_page(lie, tmp_path)) == 1


@pytest.mark.parametrize(
    "broken",
    [
        f"<!-- change a.py -->\n{TICKS}diff\n-old\n+new\n{TICKS}\n",
        f"{TICKS}console\n$ rm -r x\n{TICKS}\n",
        f"{TICKS}rust\nfn main() {{}}\n{TICKS}\n",
    ],
)
def test_what_cannot_be_run_is_caught(broken: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("older\n")
    with pytest.raises(AssertionError):
        run_page(broken, tmp_path)


def test_ellipses() -> None:
    assert fits("a\n...\nd\n", "a\nb\nc\nd\n")
    assert fits("a ... s\n", "a 0.3 s\n")
    assert not fits("a ... s\n", "a 0.3 m\n")
    assert not fits("a\n...\nd\n", "a\nb\n")


def test_the_picture_in_the_readme_is_the_one_that_the_command_draws(tmp_path: Path) -> None:
    drawn = tmp_path / "w8a.mmd"
    assert invoke("findings", "W8a", "--trace", str(drawn)).code == 0
    _, _, rest = (ROOT / "README.md").read_text().partition("```mermaid\n")
    assert drawn.read_text().strip() == rest.partition("```")[0].strip()
