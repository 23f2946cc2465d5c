"""Brings a database to the tables that this version needs."""

import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from api.database import Database, DatabaseRefused
from api.database.postgresql import LOCK_FAMILY, first_line
from api.tables import METADATA

MIGRATING = 0  # of our advisory locks: of several that migrate at once, one does


_BEGIN = {
    "sqlite": ("BEGIN IMMEDIATE",),
    "postgresql": (
        "BEGIN",
        "SET LOCAL lock_timeout = 0",
        "SET LOCAL idle_in_transaction_session_timeout = 0",
        f"SELECT pg_advisory_xact_lock({LOCK_FAMILY}, {MIGRATING})",
    ),
}
# What the rows, the tables or the server may be to blame for.
_TROUBLE = (ValueError, sqlalchemy.exc.DBAPIError, sqlite3.Error, psycopg.Error)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def head() -> str:
    """The newest revision that this version knows."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def revision_of(database: Database) -> str | None:
    """The revision a database stands at; None for an empty one. Raises DatabaseRefused."""
    try:
        with database.engine.connect() as connection:
            return _stands_at(connection, database.name)
    except sqlalchemy.exc.DBAPIError as error:
        raise DatabaseRefused(f"{database.name}: {first_line(error.orig)}") from error


def migrate(database: Database, *, to: str = "head") -> tuple[str | None, str]:
    """Upgrade to the newest revision, or to an older one. Returns (before, after).

    Safe from several processes at once: one migrates, the others wait and find it done. Raises
    DatabaseRefused for a database that a newer version or another program made, and for one whose
    rows or tables are not what a step expects; it stays as it was.
    """
    target = head() if to == "head" else to
    # Another one may be migrating, or keep us from looking: the look below is under lock, and
    # waits for it.
    with suppress(DatabaseRefused):
        if (before := revision_of(database)) == target:
            return before, target
    with database.engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        before = None
        try:
            # The driver is in autocommit: one BEGIN makes all the steps one, or none.
            for statement in _BEGIN[connection.dialect.name]:
                raw.execute(statement)
            before = _stands_at(connection, database.name)
            if before != target:
                config = _config()
                config.attributes["connection"] = connection
                command.upgrade(config, target)
            raw.execute("COMMIT")
        except BaseException as error:
            connection.invalidate()  # closed, and with it whatever was begun
            if isinstance(error, _TROUBLE):
                why = first_line(getattr(error, "orig", error))
                stays = f"at revision {before}" if before else "as it was"
                raise DatabaseRefused(f"{database.name}: stays {stays}: {why}") from error
            raise
    return before, target


def _stands_at(connection: sqlalchemy.Connection, name: str) -> str | None:
    """The revision of a database that is ours, or that is empty."""
    revision = MigrationContext.configure(connection).get_current_revision()
    inspector = sqlalchemy.inspect(connection)
    if revision is None:
        if set(inspector.get_table_names()) - {"alembic_version"}:
            raise DatabaseRefused(f"{name}: holds tables that are not ours")
        return None
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision not in known:
        raise DatabaseRefused(
            f"{name}: the database is at revision {revision}, which this version does not know: "
            "it was made by a newer one"
        )
    if revision == head() and (missing := _missing(inspector)):
        raise DatabaseRefused(
            f"{name}: the database says that it is at revision {revision}, but has no {missing}: "
            "restore a backup"
        )
    return revision


def _missing(inspector: sqlalchemy.Inspector) -> str | None:
    """The first table that is not there, else the first column; None when all are."""
    found = {
        table: {column["name"] for column in columns}
        for (_, table), columns in inspector.get_multi_columns().items()
    }
    if tables := METADATA.tables.keys() - found.keys():
        return f"table {min(tables)}"
    for table in METADATA.sorted_tables:
        if columns := set(table.columns.keys()) - found[table.name]:
            return f"column {table.name}.{min(columns)}"
    return None
