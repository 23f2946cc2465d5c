"""I1 to I4: entries, accounts and their sums."""

from sqlalchemy import and_, func, literal, or_, select

from gamification.database import table_of
from gamification.points.rules import AccountKind
from gamification.points.tables import Account, Entry, Lot
from gamification.verify.sides import sides
from gamification.verify.violations import Check, Query, check_of

_account = table_of(Account)
_entry = table_of(Entry)
_lot = table_of(Lot)
_source = _account.alias("source")
_target = _account.alias("target")

_moved = (
    select(sides.c.account, func.sum(sides.c.change).label("entries"))
    .group_by(sides.c.account)
    .subquery("moved")
)
_entries_of_account = func.coalesce(_moved.c.entries, 0)
_open = (
    select(_lot.c.member_id, func.sum(_lot.c.remaining).label("lots"))
    .group_by(_lot.c.member_id)
    .subquery("open")
)
_lots_of_member = func.coalesce(_open.c.lots, 0)
_sum_of_all = func.coalesce(func.sum(_account.c.balance), 0)

MOVES = check_of(
    "I1",
    "every entry moves one positive amount between two accounts",
    Query(
        table="entry",
        says="moves {amount} from {from_account} to {to_account}",
        statement=select(
            _entry.c.id.label("row_id"),
            _entry.c.amount,
            _entry.c.from_account,
            _entry.c.to_account,
        )
        .select_from(
            _entry.outerjoin(_source, _source.c.id == _entry.c.from_account).outerjoin(
                _target, _target.c.id == _entry.c.to_account
            )
        )
        .where(
            or_(
                _entry.c.amount <= 0,
                _entry.c.from_account == _entry.c.to_account,
                _source.c.id.is_(None),
                _target.c.id.is_(None),
            )
        )
        .order_by(_entry.c.id),
    ),
)
SUM = check_of(
    "I2",
    "all accounts sum to zero",
    Query(
        table="account",
        says="all balances together are {balance}, not 0",
        statement=select(literal("(all)").label("row_id"), _sum_of_all.label("balance")).having(
            _sum_of_all != 0
        ),
    ),
)
BALANCES = check_of(
    "I3",
    "stored balance = sum of entries = sum of remaining lots",
    Query(
        table="account",
        says="the balance is {balance}, its entries sum to {entries}",
        statement=select(
            _account.c.id.label("row_id"), _account.c.balance, _entries_of_account.label("entries")
        )
        .select_from(_account.outerjoin(_moved, _moved.c.account == _account.c.id))
        .where(_account.c.balance != _entries_of_account)
        .order_by(_account.c.id),
    ),
    Query(
        table="account",
        says="the balance is {balance}, its lots hold {lots}",
        statement=select(
            _account.c.id.label("row_id"), _account.c.balance, _lots_of_member.label("lots")
        )
        .select_from(_account.outerjoin(_open, _open.c.member_id == _account.c.member_id))
        .where(
            _account.c.kind == AccountKind.AVAILABLE.value,
            _account.c.balance != _lots_of_member,
        )
        .order_by(_account.c.id),
    ),
)
LIMITS = check_of(
    "I4",
    "available and pending are never below zero, nor is any part of a lot",
    Query(
        table="account",
        says="the balance is {balance}",
        statement=select(_account.c.id.label("row_id"), _account.c.balance)
        .where(
            or_(
                and_(_account.c.kind == AccountKind.AVAILABLE.value, _account.c.balance < 0),
                and_(_account.c.kind == AccountKind.PENDING.value, _account.c.balance < 0),
                and_(_account.c.kind == AccountKind.DEBT.value, _account.c.balance > 0),
            )
        )
        .order_by(_account.c.id),
    ),
    Query(
        table="lot",
        says="of {original}, {remaining} remain, {spent} are spent and {expired} expired",
        statement=select(
            _lot.c.id.label("row_id"),
            _lot.c.original,
            _lot.c.remaining,
            _lot.c.spent,
            _lot.c.expired,
        )
        .where(
            or_(
                _lot.c.remaining < 0,
                _lot.c.remaining > _lot.c.original,
                _lot.c.spent < 0,
                _lot.c.expired < 0,
            )
        )
        .order_by(_lot.c.id),
    ),
)
CHECKS: tuple[Check, ...] = (MOVES, SUM, BALANCES, LIMITS)
