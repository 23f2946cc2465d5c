"""Databases of the benchmark's own: an exact copy, nothing left behind, one clear line."""

from pathlib import Path

import pytest

from api.bench.databases import Databases, own_databases
from api.database import DatabaseRefused, database_at
from api.migrate import migrate
from gamification.stores import store as stores
from tests import postgresql


def names(url: str) -> list[str]:
    database = database_at(url)
    try:
        rows = database.read_now(lambda c: c.driver.execute("SELECT name FROM store").fetchall())
    finally:
        database.close()
    return [row[0] for row in rows]


def test_a_copy_holds_what_was_there_and_goes_its_own_way(databases: Databases) -> None:
    url = databases.new("world")
    database = database_at(url)
    migrate(database)
    database.write_now(lambda c: stores.add(c, store_id="one", name="One"))
    database.close()
    copy = databases.copy(url, "bare")
    database = database_at(copy)
    database.write_now(lambda c: stores.add(c, store_id="two", name="Two"))
    database.close()
    assert names(url) == ["One"]
    assert sorted(names(copy)) == ["One", "Two"]


def test_what_it_is_and_how_often_it_came_to_a_deadlock_is_told(databases: Databases) -> None:
    url = databases.new("world")
    assert databases.deadlocks(url) == 0
    product = "SQLite 3." if databases.is_sqlite else "PostgreSQL "
    assert databases.described().startswith(product)


def test_nothing_stays_on_the_server_even_when_it_breaks_off(tmp_path: Path) -> None:
    postgresql.demand_or_skip()
    made = []

    def break_off() -> None:
        with own_databases(postgresql.ADDRESS, tmp_path) as databases:
            made.append(databases.new("world"))
            database_at(made[0]).close()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    with pytest.raises(DatabaseRefused, match="does not exist"):
        database_at(made[0])


@pytest.mark.parametrize(
    "url", ["sqlite:///cafe.sqlite", "café", "postgresql://ola:secret@host:port/cafe", ""]
)
def test_an_address_of_no_postgresql_is_refused_without_its_password(
    url: str, tmp_path: Path
) -> None:
    with (
        pytest.raises(DatabaseRefused, match="--database: must be postgresql://") as refused,
        own_databases(url, tmp_path),
    ):
        raise AssertionError("the address was taken")
    assert "secret" not in str(refused.value)


def test_a_server_that_does_not_answer_is_told_in_one_line(tmp_path: Path) -> None:
    def make_one() -> None:
        with own_databases("postgresql://ola:secret@127.0.0.1:1/cafe", tmp_path) as databases:
            databases.new("world")

    with pytest.raises(DatabaseRefused, match=r"@127\.0\.0\.1:1/cafe: ") as refused:
        make_one()
    assert "\n" not in str(refused.value)
    assert "secret" not in str(refused.value)
