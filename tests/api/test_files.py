from pathlib import Path

import pytest

from api.files import FileRefused, new_file


def _write(part: Path, text: str, *, beside: Path) -> None:
    part.write_text(text)
    beside.write_text("mine")


def test_a_file_appears_whole_at_the_end_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    with new_file(path) as part:
        part.write_text("{}")
        assert not path.exists()
        assert part.parent == tmp_path
    assert path.read_text() == "{}"
    assert path.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_text("mine")
    with pytest.raises(FileRefused, match=r"export\.json: is there already"), new_file(path):
        pytest.fail("it must not begin")
    assert path.read_text() == "mine"


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    with (
        pytest.raises(FileRefused, match="is there already"),
        new_file(path) as part,
    ):
        _write(part, "{}", beside=path)
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_left_of_what_failed(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError), new_file(tmp_path / "export.json") as part:
        _write(part, "{", beside=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_without_hard_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    path = tmp_path / "export.json"
    with new_file(path) as part:
        part.write_text("{}")
    assert path.read_text() == "{}"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "export.json"
    with (
        pytest.raises(FileRefused, match=r"export\.json: No such file or directory"),
        new_file(path),
    ):
        pytest.fail("it must not begin")
