"""A shop's log, imported into an empty database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.database import Database, database_at
from api.imports.purchases import Progress, import_purchases
from api.imports.report import Report
from gamification.programme.values import Programme
from tests.rows import as_sqlite_keeps_it

NOW = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Shop:
    database: Database
    programme: Programme
    folder: Path

    @property
    def rejects(self) -> Path:
        return self.folder / "refused.csv"

    def log(self, text: str | bytes, name: str = "log.csv") -> Path:
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def take(
        self,
        log: str | bytes | Path,
        *,
        mapping: str | None = None,
        now: datetime = NOW,
        progress: Callable[[Progress], None] = lambda _: None,
    ) -> Report:
        return import_purchases(
            self.database,
            self.programme,
            log if isinstance(log, Path) else self.log(log),
            mapping=mapping,
            reject_path=self.rejects,
            now=now,
            progress=progress,
        )

    def rows(self, sql: str) -> list[Any]:
        found = self.database.read_now(lambda c: c.driver.execute(sql).fetchall())
        return [tuple(as_sqlite_keeps_it(value) for value in row) for row in found]

    def count(self, table: str) -> int:
        return int(self.rows(f"SELECT count(*) FROM {table}")[0][0])  # noqa: S608 -- of the tests

    def ledger(self) -> list[Any]:
        """Everything that an import writes, without the ids, which differ from run to run."""
        return [
            self.rows(
                "SELECT p.external_id, a.kind, a.occurred_at, a.amount_minor FROM activity a "
                "JOIN person p USING (member_id) ORDER BY 1, 3, 4"
            ),
            self.rows(
                "SELECT p.external_id, a.kind, a.balance, a.version FROM account a "
                "JOIN person p USING (member_id) ORDER BY 1, 2"
            ),
            self.rows(
                "SELECT p.external_id, w.goal, w.level, w.awarded_at FROM award w "
                "JOIN person p USING (member_id) ORDER BY 1, 2, 3"
            ),
            self.rows(
                "SELECT p.external_id, b.measure, b.day, b.amount FROM bucket b "
                "JOIN person p USING (member_id) ORDER BY 1, 2, 3"
            ),
        ]


@pytest.fixture
def shop(database: Database, programme: Programme, tmp_path: Path) -> Shop:
    return Shop(database=database, programme=programme, folder=tmp_path)


@pytest.fixture
def second_shop(migrated_file: Path, programme: Programme, tmp_path: Path) -> Any:
    """Another shop, always on SQLite: what it is compared with may stand on PostgreSQL."""
    folder = tmp_path / "second"
    folder.mkdir()
    (folder / "regulars.sqlite").write_bytes(migrated_file.read_bytes())
    database = database_at(f"sqlite:///{folder / 'regulars.sqlite'}")
    yield Shop(database=database, programme=programme, folder=folder)
    database.close()
