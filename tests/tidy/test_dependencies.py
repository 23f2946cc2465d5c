"""What the project stands on: declared, used, explained, and pinned as tested."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.tidy.files import FOLDERS, PACKAGES, ROOT, python_files, tree

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
CONSTRAINTS = (ROOT / ".ci/constraints.txt").read_text("utf-8").splitlines()

# Used without an import of their own.
NOT_IMPORTED = {
    "fontpkg-noto-sans": "a font, found by fontpkg",
    "sniffio": "looked for by httpcore at every await, which costs more than sending",
    "tzdata": "read by zoneinfo where the machine has no time zones",
}
TOOLS = {"pytest-xdist", "ruff", "mypy", "import-linter"}
NOT_OURS_TO_HAVE = "schema"  # this distribution's import name is that of our own package


def plain(name: str) -> str:
    """A distribution's name without its extras and version, spelled one way."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", name, maxsplit=1)[0]).lower()


def declared(requirements: list[str]) -> set[str]:
    return {plain(requirement) for requirement in requirements}


RUNTIME = declared(PROJECT["dependencies"])
TEST = declared(PROJECT["optional-dependencies"]["test"])


def imported(*folders: str) -> set[str]:
    """The foreign packages that the files import."""
    names: set[str] = set()
    for path in python_files(*folders):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module)
    ours = {*sys.stdlib_module_names, *FOLDERS, "_typeshed"}  # the last is for type checkers only
    return {name.split(".")[0] for name in names} - ours


def distributions(module: str) -> set[str]:
    return {plain(name) for name in packages_distributions().get(module, [])}


def test_every_package_that_the_code_imports_is_declared() -> None:
    hidden = {name for name in imported(*PACKAGES) if not distributions(name) & RUNTIME}
    assert hidden == set()


def test_every_package_that_the_tests_import_is_declared() -> None:
    declared_all = RUNTIME | TEST
    assert {name for name in imported("tests") if not distributions(name) & declared_all} == set()


def test_every_declared_package_is_used() -> None:
    used = {name for module in imported(*PACKAGES) for name in distributions(module)}
    assert RUNTIME - used - set(NOT_IMPORTED) == set()
    used_by_tests = {name for module in imported("tests") for name in distributions(module)}
    assert TEST - used_by_tests - TOOLS == set()


def test_every_declared_package_says_what_it_is_for() -> None:
    lines = (ROOT / "pyproject.toml").read_text("utf-8").splitlines()
    requirements = [line for line in lines if re.match(r'  "[a-z0-9-]+(\[\w+\])?[><=~]', line)]
    extras = PROJECT["optional-dependencies"].values()
    assert len(requirements) == len(PROJECT["dependencies"]) + sum(map(len, extras))
    assert [line for line in requirements if not re.search(r",\s+# \w", line)] == []


def test_no_package_takes_the_name_of_one_of_ours() -> None:
    assert NOT_OURS_TO_HAVE not in RUNTIME | TEST | {plain(line) for line in CONSTRAINTS}


def test_what_was_tested_is_pinned_by_name_and_version_alone() -> None:
    odd = [line for line in CONSTRAINTS if not re.fullmatch(r"[A-Za-z0-9._-]+==[\w.+!]+", line)]
    assert odd == []
    pinned = {plain(line) for line in CONSTRAINTS}
    assert (RUNTIME | TEST) - pinned == set()
    assert "regulars" not in pinned


def test_the_lock_of_the_readme_names_a_file_that_is_there() -> None:
    commands = Path(ROOT / "README.md").read_text("utf-8")
    assert "-c .ci/constraints.txt" in commands
