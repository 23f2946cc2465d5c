"""I7: one cause moves points at most once."""

from sqlalchemy import ColumnElement, Table, func, select

from gamification.activities.tables import Activity
from gamification.database import table_of
from gamification.points.tables import Entry
from gamification.verify.violations import Check, Query, check_of

_entry = table_of(Entry)
_activity = table_of(Activity)


def _twice(column: ColumnElement[str], says: str, *more: ColumnElement[str]) -> Query:
    """The rows that share a value with another row."""
    table: Table = column.table
    shared = (
        select(column.label("shared"), func.count().label("times"))
        .where(column.is_not(None))
        .group_by(column)
        .having(func.count() > 1)
        .subquery("shared")
    )
    return Query(
        table=table.name,
        says=says,
        statement=select(table.c.id.label("row_id"), shared.c.shared, shared.c.times, *more)
        .join(shared, shared.c.shared == column)
        .order_by(table.c.id),
    )


ONCE = check_of(
    "I7",
    "one external cause moves points at most once",
    _twice(
        _entry.c.cause,
        "the cause {shared} moved points {times} times",
        _entry.c.to_account.label("account_id"),
    ),
    _twice(_activity.c.receipt_key, "the receipt {shared} was claimed {times} times"),
)
CHECKS: tuple[Check, ...] = (ONCE,)
