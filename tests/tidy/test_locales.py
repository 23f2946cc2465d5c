"""The languages keep step: every text is there in each of them."""

import tomllib
from pathlib import Path

import pytest

from tests.tidy.files import ROOT

FOLDERS = ("notifications/locales", "schema/locales", "schema/locales/why")
LANGUAGES = {"en", "pl", "ru", "zh-Hant"}


def texts(path: Path) -> dict[str, set[str]]:
    """The parts of each text, such as `title` and `body`; plural forms aside, which differ."""
    return {key: set(parts) for key, parts in tomllib.loads(path.read_text("utf-8")).items()}


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_of_texts_holds_each_language_once(folder: str) -> None:
    assert {path.stem for path in (ROOT / folder).glob("*.toml")} == LANGUAGES


@pytest.mark.parametrize("language", sorted(LANGUAGES - {"en"}))
@pytest.mark.parametrize("folder", FOLDERS)
def test_a_language_has_the_same_texts_as_english(folder: str, language: str) -> None:
    english = texts(ROOT / folder / "en.toml")
    assert english
    assert texts(ROOT / folder / f"{language}.toml") == english
