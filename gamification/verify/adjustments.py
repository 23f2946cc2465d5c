"""I7 for adjustments: each moved its points by one entry, and no other entry did.

What the entry says stands under its chain: so what an adjustment says does, but for the reason.
"""

from sqlalchemy import case, func, literal, or_, select

from gamification.adjustments.rules import RULE
from gamification.adjustments.tables import Adjustment
from gamification.database import table_of
from gamification.points.rules import AccountKind, EntryKind
from gamification.points.tables import Entry
from gamification.verify.violations import Check, Query, check_of

_adjustment = table_of(Adjustment)
_entry = table_of(Entry)
_CAUSE = f"{EntryKind.ADJUST}:"
_OF_PROGRAMME = f"{AccountKind.ADJUSTED}:"

_available = _adjustment.c.member_id + f":{AccountKind.AVAILABLE}"
_is_given = _adjustment.c.points > 0
_of_member = case((_is_given, _entry.c.to_account), else_=_entry.c.from_account)
_of_programme = case((_is_given, _entry.c.from_account), else_=_entry.c.to_account)

ADJUSTMENTS = check_of(
    "I7",
    "an adjustment's points moved once, and staff adjusted what was moved as adjusted",
    Query(
        table="adjustment",
        says=(
            "is of {points} points of member {member_id} by {staff_id} at {recorded_at}; its entry"
            " moves {amount} from {from_account} to {to_account} by {rule} at {occurred_at}"
        ),
        statement=select(
            _adjustment.c.id.label("row_id"),
            _available.label("account_id"),
            _entry.c.id.label("entry_id"),
            _adjustment.c.points,
            _adjustment.c.member_id,
            _adjustment.c.staff_id,
            _adjustment.c.recorded_at,
            func.coalesce(_entry.c.amount, 0).label("amount"),
            _entry.c.from_account,
            _entry.c.to_account,
            _entry.c.rule,
            _entry.c.occurred_at,
        )
        .select_from(
            _adjustment.outerjoin(
                _entry,
                (_entry.c.cause == literal(_CAUSE) + _adjustment.c.id)
                & (_entry.c.kind == EntryKind.ADJUST.value),
            )
        )
        .where(
            or_(
                _entry.c.id.is_(None),
                _entry.c.amount != func.abs(_adjustment.c.points),
                _of_member != _available,
                ~_of_programme.startswith(_OF_PROGRAMME),
                _entry.c.rule != literal(RULE) + _adjustment.c.staff_id,
                _entry.c.occurred_at != _adjustment.c.recorded_at,
            )
        )
        .order_by(_adjustment.c.id),
    ),
    Query(
        table="entry",
        says="no adjustment is behind its cause {cause}",
        statement=select(
            _entry.c.id.label("row_id"),
            _entry.c.cause,
            case(
                (_entry.c.from_account.startswith(_OF_PROGRAMME), _entry.c.to_account),
                else_=_entry.c.from_account,
            ).label("account_id"),
        )
        .select_from(
            _entry.outerjoin(
                _adjustment, _adjustment.c.id == func.substr(_entry.c.cause, len(_CAUSE) + 1)
            )
        )
        .where(_entry.c.kind == EntryKind.ADJUST.value, _adjustment.c.id.is_(None))
        .order_by(_entry.c.id),
    ),
)
CHECKS: tuple[Check, ...] = (ADJUSTMENTS,)
