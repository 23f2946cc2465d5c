"""A revision that cannot be read, a migration that cannot begin: told in one sentence."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy

from api.database import Database, DatabaseRefused, database_at, postgresql
from api.database.postgresql import LOCK_FAMILY
from api.migrate import MIGRATING, head, migrate, revision_of
from tests.api.described import objects
from tests.databases import only_postgresql
from tests.journeys.story import wait_until
from tests.postgresql import new_role


@contextmanager
def kept_waiting(url: str) -> Iterator[str]:
    """Somebody else has the database for good, whoever waits for it; the reason one is given."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(Path(url.removeprefix("sqlite:///")))) as other:
            other.execute("BEGIN IMMEDIATE")
            yield "database is locked"
        return
    with psycopg.connect(url, autocommit=True) as other:
        name = other.info.dbname
        other.execute(f"ALTER DATABASE {name} SET statement_timeout = '200ms'".encode())
        other.execute("SELECT pg_advisory_lock(%s, %s)", (LOCK_FAMILY, MIGRATING))
        yield "canceling statement due to statement timeout"


def test_a_migration_that_cannot_begin_is_refused_in_one_sentence(
    new_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.database.sqlite.BUSY_TIMEOUT_S", 0)
    database = database_at(new_url)
    with kept_waiting(new_url) as reason, pytest.raises(DatabaseRefused) as refused:
        migrate(database)
    database.close()
    assert str(refused.value) == f"{database.name}: stays as it was: {reason}"
    assert objects(new_url) == {}


WITHOUT_RIGHTS = "permission denied for table alembic_version"


@pytest.mark.parametrize(
    ("verb", "said"),
    [(revision_of, WITHOUT_RIGHTS), (migrate, f"stays as it was: {WITHOUT_RIGHTS}")],
)
def test_a_role_without_rights_reads_one_sentence_without_its_password(
    migrated_url: str, verb: Callable[[Database], object], said: str
) -> None:
    with (
        psycopg.connect(migrated_url, autocommit=True) as owner,
        new_role(migrated_url, connections_max=-1) as url,
    ):
        role = sqlalchemy.make_url(url)
        owner.execute(f"REVOKE ALL ON alembic_version FROM {role.username}".encode())
        database = database_at(role.set(password="secret").render_as_string(hide_password=False))
        with closing(database), pytest.raises(DatabaseRefused) as refused:
            verb(database)
    assert str(refused.value) == f"{url.replace('@', ':***@')}: {said}"


@only_postgresql
def test_a_revision_that_somebody_keeps_is_refused_and_a_migration_waits_for_it(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "_OPTIONS", "-c lock_timeout=100ms")
    waiting = "SELECT 1 FROM pg_locks WHERE relation = 'alembic_version'::regclass AND NOT granted"
    with (
        closing(database_at(database_url)) as database,
        psycopg.connect(database_url) as other,
        ThreadPoolExecutor(1) as thread,
    ):
        other.execute("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(DatabaseRefused) as refused:
            revision_of(database)
        migrating = thread.submit(migrate, database)
        time.sleep(0.5)  # five times what the first look waits
        wait_until(lambda: other.execute(waiting.encode()).fetchone())
        other.rollback()
        assert migrating.result() == (head(), head())
    assert str(refused.value) == f"{database.name}: canceling statement due to lock timeout"
