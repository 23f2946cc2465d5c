"""Every query of consents."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, select

from gamification.consents.tables import Consent
from gamification.database import (
    Connection,
    TextList,
    one_of,
    rows_of_member,
    table_of,
    upsert_into,
)

_consent = table_of(Consent)
_CONSENTING = select(_consent.c.member_id).where(
    one_of(_consent.c.member_id, bindparam("member_ids", type_=TextList)),
    _consent.c.category == bindparam("category"),
    _consent.c.channel == bindparam("channel"),
    _consent.c.granted.is_(True),
)
_insert = upsert_into(Consent)
_DECIDE = _insert.on_conflict_do_update(
    index_elements=["member_id", "category", "channel"],
    set_={
        name: _insert.excluded[name] for name in ("granted", "text_version", "source", "decided_at")
    },
)
_FORGET = delete(_consent).where(_consent.c.member_id == bindparam("member_id"))
KEPT = {"consent": rows_of_member(Consent)}


def consenting(
    connection: Connection, member_ids: Sequence[str], *, category: str, channel: str
) -> frozenset[str]:
    """Those of the members that granted this."""
    rows = connection.all(
        _CONSENTING, member_ids=list(member_ids), category=category, channel=channel
    )
    return frozenset(row.member_id for row in rows)


def decide(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep what a member decided last."""
    connection.run(_DECIDE, **row)


def forget(connection: Connection, member_id: str) -> None:
    """Erase a member's consents."""
    connection.run(_FORGET, member_id=member_id)
