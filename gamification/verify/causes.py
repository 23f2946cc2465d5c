"""I7: one cause moves points at most once."""

from sqlalchemy import and_, func, literal, or_, select

from gamification.activities.tables import Activity
from gamification.database import table_of
from gamification.points.rules import EntryKind
from gamification.points.tables import Entry
from gamification.verify.violations import Check, Query, check_of

_entry = table_of(Entry)
_activity = table_of(Activity)
_name_of_earning = literal(f"{EntryKind.EARN}:") + _entry.c.activity_id + ":" + _entry.c.rule

ONCE = check_of(
    "I7",
    "one external cause moves points at most once",
    Query(
        table="entry",
        says="the cause {cause} moved points {times} times",
        statement=select(
            func.max(_entry.c.id).label("row_id"), _entry.c.cause, func.count().label("times")
        )
        .group_by(_entry.c.cause)
        .having(func.count() > 1)
        .order_by(_entry.c.cause),
    ),
    Query(
        table="entry",
        says="its cause {cause} is not what moved it: {kind} by {rule}",
        statement=select(_entry.c.id.label("row_id"), _entry.c.cause, _entry.c.kind, _entry.c.rule)
        .where(
            or_(
                _entry.c.cause.not_like(_entry.c.kind + ":%"),
                and_(
                    _entry.c.kind == EntryKind.EARN.value,
                    _entry.c.cause != _name_of_earning,
                ),
            )
        )
        .order_by(_entry.c.id),
    ),
    Query(
        table="activity",
        says="the receipt {receipt_key} was claimed {times} times",
        statement=select(
            func.max(_activity.c.id).label("row_id"),
            _activity.c.receipt_key,
            func.count().label("times"),
        )
        .where(_activity.c.receipt_key.is_not(None))
        .group_by(_activity.c.receipt_key)
        .having(func.count() > 1),
    ),
    Query(
        table="activity",
        says="the purchase {refund_of} was refunded {times} times",
        statement=select(
            func.max(_activity.c.id).label("row_id"),
            _activity.c.refund_of,
            func.count().label("times"),
        )
        .where(_activity.c.refund_of.is_not(None))
        .group_by(_activity.c.refund_of)
        .having(func.count() > 1),
    ),
)
CHECKS: tuple[Check, ...] = (ONCE,)
