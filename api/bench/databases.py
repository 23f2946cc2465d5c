"""The benchmark's own databases: made, copied, and gone at the end."""

import platform
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import pq
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from api import ids
from api.database import DatabaseRefused, sqlite_path
from api.database.postgresql import connect, shown_url

PREFIX = "regulars_bench"
RANDOM_BYTES = 4  # enough that two benchmarks on one server never meet


class Databases(Protocol):
    """Where databases are made. Names are plain words; nobody uses what is copied."""

    is_sqlite: bool

    def new(self, name: str) -> str:
        """The address of an empty database."""
        ...

    def copy(self, url: str, name: str) -> str:
        """The address of a copy of one that was made here."""
        ...

    def deadlocks(self, url: str) -> int:
        """How many there have been in one that was made here."""
        ...

    def described(self) -> str:
        """What it is, and what a commit waits for."""
        ...


@contextmanager
def own_databases(url: str | None, folder: Path) -> Iterator[Databases]:
    """Databases next to the one at a PostgreSQL address; without one, SQLite files in the folder.

    Raises DatabaseRefused when the server cannot be reached or does not let us make any.
    """
    if url is None:
        yield _Files(folder)
        return
    server = _Server(_checked(url))
    try:
        yield server
    finally:
        server.drop_all()


def _checked(url: str) -> str:
    with suppress(ArgumentError, ValueError):  # which may quote a password
        if make_url(url).get_backend_name() in {"postgresql", "postgres"}:
            return url
    raise DatabaseRefused(
        "--database: must be postgresql://user@host/database; SQLite is measured without it"
    )


class _Files:
    is_sqlite = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new(self, name: str) -> str:
        return f"sqlite:///{self._folder / name}.sqlite"

    def copy(self, url: str, name: str) -> str:
        copy = self.new(name)
        source, target = sqlite_path(url), sqlite_path(copy)
        if source is None or target is None:
            raise ValueError("an SQLite address without a file")
        # Whoever closed it last has taken its write-ahead log in.
        if source.with_name(f"{source.name}-wal").exists():
            raise DatabaseRefused(f"{source}: somebody uses it")
        shutil.copyfile(source, target)
        return copy

    def deadlocks(self, url: str) -> int:  # noqa: ARG002 -- of one writer at a time
        return 0

    def described(self) -> str:
        return (
            f"SQLite {sqlite3.sqlite_version} with synchronous=FULL on {_file_system(self._folder)}"
        )


class _Server:
    is_sqlite = False

    def __init__(self, url: str) -> None:
        self._url = url
        self._prefix = f"{PREFIX}_{ids.random_bytes(RANDOM_BYTES).hex()}"
        self._made: list[str] = []

    def new(self, name: str) -> str:
        return self._create(name)

    def copy(self, url: str, name: str) -> str:
        return self._create(name, f" TEMPLATE {make_url(url).database}")

    def _create(self, name: str, like: str = "") -> str:
        full = f"{self._prefix}_{name}"
        self._made.append(full)
        self._run(f"CREATE DATABASE {full}{like}")
        return make_url(self._url).set(database=full).render_as_string(hide_password=False)

    def drop_all(self) -> None:
        """Drop what was made, under whoever uses it still."""
        for name in self._made:
            self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def deadlocks(self, url: str) -> int:
        asked = "SELECT deadlocks FROM pg_stat_database WHERE datname = %s"
        return int(self._run(asked, make_url(url).database))

    def described(self) -> str:
        version, commit, fsync = (
            self._run("SELECT current_setting(%s)", name)
            for name in ("server_version", "synchronous_commit", "fsync")
        )
        return (
            f"PostgreSQL {version.partition(' ')[0]} with synchronous_commit={commit} and"
            f" fsync={fsync}, psycopg {psycopg.__version__} ({pq.__impl__})"
        )

    def _run(self, command: str, *parameters: Any) -> Any:
        """The one value that a command gives, if it gives any. Raises DatabaseRefused."""
        with closing(connect(self._url)) as connection:
            try:
                cursor = connection.execute(command.encode(), parameters)
                row = cursor.fetchone() if cursor.description else None
            except psycopg.Error as error:
                reason = str(error).partition("\n")[0]
                raise DatabaseRefused(f"{shown_url(self._url)}: {reason}") from error
        return row[0] if row else None


def _file_system(folder: Path) -> str:
    """The kind of file system under a folder, as /proc/mounts has it: nothing waits on a tmpfs."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text("utf-8").splitlines()]
    above = [(len(each[1]), each[2]) for each in mounts if folder.is_relative_to(each[1])]
    return max(above)[1]


def machine() -> str:
    """What it all ran on."""
    return f"Python {platform.python_version()}, {platform.system()} {platform.release()}"
