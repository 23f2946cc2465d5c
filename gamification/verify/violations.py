"""A check, and what it finds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Select

from gamification.database import Connection
from gamification.programme.values import Programme

# Of one query: enough to see what went wrong, and no more than fits in memory.
VIOLATIONS_MAX = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Violation:
    """A row that breaks a promise; `str()` is one line."""

    check: str
    table: str
    row: str
    detail: str

    def __str__(self) -> str:
        return f"{self.check}: {self.table} {self.row}: {self.detail}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """What is examined. `advance` is told of so many members that were gone through."""

    connection: Connection
    programme: Programme
    now: datetime
    advance: Callable[[int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """A promise (I3 and so on, as the design numbers them), and the search for its breaches.

    An invariant that is several things to look at is several checks of the same id.
    """

    id: str
    promise: str
    run: Callable[[Subject], Iterator[Violation]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """A statement whose rows are violations; it may use the parameter `now`.

    Its column `row_id` names the row of `table`; `says` is a format of its other columns.
    """

    table: str
    says: str
    statement: Select[Any]


def check_of(check_id: str, promise: str, *queries: Query) -> Check:
    """A check made of queries. They are limited here, and so are written without a limit."""
    limited = [(query, query.statement.limit(VIOLATIONS_MAX)) for query in queries]
    return Check(id=check_id, promise=promise, run=partial(_run, check_id, limited))


def _run(
    check_id: str, queries: Sequence[tuple[Query, Select[Any]]], subject: Subject
) -> Iterator[Violation]:
    for query, statement in queries:
        for row in subject.connection.all(statement, now=subject.now):
            values = row._asdict()
            yield Violation(
                check=check_id,
                table=query.table,
                row=str(values["row_id"]),
                detail=query.says.format(**values),
            )
