"""Every query of cards and used codes."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from gamification.cards.tables import Card, Scan
from gamification.database import (
    Connection,
    insert_into,
    insert_once_into,
    rows_of_member,
    table_of,
)

_card = table_of(Card)
_scan = table_of(Scan)
_CURRENT = (
    select(_card.c.handle)
    .where(_card.c.member_id == bindparam("member_id"), _card.c.revoked_at.is_(None))
    .order_by(_card.c.issued_at.desc())
    .limit(1)
)
_BY_HANDLE = select(_card.c.handle, _card.c.member_id, _card.c.revoked_at).where(
    _card.c.handle == bindparam("handle")
)
_REVOKE = (
    update(_card)
    .values(revoked_at=bindparam("now"))
    .where(_card.c.member_id == bindparam("of_member"), _card.c.revoked_at.is_(None))
)
_INSERT_CARD = insert_into(Card)
_USED = select(_scan.c.visit_id).where(
    _scan.c.handle == bindparam("handle"), _scan.c.nonce == bindparam("nonce")
)
_INSERT_SCAN = insert_once_into(Scan)
_of_member = _card.c.member_id == bindparam("member_id")
_scans_of_member = _scan.c.handle.in_(select(_card.c.handle).where(_of_member))
_FORGET_SCANS = delete(_scan).where(_scans_of_member)
_FORGET_CARDS = delete(_card).where(_of_member)
KEPT = {"card": rows_of_member(Card), "scan": rows_of_member(Scan, _scans_of_member)}


def current_handle(connection: Connection, member_id: str) -> bytes | None:
    """The handle of the member's card; None when every card was revoked."""
    row = connection.first(_CURRENT, member_id=member_id)
    return bytes.fromhex(row.handle) if row else None


def by_handle(connection: Connection, handle: bytes) -> Any:
    """The card (handle, member_id, revoked_at) behind a code, or None."""
    return connection.first(_BY_HANDLE, handle=handle.hex())


def issue(connection: Connection, *, handle: bytes, member_id: str, now: datetime) -> None:
    """A new card for a member."""
    connection.run(
        _INSERT_CARD, handle=handle.hex(), member_id=member_id, issued_at=now, revoked_at=None
    )


def revoke(connection: Connection, member_id: str, *, now: datetime) -> None:
    """No code of the member's present cards is good any more."""
    connection.run(_REVOKE, of_member=member_id, now=now)


def was_used(connection: Connection, *, handle: bytes, nonce: bytes) -> bool:
    """Whether this very code opened a visit before."""
    return connection.first(_USED, handle=handle.hex(), nonce=nonce.hex()) is not None


def use(
    connection: Connection, *, handle: bytes, nonce: bytes, visit_id: str, now: datetime
) -> None:
    """Use a code up."""
    connection.run(
        _INSERT_SCAN, handle=handle.hex(), nonce=nonce.hex(), visit_id=visit_id, scanned_at=now
    )


def forget(connection: Connection, member_id: str) -> None:
    """Erase the member's cards, whose handles stand on their phone, and the codes used of them."""
    connection.run(_FORGET_SCANS, member_id=member_id)
    connection.run(_FORGET_CARDS, member_id=member_id)
