"""What an address of PostgreSQL may say of its connections: the pool's and those outside of it."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy

from api.database import database_at
from api.database.postgresql import LOCK_TIMEOUT_S, connect
from api.migrate import head, migrate, revision_of
from api.slots import Holding, engine_slot

OPTIONS = ("-csearch_path=shop -c timezone=Asia/Taipei", "-c lock_timeout=0 -c work_mem=7MB")
SETTINGS = ("search_path", "work_mem", "TimeZone", "lock_timeout", "application_name")
SEEN = ["shop", "7MB", "UTC", f"{LOCK_TIMEOUT_S}s", "regulars"]
ASKED = "SELECT " + ", ".join(f"current_setting('{name}')" for name in SETTINGS)


@pytest.fixture
def url(migrated_url: str) -> Iterator[str]:
    """An address with options of its own, said in two turns."""
    with connect(migrated_url) as connection:
        connection.execute("CREATE SCHEMA shop")
        address = sqlalchemy.make_url(migrated_url).update_query_dict({"options": OPTIONS})
        yield address.render_as_string(hide_password=False)
        connection.execute("DROP SCHEMA shop CASCADE")


def test_every_connection_has_the_options_of_the_address_and_then_ours(url: str) -> None:
    with connect(url) as connection:
        assert list(connection.execute(ASKED.encode()).fetchone() or ()) == SEEN
    database = database_at(url)
    try:
        with database.engine.connect() as pooled:
            driver: Any = pooled.connection.driver_connection
            assert list(driver.execute(ASKED).fetchone()) == SEEN
        assert database.read_now(lambda c: list(c.driver.execute(ASKED).fetchone())) == SEEN
    finally:
        database.close()


def test_a_shop_can_live_in_a_schema_of_its_own(url: str) -> None:
    database = database_at(url)
    try:
        assert migrate(database) == (None, head())
        assert revision_of(database) == head()
    finally:
        database.close()
    with connect(url) as connection:
        (tables,) = connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'shop'"
        ).fetchone() or (0,)
        assert tables > 20
    with engine_slot(url) as slot:
        assert slot.holds() is Holding.HELD


def test_a_name_and_a_password_are_taken_as_they_are_written(migrated_url: str) -> None:
    role, password = "regulars test %41", "a b+c%20/@:ł"
    address = sqlalchemy.make_url(migrated_url)
    with connect(migrated_url) as connection:
        connection.execute(f"CREATE ROLE \"{role}\" LOGIN PASSWORD '{password}'".encode())
        try:
            theirs = address.set(username=role, password=password)
            with connect(theirs.render_as_string(hide_password=False)) as other:
                assert other.execute("SELECT current_user").fetchone() == (role,)
        finally:
            connection.execute(f'DROP ROLE "{role}"'.encode())
