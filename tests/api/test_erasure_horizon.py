"""Sweeping PostgreSQL while someone might still read what was erased: VACUUM keeps it for them."""

import itertools
import os
import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from api import erasure
from api.database import database_at
from api.database.postgresql import connect
from api.erasure import SweepUnfinished, erase, sweep
from tests.databases import only_postgresql
from tests.postgresql import new_database, new_role
from tests.world import World

pytestmark = only_postgresql

NAME = "Wilhelmina Krzyzanowska"
WRITES = (
    "a transaction that began before still writes or is prepared, in this database or another one "
    "of the server"
)
RUNS = "a transaction that began before still runs"
AS_OF_NOW = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1"
WRITING = b"BEGIN; SELECT pg_current_xact_id()"
TURNS_MAX = 500  # other tests' writes on this server are waited for as well
CATALOGS_IN_OUR_PLACE = "options=-c%20search_path%3Dpublic%2Cpg_catalog"

Connection = psycopg.Connection[Any]


@pytest.fixture
def mine(world: World) -> Iterator[Connection]:
    with closing(connect(world.database.url)) as connection:
        yield connection


@pytest.fixture(scope="module")
def other_url() -> Iterator[str]:
    with new_database(f"regulars_test_{os.getpid()}_other") as url:
        yield url


@pytest.fixture
def elsewhere(other_url: str) -> Iterator[Connection]:
    """In another database of the same server."""
    with closing(connect(other_url)) as connection:
        yield connection


def enrol_and_erase(world: World) -> None:
    member = world.enrol(NAME)
    world.enrol("Ola")
    erase(world.database, member.number, world.programme, now=world.now)


def is_left(connection: Connection) -> bool:
    """Whether the name stands in the file of its table."""
    connection.execute("CHECKPOINT")
    content = connection.execute(
        "SELECT pg_read_binary_file(pg_relation_filepath('person'))"
    ).fetchone()
    assert content is not None
    return NAME.encode() in content[0]


@contextmanager
def giving_up_when(reason: str) -> Iterator[None]:
    """A sweep gives up at once for this reason, and not for what other tests do on this server."""

    def wait(_deadline_s: float, met: str) -> None:
        if met == reason:
            raise SweepUnfinished(met)
        time.sleep(0.01)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(erasure, "_wait", wait)
        with pytest.raises(SweepUnfinished, match=f"^{re.escape(reason)}$"):
            yield


def test_a_write_in_another_database_is_waited_for(
    world: World, mine: Connection, elsewhere: Connection
) -> None:
    elsewhere.execute(WRITING)
    enrol_and_erase(world)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(erasure, "SWEEP_S_MAX", 0.3)
        with pytest.raises(SweepUnfinished, match=f"^{WRITES}$"):
            sweep(world.database)
    assert is_left(mine)
    elsewhere.execute("ROLLBACK")
    sweep(world.database)
    assert not is_left(mine)


def test_who_is_no_superuser_waits_for_what_another_role_reads(
    world: World, mine: Connection
) -> None:
    world.enrol(NAME)
    with new_role(world.database.url, connections_max=2) as url, closing(database_at(url)) as ours:
        mine.execute(AS_OF_NOW)
        with giving_up_when(RUNS):
            sweep(ours)
        mine.execute("ROLLBACK")


def test_who_began_while_one_from_before_still_wrote_is_waited_for_too(
    world: World, mine: Connection, elsewhere: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere.execute(WRITING)
    enrol_and_erase(world)
    reasons = []

    def wait(_deadline_s: float, reason: str) -> None:
        if not reasons:
            mine.execute(AS_OF_NOW)  # long after the erasing, but as old as the other's write
            elsewhere.execute("ROLLBACK")
        elif reason == RUNS:
            mine.execute("ROLLBACK")
        reasons.append(reason)
        time.sleep(0.01)

    monkeypatch.setattr(erasure, "_wait", wait)
    sweep(world.database)
    assert list(dict.fromkeys(reasons)) == [WRITES, RUNS]
    assert not is_left(mine)


def test_those_who_begin_later_are_not_waited_for(
    world: World, mine: Connection, elsewhere: Connection, other_url: str
) -> None:
    enrol_and_erase(world)
    with closing(connect(other_url)) as second, pytest.MonkeyPatch.context() as patch:
        writers = [elsewhere, second]
        writers[0].execute(WRITING)
        turns = itertools.count()

        def wait(_deadline_s: float, _reason: str) -> None:
            writers[1].execute(WRITING)
            writers[0].execute("ROLLBACK")
            writers.reverse()
            assert next(turns) < TURNS_MAX
            time.sleep(0.01)

        patch.setattr(erasure, "_wait", wait)
        sweep(world.database)
        assert writers[0].info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
    assert not is_left(mine)


@pytest.mark.parametrize(
    ("keeps", "not_kept"), [("xmin", "catalog_xmin"), ("catalog_xmin", "xmin")]
)
def test_a_replication_slot_that_keeps_old_rows_is_named(
    world: World, mine: Connection, keeps: str, not_kept: str
) -> None:
    enrol_and_erase(world)
    # In place of a slot, which no server has for a moment only.
    mine.execute(
        "CREATE VIEW public.pg_replication_slots AS SELECT 'standby' AS slot_name, "
        f"'3'::xid AS {keeps}, NULL::xid AS {not_kept}".encode()
    )
    try:
        with (
            closing(database_at(f"{world.database.url}?{CATALOGS_IN_OUR_PLACE}")) as database,
            giving_up_when("the replication slot standby keeps old rows until it has caught up"),
        ):
            sweep(database)
    finally:
        mine.execute("DROP VIEW public.pg_replication_slots")
    # One that keeps old catalogs only does not keep tables from being rewritten.
    assert is_left(mine) == (keeps == "xmin")


def test_statistics_whose_long_values_went_before_them_are_tried_again(
    world: World, mine: Connection, elsewhere: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    outlast = erasure._outlast_transactions  # noqa: SLF001 -- what follows happens right after it
    pauses = []

    def outlast_and_lose_values(connection: Any, deadline_s: float, **of: Any) -> None:
        outlast(connection, deadline_s, **of)
        if of and not pauses:
            elsewhere.execute(WRITING)
            mine.execute("ANALYZE words")
            mine.execute("VACUUM pg_toast.pg_toast_2619")

    def pause(duration_s: float) -> None:
        if duration_s == erasure.LOCK_PAUSE_S:
            pauses.append(duration_s)
            elsewhere.execute("ROLLBACK")
        time.sleep(0.01)

    clock = SimpleNamespace(perf_counter=time.perf_counter, sleep=pause)
    monkeypatch.setattr(erasure, "_outlast_transactions", outlast_and_lose_values)
    monkeypatch.setattr(erasure, "time", clock)
    mine.execute(
        "CREATE TABLE words AS SELECT repeat(md5(i::text), 20) || i AS word "
        "FROM generate_series(1, 400) i"
    )
    try:
        mine.execute("ANALYZE words")
        sweep(world.database)
    finally:
        mine.execute("DROP TABLE words")
    assert pauses
