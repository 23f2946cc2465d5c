import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.backups import back_up, dump_command
from api.database import DatabaseRefused, database_at
from api.files import FileRefused
from gamification.programme.values import Programme
from gamification.verify.run import verify
from tests.world import World

PAGE_BYTES = 4096


@pytest.fixture
def world(sqlite_url: str, programme: Programme) -> Iterator[World]:
    database = database_at(sqlite_url)
    yield World(database, programme)
    database.close()


def contents_of(path: Path, world: World) -> object:
    database = database_at(f"sqlite:///{path}")
    restored = World.__new__(World)  # as it is: no shop is opened in it
    restored.database = database
    try:
        found = list(database.read_now(lambda c: list(verify(c, world.programme, now=world.now))))
        assert found == []
        return restored.contents()
    finally:
        database.close()


def test_a_backup_is_the_database_as_it_was(world: World, tmp_path: Path) -> None:
    member = world.enrol()
    world.buy(member, "100.00", receipt="A 1")
    world.redeem(member, "coffee")
    before = world.contents()
    made = back_up(world.database, tmp_path / "backup.sqlite")
    world.buy(member, "5.00")
    assert contents_of(tmp_path / "backup.sqlite", world) == before
    assert made.entries == len(before["entry"])
    assert made.size_bytes > 100_000


def test_a_backup_is_for_its_owner_alone_and_leaves_nothing_beside_it(
    world: World, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    back_up(world.database, folder / "backup.sqlite")
    assert [path.name for path in folder.iterdir()] == ["backup.sqlite"]
    assert (folder / "backup.sqlite").stat().st_mode & 0o077 == 0


def test_a_backup_overwrites_nothing(world: World, tmp_path: Path) -> None:
    database = Path(world.rows("PRAGMA database_list")[0][2])
    before = world.contents()
    with pytest.raises(FileRefused, match="is there already"):
        back_up(world.database, database)
    assert world.contents() == before
    assert not list(tmp_path.glob(".*part"))


def test_others_write_while_a_backup_is_made(world: World, tmp_path: Path) -> None:
    member = world.enrol()
    told: list[int] = []
    ended = threading.Event()

    def write() -> None:
        while not ended.is_set():
            world.buy(member, "1.00")
            told.append(1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            before = len(told)
            made = back_up(world.database, tmp_path / f"{number}.sqlite")
            assert made.size_bytes > 0
            with sqlite3.connect(tmp_path / f"{number}.sqlite") as copy:
                (held,) = copy.execute("SELECT count(*) FROM activity").fetchone()
            copy.close()
            assert before <= held
    finally:
        ended.set()
        writer.join()
    assert len(told) == len(world.rows("SELECT id FROM activity"))


def test_a_copy_that_cannot_be_restored_gets_no_name(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.backups.head", lambda: "9999")
    with pytest.raises(DatabaseRefused, match="no backup was made: its copy is at revision"):
        back_up(world.database, tmp_path / "backup.sqlite")
    assert not (tmp_path / "backup.sqlite").exists()
    assert not list(tmp_path.glob(".*part"))


def test_a_database_that_is_damaged_is_told_and_not_copied(world: World, tmp_path: Path) -> None:
    path = Path(world.rows("PRAGMA database_list")[0][2])
    (page,) = world.rows("SELECT rootpage FROM sqlite_master WHERE name = 'fact'")
    world.database.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE_BYTES)
        file.write(b"\xff" * PAGE_BYTES)
    database = database_at(f"sqlite:///{path}")
    try:
        with pytest.raises(
            DatabaseRefused, match=r"backup\.sqlite: no backup was made: .*malformed"
        ):
            back_up(database, tmp_path / "backup.sqlite")
    finally:
        database.close()
    assert not (tmp_path / "backup.sqlite").exists()
    assert not list(tmp_path.glob(".*part"))


def test_postgresql_is_copied_by_its_own_command_which_holds_no_password() -> None:
    url = "postgresql+psycopg://shop:geheim@db.example.org:5433/regulars?sslmode=require"
    command = dump_command(url, Path("monday.dump"))
    assert command == (
        "pg_dump --format=custom --file=monday.dump "
        "--dbname='postgresql://shop@db.example.org:5433/regulars?sslmode=require'"
    )
