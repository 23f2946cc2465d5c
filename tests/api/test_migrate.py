"""Migrations: from nothing to what the tables say, once, and never from what they don't know."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from api.database import Database, DatabaseRefused, database_at
from api.migrate import head, migrate, revision_of
from api.runner import Runner
from api.tables import METADATA
from tests.api.described import kinds, objects
from tests.world import World

APPEND_ONLY = ("activity", "adjustment", "entry", "lot_use", "fact")


@pytest.fixture
def new(new_url: str) -> Iterator[Database]:
    """A database without any table."""
    database = database_at(new_url)
    yield database
    database.close()


def refusal_of(database: Database) -> str:
    """The one line that a migration is refused with; nothing changes."""
    before = objects(database.url)
    with pytest.raises(DatabaseRefused) as refusal:
        migrate(database)
    assert objects(database.url) == before
    return one_line_of(refusal, database.name)


def one_line_of(refusal: pytest.ExceptionInfo[DatabaseRefused], name: str) -> str:
    line = str(refusal.value)
    assert line.startswith(f"{name}: ")
    assert "\n" not in line
    return line


def test_a_migrated_database_differs_in_nothing_from_the_tables(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_checks_and_clustering_are_those_of_the_tables_too(new: Database) -> None:
    # Alembic compares neither CHECKs nor WITHOUT ROWID.
    METADATA.create_all(new.engine)
    by_tables = objects(new.url)
    assert by_tables
    METADATA.drop_all(new.engine)
    assert objects(new.url) == {}
    migrate(new)
    by_migration = kinds(objects(new.url), "table", "index", "column", "constraint")
    assert by_migration == by_tables


def test_every_table_of_sqlite_is_clustered_by_its_key(sqlite_url: str) -> None:
    tables = kinds(objects(sqlite_url), "table")
    assert {name for name, parts in tables.items() if "WITHOUT ROWID" not in parts} == set()


def test_migrating_twice_changes_nothing(new: Database) -> None:
    assert objects(new.url) == {}
    assert migrate(new) == (None, head())
    first = objects(new.url)
    assert migrate(new) == (head(), head())
    assert objects(new.url) == first
    assert revision_of(new) == head()


def test_a_step_that_fails_leaves_the_database_as_it_was(
    new: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: Any, **_options: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("alembic.op.create_index", fail)
    with pytest.raises(OSError, match="disk full"):
        migrate(new)
    assert objects(new.url) == {}
    monkeypatch.undo()
    assert migrate(new) == (None, head())


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("change", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}"])
def test_what_happened_can_be_neither_changed_nor_deleted(
    world: World, table: str, change: str
) -> None:
    world.refund(world.buy(world.enrol(), "30.00"))
    world.adjust(world.enrol(), 10)
    before = world.contents()
    assert before[table]
    statement = change.format(table, next(iter(METADATA.tables[table].columns)).name)

    def attempt(connection: Runner) -> None:
        connection.driver.execute(statement)

    refused = (sqlite3.IntegrityError, psycopg.errors.RaiseException)
    with pytest.raises(refused, match=rf"^{table} is append-only(\n|$)"):
        world.write(attempt)
    assert world.contents() == before


def test_a_database_of_a_newer_version_is_refused_in_one_line(new: Database) -> None:
    migrate(new)
    new.write_now(lambda c: c.driver.execute("UPDATE alembic_version SET version_num = '9999'"))
    line = refusal_of(new)
    assert "9999" in line
    assert "newer" in line


def test_a_database_of_another_program_is_refused_in_one_line(new: Database) -> None:
    new.write_now(lambda c: c.driver.execute("CREATE TABLE customer (name text)"))
    assert "tables that are not ours" in refusal_of(new)


def test_a_database_that_lost_a_table_is_refused_in_one_line(new: Database) -> None:
    migrate(new)
    new.write_now(lambda c: c.driver.execute("DROP TABLE consent"))
    line = refusal_of(new)
    assert "no table consent" in line
    assert "restore a backup" in line


def test_a_database_that_lost_a_column_is_refused_in_one_line(new: Database) -> None:
    migrate(new)
    new.write_now(lambda c: c.driver.execute("ALTER TABLE account RENAME COLUMN head TO tail"))
    line = refusal_of(new)
    assert "no column account.head" in line
    assert "restore a backup" in line
    with pytest.raises(DatabaseRefused) as refusal:
        revision_of(new)
    assert one_line_of(refusal, new.name) == line


def test_a_file_that_is_no_database_is_refused_in_one_line_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Buy milk. " * 200)
    with pytest.raises(DatabaseRefused) as refusal:
        database_at(f"sqlite:///{path}")
    assert "file is not a database" in one_line_of(refusal, str(path))
    assert path.read_text() == "Buy milk. " * 200


def test_a_file_cut_short_is_refused_in_one_line_that_names_it(
    migrated_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "cut.sqlite"
    path.write_bytes(migrated_file.read_bytes()[:5_000])
    with pytest.raises(DatabaseRefused) as refusal:
        migrate(database_at(f"sqlite:///{path}"))
    one_line_of(refusal, str(path))
