"""Where all members stand at a moment."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from api.imports import queries
from gamification.database import Connection
from gamification.effects.state import local_day
from gamification.goals.rules import badge_goal
from gamification.programme.values import Programme
from gamification.texts import text_in


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """All members of the programme at `moment`. Tiers and badges are named in its language.

    `badges` counts the awards that stand by (name, level).
    """

    moment: datetime
    members: int
    points: int
    tiers: Mapping[str, int]
    badges: Mapping[tuple[str, int], int]


def figures_at(connection: Connection, programme: Programme, moment: datetime) -> Figures:
    """Count all members. What has run out by `moment` must be expired."""
    ladder, day = programme.ladder, local_day(moment, programme)
    key = ladder.key(day)
    members = queries.members_joined(connection, by=moment)
    amounts = queries.amounts(connection, key)
    standing = Counter(ladder.standing({key: amount}, today=day).id for amount in amounts)
    standing[ladder.tiers[0].id] += max(members - len(amounts), 0)
    awards = queries.standing_awards(connection, by=moment)
    return Figures(
        moment=moment,
        members=members,
        points=queries.points_outstanding(connection, by=moment),
        tiers={text_in(tier.name, programme.locale): standing[tier.id] for tier in ladder.tiers},
        badges={
            (text_in(badge.name, programme.locale), level): awards.get(
                (badge_goal(badge.id), level), 0
            )
            for badge in programme.badges
            for level in range(1, len(badge.targets) + 1)
        },
    )


def reached(connection: Connection, programme: Programme) -> dict[str, int]:
    """How many members ever rose to each tier, by its name; the lowest is everyone's."""
    times = queries.tiers_reached(connection)
    return {
        text_in(tier.name, programme.locale): times[tier.id] for tier in programme.ladder.tiers[1:]
    }
