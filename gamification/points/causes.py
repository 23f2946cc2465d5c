"""What causes moved, for whoever undoes it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, or_, select

from gamification.database import Connection, TextList, one_of, table_of
from gamification.points.rules import EARNED_KINDS
from gamification.points.tables import Entry, Lot, LotUse

_entry = table_of(Entry)
_lot = table_of(Lot)
_lot_use = table_of(LotUse)

_LOTS_OF_CAUSES = (
    select(
        _lot.c.id,
        _lot.c.remaining,
        _lot.c.expires_at,
        _lot.c.original,
        _lot.c.expired,
        _entry.c.cause,
        _entry.c.rule,
        _entry.c.parts,
    )
    .join(_entry, _entry.c.id == _lot.c.entry_id)
    .where(one_of(_entry.c.cause, bindparam("causes", type_=TextList)))
    .order_by(_lot.c.id)
)
_AMOUNTS = select(_entry.c.cause, _entry.c.amount).where(
    one_of(_entry.c.cause, bindparam("causes", type_=TextList))
)
_EARNED_BY = (
    select(_entry.c.cause)
    .where(
        _entry.c.activity_id == bindparam("activity_id"),
        or_(*(_entry.c.kind == kind.value for kind in sorted(EARNED_KINDS))),
    )
    .order_by(_entry.c.id)
)
_USES_OF_CAUSE = (
    select(_lot_use.c.lot_id, _lot_use.c.amount, _lot.c.expires_at)
    .join(_entry, _entry.c.id == _lot_use.c.entry_id)
    .join(_lot, _lot.c.id == _lot_use.c.lot_id)
    .where(_entry.c.cause == bindparam("cause"))
    .order_by(_lot_use.c.lot_id)
)


def earning_causes(connection: Connection, activity_id: str) -> list[str]:
    """The causes under which an activity earned points."""
    return [row.cause for row in connection.all(_EARNED_BY, activity_id=activity_id)]


def lots_of_causes(connection: Connection, causes: Sequence[str]) -> list[Any]:
    """Lots (id, remaining, expires_at, original, expired) that causes created.

    With what their entries tell: (cause, rule, parts).
    """
    return connection.all(_LOTS_OF_CAUSES, causes=list(causes)) if causes else []


def amounts_of_causes(connection: Connection, causes: Sequence[str]) -> dict[str, int]:
    """What each of these causes moved, of those that moved anything."""
    rows = connection.all(_AMOUNTS, causes=list(causes)) if causes else []
    return {row.cause: row.amount for row in rows}


def uses_of_cause(connection: Connection, cause: str) -> list[Any]:
    """What an entry took: (lot_id, amount, expires_at)."""
    return connection.all(_USES_OF_CAUSE, cause=cause)
