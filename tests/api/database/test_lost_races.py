"""A unique value that was taken by another write: what the database says of it."""

import sqlite3
from importlib import import_module
from typing import Any

import psycopg
import pytest
from sqlalchemy import Insert, PrimaryKeyConstraint, Table, UniqueConstraint
from sqlalchemy.sql.expression import Executable

from api.database import Database
from api.runner import Runner
from api.tables import METADATA
from gamification.database import insert_into, insert_once_into
from gamification.stores.tables import Store
from tests.databases import only_postgresql
from tests.tidy.files import PACKAGES, ROOT, python_files

PLAIN, ONCE = insert_into(Store), insert_once_into(Store)

# Of unique values, what a database's log may have: ids of ours, days, counts, words of programmes.
QUOTABLE = {
    "account": {"id"},
    "adjustment": {"id"},
    "award": {"id", "member_id", "goal", "level", "cycle"},
    "card": {"handle"},  # by chance alone: it is made anew for each card
    "claim": {"id", "activity_id"},
    "entry": {"id", "cause", "from_account", "from_version", "to_account", "to_version"},
    "fact": {"member_id", "number"},
    "lot": {"id"},
    "lot_use": {"entry_id", "lot_id"},
    "proposal": {"id"},
    "participation": {"member_id", "goal", "cycle"},
    "referral": {"friend_id"},
    "review": {"activity_id"},
    "staff": {"id"},
    "staff_key": {"key_hash"},
    "store": {"id"},
    "timeline": {"member_id"},
    "visit": {"id"},
}


def adds(database: Database, statement: Executable, name: str) -> None:
    def write(runner: Runner) -> None:
        runner.run(statement, id="wilhelmina", name=name)

    database.write_now(write)


def said(database: Database, statement: Executable) -> str:
    """What the database says when a row is added whose key is taken."""
    adds(database, statement, "first")
    with pytest.raises((psycopg.Error, sqlite3.IntegrityError)) as lost:
        adds(database, statement, "second")
    return str(lost.value)


def test_a_lost_race_fails_and_leaves_the_winner_as_it_is(database: Database) -> None:
    assert "wilhelmina" not in said(database, ONCE)
    names = database.read_now(lambda runner: runner.driver.execute("SELECT name FROM store"))
    assert [name for (name,) in names] == ["first"]


@only_postgresql
def test_a_plain_insert_would_quote_the_value_that_is_taken(database: Database) -> None:
    assert "wilhelmina" in said(database, PLAIN)


def test_a_lost_race_is_tried_again_and_sees_the_winner(database: Database) -> None:
    tries: list[int] = []

    def write(runner: Runner) -> None:
        tries.append(1)
        runner.run(ONCE, id=f"store-{len(tries)}", name="")
        if len(tries) == 1:
            runner.run(ONCE, id="store-1", name="")

    database.write_now(write)
    names = database.read_now(lambda runner: runner.driver.execute("SELECT id FROM store"))
    assert [name for (name,) in names] == ["store-2"]


def unique_columns(table: Table) -> set[str]:
    keys: list[Any] = [
        each
        for each in table.constraints
        if isinstance(each, PrimaryKeyConstraint | UniqueConstraint)
    ]
    keys += [index for index in table.indexes if index.unique]
    return {column.name for key in keys for column in key.columns}


def plain_inserts() -> set[str]:
    """The tables into which some store inserts by `insert_into`."""
    stores = (path for path in python_files(*PACKAGES) if path.name == "store.py")
    modules = [
        import_module(".".join(path.relative_to(ROOT).with_suffix("").parts)) for path in stores
    ]
    return {
        str(value.table.name)  # type: ignore[attr-defined]  # of a table of ours
        for module in modules
        for value in vars(module).values()
        if type(value) is Insert
    }


def test_only_what_a_log_may_have_is_inserted_plainly() -> None:
    tables = plain_inserts()
    assert tables >= {"entry", "fact"}
    assert {name: unique_columns(METADATA.tables[name]) for name in tables} == {
        name: QUOTABLE[name] for name in tables
    }
