"""The verb ``new``: what it writes is accepted by ``check``, and its own test passes."""

import runpy
from pathlib import Path

import pytest

from support.command import invoke


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder from which the command is called."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_what_it_writes_holds_and_its_test_passes(here: Path) -> None:
    result = invoke("new", "key_desk")
    assert result.code == 0
    assert "popcorn-spec check key_desk" in result.out
    assert invoke("check", "key_desk").code == 0
    broken = invoke("check", "key_desk", "--set", "look_first=no")
    assert broken.code == 12
    assert "one_at_work fails for v=w0, w=w1" in broken.out
    tests = runpy.run_path(str(here / "tests" / "test_key_desk.py"))
    ran = [run() for name, run in tests.items() if name.startswith("test_")]
    assert len(ran) == 2


def test_the_protocol_has_its_own_name(here: Path) -> None:
    invoke("new", "own_name")
    text = (here / "own_name" / "protocol.py").read_text()
    assert 'name="own_name"' in text
    assert "popcorn-spec check own_name" in text
    assert "skeleton" not in text


def test_json_lists_the_files(tmp_path: Path) -> None:
    result = invoke("new", "listed", "--folder", tmp_path / "deep" / "er", "--json")
    assert [Path(x).name for x in result.data["written"]] == [
        "__init__.py",
        "protocol.py",
        "test_listed.py",
    ]


def test_nothing_is_overwritten(here: Path) -> None:
    invoke("new", "once")
    (here / "once" / "protocol.py").write_text("mine")
    (here / "once" / "__init__.py").unlink()
    result = invoke("new", "once")
    assert result.code == 2
    assert "is there already; nothing was written" in result.complaint
    assert (here / "once" / "protocol.py").read_text() == "mine"
    assert not (here / "once" / "__init__.py").exists()


@pytest.mark.parametrize("name", ["my-protocol", "class", "2fast", "json"])
def test_names_that_cannot_be(name: str, here: Path) -> None:
    result = invoke("new", name)
    assert result.code == 2
    assert "cannot name a package" in result.complaint


def test_a_folder_that_cannot_be_made(here: Path) -> None:
    (here / "file").write_text("")
    result = invoke("new", "there", "--folder", here / "file")
    assert result.code == 2
    assert result.complaint
