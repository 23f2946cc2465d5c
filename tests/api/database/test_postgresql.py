"""What PostgreSQL does to a write or a read, and what becomes of it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg
import pytest
import sqlalchemy

from api.database import Database, DatabaseBusy, database_at
from api.database.interface import WRITE_TRIES
from api.database.postgresql import IDLE_TIMEOUT_S, LOCK_TIMEOUT_S
from api.runner import Runner
from api.tables import METADATA
from gamification.errors import Refusal
from tests import postgresql
from tests.api.database.at_once import adding, ids, stores_of
from tests.databases import only_postgresql
from tests.journeys.story import wait_until

pytestmark = only_postgresql

STORE = METADATA.tables["store"]
NAME_OF = sqlalchemy.select(STORE.c.name).where(STORE.c.id == sqlalchemy.bindparam("store_id"))
ALIVE = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s"


def asked(url: str, query: bytes, *parameters: object) -> Any:
    """The one value of a query, asked on a connection apart."""
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(query, parameters or None).fetchone()[0]  # type: ignore[index]  # one row


def pid_of(runner: Runner) -> int:
    return int(runner.driver.info.backend_pid)


def cut(url: str, pid: int) -> None:
    """End a connection as a failing network or a restarting server does."""
    assert asked(url, b"SELECT pg_terminate_backend(%s)", pid)
    wait_until(lambda: asked(url, ALIVE.encode(), pid) == 0)


def cut_in(database: Database) -> Callable[[Runner], None]:
    return lambda runner: cut(database.url, pid_of(runner))


def test_a_connection_lost_between_two_writes_is_replaced_unseen(database: Database) -> None:
    def write(runner: Runner) -> str:
        ids(runner)  # as every action reads first; else the commit is sent with the first word
        return adding("a")(runner)

    pid = database.write_now(pid_of)
    cut(database.url, pid)
    assert database.write_now(write) == "a"
    assert database.write_now(pid_of) != pid
    assert stores_of(database) == ["a"]


def test_a_connection_lost_between_two_reads_is_replaced_unseen(database: Database) -> None:
    pid = database.read_now(pid_of)
    cut(database.url, pid)
    assert stores_of(database) == []
    assert database.read_now(pid_of) != pid


@pytest.mark.parametrize("times", [1, WRITE_TRIES])
def test_a_connection_lost_amid_a_write_leaves_nothing_or_all(
    database: Database, times: int
) -> None:
    tries: list[int] = []

    def write(runner: Runner) -> str:
        tries.append(1)
        adding("a")(runner)
        runner.all(NAME_OF, store_id="a")
        if len(tries) <= times:
            cut_in(database)(runner)
            runner.all(NAME_OF, store_id="a")
        return "a"

    try:
        written = [database.write_now(write)]
    except DatabaseBusy:
        written = []
    assert stores_of(database) == written
    assert len(tries) == 1 or len(tries) == min(times + 1, WRITE_TRIES)
    assert database.write_now(adding("b")) == "b"


def test_a_connection_lost_before_the_commit_is_told_and_replaced(database: Database) -> None:
    def write(runner: Runner) -> None:
        adding("a")(runner)
        cut_in(database)(runner)

    with pytest.raises(DatabaseBusy):
        database.write_now(write)
    assert stores_of(database) == []
    assert database.write_now(adding("b")) == "b"


def test_a_connection_lost_amid_a_read_leaves_the_next_read_well(database: Database) -> None:
    cuts: list[int] = []

    def read(runner: Runner) -> list[str]:
        if not cuts:
            cuts.append(1)
            ids(runner)
            cut_in(database)(runner)
        return ids(runner)

    with suppress(DatabaseBusy):
        assert database.read_now(read) == []
    assert cuts == [1]
    assert stores_of(database) == []


def test_a_statement_is_prepared_once_for_all_the_reads_and_writes_of_a_connection(
    database: Database,
) -> None:
    def prepared(runner: Runner) -> list[str]:
        runner.all(NAME_OF, store_id="a")
        rows = runner.driver.execute("SELECT name, statement FROM pg_prepared_statements")
        return [name for name, statement in rows.fetchall() if "FROM store" in statement]

    def refused(runner: Runner) -> None:
        prepared(runner)
        raise Refusal("MEMBER_UNKNOWN")

    first = database.read_now(prepared)
    assert len(first) == 1
    with pytest.raises(Refusal):
        database.write_now(refused)
    assert database.write_now(prepared) == database.read_now(prepared) == first


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_a_text_that_cannot_be_sent_spoils_nothing_after_it(database: Database, text: str) -> None:
    for _ in range(2):
        with pytest.raises((psycopg.DataError, UnicodeEncodeError)):
            database.write_now(lambda c: (adding("a")(c), c.first(NAME_OF, store_id=text)))
        with pytest.raises((psycopg.DataError, UnicodeEncodeError)):
            database.write_now(adding(text))
        assert stores_of(database) == []
    assert database.write_now(adding("b")) == "b"


def test_every_connection_is_made_alike(database: Database) -> None:
    names = ("lock_timeout", "idle_in_transaction_session_timeout", "timezone", "jit")
    for run in (database.read_now, database.write_now):
        found = run(lambda c: [c.driver.execute(f"SHOW {name}").fetchone()[0] for name in names])
        assert found == [f"{LOCK_TIMEOUT_S}s", f"{IDLE_TIMEOUT_S // 60}min", "UTC", "off"]


def test_without_a_free_connection_one_is_told_to_come_again(database_url: str) -> None:
    taken: list[psycopg.Connection[Any]] = []

    def is_taken() -> bool:
        with suppress(psycopg.OperationalError):  # the last one is not seen to be gone yet
            taken.append(psycopg.connect(url))
        return bool(taken)

    def is_back() -> bool:
        with suppress(DatabaseBusy):
            return stores_of(database) == []
        return False

    with postgresql.new_role(database_url, connections_max=1) as url:
        database = database_at(url)
        wait_until(is_taken)
        with taken[0]:
            for run in (database.read_now, database.write_now):
                with pytest.raises(DatabaseBusy, match="too many connections"):
                    run(ids)
        wait_until(is_back)
        database.close()
