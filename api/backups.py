"""A copy of the database while it is in use, checked before it gets its name."""

import shlex
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy.engine import URL, make_url

from api.database import Database, DatabaseRefused, sqlite_path
from api.database.sqlite import BUSY_TIMEOUT_S
from api.files import new_file
from api.migrate import head

STEPS_PER_LOOK = 100_000  # of SQLite's machine, some milliseconds: how soon Ctrl+C is noticed


@dataclass(frozen=True, kw_only=True, slots=True)
class Backup:
    """What the copy holds."""

    size_bytes: int
    entries: int


def back_up(database: Database, target: Path) -> Backup:
    """Copy an SQLite database to `target` as it is at one moment; others read and write meanwhile.

    What was acknowledged before it began is in it. The copy is rewritten row by row, so that it
    holds nothing of what was deleted. Raises DatabaseRefused, for PostgreSQL too, and FileRefused.
    """
    path = sqlite_path(database.url)
    if path is None:
        raise DatabaseRefused(f"PostgreSQL copies itself: {dump_command(database.url, target)}")
    with new_file(target) as part:
        try:
            # SQLite's own backup would begin again whenever another process writes.
            with closing(_connected(path)) as source:
                source.set_progress_handler(_look, STEPS_PER_LOOK)
                source.execute("VACUUM INTO ?", (str(part),))
            return _checked(part)
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
                raise KeyboardInterrupt from error
            raise DatabaseRefused(f"{target}: no backup was made: {error}") from error


def dump_command(url: str, target: Path) -> str:
    """What to run for a backup of a PostgreSQL database; the password is left out."""
    given = make_url(url)
    address = URL.create(
        "postgresql",
        username=given.username,
        host=given.host,
        port=given.port,
        database=given.database,
        query={name: value for name, value in given.query.items() if name != "password"},
    )
    shown = shlex.quote(address.render_as_string())
    return f"pg_dump --format=custom --file={shlex.quote(str(target))} --dbname={shown}"


def _connected(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_S)


def _look() -> int:
    return 0  # go on; Python has looked for signals before it came here


def _checked(part: Path) -> Backup:
    """Read the whole copy. Raises DatabaseRefused for one that could not be restored."""
    address = f"file:{quote(str(part.absolute()))}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as copy:
        (verdict,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
        if verdict != "ok":
            raise DatabaseRefused(f"no backup was made: its copy is damaged: {verdict}")
        (revision,) = copy.execute("SELECT version_num FROM alembic_version").fetchone()
        if revision != head():
            raise DatabaseRefused(f"no backup was made: its copy is at revision {revision}")
        (entries,) = copy.execute("SELECT count(*) FROM entry").fetchone()
    return Backup(size_bytes=part.stat().st_size, entries=entries)
