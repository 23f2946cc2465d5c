"""Every query of the ledger."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    bindparam,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
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
    Holdings,
    Lot,
    account_id,
    programme_accounts,
)
from gamification.points.tables import COOLS, Account, Entry, LotUse
from gamification.points.tables import Lot as LotTable

_account = table_of(Account)
_entry = table_of(Entry)
_lot = table_of(LotTable)
_lot_use = table_of(LotUse)
# In words and not as a parameter: only so does a database see that its partial index will do.
_open = (_lot.c.member_id == bindparam("member_id")) & (_lot.c.remaining > literal_column("0"))
_RUN_OUT, _EXPIRING, _COOLING = "run out", "expiring", "cooling"  # beside the kinds of accounts
_cooling = (_lot.c.member_id == bindparam("member_id")) & text(COOLS)
_cools_until = case((text("lot.cooling"), _lot.c.due_at)).label("due_at")
_open_columns = (_lot.c.id, _lot.c.remaining, _lot.c.expires_at)

_BALANCES = select(_account.c.kind, _account.c.balance).where(
    _account.c.member_id == bindparam("member_id")
)
# What a reader is shown: balances, what has run out but still stands in them, and what cools off
# until when, which may be over.
_STANDING = (
    select(
        _account.c.kind,
        _account.c.balance,
        _account.c.lifetime,
        cast(literal(None), _lot.c.expires_at.type).label("expires_at"),
    ).where(_account.c.member_id == bindparam("member_id")),
    select(
        literal(_RUN_OUT),
        cast(func.coalesce(func.sum(_lot.c.remaining), 0), BigInteger),
        literal(0),
        literal(None),
    ).where(_open, _lot.c.expires_at <= bindparam("now")),
    select(
        literal(_COOLING),
        cast(func.sum(_lot.c.remaining), BigInteger),
        literal(0),
        _lot.c.due_at,
    )
    .where(_cooling)
    .group_by(_lot.c.due_at),
)
_HOLDINGS = union_all(*_STANDING)
# The same, and what expires when: as many rows as there are lots of one day.
_HOLDINGS_AND_EXPIRIES = union_all(
    *_STANDING,
    select(
        literal(_EXPIRING),
        cast(func.sum(_lot.c.remaining), BigInteger),
        literal(0),
        _lot.c.expires_at,
    )
    .where(
        _open,
        _lot.c.expires_at > bindparam("now"),
        or_(text("NOT lot.cooling"), _lot.c.due_at <= bindparam("now")),
    )
    .group_by(_lot.c.expires_at),
)
_OPEN = select(*_open_columns, _cools_until).where(_open).order_by(_lot.c.expires_at, _lot.c.id)
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
_RELEASE_LOT = update(_lot).values(cooling=False).where(_lot.c.id == bindparam("lot"))


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


def holdings(
    connection: Connection, member_id: str, *, now: datetime, with_expiries: bool = True
) -> Holdings:
    """What a member has at a moment.

    Without expiries it costs the same however many lots there are.
    """
    statement = _HOLDINGS_AND_EXPIRIES if with_expiries else _HOLDINGS
    rows = connection.all(statement, member_id=member_id, now=now)
    stored = {row.kind: row.balance for row in rows if row.expires_at is None}
    cools = sorted((row.expires_at, row.balance) for row in rows if row.kind == _COOLING)
    cooled_off = sum(amount for due_at, amount in cools if due_at <= now)
    return Holdings(
        available=stored[AccountKind.AVAILABLE] + cooled_off - stored[_RUN_OUT],
        pending=stored[AccountKind.PENDING] - cooled_off,
        debt=-stored[AccountKind.DEBT],
        lifetime=sum(row.lifetime for row in rows),
        expiring=tuple(
            sorted((row.expires_at, row.balance) for row in rows if row.kind == _EXPIRING)
        ),
        cooling=tuple((due_at, amount) for due_at, amount in cools if due_at > now),
    )


def open_lots(connection: Connection, member_id: str) -> list[Lot]:
    """A member's open lots in the order in which they are spent, with those that cool off."""
    return [_lot_of(row) for row in connection.all(_OPEN, member_id=member_id)]


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
    released: Iterable[str],
) -> None:
    """Append entries, the lots they create, and (entry, lot, amount, by expiry) they use.

    `released` are the ids of lots that have cooled off.
    """
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
    connection.run_many(_RELEASE_LOT, [{"lot": lot} for lot in released])


def _lot_of(row: Any) -> Lot:
    return Lot(id=row.id, remaining=row.remaining, expires_at=row.expires_at, due_at=row.due_at)
