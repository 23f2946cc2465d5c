"""Migrations: from nothing to what the tables say, once, and never from what they don't know."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from api.database import Database, DatabaseRefused
from api.migrate import head, migrate, revision_of
from api.runner import Runner
from api.tables import METADATA
from tests.world import World

APPEND_ONLY = ("activity", "entry", "lot_use", "fact")


def address(path: Path) -> str:
    return f"sqlite:///{path}"


def objects(path: Path) -> dict[tuple[str, str], str]:
    """The kind, name and SQL of everything that a file holds; on one line, without quotes."""
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    found = {
        (kind, name): " ".join(sql.replace('"', "").split())
        for kind, name, sql in rows
        if name != "alembic_version"
    }
    connection.close()
    return found


def parts(sql: str) -> set[str]:
    """The columns and constraints inside the brackets of a statement, and what stands around."""
    head, _, rest = sql.partition("(")
    inside, _, tail = rest.rpartition(")")
    found, depth = [""], 0
    for character in inside:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            found.append("")
        else:
            found[-1] += character
    return {part.strip() for part in (head, tail, *found)}


@pytest.fixture
def migrated(migrated_file: Path) -> Iterator[sqlalchemy.Connection]:
    database = Database(address(migrated_file))
    with database.engine.connect() as connection:
        yield connection
    database.close()


def test_a_migrated_database_differs_in_nothing_from_the_tables(
    migrated: sqlalchemy.Connection,
) -> None:
    context = MigrationContext.configure(migrated, opts={"compare_type": True})
    assert compare_metadata(context, METADATA) == []


def test_checks_and_clustering_are_those_of_the_tables_too(
    migrated_file: Path, tmp_path: Path
) -> None:
    # Alembic compares neither CHECKs nor WITHOUT ROWID.
    created = Database(address(tmp_path / "created.sqlite"))
    METADATA.create_all(created.engine)
    created.close()
    by_migration, by_tables = objects(migrated_file), objects(tmp_path / "created.sqlite")
    assert by_tables
    triggers = {key for key in by_migration if key[0] == "trigger"}
    assert set(by_migration) - triggers == set(by_tables)
    for key, sql in by_tables.items():
        assert parts(by_migration[key]) == parts(sql), key


def test_every_table_with_a_text_key_is_clustered_by_it(migrated_file: Path) -> None:
    tables = {name: sql for (kind, name), sql in objects(migrated_file).items() if kind == "table"}
    assert [name for name, sql in tables.items() if not sql.endswith("WITHOUT ROWID")] == []


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("change", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}"])
def test_what_happened_can_be_neither_changed_nor_deleted(
    world: World, table: str, change: str
) -> None:
    world.refund(world.buy(world.enrol(), "30.00"))
    before = world.contents()
    assert before[table]
    statement = change.format(table, next(iter(METADATA.tables[table].columns)).name)

    def attempt(connection: Runner) -> None:
        connection.driver.execute(statement)

    with pytest.raises(sqlite3.IntegrityError, match=f"^{table} is append-only$"):
        world.write(attempt)
    assert world.contents() == before


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "regulars.sqlite"
    database = Database(address(path))
    assert migrate(database.engine) == (None, head())
    first = objects(path)
    assert migrate(database.engine) == (head(), head())
    assert objects(path) == first
    assert revision_of(database.engine) == head()
    database.close()


def test_a_step_that_fails_leaves_the_database_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: Any, **_options: Any) -> None:
        raise OSError("disk full")

    path = tmp_path / "regulars.sqlite"
    database = Database(address(path))
    monkeypatch.setattr("alembic.op.create_index", fail)
    with pytest.raises(OSError, match="disk full"):
        migrate(database.engine)
    assert objects(path) == {}
    monkeypatch.undo()
    assert migrate(database.engine) == (None, head())
    database.close()


def one_line_of(refusal: pytest.ExceptionInfo[DatabaseRefused]) -> str:
    line = str(refusal.value)
    assert line
    assert "\n" not in line
    return line


def test_a_database_of_a_newer_version_is_refused_in_one_line(database: Database) -> None:
    database.write_now(
        lambda c: c.driver.execute("UPDATE alembic_version SET version_num = '9999'")
    )
    with pytest.raises(DatabaseRefused) as refusal:
        migrate(database.engine)
    assert "9999" in one_line_of(refusal)
    assert "newer" in str(refusal.value)
    assert revision_of(database.engine) == "9999"


def test_a_file_that_is_no_database_is_refused_in_one_line_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Buy milk. " * 200)
    with pytest.raises(DatabaseRefused) as refusal:
        Database(address(path))
    assert "file is not a database" in one_line_of(refusal)
    assert str(path) in str(refusal.value)
    assert path.read_text() == "Buy milk. " * 200


def test_a_file_cut_short_is_refused_in_one_line_that_names_it(
    migrated_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "cut.sqlite"
    path.write_bytes(migrated_file.read_bytes()[:5_000])
    with pytest.raises(DatabaseRefused) as refusal:
        migrate(Database(address(path)).engine)
    assert str(path) in one_line_of(refusal)
