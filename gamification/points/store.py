"""Every query of the ledger."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    select,
    union_all,
    update,
)

from gamification.database import (
    Connection,
    TextList,
    insert_into,
    one_of,
    table_of,
)
from gamification.points.chain import NO_HEAD
from gamification.points.rules import (
    MEMBER_KINDS,
    AccountKind,
    EntryKind,
    Holdings,
    Lot,
    account_id,
    programme_accounts,
    spending_order,
)
from gamification.points.tables import Account, Entry, LotUse
from gamification.points.tables import Lot as LotTable

_account = table_of(Account)
_entry = table_of(Entry)
_lot = table_of(LotTable)
_lot_use = table_of(LotUse)
# In words and not as a parameter: only so does a database see that its partial index will do.
_open = (_lot.c.member_id == bindparam("member_id")) & (_lot.c.remaining > literal_column("0"))
_open_columns = (_lot.c.id, _lot.c.remaining, _lot.c.expires_at)

_BALANCES = select(_account.c.kind, _account.c.balance).where(
    _account.c.member_id == bindparam("member_id")
)
# Balances, and the open lots that have run out: what a write must know before it begins.
_BALANCES_AND_DUE = union_all(
    select(
        _account.c.kind.label("id"),
        _account.c.balance.label("remaining"),
        cast(literal(None), _lot.c.expires_at.type).label("expires_at"),
    ).where(_account.c.member_id == bindparam("member_id")),
    select(*_open_columns).where(_open, _lot.c.expires_at <= bindparam("now")),
)
# Balances, and what of the open lots expires when: what a reader is shown.
_BALANCES_AND_EXPIRY = union_all(
    select(
        _account.c.kind.label("id"),
        _account.c.balance.label("remaining"),
        cast(literal(None), _lot.c.expires_at.type).label("expires_at"),
    ).where(_account.c.member_id == bindparam("member_id")),
    select(
        literal("lifetime"), cast(func.sum(_account.c.lifetime), BigInteger), literal(None)
    ).where(_account.c.member_id == bindparam("member_id")),
    select(
        literal("lots"),
        cast(func.sum(_lot.c.remaining), BigInteger),
        _lot.c.expires_at,
    )
    .where(_open)
    .group_by(_lot.c.expires_at),
)
_OPEN = select(*_open_columns).where(_open).order_by(_lot.c.expires_at, _lot.c.id)
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
    .where(_entry.c.activity_id == bindparam("activity_id"), _entry.c.kind == EntryKind.EARN.value)
    .order_by(_entry.c.id)
)
_USES_OF_CAUSE = (
    select(_lot_use.c.lot_id, _lot_use.c.amount, _lot.c.expires_at)
    .join(_entry, _entry.c.id == _lot_use.c.entry_id)
    .join(_lot, _lot.c.id == _lot_use.c.lot_id)
    .where(_entry.c.cause == bindparam("cause"))
    .order_by(_lot_use.c.lot_id)
)
_WITH_DUE_LOTS = (
    select(_lot.c.member_id)
    .where(_lot.c.remaining > literal_column("0"), _lot.c.expires_at <= bindparam("now"))
    .where(_lot.c.member_id > bindparam("after"))
    .group_by(_lot.c.member_id)
    .order_by(_lot.c.member_id)
    .limit(bindparam("most"))
)
_COUNT_ENTRIES = select(func.count().label("entries")).select_from(_entry)
# In the order of their ids, so that two writes never wait for each other.
_LOCK = (
    select(_account.c.id, _account.c.version, _account.c.head, _account.c.moved_at)
    .where(one_of(_account.c.id, bindparam("ids", type_=TextList)))
    .order_by(_account.c.id)
    .with_for_update()
)
_MOVE = (
    update(_account)
    .values(
        balance=_account.c.balance + bindparam("change"),
        lifetime=_account.c.lifetime + bindparam("issued"),
        version=bindparam("newest"),
        head=bindparam("link"),
        moved_at=bindparam("at"),
    )
    .where(_account.c.id == bindparam("account"))
)
_INSERT_ACCOUNT = insert_into(Account)
_INSERT_ENTRY = insert_into(Entry)
_INSERT_LOT = insert_into(LotTable)
_INSERT_USE = insert_into(LotUse)
_USE_LOT = (
    update(_lot)
    .values(
        remaining=_lot.c.remaining - bindparam("taken"),
        spent=_lot.c.spent + bindparam("as_spent"),
        expired=_lot.c.expired + bindparam("as_expired"),
    )
    .where(_lot.c.id == bindparam("lot"))
)


def open_accounts(connection: Connection, member_id: str) -> None:
    """A new member's accounts, all empty."""
    connection.run_many(
        _INSERT_ACCOUNT,
        [
            {
                "id": account_id(kind, member_id),
                "kind": kind.value,
                "member_id": member_id,
                "balance": 0,
                "lifetime": 0,
                "version": 0,
                "head": NO_HEAD,
                "moved_at": None,
            }
            for kind in sorted(MEMBER_KINDS)
        ],
    )


def lock_accounts(connection: Connection, ids: Iterable[str]) -> list[Any]:
    """Where these accounts stand, until the commit: (id, version, head, moved_at).

    All that are moved together are locked by one call, in the order of their ids.
    """
    return connection.all(_LOCK, ids=sorted(ids))


def lock_programme(connection: Connection, kinds: Iterable[AccountKind]) -> None:
    """Lock all accounts of the programme that are of these kinds."""
    lock_accounts(connection, (name for kind in kinds for name in programme_accounts(kind)))


def balances(connection: Connection, member_id: str) -> dict[str, int]:
    """The stored balance of each of a member's accounts."""
    return {row.kind: row.balance for row in connection.all(_BALANCES, member_id=member_id)}


def balances_and_due_lots(
    connection: Connection, member_id: str, *, now: datetime
) -> tuple[dict[AccountKind, int], list[Lot]]:
    """The balances, and the lots that ran out but were not expired yet, in the order they did."""
    rows = connection.all(_BALANCES_AND_DUE, member_id=member_id, now=now)
    return (
        {AccountKind(row.id): row.remaining for row in rows if row.expires_at is None},
        spending_order(_lot_of(row) for row in rows if row.expires_at is not None),
    )


def holdings(connection: Connection, member_id: str) -> Holdings:
    """The balances as stored, and what of the open lots expires when, soonest first."""
    rows = connection.all(_BALANCES_AND_EXPIRY, member_id=member_id)
    stored = {row.id: row.remaining for row in rows if row.expires_at is None}
    return Holdings(
        pending=stored[AccountKind.PENDING],
        debt=-stored[AccountKind.DEBT],
        lifetime=stored["lifetime"],
        lots=tuple(sorted((r.expires_at, r.remaining) for r in rows if r.expires_at is not None)),
    )


def open_lots(connection: Connection, member_id: str) -> list[Lot]:
    """A member's open lots in the order in which they are spent."""
    return [_lot_of(row) for row in connection.all(_OPEN, member_id=member_id)]


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


def members_with_due_lots(
    connection: Connection, *, now: datetime, after: str, most: int
) -> list[str]:
    """Members that hold lots which have run out, by id."""
    rows = connection.all(_WITH_DUE_LOTS, now=now, after=after, most=most)
    return [row.member_id for row in rows]


def count_entries(connection: Connection) -> int:
    """How many entries there are."""
    return int(connection.first(_COUNT_ENTRIES).entries)


def move(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Change balances: rows of (account, change, issued, newest, link, at).

    `issued` is the part of the change that came from (or went back to) the issued points;
    `newest`, `link` and `at` are the version, the hash and the moment of the account's last entry.
    """
    connection.run_many(_MOVE, rows)


def append(
    connection: Connection,
    *,
    entries: Sequence[dict[str, Any]],
    lots: Sequence[dict[str, Any]],
    uses: Iterable[tuple[str, str, int, bool]],
) -> None:
    """Append entries, the lots they create, and (entry, lot, amount, by expiry) they use."""
    connection.run_many(_INSERT_ENTRY, entries)
    connection.run_many(_INSERT_LOT, lots)
    uses = list(uses)
    connection.run_many(
        _USE_LOT,
        [
            {
                "lot": lot,
                "taken": amount,
                "as_spent": 0 if expiry else amount,
                "as_expired": amount if expiry else 0,
            }
            for _, lot, amount, expiry in uses
        ],
    )
    connection.run_many(
        _INSERT_USE,
        [{"entry_id": entry, "lot_id": lot, "amount": amount} for entry, lot, amount, _ in uses],
    )


def _lot_of(row: Any) -> Lot:
    return Lot(id=row.id, remaining=row.remaining, expires_at=row.expires_at)
