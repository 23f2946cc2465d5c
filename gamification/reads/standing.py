"""Where a member stands: what the home screen shows, in a constant number of statements."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, auto
from typing import Any

from gamification.cards import store as cards
from gamification.database import Connection
from gamification.effects.state import goals_on, keys_of, local_day
from gamification.goals import store as goals
from gamification.goals.rules import Held, stamps_goal
from gamification.members.rules import MemberRecord
from gamification.points import entries
from gamification.points import store as points
from gamification.points.rules import Holdings
from gamification.programme.values import Programme
from gamification.progress import Counts
from gamification.timeline import store as timeline
from gamification.vouchers import store as vouchers


class Section(Enum):
    """What a reader may leave out; each is one statement, or makes one longer."""

    CARD = auto()
    POINTS = auto()
    EXPIRIES = auto()  # with the points: what of them expires when
    COUNTS = auto()
    HELD = auto()
    VOUCHERS = auto()
    TIMELINE = auto()
    ENTRIES = auto()  # those that the facts of the timeline's page tell of


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A page of facts: up to `first` of those with a number below `before`."""

    first: int
    before: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What was read of a member at `now`. A section that was not asked for is None."""

    member: MemberRecord
    now: datetime
    today: date
    card_handle: bytes | None
    holdings: Holdings | None
    counts: Counts | None
    ladder_days: list[tuple[date, int]]
    held: Held | None
    vouchers: list[Any] | None
    facts: list[Any] | None
    entries: Mapping[str, Any]


def read_standing(
    connection: Connection,
    member: MemberRecord,
    programme: Programme,
    *,
    now: datetime,
    sections: AbstractSet[Section],
    page: Page | None = None,
) -> Standing:
    """Read the sections asked for. One fact more than the page holds tells whether more follow."""
    today = local_day(now, programme)
    counts: Counts | None = None
    days: list[tuple[date, int]] = []
    if Section.COUNTS in sections:
        counts, days = goals.counts_and_days(connection, member.id, keys_of(programme, today))
    facts = None
    if page is not None and Section.TIMELINE in sections:
        facts = timeline.page(connection, member.id, before=page.before, most=page.first + 1)
    return Standing(
        member=member,
        now=now,
        today=today,
        card_handle=(
            cards.current_handle(connection, member.id) if Section.CARD in sections else None
        ),
        holdings=(
            points.holdings(
                connection, member.id, now=now, with_expiries=Section.EXPIRIES in sections
            )
            if Section.POINTS in sections
            else None
        ),
        counts=counts,
        ladder_days=days,
        held=(
            goals.held(
                connection,
                member.id,
                goals_on(programme, today),
                counted=[stamps_goal(card.id) for card in programme.stamps],
            )
            if Section.HELD in sections
            else None
        ),
        vouchers=(
            vouchers.open_of(connection, member.id, now=now)
            if Section.VOUCHERS in sections
            else None
        ),
        facts=facts,
        entries=entries.of_facts(connection, facts or ()) if Section.ENTRIES in sections else {},
    )
