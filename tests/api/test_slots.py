"""Engine slots: one holder each, let go of by a crash."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from api import slots
from api.database import DatabaseRefused
from api.database.postgresql import connect
from api.slots import Holding, Slot, engine_slot
from tests import postgresql
from tests.journeys.story import wait_until


def test_an_sqlite_file_has_one_engine_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "regulars.sqlite"
    url = f"sqlite:///{path}"
    with (
        engine_slot(url),
        pytest.raises(DatabaseRefused, match="another worker of ours"),
        engine_slot(url),
    ):
        pass
    with engine_slot(url):
        assert path.with_name("regulars.sqlite.lock").exists()


def test_each_engine_on_postgresql_has_the_first_slot_that_nobody_holds(migrated_url: str) -> None:
    with engine_slot(migrated_url) as first:
        with engine_slot(migrated_url) as second:
            assert (first.executor_id, second.executor_id) == ("slot-1", "slot-2")
            assert not first.has_nobody("slot-2")
            assert not first.has_nobody("slot-1")
        wait_until(lambda: first.has_nobody("slot-2"))  # the server sees the end a moment later
        with engine_slot(migrated_url) as third:
            assert third.executor_id == "slot-2"


def test_a_slot_whose_connection_was_cut_is_taken_again(migrated_url: str) -> None:
    with engine_slot(migrated_url) as held:
        assert held.holds() is Holding.HELD
        cut(migrated_url)
        assert held.holds() is Holding.HELD
        assert others_lock(migrated_url, held)


def test_a_lost_slot_that_another_was_faster_to_take_is_told_as_taken(migrated_url: str) -> None:
    with engine_slot(migrated_url) as held:
        cut(migrated_url)
        with engine_slot(migrated_url) as other:
            assert other.executor_id == held.executor_id
            # Asked again it says the same: its new connection answers, and holds nothing.
            assert [held.holds(), held.holds()] == [Holding.TAKEN] * 2
            assert other.holds() is Holding.HELD


def test_a_slot_is_unknown_while_the_database_takes_no_connection(migrated_url: str) -> None:
    with engine_slot(migrated_url) as held:
        with closed_to_all(migrated_url):
            cut(migrated_url)
            assert [held.holds(), held.holds()] == [Holding.UNKNOWN] * 2
        assert held.holds() is Holding.HELD
        assert others_lock(migrated_url, held)


def test_a_lost_connection_that_the_server_still_takes_for_alive_keeps_nobody_out(
    migrated_url: str,
) -> None:
    with engine_slot(migrated_url) as held:
        # A server that is at work for a connection does not notice that it is gone.
        driver = held._connection.pgconn  # type: ignore[attr-defined]  # noqa: SLF001 -- as a network would
        driver.send_query(b"SELECT pg_sleep(60)")
        with socket.socket(fileno=os.dup(driver.socket)) as line:
            line.shutdown(socket.SHUT_RDWR)
        assert held.holds() is Holding.HELD
        assert others_lock(migrated_url, held)


def test_a_slot_in_which_jobs_were_begun_is_the_last_one_taken(migrated_url: str) -> None:
    with connect(migrated_url) as connection:
        connection.execute(JOBS)
        connection.execute("INSERT INTO dbos.workflow_status VALUES ('slot-1', 'PENDING')")
        connection.execute("INSERT INTO dbos.workflow_status VALUES ('slot-2', 'SUCCESS')")
        try:
            with engine_slot(migrated_url) as first, engine_slot(migrated_url) as second:
                assert (first.executor_id, second.executor_id) == ("slot-2", "slot-3")
            wait_until(lambda: first_free(migrated_url) == "slot-2")
            connection.execute(
                "INSERT INTO dbos.workflow_status SELECT 'slot-' || n, 'PENDING'"
                " FROM generate_series(2, 64) n"
            )
            assert first_free(migrated_url) == "slot-1"
        finally:
            connection.execute("DROP SCHEMA dbos CASCADE")


def test_no_slot_is_given_when_all_are_taken(
    migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "SLOTS_MAX", 1)
    with (
        engine_slot(migrated_url),
        pytest.raises(DatabaseRefused, match="all 1 engine slots are taken"),
        engine_slot(migrated_url),
    ):
        pass


def test_jobs_that_may_not_be_read_are_a_refusal(migrated_url: str) -> None:
    with connect(migrated_url) as connection:
        connection.execute(JOBS)
        try:
            with (
                postgresql.new_role(migrated_url, connections_max=-1) as url,
                pytest.raises(DatabaseRefused) as refused,
                engine_slot(url),
            ):
                pass
        finally:
            connection.execute("DROP SCHEMA dbos CASCADE")
    assert str(refused.value) == f"{url}: permission denied for schema dbos"


JOBS = """
    DROP SCHEMA IF EXISTS dbos CASCADE; CREATE SCHEMA dbos;
    CREATE TABLE dbos.workflow_status (executor_id text, status text)
"""
OTHERS = "FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"


def first_free(url: str) -> str:
    with engine_slot(url) as slot:
        return slot.executor_id


def others_lock(url: str, slot: Slot) -> bool:
    """Whether the server keeps a slot for somebody, so that a second engine gets another."""
    with engine_slot(url) as other:
        return other.executor_id != slot.executor_id and not other.has_nobody(slot.executor_id)


def cut(url: str) -> None:
    """End every connection to a database, and see that they are gone."""
    name = make_url(url).database
    with connect(postgresql.ADDRESS) as connection:
        connection.execute(f"SELECT pg_terminate_backend(pid) {OTHERS}", (name,))
        wait_until(lambda: connection.execute(f"SELECT 1 {OTHERS}", (name,)).fetchone() is None)


@contextmanager
def closed_to_all(url: str) -> Iterator[None]:
    """Let nobody connect to a database until the block ends."""
    name = make_url(url).database
    with connect(postgresql.ADDRESS) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        try:
            yield
        finally:
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
