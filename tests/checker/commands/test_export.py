"""The verb ``export``: files for other model checkers, and what they are run with."""

from pathlib import Path

import pytest

from popcorn_checker.commands.export import module_name
from support.command import invoke

OWN = "support.ownership"


@pytest.mark.parametrize(
    ("language", "names", "run"),
    [
        ("murphi", ["Ownership.m"], "rumur"),
        ("tla", ["Ownership.tla", "MCOwnership.tla", "MCOwnership.cfg"], "tlc2.TLC"),
    ],
)
def test_files(language: str, names: list[str], run: str, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "out"
    result = invoke("export", OWN, "--to", language, "-o", folder, "--json")
    assert result.code == 0
    assert [Path(x).name for x in result.data["written"]] == names
    assert run in result.data["run"]
    assert all((folder / name).read_text() for name in names)


def test_variant_scope_and_mutation_are_exported(tmp_path: Path) -> None:
    def text(*arguments: str) -> str:
        result = invoke("export", OWN, *arguments, "--to", "murphi", "-o", tmp_path)
        assert result.code == 0
        assert f"wrote {tmp_path / 'Ownership.m'}" in result.out
        return (tmp_path / "Ownership.m").read_text()

    plain = text("--variant", "repaired")
    others = (
        text("--variant", "as-built"),
        text("--variant", "repaired", "--scope", "kernels=3"),
        text("--variant", "repaired", "--mutate", "hop/guard1"),
        text("--variant", "repaired", "--parts", "moves"),
    )
    assert all(other != plain for other in others)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--to", "promela"], 2, "there is no language promela: legal are murphi, tla"),
        (["--variant", "x"], 2, "there is no variant x"),
        (["--scope", "kernels=0"], 150, "at least one member"),
    ],
)
def test_bad_requests(arguments: list[str], code: int, words: str, tmp_path: Path) -> None:
    result = invoke("export", OWN, *arguments, "-o", tmp_path)
    assert result.code == code
    assert words in result.complaint


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert invoke("export", OWN, "-o", tmp_path / "file").code == 2


def test_names_of_modules() -> None:
    assert module_name("popcorn-2014") == "Popcorn2014"
    assert module_name("2014") == "Protocol2014"
