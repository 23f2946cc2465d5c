"""The database under test: where it is, and how a drill looks into it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.sql.expression import Executable

from api.clock import SystemClock
from api.database import Database, database_at, sqlite_path
from gamification.programme.values import Programme
from gamification.verify.run import verify
from gamification.verify.violations import Violation

NAMES = ("sqlite", "postgresql")

FLEETS = {
    "sqlite": (("serve",), ("serve", "--no-work")),
    "postgresql": (("serve",), ("serve", "--no-work"), ("work",)),
}
"""The processes that drills let loose on one database."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseUnderTest:
    """An empty database of one kind. `server_log` is PostgreSQL's own."""

    name: str
    url: str
    server_log: Path | None = None

    @property
    def file(self) -> Path:
        """The file of an SQLite database."""
        path = sqlite_path(self.url)
        assert path is not None, self.name
        return path

    @contextmanager
    def opened(self) -> Iterator[Database]:
        """Connections of the drill's own, beside those of the servers."""
        database = database_at(self.url)
        try:
            yield database
        finally:
            database.close()

    def rows(self, statement: Executable, **parameters: Any) -> list[Any]:
        """What a statement finds now."""
        with self.opened() as database:
            return database.read_now(lambda c: c.all(statement, **parameters))

    def violations(self, programme: Programme) -> list[Violation]:
        """What `regulars verify` finds now."""
        now = SystemClock().now()
        with self.opened() as database:
            return database.read_now(lambda c: list(verify(c, programme, now=now)))
