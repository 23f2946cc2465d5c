"""The line to PostgreSQL: what is prepared stays prepared, and no side waits for the other."""

import threading
from contextlib import suppress

import psycopg
import pytest
import sqlalchemy

from api.database import Database, DatabaseBusy
from api.runner import Runner
from api.tables import METADATA
from gamification.errors import Refusal
from tests.api.database.at_once import TOGETHER_S_MAX, adding, stores_of
from tests.databases import only_postgresql

pytestmark = only_postgresql

STORE = METADATA.tables["store"]
NAME_OF = sqlalchemy.select(STORE.c.name).where(STORE.c.id == sqlalchemy.bindparam("store_id"))
REPEATED = sqlalchemy.select(sqlalchemy.bindparam("text", type_=sqlalchemy.String).label("text"))
SAVEPOINTS = 12  # psycopg prepares what it runs by itself from the sixth time on
LONG_CHARACTERS = 4_000_000  # of two bytes: beyond what both ends of a socket take
TEXTS = 4


def in_vain(runner: Runner) -> None:
    """A part of a write that is refused."""
    with suppress(Refusal), runner.savepoint():
        adding("never")(runner)
        raise Refusal("MEMBER_UNKNOWN")


def test_after_a_savepoint_that_was_rolled_back_what_was_prepared_is_there_still(
    database: Database,
) -> None:
    def write(runner: Runner) -> str:
        runner.all(NAME_OF, store_id="a")
        for _ in range(SAVEPOINTS):
            with runner.savepoint():
                runner.all(NAME_OF, store_id="a")
        in_vain(runner)
        in_vain(runner)
        assert runner.all(NAME_OF, store_id="a") == []
        return adding("a")(runner)

    assert database.write_now(write) == "a"
    assert database.write_now(adding("b")) == "b"
    assert stores_of(database) == ["a", "b"]


def test_long_texts_both_ways_in_one_pipeline_do_not_stop_the_line(database: Database) -> None:
    text = "ż" * LONG_CHARACTERS
    pids: list[int] = []
    answers: list[int] = []

    def write(runner: Runner) -> int:
        pids.append(runner.driver.info.backend_pid)
        for _ in range(TEXTS):
            runner.run(REPEATED, text=text)  # the answers come while the rest is on its way there
        return len(runner.first(REPEATED, text=text).text)

    def run() -> None:
        with suppress(DatabaseBusy):
            answers.append(database.write_now(write))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(TOGETHER_S_MAX)
    stands_still = thread.is_alive()
    while thread.is_alive():  # each try of a write that was cut off
        with psycopg.connect(database.url, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(%s)", [pids[-1]])
        thread.join(1)
    assert not stands_still
    assert answers == [LONG_CHARACTERS]
    assert database.write_now(adding("a")) == "a"


def test_a_commit_that_was_answered_by_a_rollback_is_told_to_nobody_as_done(
    database: Database,
) -> None:
    def swallows(runner: Runner) -> str:
        adding("a")(runner)
        with suppress(psycopg.Error):
            runner.driver.execute("SELECT 1 / 0")
        return "written"

    with pytest.raises(DatabaseBusy, match="COMMIT was answered by a rollback"):
        database.write_now(swallows)
    assert stores_of(database) == []
    assert database.write_now(adding("b")) == "b"
