"""Every query of activities."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, func, literal_column, or_, select, update

from gamification.activities.kinds import Kind, kept_attributes
from gamification.activities.rules import (
    Activity,
    ActivityKind,
    Effect,
    Line,
    ReturnedLine,
    once_key,
    receipt_digest,
    wordless,
)
from gamification.activities.tables import Activity as ActivityTable
from gamification.database import Connection, insert_once_into, rows_of_member, table_of

_activity = table_of(ActivityTable)
_BY_ID = select(*_activity.columns).where(_activity.c.id == bindparam("activity_id"))
_BY_RECEIPT = select(_activity.c.id, _activity.c.member_id).where(
    or_(
        _activity.c.receipt_key == bindparam("receipt_key"),
        _activity.c.receipt_key == bindparam("receipt_digest"),
    )
)
_BY_ONCE_KEY = select(*_activity.columns).where(_activity.c.once_key == bindparam("once_key"))
_REFUNDS_OF = (
    select(*_activity.columns)
    .where(_activity.c.refund_of == bindparam("activity_id"))
    .order_by(_activity.c.id)
)
_back = _activity.alias("back")
_PURCHASES_KEPT = select(func.count().label("purchases")).where(
    _activity.c.member_id == bindparam("member_id"),
    _activity.c.kind == ActivityKind.PURCHASE.value,
    _activity.c.amount_minor
    >= bindparam("least_minor")
    + select(func.coalesce(func.sum(_back.c.amount_minor), literal_column("0")))
    .where(_back.c.refund_of == _activity.c.id)
    .scalar_subquery(),
    _activity.c.occurred_at < bindparam("before"),
)
_OF_CYCLE = select(*_activity.columns).where(
    _activity.c.member_id == bindparam("member_id"),
    _activity.c.once_key.like(bindparam("claimed")),
)
_INSERT = insert_once_into(ActivityTable)
_ROWS_OF_MEMBER = rows_of_member(ActivityTable)
_FORGET_WORDS = (
    update(_activity)
    .values(
        receipt_key=bindparam("receipt"),
        lines=bindparam("no_lines", type_=_activity.c.lines.type),
        faults=bindparam("no_faults", type_=_activity.c.faults.type),
        attributes=bindparam("no_words", type_=_activity.c.attributes.type),
    )
    .where(_activity.c.id == bindparam("activity_id"))
)
KEPT = {"activity": _ROWS_OF_MEMBER}

FORGOTTEN_AT_ONCE = 500  # rows held in memory


def receipt_key(receipt: str | None, store_id: str | None) -> str | None:
    """Receipts are numbered per store; `-` stands for activities without one.

    Spaces around a number, as typing leaves them, make no other receipt of it.
    """
    return None if receipt is None else f"{store_id or '-'}:{' '.join(receipt.split())}"


def by_id(connection: Connection, activity_id: str) -> Any:
    """The stored activity, or None."""
    return connection.first(_BY_ID, activity_id=activity_id)


def by_receipt(connection: Connection, key: str) -> Any:
    """The activity (id, member_id) that claimed a receipt, or None; a forgotten member's, too."""
    return connection.first(_BY_RECEIPT, receipt_key=key, receipt_digest=receipt_digest(key))


def by_once_key(connection: Connection, key: str) -> Any:
    """The stored activity that claimed what counts once, or None."""
    return connection.first(_BY_ONCE_KEY, once_key=key)


def of_cycle(connection: Connection, member_id: str, cycle: str) -> list[Any]:
    """The stored activities of a member that count once in a cycle, whatever their kind."""
    return connection.all(_OF_CYCLE, member_id=member_id, claimed=once_key("%", member_id, cycle))


def is_counted(connection: Connection, key: str) -> bool:
    """Whether what counts once was recorded already."""
    return by_once_key(connection, key) is not None


def refunds_of(connection: Connection, activity_id: str) -> list[Any]:
    """The stored refunds that name this purchase."""
    return connection.all(_REFUNDS_OF, activity_id=activity_id)


def purchases_kept(
    connection: Connection, member_id: str, *, least_minor: int, before: datetime
) -> int:
    """How many purchases before a moment cost so much, without what was given back of them."""
    found = connection.first(
        _PURCHASES_KEPT, member_id=member_id, least_minor=least_minor, before=before
    )
    return int(found.purchases)


def as_recorded(row: Any) -> Activity:
    """A stored activity as a value, without what it claims."""
    is_refund = row.refund_of is not None
    return Activity(
        id=row.id,
        member_id=row.member_id,
        kind=row.kind,
        occurred_at=row.occurred_at,
        local_date=row.local_date,
        amount_minor=row.amount_minor,
        lines=[] if is_refund else [Line(**line) for line in row.lines],
        returned=[ReturnedLine(**line) for line in row.lines] if is_refund else [],
        store_id=row.store_id,
        staff_id=row.staff_id,
        visit_id=row.visit_id,
        channel=row.channel,
        refund_of=row.refund_of,
        attributes=row.attributes,
    )


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
        kind=str(activity.kind),
        occurred_at=activity.occurred_at,
        recorded_at=now,
        local_date=activity.local_date,
        amount_minor=activity.amount_minor,
        currency=currency,
        lines=list(activity.lines or activity.returned),
        receipt_key=receipt_key(activity.receipt, activity.store_id),
        once_key=activity.once_key,
        attributes=dict(activity.attributes),
        channel=activity.channel,
        store_id=activity.store_id,
        staff_id=activity.staff_id,
        visit_id=activity.visit_id,
        refund_of=activity.refund_of,
        effects=[[measure, day.isoformat(), amount] for measure, day, amount in effects],
        faults=list(faults),
        programme_version=programme_version,
    )


def forget_words(
    connection: Connection,
    member_id: str,
    *,
    categories: Collection[str],
    kinds: Mapping[str, Kind],
) -> None:
    """Erase what people typed into a member's activities; what was counted stays.

    The table refuses it, unless whoever opened the transaction put its trigger aside.
    """
    skip = 0
    while rows := connection.all(
        _ROWS_OF_MEMBER, member_id=member_id, skip=skip, most=FORGOTTEN_AT_ONCE
    ):
        connection.run_many(
            _FORGET_WORDS,
            [
                {
                    "activity_id": row.id,
                    "receipt": row.receipt_key and receipt_digest(row.receipt_key),
                    "no_lines": wordless(row.lines, categories=categories),
                    "no_faults": [{**fault, "reason": ""} for fault in row.faults],
                    "no_words": kept_attributes(kinds.get(row.kind), row.attributes),
                }
                for row in rows
                if row.receipt_key or row.lines or row.faults or row.attributes
            ],
        )
        skip += len(rows)
