"""What tests see of a world: its rows, what a member has, and that a refusal changes nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

import pytest

from api.database import Database
from api.runner import Runner
from api.tables import METADATA
from gamification.errors import Refusal
from gamification.members.rules import MemberRecord
from gamification.points import store as points
from gamification.programme.values import Programme
from gamification.timeline import store as timeline
from gamification.verify.run import verify
from gamification.verify.violations import Violation
from tests.rows import rows_of

T = TypeVar("T")

_ALL_ROWS = {name: str(table.select()) for name, table in sorted(METADATA.tables.items())}


class Seen:
    """A database under a programme, at a moment that tests move."""

    database: Database
    programme: Programme
    now: datetime

    def write(self, function: Callable[[Runner], T]) -> T:
        return self.database.write_now(function)

    def read(self, function: Callable[[Runner], T]) -> T:
        return self.database.read_now(function)

    def balances(self, member: MemberRecord) -> dict[str, int]:
        return self.read(lambda c: points.balances(c, member.id))

    def rows(self, query: str) -> list[Any]:
        """The rows of a query in SQL; of one column, its values."""
        return self.read(lambda c: rows_of(c, query))

    def contents(self) -> dict[str, list[Any]]:
        """Every row of every table, at one moment; columns in the order of the tables' classes."""
        return self.read(
            lambda c: {
                name: sorted(rows_of(c, query), key=repr) for name, query in _ALL_ROWS.items()
            }
        )

    @contextmanager
    def refuses(self, code: str, *, sticky: bool = False, **data: Any) -> Iterator[None]:
        """What is done inside is refused with that code and data, and changes no table.

        A sticky refusal is stored under its key, and that is all of it.
        """
        before = self.contents()
        with pytest.raises(Refusal) as caught:
            yield
        assert caught.value.code == code
        assert {name: caught.value.data.get(name) for name in data} == data
        after = self.contents()
        keys = len(after.pop("idempotency")) - len(before.pop("idempotency"))
        assert after == before
        assert keys == int(sticky)

    def facts(self, member: MemberRecord) -> list[tuple[str, dict[str, Any]]]:
        """The kind and parameters of each of a member's facts, oldest first."""
        rows = self.read(lambda c: timeline.page(c, member.id, before=10**9, most=10**6))
        return [(row.kind, row.params) for row in reversed(rows)]

    def kinds(self, member: MemberRecord, *, after: int = 0) -> list[str]:
        return [kind for kind, _ in self.facts(member)[after:]]

    def awards(self, member: MemberRecord) -> list[tuple[str, int, str]]:
        """The awards that stand: (goal, level, cycle)."""
        awards = "SELECT member_id, goal, level, cycle FROM award WHERE withdrawn_at IS NULL"
        return sorted(tuple(row[1:]) for row in self.rows(awards) if row[0] == member.id)

    def violations(self) -> list[Violation]:
        return self.read(lambda c: list(verify(c, self.programme, now=self.now)))
