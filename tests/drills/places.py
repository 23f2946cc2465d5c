"""Databases that are put back to where they stood as often as a drill wants, and how they fail."""

import os
import shutil
import socket
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg import errors

from api.database import sqlite_path
from api.tables import METADATA
from tests.drills.watch import Blow, Killed, Strike

GONE_MS_MAX = 5_000  # for PostgreSQL to end one of its processes
VACUUM_EVERY = 50
TABLES = [table.name for table in METADATA.sorted_tables]
WAL = "-wal"


class Place(ABC):
    """One database, between two drills on it.

    `stays_open`: connections may stay open while it is put back.
    """

    stays_open: bool

    @abstractmethod
    def keep(self) -> None:
        """Remember what stands in it now; nobody has it open."""

    @abstractmethod
    def put_back(self) -> str:
        """The address of a database with what was remembered; of the others nobody needs any."""

    @abstractmethod
    def as_left(self) -> str:
        """The address of what a process left that was killed."""

    @property
    @abstractmethod
    def strikes(self) -> Mapping[str, Strike]:
        """By the name of their kind: what can go wrong with a statement."""


class SqlitePlace(Place):
    """A file, and copies of it."""

    stays_open = False

    def __init__(self, url: str) -> None:
        path = sqlite_path(url)
        assert path is not None, url
        self._kept = path
        self._now = path.with_name("now.sqlite")
        self._left = path.with_name("left.sqlite")

    def keep(self) -> None:
        assert not self._kept.with_name(self._kept.name + WAL).exists()

    def put_back(self) -> str:
        return f"sqlite:///{_copy(self._kept, self._now)}"

    def as_left(self) -> str:
        return f"sqlite:///{self._left}"

    @property
    def strikes(self) -> Mapping[str, Strike]:
        return {
            "driver error": self._driver_error,
            "lost race": self._lost_race,
            "process killed": self._kill,
        }

    def _driver_error(self, _blow: Blow) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    def _lost_race(self, _blow: Blow) -> None:
        raise sqlite3.IntegrityError("UNIQUE constraint failed")

    def _kill(self, blow: Blow) -> None:
        # What another process finds is what the files hold now: nothing is closed or tidied up.
        _copy(self._now, self._left)
        blow.raw.close()
        raise Killed


def _copy(source: Path, target: Path) -> Path:
    for ending in ("", WAL, "-shm"):
        target.with_name(target.name + ending).unlink(missing_ok=True)
    for ending in ("", WAL):
        with suppress(FileNotFoundError):
            shutil.copy(source.with_name(source.name + ending), str(target) + ending)
    return target


class PostgresqlPlace(Place):
    """A database, and a schema beside the public one with what is remembered."""

    stays_open = True

    def __init__(self, url: str, admin: psycopg.Connection[Any]) -> None:
        self._url = url
        self._admin = admin
        self._times = 0
        admin.execute(b"SET synchronous_commit = off")  # of putting back alone

    def keep(self) -> None:
        copies = "".join(f"CREATE TABLE kept.{name} AS TABLE public.{name};" for name in TABLES)
        self._run(f"{_FORGET}; CREATE SCHEMA kept; {copies}")

    def put_back(self) -> str:
        rows = "".join(f"INSERT INTO {name} SELECT * FROM kept.{name};" for name in TABLES)  # noqa: S608 -- ours
        self._times += 1
        if self._times % VACUUM_EVERY == 0:
            self._run("VACUUM")  # or reading goes through all that was deleted
        self._run(f"BEGIN; {_BEHIND_THE_TRIGGERS}; {_EMPTY} {rows} COMMIT")
        return self._url

    def as_left(self) -> str:
        return self._url

    def forget(self) -> None:
        """Leave nothing behind."""
        self._run(_FORGET)

    @property
    def strikes(self) -> Mapping[str, Strike]:
        return {
            "driver error": self._driver_error,
            "lost race": self._lost_race,
            "connection lost": self._lose,
            "process killed": self._kill,
        }

    def _driver_error(self, blow: Blow) -> None:
        blow.raw.slip_in(_fail_with(errors.OutOfMemory))

    def _lost_race(self, blow: Blow) -> None:
        blow.raw.slip_in(_fail_with(errors.DeadlockDetected))

    def _lose(self, blow: Blow) -> None:
        # The driver notices by itself, with what it does next.
        blow.raw.wait_until_done()
        _cut(blow.raw)

    def _kill(self, blow: Blow) -> None:
        blow.raw.wait_until_done()
        _cut(blow.raw)
        raise Killed

    def _run(self, sql: str) -> None:
        self._admin.execute(sql.encode())


def _cut(line: Any) -> None:
    # As the kernel does for a process that is gone: the socket ends without a farewell.
    with socket.socket(fileno=os.dup(line.socket)) as own:
        own.shutdown(socket.SHUT_RDWR)


def _fail_with(error: type[psycopg.Error]) -> bytes:
    """A statement that the server itself refuses with that error."""
    return f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{error.sqlstate}'; END $$".encode()


_FORGET = "DROP SCHEMA IF EXISTS kept CASCADE"
_BEHIND_THE_TRIGGERS = "SET LOCAL session_replication_role = replica"
_EMPTY = "".join(f"DELETE FROM {name};" for name in TABLES)  # noqa: S608 -- ours


@contextmanager
def place_of(url: str) -> Iterator[Place]:
    """The place of a migrated, empty database."""
    if sqlite_path(url) is not None:
        yield SqlitePlace(url)
        return
    with psycopg.connect(url, autocommit=True) as admin:
        place = PostgresqlPlace(url, admin)
        try:
            yield place
        finally:
            place.forget()
