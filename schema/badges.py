"""Badges, earned and to come."""

from datetime import datetime
from functools import partial

import strawberry

from gamification.goals.rules import badge_goal
from gamification.programme.values import Programme
from gamification.progress import progress_of
from gamification.reads.standing import Standing
from gamification.texts import text_in
from schema.fields import field
from schema.progress import Progress, progress_type
from schema.why import standings
from schema.why.types import Explain, Why


@strawberry.type(description="A badge as one member has it: earned in levels, or to come.")
class Badge:
    """See the description."""

    id: str = field("The badge's name in the programme file.")
    name: str = field("In the viewer's language.")
    description: str = field("What it is for, in the viewer's language.")
    icon: str = field("The name of its picture in the app.")
    level: int = field("The level earned; 0 for none yet.")
    levels: int = field("How many levels there are.")
    awarded_at: datetime | None = field("When the present level was earned.")
    progress: Progress | None = field("The bar towards the next level; null at the last.")
    explain: strawberry.Private[Explain]

    @strawberry.field(description="What was counted, and what is missing to the next level.")
    def why(self) -> Why:
        """Put into words only when it is asked for."""
        return self.explain()


def badge_types(standing: Standing, programme: Programme, locale: str) -> list[Badge]:
    """Every badge of the programme, earned ones first."""
    if standing.counts is None or standing.held is None:
        return []
    badges = []
    for badge in programme.badges:
        cycle = badge.window.span(standing.today).cycle
        goal = badge_goal(badge.id)
        levels = range(1, len(badge.targets) + 1)
        held = [a for n in levels if (a := standing.held.awards.get((goal, n, cycle)))]
        level = max((award.level for award in held), default=0)
        badges.append(
            Badge(
                id=badge.id,
                name=text_in(badge.name, locale),
                description=text_in(badge.description, locale),
                icon=badge.icon,
                level=level,
                levels=len(badge.targets),
                awarded_at=held[-1].awarded_at if held else None,
                progress=progress_type(
                    progress_of(
                        badge.goal(level + 1),
                        standing.counts,
                        today=standing.today,
                        unit=programme.measures[badge.measure].unit,
                        zone=programme.zone,
                    )
                )
                if level < len(badge.targets)
                else None,
                explain=partial(standings.badge_why, badge, level, standing, programme, locale),
            )
        )
    return sorted(badges, key=lambda badge: badge.level == 0)
