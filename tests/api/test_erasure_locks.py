"""Forgetting on PostgreSQL beside something that runs long: nobody hangs behind it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psycopg
import pytest

from api import erasure
from api.database import DatabaseBusy
from api.database.postgresql import connect
from api.erasure import SweepUnfinished, erase, sweep
from gamification.members.rules import MemberRecord
from tests.databases import only_postgresql
from tests.journeys.story import wait_until
from tests.world import World

pytestmark = only_postgresql

WAITING = "SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted"
HANGS_S_MAX = erasure.LOCK_WAIT_S + 3  # the waiter's own, and something for a busy machine


@pytest.fixture
def member(world: World) -> MemberRecord:
    return world.enrol("Wilhelmina")


@pytest.fixture
def dump(world: World) -> Iterator[psycopg.Connection[Any]]:
    """A transaction that has read every table, as pg_dump's does until it ends."""
    with closing(connect(world.database.url)) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.execute("SELECT count(*) FROM person, member, activity")
        yield connection


@pytest.fixture
def others(world: World) -> Iterator[psycopg.Connection[Any]]:
    """Someone whose statements fail when they hang for too long."""
    with closing(connect(world.database.url)) as connection:
        connection.execute(f"SET lock_timeout = '{HANGS_S_MAX}s'")
        yield connection


def forget(world: World, member: MemberRecord) -> None:
    erase(world.database, member.number, world.programme, now=world.now)


def people(connection: psycopg.Connection[Any]) -> int:
    return len(connection.execute("SELECT member_id FROM person").fetchall())


def test_behind_a_dump_forgetting_gives_up_with_one_sentence_and_others_go_on(
    world: World,
    member: MemberRecord,
    dump: psycopg.Connection[Any],
    others: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(erasure, "ERASE_S_MAX", 0)
    with ThreadPoolExecutor(1) as thread:
        forgetting = thread.submit(forget, world, member)
        wait_until(lambda: others.execute(WAITING.encode()).fetchone())
        assert people(others) == 1
        with pytest.raises(DatabaseBusy) as busy:
            forgetting.result()
    assert str(busy.value) == (
        "nothing was erased, since something that runs long, such as pg_dump, keeps the members' "
        "table in use: try again when it has ended"
    )
    dump.execute("ROLLBACK")
    forget(world, member)
    assert people(others) == 0


def test_forgetting_goes_on_when_what_it_waited_for_ends(
    world: World,
    member: MemberRecord,
    dump: psycopg.Connection[Any],
    others: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(erasure, "LOCK_PAUSE_S", 0.5)
    with ThreadPoolExecutor(1) as thread:
        forgetting = thread.submit(forget, world, member)
        wait_until(lambda: others.execute(WAITING.encode()).fetchone())
        wait_until(lambda: others.execute(WAITING.encode()).fetchone() is None)
        dump.execute("ROLLBACK")
        forgetting.result()
    assert people(others) == 0


@pytest.mark.usefixtures("member")
def test_behind_a_dump_a_sweep_gives_up_with_one_reason_and_others_go_on(
    world: World,
    dump: psycopg.Connection[Any],
    others: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(erasure, "SWEEP_S_MAX", 0)
    # As for a dump that begins after it was looked for.
    monkeypatch.setattr(erasure, "_outlast_transactions", lambda *_, **__: None)
    with ThreadPoolExecutor(1) as thread:
        sweeping = thread.submit(sweep, world.database)
        wait_until(lambda: others.execute(WAITING.encode()).fetchone())
        assert people(others) == 1
        with pytest.raises(
            SweepUnfinished, match=r"^something that runs long keeps a table in use$"
        ):
            sweeping.result()
    dump.execute("ROLLBACK")
    sweep(world.database)
