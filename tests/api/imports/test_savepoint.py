"""A savepoint undoes its own part and leaves the rest of the transaction."""

import sqlite3

import psycopg
import pytest

from api.database import Database
from api.runner import Runner
from gamification.stores import store as stores


def test_what_was_written_inside_is_undone_and_the_rest_stays(database: Database) -> None:
    def fail(connection: Runner) -> None:
        with connection.savepoint():
            stores.add(connection, store_id="inside", name="")
            raise LookupError

    def write(connection: Runner) -> None:
        stores.add(connection, store_id="before", name="")
        with connection.savepoint():
            stores.add(connection, store_id="kept", name="")
            with pytest.raises(LookupError):
                fail(connection)
        stores.add(connection, store_id="after", name="")

    database.write_now(write)
    names = [row.id for row in database.read_now(stores.every)]
    assert names == ["after", "before", "kept"]


@pytest.mark.parametrize("error", [LookupError, None])
def test_what_could_not_be_written_inside_is_undone_too(
    database: Database, error: type[Exception] | None
) -> None:
    def fail(connection: Runner) -> None:
        with connection.savepoint():
            stores.add(connection, store_id="before", name="")  # again
            if error:
                raise error

    def write(connection: Runner) -> None:
        stores.add(connection, store_id="before", name="")
        with pytest.raises((LookupError, psycopg.IntegrityError, sqlite3.IntegrityError)):
            fail(connection)
        stores.add(connection, store_id="after", name="")

    database.write_now(write)
    assert [row.id for row in database.read_now(stores.every)] == ["after", "before"]
