"""A database on the PostgreSQL at the test address, if one answers there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
import sqlalchemy

from api.tables import METADATA

ADDRESS_VARIABLE = "TEST_POSTGRESQL_URL"
ADDRESS = os.environ.get(ADDRESS_VARIABLE, "postgresql://postgres@127.0.0.1:5432/postgres")
DEMAND = "DEMAND_POSTGRESQL"
CONNECT_TIMEOUT_S = 3

# The programme's accounts are part of an empty database.
_NOTHING_MOVED = (
    "DELETE FROM account WHERE member_id IS NOT NULL;"
    "UPDATE account SET balance = 0, lifetime = 0, version = 0, head = '', moved_at = NULL;"
)
_EMPTY = "".join(
    ["BEGIN; SET LOCAL session_replication_role = replica;"]
    + [
        f"DELETE FROM {table.name};"  # noqa: S608 -- ours
        for table in METADATA.sorted_tables
        if table.name != "account"
    ]
    + [_NOTHING_MOVED]
    + ["DROP SCHEMA IF EXISTS dbos CASCADE; COMMIT"]
)


def why_not() -> str | None:
    """Why nothing can be tested on PostgreSQL; None when it can."""
    try:
        psycopg.connect(ADDRESS, connect_timeout=CONNECT_TIMEOUT_S).close()
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0]
        return f"NOTHING WAS TRIED ON POSTGRESQL ({ADDRESS_VARIABLE}): {reason}"
    return None


def demand_or_skip() -> None:
    """Skip the test that asks when PostgreSQL does not answer; fail it when it is demanded."""
    if reason := why_not():
        if os.environ.get(DEMAND):
            pytest.fail(reason)
        pytest.skip(reason)


def address_of(name: str) -> str:
    """The address of a database on the server of the tests, whether it is there or not."""
    return sqlalchemy.make_url(ADDRESS).set(database=name).render_as_string(hide_password=False)


@contextmanager
def new_database(name: str, options: str = "") -> Iterator[str]:
    """The address of an empty database, which is dropped at the end of the block."""
    url = address_of(name)
    drop(url)
    _on_server(f"CREATE DATABASE {name} {options}")
    try:
        yield url
    finally:
        drop(url)


def drop(url: str) -> None:
    """Drop a database under whoever uses it; nothing when there is none."""
    _on_server(f"DROP DATABASE IF EXISTS {sqlalchemy.make_url(url).database} WITH (FORCE)")


def _on_server(command: str) -> None:
    with psycopg.connect(ADDRESS, autocommit=True) as connection:
        connection.execute(command.encode())


@contextmanager
def new_role(url: str, *, connections_max: int) -> Iterator[str]:
    """The address for someone who may read and write, on so many connections; gone afterwards."""
    address = sqlalchemy.make_url(url)
    role = f"{address.database}_role"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT {connections_max}".encode())
        connection.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}".encode())
        try:
            yield address.set(username=role).render_as_string(hide_password=False)
        finally:
            connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())


def empty(url: str) -> None:
    """Delete every row, behind the triggers' back: hundreds of times faster than a new database."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_EMPTY)
