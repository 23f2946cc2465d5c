"""Every query of the inbox: the nudges that a member was told of and did not archive."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, select, true, update

from gamification.database import Connection, TextList, one_of, table_of
from notifications.tables import Nudge

_ID = re.compile(r"[0-9a-f]{32}")
_nudge = table_of(Nudge)
_lines = and_(
    _nudge.c.member_id == bindparam("of_member"),
    _nudge.c.state == "sent",
    _nudge.c.archived_at.is_(None),
)
_unread = (
    select(func.count().label("unread"))
    .select_from(_nudge)
    .where(_lines, _nudge.c.read_at.is_(None))
    .subquery()
)
_UNREAD = select(_unread.c.unread)
_UNREAD_OF = (
    select(_nudge.c.member_id, func.count().label("unread"))
    .where(
        one_of(_nudge.c.member_id, bindparam("member_ids", type_=TextList)),
        _nudge.c.state == "sent",
        _nudge.c.archived_at.is_(None),
        _nudge.c.read_at.is_(None),
    )
    .group_by(_nudge.c.member_id)
)
_page = (
    select(
        _nudge.c.id,
        _nudge.c.rule,
        _nudge.c.params,
        _nudge.c.target_kind,
        _nudge.c.target_id,
        _nudge.c.sent_at,
        _nudge.c.read_at,
    )
    .where(_lines, _nudge.c.id < bindparam("before"))
    .order_by(_nudge.c.id.desc())
    .limit(bindparam("most"))
    .subquery()
)
# An empty page has a row as well, with the count alone.
_INBOX = (
    select(_unread.c.unread, *_page.columns)
    .select_from(_unread.outerjoin(_page, true()))
    .order_by(_page.c.id.desc())
)
_LINE = select(_nudge.c.id).where(
    _nudge.c.id == bindparam("nudge_id"),
    _nudge.c.member_id == bindparam("of_member"),
    _nudge.c.state == "sent",
)
_READ = (
    update(_nudge)
    .values(read_at=bindparam("now"))
    .where(_lines, _nudge.c.read_at.is_(None), _nudge.c.id == bindparam("nudge_id"))
)
_READ_THROUGH = (
    update(_nudge)
    .values(read_at=bindparam("now"))
    .where(_lines, _nudge.c.read_at.is_(None), _nudge.c.id <= bindparam("through"))
)
_ARCHIVE = (
    update(_nudge)
    .values(archived_at=bindparam("now"))
    .where(_lines, _nudge.c.id == bindparam("nudge_id"))
)


@dataclass(frozen=True, kw_only=True, slots=True)
class InboxPage:
    """Lines, newest first, and how many of the whole inbox are unread.

    A line is a row of (id, rule, params, target_kind, target_id, sent_at, read_at).
    """

    lines: Sequence[Any]
    unread: int


def page(connection: Connection, member_id: str, *, before: str, most: int) -> InboxPage:
    """The lines below id `before`, in one statement."""
    rows = connection.all(_INBOX, of_member=member_id, before=before, most=most)
    return InboxPage(lines=[row for row in rows if row.id is not None], unread=int(rows[0].unread))


def unread(connection: Connection, member_id: str) -> int:
    """How many lines the member has not read."""
    return int(connection.first(_UNREAD, of_member=member_id).unread)


def unread_of(connection: Connection, member_ids: Sequence[str]) -> dict[str, int]:
    """How many lines each member has not read; who has none is left out."""
    rows = connection.all(_UNREAD_OF, member_ids=list(member_ids))
    return {row.member_id: int(row.unread) for row in rows}


def is_id(text: str) -> bool:
    """Whether a line may have this id; others need not be looked for."""
    return _ID.fullmatch(text) is not None


def has(connection: Connection, member_id: str, line_id: str) -> bool:
    """Whether the member was told of it, archived or not."""
    return is_id(line_id) and (
        connection.first(_LINE, of_member=member_id, nudge_id=line_id) is not None
    )


def read(connection: Connection, member_id: str, line_id: str, *, now: datetime) -> None:
    """The member has read a line, unless they had before."""
    connection.run(_READ, of_member=member_id, nudge_id=line_id, now=now)


def read_through(connection: Connection, member_id: str, line_id: str, *, now: datetime) -> None:
    """The member has read a line and all older ones, unless they had before."""
    connection.run(_READ_THROUGH, of_member=member_id, through=line_id, now=now)


def archive(connection: Connection, member_id: str, line_id: str, *, now: datetime) -> None:
    """The member does not want to see a line any more."""
    connection.run(_ARCHIVE, of_member=member_id, nudge_id=line_id, now=now)
