"""Every query of facts and timelines."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from gamification.database import Connection, insert_into, table_of
from gamification.timeline.tables import Fact, Timeline

_fact = table_of(Fact)
_timeline = table_of(Timeline)
_LAST = select(_timeline.c.last_number).where(_timeline.c.member_id == bindparam("member_id"))
_START = insert_into(Timeline)
_ADVANCE = (
    update(_timeline)
    .values(last_number=bindparam("number"))
    .where(_timeline.c.member_id == bindparam("of_member"))
)
_ADVANCE_FRESH = _ADVANCE.values(fresh_since=bindparam("fresh"))
_INSERT = insert_into(Fact)
_PAGE = (
    select(*_fact.columns)
    .where(_fact.c.member_id == bindparam("member_id"), _fact.c.number < bindparam("before"))
    .order_by(_fact.c.number.desc())
    .limit(bindparam("most"))
)
_FRESH = (
    select(_timeline.c.member_id, _timeline.c.fresh_since)
    .where(_timeline.c.fresh_since.is_not(None))
    .order_by(_timeline.c.fresh_since)
    .limit(bindparam("most"))
)
_LOOKED_AT = (
    update(_timeline)
    .values(fresh_since=None)
    .where(
        _timeline.c.member_id == bindparam("of_member"),
        _timeline.c.fresh_since == bindparam("seen"),
    )
)


def start(connection: Connection, member_id: str) -> None:
    """An empty timeline for a new member."""
    connection.run(_START, member_id=member_id, last_number=0, fresh_since=None)


def last_number(connection: Connection, member_id: str) -> int:
    """The number of the newest fact; 0 before the first."""
    return int(connection.first(_LAST, member_id=member_id).last_number)


def append(
    connection: Connection,
    member_id: str,
    facts: Sequence[dict[str, Any]],
    *,
    fresh_since: datetime | None,
) -> None:
    """Append numbered facts; `fresh_since` marks the member as having something new."""
    if not facts:
        return
    connection.run_many(_INSERT, facts)
    number = facts[-1]["number"]
    if fresh_since is None:
        connection.run(_ADVANCE, of_member=member_id, number=number)
    else:
        connection.run(_ADVANCE_FRESH, of_member=member_id, number=number, fresh=fresh_since)


def page(connection: Connection, member_id: str, *, before: int, most: int) -> list[Any]:
    """The newest facts below number `before`, newest first."""
    return connection.all(_PAGE, member_id=member_id, before=before, most=most)


def fresh(connection: Connection, *, most: int) -> list[Any]:
    """Members (member_id, fresh_since) that have facts nobody has looked at, oldest first."""
    return connection.all(_FRESH, most=most)


def looked_at(connection: Connection, rows: Sequence[Any]) -> None:
    """Take the marks away, but not one that was set anew since it was read."""
    connection.run_many(
        _LOOKED_AT, [{"of_member": row.member_id, "seen": row.fresh_since} for row in rows]
    )
