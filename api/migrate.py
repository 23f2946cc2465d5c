"""Brings a database to the tables that this version needs."""

from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from api.database import DatabaseRefused, sqlite_path


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def head() -> str:
    """The newest revision that this version knows."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def revision_of(engine: sqlalchemy.Engine) -> str | None:
    """The revision a database stands at; None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(engine: sqlalchemy.Engine) -> tuple[str | None, str]:
    """Upgrade to the newest revision. Returns (before, after).

    Raises DatabaseRefused for a database that a newer version or another program made.
    """
    before = revision_of(engine)
    if before is None and sqlalchemy.inspect(engine).get_table_names():
        raise DatabaseRefused(f"{sqlite_path(str(engine.url))}: holds tables that are not ours")
    script = ScriptDirectory.from_config(_config())
    if before is not None and before not in {r.revision for r in script.walk_revisions()}:
        raise DatabaseRefused(
            f"the database is at revision {before}, which this version does not know: "
            "it was made by a newer one"
        )
    if before == head():
        return before, before
    config = _config()
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        if raw is None:
            raise DatabaseRefused("the database closed the connection")
        # The driver is in autocommit: one BEGIN makes all the steps one, or none.
        raw.execute("BEGIN IMMEDIATE")
        try:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            if raw.in_transaction:
                raw.execute("COMMIT")
        except BaseException:
            if raw.in_transaction:
                raw.execute("ROLLBACK")
            raise
    return before, head()
