"""Forgetting a member at the edge: one transaction, and then the bytes in the files.

Deleting a row leaves its bytes in the database's files until something else takes their place.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from functools import partial
from typing import Any

import psycopg

from api import ids
from api.database import Database, DatabaseBusy, DatabaseRefused, sqlite_path
from api.database.sqlite import BUSY_TIMEOUT_S
from api.imports.playing import IMPORTER
from api.runner import Runner
from gamification.actions.forget_member import Forgotten, forget_member
from gamification.effects.occasion import Occasion
from gamification.programme.values import Programme
from gamification.staff.rules import Actor, Role
from notifications.actions.forget_member import forget_member as forget_contacts

ACTOR = Actor(principal="erasure", role=Role.SYSTEM)
REWORDED_TABLES = ("activity", "adjustment")
"""Append-only, but for what people typed."""

SWEEP_S_MAX = 30.0
"""How long to try again while others keep the database busy; each of their turns takes moments."""

PAUSE_S = 0.1

LOCK_WAIT_S = 2
"""On PostgreSQL whoever needs a table waits behind us while we wait for it: no longer than this at
a time. It is more than `deadlock_timeout`, after which autovacuum makes way."""

LOCK_PAUSE_S = 2.0
"""In which those who waited behind us get on."""

ERASE_S_MAX = 10.0
"""How long to begin again with erasing when others keep what it needs."""

REWRITTEN_BYTES_MAX = 64 * 2**20
"""On PostgreSQL a table up to this size is rewritten: about a second in which tills wait for it."""

SWEPT_TABLES = (
    "person",
    "member",
    "card",
    "scan",
    "device",
    "consent",
    "tag",
    "nudge",
    "visit",
    "voucher",
    "idempotency",
    "proposal",
    "claim",
    "review",
    *REWORDED_TABLES,
)
"""Where something was erased."""

# Of every database of the server, and prepared ones: what VACUUM itself sees begins with them.
_WRITES_FROM_BEFORE = "SELECT pg_snapshot_xmin(pg_current_snapshot()) <= %s::xid8"

# Anybody may see the locks, but only some when others' transactions began. Who is connecting has no
# database yet.
_RUNNING = """
    SELECT virtualtransaction FROM pg_locks LEFT JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'virtualxid' AND pid <> pg_backend_pid()
    AND coalesce(datname, current_database()) = current_database()
"""

_KEEPING_SLOT = """
    SELECT slot_name FROM pg_replication_slots
    WHERE age(xmin) > age(%(before)s::xid8::xid)
    OR %(catalogs_too)s AND age(catalog_xmin) > age(%(before)s::xid8::xid) LIMIT 1
"""

# Setting a column's type to what it is changes nothing but this: its statistics are dropped.
_QUOTED = """
    SELECT attname, format_type(atttypid, atttypmod) FROM pg_stats JOIN pg_attribute USING (attname)
    WHERE tablename = %(table)s AND attrelid = to_regclass(%(table)s)
    AND coalesce(most_common_vals::text, histogram_bounds::text) IS NOT NULL
"""


class SweepUnfinished(Exception):  # noqa: N818 -- one clear line that says what remains to be done
    """The rows are gone, but their bytes may still stand in the files; the message says why."""


def erase(database: Database, number: str, programme: Programme, *, now: datetime) -> Forgotten:
    """Forget the member of a number, in one transaction; `sweep` has to follow.

    Raises Refusal NUMBER_MISTYPED or MEMBER_UNKNOWN, DatabaseBusy, DatabaseRefused.
    """
    occasion = Occasion(
        programme=programme,
        actor=ACTOR,
        now=now,
        new_id=ids.new_id,
        new_code=ids.voucher_code,
        announce=False,
    )
    deadline_s = time.perf_counter() + ERASE_S_MAX
    while True:
        try:
            return database.write_now(partial(_erase, number=number, occasion=occasion))
        except DatabaseBusy as busy:
            if not isinstance(busy.__cause__, psycopg.errors.LockNotAvailable):
                raise
            if time.perf_counter() > deadline_s:
                raise DatabaseBusy(
                    "nothing was erased, since something that runs long, such as pg_dump, keeps "
                    "the members' table in use: try again when it has ended"
                ) from busy
        time.sleep(LOCK_PAUSE_S)


def _erase(connection: Runner, *, number: str, occasion: Occasion) -> Forgotten:
    with _words_changeable(connection):
        forgotten = forget_member(connection, number, occasion, importer=IMPORTER.principal)
    forget_contacts(connection, forgotten.member_id)
    return forgotten


@contextmanager
def _words_changeable(connection: Runner) -> Iterator[None]:
    """Put the triggers aside that keep what was typed as it is; nobody else writes meanwhile.

    Both databases undo it with the transaction, if that fails.
    """
    triggers = {table: f"{table}_refuses_update" for table in REWORDED_TABLES}
    if isinstance(connection.driver, sqlite3.Connection):
        made = [_definition(connection.driver, trigger) for trigger in triggers.values()]
        for trigger in triggers.values():
            connection.driver.execute(f"DROP TRIGGER {trigger}")
        yield
        for statement in made:
            connection.driver.execute(statement)
        return
    # Who acts for a member has read their person: such transactions end before this one begins,
    # and later ones find nobody.
    connection.driver.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT_S}s'")
    connection.driver.execute("LOCK TABLE person IN ACCESS EXCLUSIVE MODE")
    for table, trigger in triggers.items():
        connection.driver.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    yield
    for table, trigger in triggers.items():
        connection.driver.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")


def _definition(driver: sqlite3.Connection, trigger: str) -> str:
    found = driver.execute("SELECT sql FROM sqlite_master WHERE name = ?", (trigger,)).fetchone()
    if found is None:
        raise DatabaseRefused(f"the trigger {trigger} is missing: restore a backup")
    return str(found[0])


def sweep(database: Database) -> None:
    """Overwrite what erased rows left in the database's files. Raises SweepUnfinished."""
    path = sqlite_path(database.url)
    deadline_s = time.perf_counter() + SWEEP_S_MAX
    try:
        if path is not None:
            with closing(
                sqlite3.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_S)
            ) as connection:
                _sweep_sqlite(connection, deadline_s)
        else:
            with database.engine.connect() as connection:
                _sweep_postgresql(connection.connection.driver_connection, deadline_s)
    except (sqlite3.Error, psycopg.Error) as error:
        raise SweepUnfinished(str(error).partition("\n")[0]) from error


def _sweep_sqlite(connection: sqlite3.Connection, deadline_s: float) -> None:
    # Every page is written anew, with nothing on it but rows: an erased row may have left copies
    # of itself on any page that was ever split, which `secure_delete` does not look for.
    _try_until(deadline_s, lambda: connection.execute("VACUUM"))
    # What lay in the log before goes when the log begins anew, for which no reader may be in it.
    while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        _wait(deadline_s, "another process keeps reading")


def _sweep_postgresql(connection: Any, deadline_s: float) -> None:
    connection.execute(f"SET lock_timeout = '{LOCK_WAIT_S}s'")
    _outlast_transactions(connection, deadline_s)
    for table in SWEPT_TABLES:
        (size_bytes,) = connection.execute(f"SELECT pg_table_size('{table}')").fetchone()
        # ANALYZE, since the planner's statistics quote what stood in the table.
        how = "FULL, ANALYZE" if size_bytes <= REWRITTEN_BYTES_MAX else "ANALYZE"
        _try_until(deadline_s, partial(connection.execute, f"VACUUM ({how}) {table}"))
        found = connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()  # noqa: S608 -- names of tables
        if found is None:
            # ANALYZE leaves the statistics of a table that has become empty as they were.
            for column, kind in connection.execute(_QUOTED, {"table": table}).fetchall():
                change = f'ALTER TABLE {table} ALTER COLUMN "{column}" TYPE {kind}'
                _try_until(deadline_s, partial(connection.execute, change))
    _outlast_transactions(connection, deadline_s, catalogs_too=True)
    # Where the old statistics stood. Who does not own the database is told no, without an error.
    _try_until(deadline_s, partial(connection.execute, "VACUUM (FULL) pg_statistic"))


def _outlast_transactions(
    connection: Any, deadline_s: float, *, catalogs_too: bool = False
) -> None:
    """Wait until VACUUM keeps nothing that was erased before, for anybody who might still read it.

    Those who begin meanwhile are not waited for. Raises SweepUnfinished.
    """
    (before,) = connection.execute("SELECT pg_current_xact_id()::text").fetchone()
    while connection.execute(_WRITES_FROM_BEFORE, (before,)).fetchone()[0]:
        _wait(
            deadline_s,
            "a transaction that began before still writes or is prepared, in this database or "
            "another one of the server",
        )
    # Who began while one of those wrote keeps what it kept, so only now it is known who they are.
    running = _running(connection)
    while running & _running(connection):
        _wait(deadline_s, "a transaction that began before still runs")
    slots = {"before": before, "catalogs_too": catalogs_too}
    while (found := connection.execute(_KEEPING_SLOT, slots).fetchone()) is not None:
        _wait(deadline_s, f"the replication slot {found[0]} keeps old rows until it has caught up")


def _running(connection: Any) -> set[str]:
    return {transaction for (transaction,) in connection.execute(_RUNNING).fetchall()}


def _wait(deadline_s: float, reason: str) -> None:
    if time.perf_counter() > deadline_s:
        raise SweepUnfinished(reason)
    time.sleep(PAUSE_S)


def _try_until(deadline_s: float, work: Callable[[], object]) -> None:
    while True:
        try:
            work()
        except psycopg.errors.LockNotAvailable as error:
            if time.perf_counter() > deadline_s:
                raise SweepUnfinished("something that runs long keeps a table in use") from error
            time.sleep(LOCK_PAUSE_S)
        except psycopg.errors.DataCorrupted:
            # VACUUM FULL sees rows as erased too late to go, whose long values, which stand apart,
            # a VACUUM has taken already: it passes with the transaction for which they were kept.
            if time.perf_counter() > deadline_s:
                raise
            time.sleep(LOCK_PAUSE_S)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.perf_counter() > deadline_s:
                raise
            time.sleep(PAUSE_S)
        else:
            return
