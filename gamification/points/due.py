"""Lots that have come due, and that nobody has seen to yet: cooled off, or run out."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    TextClause,
    bindparam,
    cast,
    literal,
    literal_column,
    select,
    text,
    union,
    union_all,
)

from gamification.database import Connection, table_of
from gamification.points.rules import AccountKind, Lot, release_order, spending_order
from gamification.points.tables import COOLS, Account
from gamification.points.tables import Lot as LotTable

_account = table_of(Account)
_lot = table_of(LotTable)
_of_member = _lot.c.member_id == bindparam("member_id")
# In words and not as a parameter: only so does a database see that its partial index will do.
_is_open = _lot.c.remaining > literal_column("0")
_has_run_out = _lot.c.expires_at <= bindparam("now")
_cools = text(COOLS)
_has_cooled_off = _lot.c.due_at <= bindparam("now")
_never = cast(literal(None), _lot.c.expires_at.type)
_columns = (_lot.c.id, _lot.c.remaining, _lot.c.expires_at)

# Balances, and the open lots that have cooled off or run out: what a write must know before it
# begins. A lot has always cooled off when it runs out.
_BALANCES_AND_DUE = union_all(
    select(
        _account.c.kind.label("id"),
        _account.c.balance.label("remaining"),
        _never.label("expires_at"),
        _never.label("due_at"),
    ).where(_account.c.member_id == bindparam("member_id")),
    select(*_columns, _never).where(_of_member, _is_open, _has_run_out, text("NOT lot.cooling")),
    select(*_columns, _lot.c.due_at).where(_of_member, _cools, _has_cooled_off),
)


def _members_with(*which: ColumnElement[bool] | TextClause) -> Select[Any]:
    first = (
        select(_lot.c.member_id)
        .where(*which, _lot.c.member_id > bindparam("after"))
        .group_by(_lot.c.member_id)
        .order_by(_lot.c.member_id)
        .limit(bindparam("most"))
    )
    return select(first.subquery().c.member_id)


# The first of all of them are among the first of each.
_with_due_lots = union(
    _members_with(_is_open, _has_run_out), _members_with(_cools, _has_cooled_off)
).subquery()
_WITH_DUE_LOTS = (
    select(_with_due_lots.c.member_id).order_by(_with_due_lots.c.member_id).limit(bindparam("most"))
)


def balances_and_due_lots(
    connection: Connection, member_id: str, *, now: datetime
) -> tuple[dict[AccountKind, int], list[Lot], list[Lot]]:
    """The balances, the lots to be released, and those to be expired, in the order they became so.

    What cooled off and ran out since is among both.
    """
    rows = connection.all(_BALANCES_AND_DUE, member_id=member_id, now=now)
    lots = [
        Lot(id=row.id, remaining=row.remaining, expires_at=row.expires_at, due_at=row.due_at)
        for row in rows
        if row.expires_at is not None
    ]
    return (
        {AccountKind(row.id): row.remaining for row in rows if row.expires_at is None},
        release_order(lots),
        spending_order(lot for lot in lots if lot.expires_at <= now),
    )


def members_with_due_lots(
    connection: Connection, *, now: datetime, after: str, most: int
) -> list[str]:
    """Members that hold lots which have cooled off or run out, by id."""
    rows = connection.all(_WITH_DUE_LOTS, now=now, after=after, most=most)
    return [row.member_id for row in rows]
