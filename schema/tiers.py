"""Tiers, and where a member stands among them."""

from datetime import datetime
from functools import partial

import strawberry

from gamification.programme.values import Programme
from gamification.progress import end_of_day, progress_of
from gamification.reads.standing import Standing
from gamification.texts import text_in
from gamification.tiers import rules as domain
from schema.fields import field
from schema.progress import Progress, progress_type
from schema.why import standings
from schema.why.types import Explain, Why


@strawberry.type(description="The colours of a tier's card, as `#rrggbb`.")
class TierColours:
    """See the description."""

    background: str = field("Behind everything.")
    ink: str = field("Letters.")
    accent: str = field("Ornaments.")


@strawberry.type(description="A standing in the programme.")
class Tier:
    """See the description."""

    id: str = field("The tier's name in the programme file.")
    name: str = field("In the viewer's language.")
    multiplier: float = field("What earned points are multiplied by in this tier.")
    colours: TierColours = field("How its card looks.")


@strawberry.type(description="Where a member stands among the tiers.")
class TierStanding:
    """See the description."""

    current: Tier = field("The tier now.")
    next: Tier | None = field("The tier above; null at the top.")
    progress: Progress | None = field("The bar towards the tier above; null at the top.")
    valid_until: datetime | None = field(
        "When the tier is lost if nothing more is bought; null when it cannot be lost."
    )
    explain: strawberry.Private[Explain]

    @strawberry.field(description="What was counted, and what is missing to the tier above.")
    def why(self) -> Why:
        """Put into words only when it is asked for."""
        return self.explain()


def tier_type(tier: domain.Tier, locale: str) -> Tier:
    """A tier in a language."""
    return Tier(
        id=tier.id,
        name=text_in(tier.name, locale),
        multiplier=float(tier.multiplier),
        colours=TierColours(
            background=tier.colours.background, ink=tier.colours.ink, accent=tier.colours.accent
        ),
    )


def tier_standing(standing: Standing, programme: Programme, locale: str) -> TierStanding | None:
    """The standing, if it was read."""
    if standing.counts is None:
        return None
    ladder = programme.ladder
    current = ladder.standing(standing.counts, today=standing.today)
    above = ladder.next_above(current)
    last_day = ladder.last_day(current, standing.ladder_days, today=standing.today)
    return TierStanding(
        current=tier_type(current, locale),
        next=tier_type(above, locale) if above else None,
        progress=progress_type(
            progress_of(
                ladder.goal(above),
                standing.counts,
                today=standing.today,
                unit=programme.measures[ladder.measure].unit,
                zone=programme.zone,
            )
        )
        if above
        else None,
        valid_until=end_of_day(last_day, programme.zone) if last_day else None,
        explain=partial(standings.tier_why, standing, programme, locale),
    )
