"""Every query of facts and timelines."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, case, null, select, update

from gamification.database import (
    Connection,
    TextList,
    insert_into,
    one_of,
    rows_of_member,
    table_of,
)
from gamification.facts import FactKind
from gamification.timeline.tables import Fact, Timeline

_fact = table_of(Fact)
_timeline = table_of(Timeline)
_LOCK = (
    select(_timeline.c.last_number)
    .where(_timeline.c.member_id == bindparam("member_id"))
    .with_for_update()
)
_LOCK_ALL = (
    select(_timeline.c.member_id)
    .where(one_of(_timeline.c.member_id, bindparam("member_ids", type_=TextList)))
    .order_by(_timeline.c.member_id)
    .with_for_update()
)
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
_PAGE_AFTER = (
    select(*_fact.columns)
    .where(_fact.c.member_id == bindparam("member_id"), _fact.c.number > bindparam("after"))
    .order_by(_fact.c.number)
    .limit(bindparam("most"))
)
_LAST_NUMBERS = select(_timeline.c.member_id, _timeline.c.last_number).where(
    one_of(_timeline.c.member_id, bindparam("member_ids", type_=TextList))
)
# No index leads from an activity to its facts: a member's own are gone through.
_TOLD = select(_fact.c.params).where(
    _fact.c.member_id == bindparam("member_id"),
    _fact.c.activity_id == bindparam("activity_id"),
    _fact.c.kind == bindparam("kind"),
)
_FRESH = (
    select(_timeline.c.member_id, _timeline.c.fresh_since)
    .where(_timeline.c.fresh_since.is_not(None))
    .order_by(_timeline.c.fresh_since)
    .limit(bindparam("most"))
)
_TAKE_FRESH = _FRESH.with_for_update(skip_locked=True)  # a till or another worker has those
_LOOKED_AT = (
    update(_timeline)
    .values(
        fresh_since=case(
            (_timeline.c.fresh_since == bindparam("seen"), null()), else_=_timeline.c.fresh_since
        ),
        looked_on=bindparam("today"),
    )
    .where(_timeline.c.member_id == bindparam("of_member"))
)
_MARK = (
    update(_timeline)
    .values(fresh_since=bindparam("fresh"))
    .where(one_of(_timeline.c.member_id, bindparam("member_ids", type_=TextList)))
)
_QUIET = (
    update(_timeline)
    .values(fresh_since=None)
    .where(_timeline.c.member_id == bindparam("of_member"))
)
KEPT = {"fact": rows_of_member(Fact), "timeline": rows_of_member(Timeline)}


def start(connection: Connection, member_id: str) -> None:
    """An empty timeline for a new member."""
    connection.run(_START, member_id=member_id, last_number=0, fresh_since=None, looked_on=None)


def lock(connection: Connection, member_id: str) -> int:
    """Let nobody else write for this member until the commit. Returns the newest fact's number.

    What is read of the member before it may be out of date, and what is read after it is not.
    """
    return int(connection.first(_LOCK, member_id=member_id).last_number)


def lock_all(connection: Connection, member_ids: Sequence[str]) -> None:
    """`lock` for several members, in the order of their ids, so that nobody waits in a circle."""
    connection.all(_LOCK_ALL, member_ids=list(member_ids))


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


def page_after(connection: Connection, member_id: str, *, after: int, most: int) -> list[Any]:
    """The oldest facts above number `after`, oldest first."""
    return connection.all(_PAGE_AFTER, member_id=member_id, after=after, most=most)


def last_numbers(connection: Connection, member_ids: Sequence[str]) -> dict[str, int]:
    """The number of each member's newest fact."""
    rows = connection.all(_LAST_NUMBERS, member_ids=list(member_ids))
    return {row.member_id: row.last_number for row in rows}


def told(
    connection: Connection, member_id: str, kind: FactKind, *, activity_id: str
) -> Mapping[str, Any]:
    """The params of the fact of that kind which an activity set off; none if it set off none."""
    row = connection.first(_TOLD, member_id=member_id, activity_id=activity_id, kind=kind.value)
    return row.params if row else {}


def is_any_fresh(connection: Connection) -> bool:
    """Whether a member has facts that nobody has looked at."""
    return connection.first(_FRESH, most=1) is not None


def take_fresh(connection: Connection, *, most: int) -> list[Any]:
    """Lock members (member_id, fresh_since) that have facts nobody has looked at, oldest first."""
    return connection.all(_TAKE_FRESH, most=most)


def looked_at(connection: Connection, rows: Sequence[Any], *, today: date) -> None:
    """Take the marks away, but not one that was set anew since it was read."""
    connection.run_many(
        _LOOKED_AT,
        [{"of_member": row.member_id, "seen": row.fresh_since, "today": today} for row in rows],
    )


def mark_fresh(connection: Connection, member_ids: Sequence[str], *, now: datetime) -> None:
    """Let these members be looked at, though nothing happened."""
    # The update alone takes them as they stand in the table.
    lock_all(connection, member_ids)
    connection.run(_MARK, member_ids=list(member_ids), fresh=now)


def quiet(connection: Connection, member_id: str) -> None:
    """Nobody needs to look at this member any more."""
    connection.run(_QUIET, of_member=member_id)
