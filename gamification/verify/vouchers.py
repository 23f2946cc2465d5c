"""I11 for vouchers: their state and what the ledger says of their points are the same."""

from sqlalchemy import ColumnElement, FromClause, case, func, literal, or_, select

from gamification.database import table_of
from gamification.points.rules import EntryKind
from gamification.points.tables import Entry
from gamification.verify.violations import Check, Query, check_of
from gamification.vouchers.tables import Voucher

_entry = table_of(Entry)
_voucher = table_of(Voucher)
_reserve = _entry.alias("reserve")
_capture = _entry.alias("capture")
_void = _entry.alias("void")


def _caused(entry: FromClause, kind: EntryKind) -> ColumnElement[bool]:
    return entry.c.cause == literal(f"{kind}:") + _voucher.c.id


_reserved = func.coalesce(_reserve.c.amount, 0)
_captured = func.coalesce(_capture.c.amount, 0)
_given_back = func.coalesce(_void.c.amount, 0)
_due_captured = case((_voucher.c.state == "captured", _voucher.c.cost), else_=0)
_is_over = or_(_voucher.c.state == "lapsed", _voucher.c.state == "withdrawn")
_due_given_back = case((_is_over, _voucher.c.cost), else_=0)
VOUCHERS = check_of(
    "I11",
    "a voucher's state is what its entries say",
    Query(
        table="voucher",
        says=(
            "is {state} and cost {cost}; the entries set {reserved} aside, spent {captured}"
            " and gave {given_back} back"
        ),
        statement=select(
            _voucher.c.id.label("row_id"),
            _voucher.c.state,
            _voucher.c.cost,
            _reserved.label("reserved"),
            _captured.label("captured"),
            _given_back.label("given_back"),
        )
        .select_from(
            _voucher.outerjoin(_reserve, _caused(_reserve, EntryKind.RESERVE))
            .outerjoin(_capture, _caused(_capture, EntryKind.CAPTURE))
            .outerjoin(_void, _caused(_void, EntryKind.VOID))
        )
        .where(
            or_(
                _reserved != _voucher.c.cost,
                _captured != _due_captured,
                _given_back != _due_given_back,
            )
        )
        .order_by(_voucher.c.id),
    ),
)
CHECKS: tuple[Check, ...] = (VOUCHERS,)
