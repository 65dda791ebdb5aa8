"""Each house rule bites: a text that breaks it is reported at the right line, its twin is not."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.house import imports, pins, shape, skips, words
from support.house.source import Module, Offence, get_name, read_modules

ModuleRule = Callable[[Module], Iterator[Offence]]
TextRule = Callable[[Path, str], Iterator[Offence]]


def make_module(text: str, name: str = "popcorn_model.part") -> Module:
    """A module as if it had been read from the tree."""
    return Module(Path(name.replace(".", "/") + ".py"), name, text)


def make_function(lines: int, docstring: str = "Does it.") -> str:
    """A function of exactly so many lines."""
    body = "".join(f"    x{i} = {i}\n" for i in range(lines - 2))
    return f'def work():\n    """{docstring}"""\n{body}'


BREACHES = [
    (shape.is_short_module, "x = 1\n" * 401, 1, "401 lines"),
    (shape.has_short_functions, "\n" + make_function(51), 2, "work has 51 lines, the limit is 50"),
    (shape.has_short_functions, make_function(71, "The encoder."), 1, "the limit is 70"),
    (shape.has_few_parameters, "def f(a, b, /, c, *d, e, **f): ...", 1, "f has 6 parameters"),
    (shape.has_few_parameters, "class A:\n    def f(self, a, b, c, d, e, g): ...", 2, "6"),
    (shape.has_head, "x = 1", 1, "no docstring"),
    (shape.has_head, "", 1, "no docstring"),
    (shape.has_head, '"""Half a\nsentence."""', 1, "not a whole sentence"),
    (shape.has_head, '"""One. Two."""', 1, "more than one sentence"),
    (shape.is_documented, "\ndef f(): ...", 2, "f is public"),
    (shape.is_documented, "class A: ...", 1, "A is public"),
    (imports.is_self_contained, "def f():\n    import numpy as np", 2, "imports numpy"),
    (imports.is_self_contained, "from popcorn_checker import ground", 1, "popcorn_checker"),
    (skips.never_skips, "import pytest\npytest.skip('later')", 2, "pytest.skip"),
    (skips.never_skips, "@pytest.mark.skipif(True)\ndef test(): ...", 1, "pytest.mark.skipif"),
    (skips.never_skips, "from pytest import importorskip", 1, "importorskip"),
]

KEPT = [
    (shape.is_short_module, "x = 1\n" * 400),
    (shape.has_short_functions, make_function(50)),
    (shape.has_short_functions, make_function(70, "The dispatch of all kinds.")),
    (shape.has_few_parameters, "class A:\n    def f(self, a, b, c, d, e): ..."),
    (shape.has_few_parameters, "@overload\ndef f(a, b, c, d, e, g): ..."),
    (shape.has_head, '"""One sentence, e.g. this one.\n\nAnd more."""'),
    (shape.is_documented, "def _f(): ...\n@typing.overload\ndef g(): ..."),
    (imports.is_self_contained, "import enum\nfrom . import terms\nfrom popcorn_model import x"),
    (skips.never_skips, "pytest.fail('no')\npytest.skip.Exception"),
]


@pytest.mark.parametrize(("rule", "text", "line", "complaint"), BREACHES)
def test_a_breach_is_reported(rule: ModuleRule, text: str, line: int, complaint: str) -> None:
    (offence,) = rule(make_module(text))
    assert offence.line == line
    assert complaint in str(offence)
    assert "\n" not in str(offence)


@pytest.mark.parametrize(("rule", "text"), KEPT)
def test_what_keeps_the_rule_is_let_be(rule: ModuleRule, text: str) -> None:
    assert list(rule(make_module(text))) == []


@pytest.mark.parametrize(
    "back",
    ["from . import a", "from popcorn_model.a import x", "def f():\n    import popcorn_model.a"],
)
def test_a_circle_is_reported_once_and_spelt_out(back: str) -> None:
    modules = [
        make_module("from popcorn_model.b import y", "popcorn_model.a"),
        make_module("from .c import z", "popcorn_model.b"),
        make_module(back, "popcorn_model.c"),
        make_module("from popcorn_model import a, b, c", "popcorn_model.user"),
    ]
    (offence,) = imports.has_no_circle(modules)
    assert offence.text == (
        "import circle: popcorn_model.a -> popcorn_model.b -> popcorn_model.c -> popcorn_model.a"
    )


def test_a_package_may_gather_its_modules() -> None:
    package = Module(Path("p/__init__.py"), "p", "from p.a import x\nfrom .b import y")
    modules = [
        package,
        make_module("from p.b import y", "p.b2"),
        make_module("from p import b2", "p.c"),
    ]
    assert list(imports.has_no_circle(modules)) == []


def test_a_module_that_asks_its_package_for_a_name_makes_a_circle() -> None:
    package = Module(Path("p/__init__.py"), "p", "from p.a import x")
    (offence,) = imports.has_no_circle([package, make_module("from p import x", "p.a")])
    assert offence.text == "import circle: p -> p.a -> p"


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        (words.names_no_registry, ".".join(("https://pypi", "org/simple"))),
        (words.names_no_registry, ".".join(("deb", "Debian", "org"))),
        (words.names_no_registry, "files.python" + "hosted"),
        (words.names_no_workplace, "/".join(("", "work", "main"))),
        (words.names_no_workplace, "/".join(("", "home", "ada", "src"))),
        (words.names_no_finding, "the repair of C5b"),
        (words.names_no_finding, "see W12."),
    ],
)
def test_a_forbidden_word_is_reported(rule: TextRule, word: str) -> None:
    (offence,) = rule(Path("README.md"), f"A line.\nAnd {word} in it.\n")
    assert offence.line == 2


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        (words.names_no_registry, "Debian's packages; debian organises"),
        (words.names_no_workplace, "network/main, ~/root/, and https://example.invalid/home/x/"),
        (words.names_no_finding, "X123 W1abc MAX1 C C++17"),
    ],
)
def test_a_harmless_word_is_let_be(rule: TextRule, word: str) -> None:
    assert list(rule(Path("README.md"), word)) == []


def test_protocol_files_are_those_of_protocol_packages(tmp_path: Path) -> None:
    package = tmp_path / "model" / "popcorn_model"
    for name in ("popcorn_2014/pages.py", "protocols/smp.md", "language/terms.py", "__init__.py"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).touch()
    found = [
        str(path.relative_to("model/popcorn_model")) for path in words.get_protocol_files(tmp_path)
    ]
    assert found == ["popcorn_2014/pages.py", "protocols/smp.md"]


def test_tracked_files_are_those_of_git(tmp_path: Path) -> None:
    for name in ("kept.py", "stray.py", "gone.py"):
        (tmp_path / name).touch()
    for command in (["init", "-q"], ["add", "kept.py", "gone.py"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    (tmp_path / "gone.py").unlink()
    assert words.get_tracked_files(tmp_path) == (Path("kept.py"),)


def test_modules_are_named_as_programs_import_them(tmp_path: Path) -> None:
    assert get_name(Path("popcorn_model/language/terms.py")) == "popcorn_model.language.terms"
    (tmp_path / "model/p").mkdir(parents=True)
    (tmp_path / "model/p/__init__.py").write_text("x = 1\n")
    (module,) = read_modules(tmp_path, ["model"])
    assert (module.path, module.name, module.package) == (Path("model/p/__init__.py"), "p", "p")


@pytest.mark.parametrize(
    "line", ["numpy>=2", "numpy==2.0 # why", "a @ file:a.whl", "", "-r more.txt"]
)
def test_a_line_that_is_no_pin_is_reported(line: str) -> None:
    (offence,) = pins.has_only_pins(f"networkx==3.6.1\n{line}\n")
    assert offence.line == 2


def test_a_dependency_without_a_pin_is_reported() -> None:
    pyproject = """
        build-system.requires = ["hatchling>=1.27"]
        project.dependencies = ["z3-solver", "typing.extensions; python_version < '4'"]
        project.optional-dependencies.dev = ["coverage[toml]"]
    """
    constraints = "hatchling==1.33.0\ntyping_extensions==4.16.0\nz3-solver==5.4.1.0\n"
    (offence,) = pins.pins_dependencies(constraints, pyproject)
    assert offence.text == "coverage is a dependency and not pinned"
