"""The built wheel, installed into an empty environment, works outside the tree.

This is what somebody gets who installs the package and has no clone: dependencies that are not
declared, files that are not packed and verbs that are not entry points are found here only.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zipfile import ZipFile

import pytest

ROOT: Final = Path(__file__).resolve().parent.parent
PIP: Final = ("-m", "pip", "--quiet", "--disable-pip-version-check")

Run = subprocess.CompletedProcess[str]

PROTOCOL: Final = '''"""A lamp."""
from popcorn_model.language import *

lit = state("lit", of=Bool, start=False)

@action
def switch() -> Step:
    """The lamp changes."""
    return when()(put(lit(), ~lit()))

@always()
def dark() -> Bool:
    """The lamp is off."""
    return ~lit()

PROTOCOL = Protocol("lamp", "A lamp.", parts=(
    Part("lamp", "the lamp", states=(lit,), actions=(switch,), properties=(dark,)),))
'''

pytestmark = pytest.mark.rest  # about 100 s: it installs all dependencies anew, and compiles anew


def clean() -> dict[str, str]:
    """The environment without what leads Python back into the tree."""
    return {n: v for n, v in os.environ.items() if n not in ("PYTHONPATH", "VIRTUAL_ENV")}


def run(*command: object, folder: Path) -> Run:
    """Run a program in a folder."""
    return subprocess.run(
        [str(each) for each in command], cwd=folder, env=clean(), capture_output=True, text=True,
        check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the tree with the tools of the development environment."""
    folder = tmp_path_factory.mktemp("wheel")
    done = run(sys.executable, *PIP, "wheel", "--no-build-isolation", "--no-deps",
               "--wheel-dir", folder, ROOT, folder=folder)  # fmt: skip
    assert done.returncode == 0, done.stderr
    (made,) = folder.glob("*.whl")
    return made


@dataclass(frozen=True)
class Installed:
    """The command as it is after an installation, and a folder to work in."""

    program: Path
    folder: Path

    def __call__(self, *arguments: object) -> Run:
        """Run the command in the folder."""
        return run(self.program, *arguments, folder=self.folder)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in an empty environment, with the dependencies that it declares."""
    folder = tmp_path_factory.mktemp("elsewhere")
    programs = folder / "env" / "bin"
    for command in (
        (sys.executable, "-m", "venv", folder / "env"),
        (programs / "python", *PIP, "install", "--constraint", ROOT / "constraints.txt", wheel),
    ):
        done = run(*command, folder=folder)
        assert done.returncode == 0, done.stderr
    (folder / "work").mkdir()
    return Installed(programs / "popcorn-spec", folder / "work")


def test_the_wheel_carries_the_packages_and_nothing_else(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "popcorn_model",
        "popcorn_reference",
        "popcorn_checker",
        "popcorn_proofs",
    }
    assert "popcorn_checker/show/viewer.html" in names
    packages = ("popcorn_model", "popcorn_reference", "popcorn_checker", "popcorn_proofs")
    assert {f"{name}/py.typed" for name in packages} <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_doctor_check_and_findings_outside_the_tree(installed: Installed) -> None:
    doctor = installed("doctor", "--json")
    assert doctor.returncode == 0, doctor.stderr
    assert str(ROOT) not in doctor.stdout
    check = installed(
        "check", "popcorn-2014", "--variant", "repaired", "--parts", "threads", "--scope",
        "kernels=2,tasks=1,pages=1", "--property", "at_most_one_place", "--json",
    )  # fmt: skip
    assert check.returncode == 0, check.stderr
    assert json.loads(check.stdout)["outcome"] == "holds"
    findings = installed("findings", "W2", "--json", "--trace", "w2.html")
    assert findings.returncode == 0, findings.stderr
    (found,) = json.loads(findings.stdout)
    assert (found["id"], found["derived"]) == ("W2", True)
    assert "<!DOCTYPE html>" in (installed.folder / "w2.html").read_text()


def test_a_protocol_of_ones_own_outside_the_tree(installed: Installed) -> None:
    assert installed("new", "mine").returncode == 0
    assert installed("check", "mine").returncode == 0
    package = installed.folder / "some_package"
    package.mkdir()
    (package / "some_protocol.py").write_text(PROTOCOL)
    broken = installed("check", "some_package.some_protocol")
    assert broken.returncode == 12, broken.stderr
    assert "violated in 1 step" in broken.stdout
    asked = installed("graph", "some_package.some_protocol", "--where", "lit", "--json")
    assert json.loads(asked.stdout)["length"] == 1
