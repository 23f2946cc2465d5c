"""Writes that wait together: one commit, and yet each stands or falls alone."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import sqlalchemy

from api.database import Database
from api.runner import Runner
from gamification.errors import Refusal
from tests.api.database.at_once import adding, stores_of
from tests.databases import only_sqlite

pytestmark = only_sqlite  # PostgreSQL groups commits by itself


def refused(runner: Runner) -> None:
    adding("refused")(runner)
    raise Refusal("MEMBER_UNKNOWN")


def broken(runner: Runner) -> None:
    adding("broken")(runner)
    raise ZeroDivisionError


def together(database: Database, *functions: Callable[[Runner], Any]) -> list[Any]:
    """Let writes wait behind one that is held up, so that they form a group."""
    held, go = threading.Event(), threading.Event()

    def hold(_runner: Runner) -> None:
        held.set()
        assert go.wait(10)

    async def run() -> list[Any]:
        first = asyncio.ensure_future(database.write(hold))
        await asyncio.to_thread(held.wait, 10)
        waiting: list[Coroutine[Any, Any, Any]] = [database.write(f) for f in functions]
        rest = [asyncio.ensure_future(each) for each in waiting]
        await asyncio.sleep(0)
        go.set()
        await first
        return await asyncio.gather(*rest, return_exceptions=True)

    return asyncio.run(run())


@pytest.fixture
def commits(database: Database) -> list[str]:
    """The COMMITs of every connection that is opened from now on."""
    seen: list[str] = []

    @sqlalchemy.event.listens_for(database.engine, "connect")
    def trace(driver: sqlite3.Connection, _record: object) -> None:
        driver.set_trace_callback(lambda sql: seen.append(sql) if sql == "COMMIT" else None)

    return seen


def test_writes_that_wait_together_are_committed_together(
    database: Database, commits: list[str]
) -> None:
    names = [f"store-{number}" for number in range(5)]
    assert together(database, *(adding(name) for name in names)) == names
    assert stores_of(database) == names
    assert len(commits) == 2  # of the one that was held up, and of the five


def test_a_refusal_in_a_group_undoes_nothing_but_itself(
    database: Database, commits: list[str]
) -> None:
    one, refusal, two = together(database, adding("a"), refused, adding("b"))
    assert (one, two) == ("a", "b")
    assert isinstance(refusal, Refusal)
    assert stores_of(database) == ["a", "b"]
    assert len(commits) == 2


def test_an_error_in_a_group_is_told_to_its_own_writer_alone(database: Database) -> None:
    one, error, two = together(database, adding("a"), broken, adding("b"))
    assert (one, two) == ("a", "b")
    assert isinstance(error, ZeroDivisionError)
    assert stores_of(database) == ["a", "b"]


def test_a_transaction_that_ended_unseen_takes_nobody_along(database: Database) -> None:
    attempts: list[int] = []

    def ends_it(runner: Runner) -> str:
        adding("c")(runner)
        attempts.append(1)
        if len(attempts) == 1:  # as SQLite itself does on a full disk
            runner.driver.execute("ROLLBACK")
            raise Refusal("MEMBER_UNKNOWN")
        return "c"

    assert together(database, adding("a"), ends_it, adding("b")) == ["a", "c", "b"]
    assert stores_of(database) == ["a", "b", "c"]


def test_a_write_that_nobody_waits_for_any_more_holds_nobody_up(database: Database) -> None:
    async def run() -> str:
        given_up = asyncio.ensure_future(database.write(adding("a")))
        await asyncio.sleep(0)
        given_up.cancel()
        return await database.write(adding("b"))

    assert asyncio.run(run()) == "b"
    assert "b" in stores_of(database)
