"""A check, and what it finds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Select

from gamification.database import Connection
from gamification.programme.values import Programme

# Of one query: enough to see what went wrong, and no more than fits in memory.
VIOLATIONS_MAX = 100

# A clock that was ahead and is set right leaves moments that are yet to come: an account's own
# time never steps back, so that all it records meanwhile bears the old one. A day covers a wrong
# time zone too; whoever forges a moment within it breaks the account's chain.
AHEAD_MAX = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Violation:
    """A row that breaks a promise; `str()` is one line.

    Of the ledger's tables it says whose account and which entry it concerns: the first bad entry,
    or the newest one where the entries are right and the account is not.
    """

    check: str
    table: str
    row: str
    detail: str
    account: str | None = None
    entry: str | None = None

    def __str__(self) -> str:
        named = [(self.table, self.row), ("account", self.account), ("entry", self.entry)]
        where = [f"{table} {row}" for table, row in dict.fromkeys(named) if row]
        return f"{self.check}: {', '.join(where)}: {self.detail}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """What is examined. `advance` is told of so many steps that were gone through."""

    connection: Connection
    programme: Programme
    now: datetime
    advance: Callable[[int], None]

    @property
    def latest(self) -> datetime:
        """The latest moment at which something can have been recorded."""
        return self.now + AHEAD_MAX


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """Promises (I3 and so on, as the design numbers them), and the search for their breaches.

    What one reading of the rows can tell is one check; a promise with several sides to it may be
    looked after by several.
    """

    promises: Mapping[str, str]
    run: Callable[[Subject], Iterator[Violation]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """A statement whose rows are violations; it may use the parameter `latest`.

    Its column `row_id` names the row of `table`, `account_id` and `entry_id` may say whose and
    which entry; `says` is a format of its columns.
    """

    table: str
    says: str
    statement: Select[Any]


def check_of(check_id: str, promise: str, *queries: Query) -> Check:
    """A check made of queries. They are limited here, and so are written without a limit."""
    limited = [(query, query.statement.limit(VIOLATIONS_MAX)) for query in queries]
    return Check(promises={check_id: promise}, run=partial(_run, check_id, limited))


def _run(
    check_id: str, queries: Sequence[tuple[Query, Select[Any]]], subject: Subject
) -> Iterator[Violation]:
    for query, statement in queries:
        for row in subject.connection.all(statement, latest=subject.latest):
            values = row._asdict()
            yield Violation(
                check=check_id,
                table=query.table,
                row=str(values["row_id"]),
                detail=query.says.format(**values),
                account=values.get("account_id"),
                entry=values.get("entry_id"),
            )
