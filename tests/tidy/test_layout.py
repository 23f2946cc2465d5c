"""Where things stand, and how large they grow."""

from tests.tidy.files import FOLDERS, ROOT, python_files, shown

LINES_MAX = 300  # what a reader holds in mind; beyond it something wants to be a file of its own
MODEL_LINES_MAX = 199  # what is to be believed without a test of its own stays below 200
LEFT_BY_INSTALLING = {"build", "regulars.egg-info"}  # not under version control


def test_no_python_file_grows_beyond_what_a_reader_holds_in_mind() -> None:
    lengths = {
        shown(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in python_files()
        if "migrations" not in path.parts
    }
    assert {name: length for name, length in lengths.items() if length > LINES_MAX} == {}


def test_the_model_is_small_enough_to_be_believed() -> None:
    parts = [*(ROOT / "tests/gamification/properties").glob("model*.py")]
    assert parts
    texts = [part.read_text(encoding="utf-8") for part in parts]
    assert max(len(text.splitlines()) for text in texts) <= MODEL_LINES_MAX


def test_the_top_level_holds_only_what_was_agreed() -> None:
    entries = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert entries - LEFT_BY_INSTALLING - {"__pycache__"} == {
        "pyproject.toml",
        "README.md",
        *FOLDERS,
    }


def test_each_package_explains_itself_on_one_page() -> None:
    lines_max = 60
    for folder in FOLDERS:
        page = (ROOT / folder / "README.md").read_text(encoding="utf-8")
        assert len(page.splitlines()) <= lines_max, folder
        for heading in ("## Words", "## What holds", "## Deliberately absent"):
            assert heading in page.splitlines(), f"{folder}/README.md: {heading}"


def test_tests_are_no_packages() -> None:
    # With pytest's importlib mode an __init__.py would give a module two names.
    assert [shown(path) for path in python_files("tests") if path.name == "__init__.py"] == []


def test_each_folder_with_python_in_it_is_a_package_of_the_installation() -> None:
    # setuptools leaves a folder without __init__.py out of the wheel.
    folders = {path.parent for path in python_files(*FOLDERS[:-1])}
    data_only = {ROOT / "api/migrations/versions"}  # Alembic reads these files by path
    missing = [
        shown(folder) for folder in folders - data_only if not (folder / "__init__.py").is_file()
    ]
    assert missing == []
