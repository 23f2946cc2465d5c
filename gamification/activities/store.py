"""Every query of activities."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select

from gamification.activities.rules import Activity, Effect
from gamification.activities.tables import Activity as ActivityTable
from gamification.database import Connection, insert_into, table_of

_activity = table_of(ActivityTable)
_BY_ID = select(
    _activity.c.id,
    _activity.c.member_id,
    _activity.c.kind,
    _activity.c.occurred_at,
    _activity.c.local_date,
    _activity.c.amount_minor,
    _activity.c.receipt_key,
    _activity.c.store_id,
    _activity.c.channel,
    _activity.c.effects,
).where(_activity.c.id == bindparam("activity_id"))
_BY_RECEIPT = select(_activity.c.id, _activity.c.member_id).where(
    _activity.c.receipt_key == bindparam("receipt_key")
)
_REFUND_OF = select(_activity.c.id).where(_activity.c.refund_of == bindparam("activity_id"))
_EFFECTS_OF = (
    select(_activity.c.id, _activity.c.effects, _activity.c.occurred_at)
    .where(_activity.c.member_id == bindparam("member_id"))
    .order_by(_activity.c.recorded_at, _activity.c.id)
)
_INSERT = insert_into(ActivityTable)


def receipt_key(receipt: str | None, store_id: str | None) -> str | None:
    """Receipts are numbered per store; `-` stands for activities without one.

    Spaces around a number, as typing leaves them, make no other receipt of it.
    """
    return None if receipt is None else f"{store_id or '-'}:{' '.join(receipt.split())}"


def by_id(connection: Connection, activity_id: str) -> Any:
    """The stored activity, or None."""
    return connection.first(_BY_ID, activity_id=activity_id)


def by_receipt(connection: Connection, key: str) -> Any:
    """The activity (id, member_id) that claimed a receipt, or None."""
    return connection.first(_BY_RECEIPT, receipt_key=key)


def refund_of(connection: Connection, activity_id: str) -> str | None:
    """The id of the refund that names this purchase, if any."""
    row = connection.first(_REFUND_OF, activity_id=activity_id)
    return row.id if row else None


def effects_of(connection: Connection, member_id: str) -> list[Any]:
    """Every activity (id, effects, occurred_at) of a member, as recorded."""
    return connection.all(_EFFECTS_OF, member_id=member_id)


def effects_read(raw: Sequence[Sequence[Any]]) -> list[Effect]:
    """Stored effects as values."""
    return [(measure, date.fromisoformat(day), amount) for measure, day, amount in raw]


def add(
    connection: Connection,
    activity: Activity,
    *,
    effects: Sequence[Effect],
    faults: Sequence[dict[str, Any]],
    currency: str,
    programme_version: str,
    now: datetime,
) -> None:
    """Append an activity with what it counted."""
    connection.run(
        _INSERT,
        id=activity.id,
        member_id=activity.member_id,
        kind=activity.kind.value,
        occurred_at=activity.occurred_at,
        recorded_at=now,
        local_date=activity.local_date,
        amount_minor=activity.amount_minor,
        currency=currency,
        lines=list(activity.lines),
        receipt_key=receipt_key(activity.receipt, activity.store_id),
        channel=activity.channel,
        store_id=activity.store_id,
        staff_id=activity.staff_id,
        visit_id=activity.visit_id,
        refund_of=activity.refund_of,
        effects=[[measure, day.isoformat(), amount] for measure, day, amount in effects],
        faults=list(faults),
        programme_version=programme_version,
    )
