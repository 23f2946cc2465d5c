"""Connections: long lists in pages, with keyset cursors."""

from datetime import datetime

import strawberry

from schema.fields import field
from schema.scalars import BigInt
from schema.why.types import Why

PAGE_ITEMS_DEFAULT = 10
PAGE_ITEMS_MAX = 100


@strawberry.type(description="Whether a page has more behind it.")
class PageInfo:
    """See the description."""

    has_next_page: bool = field("Whether older items follow.")
    end_cursor: str | None = field("Give it as `after` to read on; null for an empty page.")


@strawberry.type(description="A past-tense line on a member's timeline.")
class Fact:
    """See the description."""

    number: BigInt = field("Counts a member's facts from 1 without gaps.")
    kind: str = field("What happened, such as `POINTS_EARNED` or `TIER_REACHED`.")
    text: str = field("What happened, in the viewer's language.")
    points: int | None = field(
        "The points it was about, if it was about points; below 0 if staff took them."
    )
    occurred_at: datetime = field("When it happened.")
    why: list[Why] = field("Why points moved, for each movement that it tells of.")


@strawberry.type(description="A fact and its cursor.")
class FactEdge:
    """See the description."""

    cursor: str = field("Where this fact lies in the list.")
    node: Fact = field("The fact.")


@strawberry.type(description="A page of facts, newest first.")
class FactConnection:
    """See the description."""

    edges: list[FactEdge] = field("The facts of this page.")
    page_info: PageInfo = field("Whether more follow.")


@strawberry.type(description="A line in a member's inbox.")
class InboxLine:
    """See the description."""

    id: strawberry.ID = field("Names the line; a push carries the same id.")
    title: str = field("In the viewer's language.")
    body: str = field("In the viewer's language.")
    kind: str = field("The rule that told it, such as `near_reward`.")
    link: str = field("The place in the app that it leads to, such as `/reward/coffee`.")
    sent_at: datetime = field("When it was told.")
    read_at: datetime | None = field("When it was read first; null while it is unread.")


@strawberry.type(description="An inbox line and its cursor.")
class InboxEdge:
    """See the description."""

    cursor: str = field("Where this line lies in the list.")
    node: InboxLine = field("The line.")


@strawberry.type(description="A page of the inbox, newest first.")
class InboxConnection:
    """See the description."""

    edges: list[InboxEdge] = field("The lines of this page.")
    page_info: PageInfo = field("Whether more follow.")
    unread_count: int = field("How many lines of the whole inbox are unread.")
