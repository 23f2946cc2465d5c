"""The README tells the truth: paths, commands, settings and the picture are there."""

import re
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from api.cli import app
from api.settings import Settings, variable_of
from tests.tidy.files import FOLDERS, ROOT

PAGES = ("README.md", *(f"{folder}/README.md" for folder in FOLDERS))
NOT_OURS = (".regulars", ".venv")  # made when it runs
README = (ROOT / "README.md").read_text("utf-8")


def named_paths(page: str) -> Iterator[str]:
    """What a page names in backticks, or links to, and looks like a path of the project."""
    text = (ROOT / page).read_text("utf-8")
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    for word in re.findall(r"`([^`\s]+)`|\]\(([^)\s]+)\)", text):
        name = next(filter(None, word))
        is_path = re.match(r"[\w.<*-]+/", name) or re.search(r"\.(py|md|toml|graphql|png)$", name)
        if is_path and not name.startswith(NOT_OURS) and "://" not in name:
            yield name


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_a_page_names_is_there(page: str) -> None:
    names = list(named_paths(page))
    assert names
    for name in names:
        pattern = re.sub(r"<\w+>", "*", name).rstrip("/")
        if "/" in pattern or (ROOT / pattern).exists():
            assert list(ROOT.glob(pattern)), f"{page}: {name}"
        else:  # a kind of file, such as `store.py`
            assert list(ROOT.glob(f"gamification/*/{pattern}")), f"{page}: {name}"


def test_a_path_that_is_not_there_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "README.md").write_text(
        "`api/nothing.py`, [a page](api/README.md), `viewer`, `a b`"
    )
    monkeypatch.setattr("tests.tidy.test_readme.ROOT", tmp_path)
    assert list(named_paths("README.md")) == ["api/nothing.py", "api/README.md"]


def fenced_lines() -> list[str]:
    blocks = re.findall(r"^```\w*\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_two_fenced_commands_are_all_that_a_newcomer_needs() -> None:
    demo, test = fenced_lines()
    assert demo.endswith("&& .venv/bin/regulars demo")
    assert test.endswith("&& .venv/bin/pytest")
    assert "pytest" not in demo


def test_the_table_of_settings_names_each_of_them() -> None:
    table = re.findall(r"^\| `(REGULARS_\w+)` \|", README, flags=re.MULTILINE)
    assert sorted(table) == sorted(variable_of(name) for name in Settings.model_fields)


def verbs(command: object, words: str) -> Iterator[str]:
    """The full words of each command: typer's groups have `commands`, the others have none."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield words
    for name, verb in (inner or {}).items():
        yield from verbs(verb, f"{words} {name}")


def test_the_table_of_commands_names_each_of_them() -> None:
    table = re.findall(r"^\| `(regulars [\w ]+)` \|", README, flags=re.MULTILINE)
    assert sorted(table) == sorted(verbs(typer.main.get_command(app), "regulars"))


def test_the_picture_is_a_card() -> None:
    picture = (ROOT / ".assets/card.png").read_bytes()
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", picture[16:24]) == (1000, 630)
