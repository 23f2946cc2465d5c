"""One SQLite file and two processes: their writes take turns, and reads wait for nobody."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from api.database import Database, DatabaseBusy, sqlite_path
from tests.api.database.at_once import adding, at_once, stores_of
from tests.databases import only_sqlite

pytestmark = only_sqlite

OTHER_PROCESS = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
connection.execute("INSERT INTO store (id, name) VALUES ('theirs', 'A store')")
print("writes", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
connection.close()
"""
SHORT_MS = 50
LONG_S = 0.2


class Other:
    """Another process, amid a write."""

    def __init__(self, database: Database) -> None:
        self._process = subprocess.Popen(  # noqa: S603 -- this interpreter
            [sys.executable, "-c", OTHER_PROCESS, str(sqlite_path(database.url))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout
        assert self._process.stdout.readline() == "writes\n"

    def commit(self) -> None:
        self._process.communicate("\n", timeout=20)

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def other(database: Database) -> Iterator[Other]:
    other = Other(database)
    yield other
    other.kill()


def impatient(database: Database) -> None:
    """Make the waits of this thread's connection short."""
    database.read_now(lambda c: c.driver.execute(f"PRAGMA busy_timeout = {SHORT_MS}"))


def test_a_write_waits_for_that_of_another_process(database: Database, other: Other) -> None:
    def commit() -> None:
        time.sleep(LONG_S)  # the write has begun to wait by then
        other.commit()

    assert at_once(lambda: database.write_now(adding("ours")), commit)[0] == "ours"
    assert stores_of(database) == ["ours", "theirs"]


def test_a_write_that_waited_too_long_is_told_to_come_again(
    database: Database, other: Other
) -> None:
    impatient(database)
    with pytest.raises(DatabaseBusy, match="locked"):
        database.write_now(adding("ours"))
    other.commit()
    assert stores_of(database) == ["theirs"]
    assert database.write_now(adding("ours")) == "ours"


def test_writes_that_waited_too_long_together_are_each_told_so(
    database: Database, other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.database.sqlite.BUSY_TIMEOUT_S", SHORT_MS / 1000)

    async def write() -> tuple[object, object]:
        both = (database.write(adding("one")), database.write(adding("two")))
        return await asyncio.gather(*both, return_exceptions=True)

    assert [type(each) for each in asyncio.run(write())] == [DatabaseBusy, DatabaseBusy]
    other.commit()
    assert stores_of(database) == ["theirs"]


def test_a_read_waits_for_no_write_and_sees_what_was_committed(
    database: Database, other: Other
) -> None:
    impatient(database)
    assert stores_of(database) == []
    other.commit()
    assert stores_of(database) == ["theirs"]


def test_a_process_that_dies_amid_a_write_leaves_nothing_of_it(
    database: Database, other: Other
) -> None:
    other.kill()
    assert database.write_now(adding("ours")) == "ours"
    assert stores_of(database) == ["ours"]
