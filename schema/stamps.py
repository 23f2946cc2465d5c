"""Stamp cards: the one that is being filled, and how many were."""

from functools import partial

import strawberry

from gamification.goals.rules import stamps_goal
from gamification.programme.values import Programme
from gamification.progress import counted
from gamification.reads.standing import Standing
from gamification.texts import text_in
from gamification.windows import EVER
from schema.fields import field
from schema.progress import Progress, progress_type
from schema.why import standings
from schema.why.types import Explain, Why


@strawberry.type(description="A stamp card as one member has it: a prize for every so many.")
class StampCard:
    """See the description."""

    id: str = field("The card's name in the programme file.")
    name: str = field("In the viewer's language.")
    description: str = field("What it is for, in the viewer's language.")
    every: int = field("How many stamps fill a card.")
    progress: Progress = field("The bar of the card that is being filled.")
    full: int = field("How many cards they filled ever.")
    explain: strawberry.Private[Explain]

    @strawberry.field(description="How many stamps there are, and how many are missing.")
    def why(self) -> Why:
        """Put into words only when it is asked for."""
        return self.explain()


def stamp_types(standing: Standing, programme: Programme, locale: str) -> list[StampCard]:
    """Every stamp card of the programme."""
    if standing.counts is None or standing.held is None:
        return []
    span = EVER.span(standing.today)
    return [
        StampCard(
            id=card.id,
            name=text_in(card.name, locale),
            description=text_in(card.description, locale),
            every=card.every,
            progress=progress_type(
                card.progress(counted(standing.counts, measure=card.measure, span=span))
            ),
            full=standing.held.times.get(stamps_goal(card.id), 0),
            explain=partial(standings.stamps_why, card, standing, programme, locale),
        )
        for card in programme.stamps
    ]
