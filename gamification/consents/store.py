"""Every query of consents."""

from collections import defaultdict
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
_GRANTED = select(_consent.c.member_id, _consent.c.category).where(
    one_of(_consent.c.member_id, bindparam("member_ids", type_=TextList)),
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


def granted(
    connection: Connection, member_ids: Sequence[str], *, channel: str
) -> dict[str, frozenset[str]]:
    """The categories that each of the members allows by this channel; no entry for none."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in connection.all(_GRANTED, member_ids=list(member_ids), channel=channel):
        found[row.member_id].add(row.category)
    return {member_id: frozenset(categories) for member_id, categories in found.items()}


def decide(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep what a member decided last."""
    connection.run(_DECIDE, **row)


def forget(connection: Connection, member_id: str) -> None:
    """Erase a member's consents."""
    connection.run(_FORGET, member_id=member_id)
