"""I5 and I6: what became of each lot, and in which order lots were spent."""

from sqlalchemy import and_, case, func, literal, or_, select, union_all

from gamification.database import table_of
from gamification.points.rules import AccountKind, EntryKind
from gamification.points.tables import Entry, Lot, LotUse
from gamification.verify.violations import Check, Query, check_of

_entry = table_of(Entry)
_lot = table_of(Lot)
_use = table_of(LotUse)

# ── I5 ──
_by_expiry = _entry.c.kind == EntryKind.EXPIRE.value
_used = (
    select(
        _use.c.lot_id,
        func.sum(case((_by_expiry, 0), else_=_use.c.amount)).label("spent"),
        func.sum(case((_by_expiry, _use.c.amount), else_=0)).label("expired"),
    )
    .join(_entry, _entry.c.id == _use.c.entry_id)
    .group_by(_use.c.lot_id)
    .subquery("used")
)
_spent = func.coalesce(_used.c.spent, 0)
_expired = func.coalesce(_used.c.expired, 0)
_of_entry = (
    select(_use.c.entry_id, func.sum(_use.c.amount).label("lots"))
    .group_by(_use.c.entry_id)
    .subquery("of_entry")
)
# Grouped, so that SQLite indexes the result: it makes no such index for the table itself, which
# is WITHOUT ROWID, and would search it from end to end for every entry.
_begun = (
    select(_lot.c.entry_id, func.min(_lot.c.id).label("lot"))
    .group_by(_lot.c.entry_id)
    .subquery("begun")
)
_available = f"%:{AccountKind.AVAILABLE}"
# What an entry should take from lots: given to `available` without a new lot is given back.
_due_of_lots = case(
    (_entry.c.from_account.like(_available), _entry.c.amount),
    (and_(_entry.c.to_account.like(_available), _begun.c.lot.is_(None)), -_entry.c.amount),
    else_=0,
)
_lots_of_entry = func.coalesce(_of_entry.c.lots, 0)

PARTS = check_of(
    "I5",
    "original = remaining + spent + expired, per lot, and every use is an entry's",
    Query(
        table="lot",
        says=(
            "of {original}, {remaining} remain, {spent} are spent and {expired} expired;"
            " its uses spent {uses_spent} and let {uses_expired} expire"
        ),
        statement=select(
            _lot.c.id.label("row_id"),
            _lot.c.original,
            _lot.c.remaining,
            _lot.c.spent,
            _lot.c.expired,
            _spent.label("uses_spent"),
            _expired.label("uses_expired"),
        )
        .select_from(_lot.outerjoin(_used, _used.c.lot_id == _lot.c.id))
        .where(
            or_(
                _lot.c.original != _lot.c.remaining + _lot.c.spent + _lot.c.expired,
                _lot.c.spent != _spent,
                _lot.c.expired != _expired,
            )
        )
        .order_by(_lot.c.id),
    ),
    Query(
        table="entry",
        says="moves {amount}, but uses {lots} of lots",
        statement=select(_entry.c.id.label("row_id"), _entry.c.amount, _lots_of_entry.label("lots"))
        .select_from(
            _entry.outerjoin(_of_entry, _of_entry.c.entry_id == _entry.c.id).outerjoin(
                _begun, _begun.c.entry_id == _entry.c.id
            )
        )
        .where(_lots_of_entry != _due_of_lots)
        .order_by(_entry.c.id),
    ),
    Query(
        table="lot",
        says="holds {original}, but its entry brought {amount} to {to_account}",
        statement=select(
            _lot.c.id.label("row_id"), _lot.c.original, _entry.c.amount, _entry.c.to_account
        )
        .join(_entry, _entry.c.id == _lot.c.entry_id)
        .where(
            or_(
                _lot.c.original != _entry.c.amount,
                _entry.c.to_account != _lot.c.member_id + f":{AccountKind.AVAILABLE}",
            )
        )
        .order_by(_lot.c.id),
    ),
)

# ── I6 ──
_spend = _entry.alias("spend")
_paying = _lot.alias("paying")
# Grouped for the same reason as above.
_sooner = (
    select(
        _lot.c.id,
        _lot.c.member_id,
        _lot.c.expires_at,
        _lot.c.original,
        func.min(_entry.c.to_version).label("since"),
    )
    .join(_entry, _entry.c.id == _lot.c.entry_id)
    .group_by(_lot.c.id, _lot.c.member_id, _lot.c.expires_at, _lot.c.original)
    .subquery("sooner")
)
_earlier = _entry.alias("earlier")
_account_of_sooner = _sooner.c.member_id + f":{AccountKind.AVAILABLE}"
# Each reservation, and the latest expiry among the lots that paid it.
_spends = (
    select(
        _spend.c.id,
        _spend.c.from_version,
        _spend.c.recorded_at,
        _paying.c.member_id,
        func.max(_paying.c.expires_at).label("latest"),
    )
    .select_from(
        _spend.join(_use, _use.c.entry_id == _spend.c.id).join(
            _paying, _paying.c.id == _use.c.lot_id
        )
    )
    .where(_spend.c.kind == EntryKind.RESERVE.value)
    .group_by(_spend.c.id, _spend.c.from_version, _spend.c.recorded_at, _paying.c.member_id)
    .subquery("spends")
)
# What had been used of the other lot when the reservation was done.
_used_by_then = (
    select(func.coalesce(func.sum(_use.c.amount), 0))
    .join(_earlier, _earlier.c.id == _use.c.entry_id)
    .where(
        _use.c.lot_id == _sooner.c.id,
        case(
            (_earlier.c.from_account == _account_of_sooner, _earlier.c.from_version),
            else_=_earlier.c.to_version,
        )
        <= _spends.c.from_version,
    )
    .scalar_subquery()
)
_void = _entry.alias("void")
_reserve = _entry.alias("reserve")
_VOID_PREFIX = f"{EntryKind.VOID}:"
_reserve_of_void = _reserve.c.cause == literal(f"{EntryKind.RESERVE}:") + func.substr(
    _void.c.cause, len(_VOID_PREFIX) + 1
)
_is_void = _void.c.kind == EntryKind.VOID.value
_given_back = union_all(
    select(_void.c.id.label("void_id"), _use.c.lot_id, _use.c.amount)
    .join(_use, _use.c.entry_id == _void.c.id)
    .where(_is_void),
    select(_void.c.id, _use.c.lot_id, _use.c.amount)
    .select_from(_void.join(_reserve, _reserve_of_void))
    .join(_use, _use.c.entry_id == _reserve.c.id)
    .where(_is_void),
).subquery("given_back")

ORDER = check_of(
    "I6",
    "the soonest expiry is spent first, and what is given back goes to the same lots",
    Query(
        table="entry",
        says="spends points good until {latest}, though lot {lot} expires at {expires_at}",
        statement=select(
            _spends.c.id.label("row_id"),
            _spends.c.latest,
            _sooner.c.id.label("lot"),
            _sooner.c.expires_at,
        )
        .select_from(_spends.join(_sooner, _sooner.c.member_id == _spends.c.member_id))
        .where(
            _sooner.c.expires_at < _spends.c.latest,
            _sooner.c.expires_at > _spends.c.recorded_at,
            _sooner.c.since < _spends.c.from_version,
            _sooner.c.original - _used_by_then > 0,
        )
        .order_by(_spends.c.id, _sooner.c.expires_at),
    ),
    Query(
        table="entry",
        says="gives lot {lot} {more} more than was taken from it",
        statement=select(
            _given_back.c.void_id.label("row_id"),
            _given_back.c.lot_id.label("lot"),
            (-func.sum(_given_back.c.amount)).label("more"),
        )
        .group_by(_given_back.c.void_id, _given_back.c.lot_id)
        .having(func.sum(_given_back.c.amount) != 0)
        .order_by(_given_back.c.void_id, _given_back.c.lot_id),
    ),
    Query(
        table="lot",
        says="expired in entry {entry}, though it was good until {expires_at}",
        statement=select(_lot.c.id.label("row_id"), _entry.c.id.label("entry"), _lot.c.expires_at)
        .select_from(
            _entry.join(_use, _use.c.entry_id == _entry.c.id).join(_lot, _lot.c.id == _use.c.lot_id)
        )
        .where(_by_expiry, _lot.c.expires_at > _entry.c.recorded_at)
        .order_by(_lot.c.id),
    ),
)
CHECKS: tuple[Check, ...] = (PARTS, ORDER)
