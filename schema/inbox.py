"""The inbox as a connection."""

from typing import Any

import strawberry

from gamification.programme.values import Programme
from notifications.inbox import InboxPage
from notifications.nudge_words import words_of
from notifications.rules import link_to
from schema.connections import InboxConnection, InboxEdge, InboxLine, PageInfo


def inbox_connection(
    page: InboxPage, *, first: int, programme: Programme, locale: str
) -> InboxConnection:
    """A page of `first` lines; a row more than that tells that there are others."""
    edges = [
        InboxEdge(cursor=row.id, node=line)
        for row in page.lines[:first]
        if (line := _line(row, programme, locale))
    ]
    return InboxConnection(
        edges=edges,
        page_info=PageInfo(
            has_next_page=len(page.lines) > first, end_cursor=edges[-1].cursor if edges else None
        ),
        unread_count=page.unread,
    )


def _line(row: Any, programme: Programme, locale: str) -> InboxLine | None:
    text = words_of(
        rule_id=row.rule,
        target_kind=row.target_kind,
        target_id=row.target_id,
        params=row.params,
        programme=programme,
        locale=locale,
    )
    if text is None:
        return None
    rule = next((each for each in programme.nudges if each.id == row.rule), None)
    return InboxLine(
        id=strawberry.ID(row.id),
        title=text.title,
        body=text.body,
        kind=row.rule,
        link=link_to(row.target_kind, row.target_id, rule),
        sent_at=row.sent_at,
        read_at=row.read_at,
    )
