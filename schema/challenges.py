"""Challenges that run now."""

from datetime import datetime
from functools import partial

import strawberry

from gamification.challenges import rules as domain
from gamification.goals.rules import challenge_goal
from gamification.programme.values import Programme
from gamification.progress import progress_of
from gamification.reads.standing import Standing
from gamification.texts import text_in
from schema.fields import field
from schema.progress import Progress, progress_type
from schema.why import standings
from schema.why.types import Explain, Why


@strawberry.type(description="What a challenge gives: points, or a voucher for a reward.")
class ChallengePrize:
    """See the description."""

    points: int = field("Points; 0 when the prize is a reward.")
    reward_id: str | None = field("The reward that the voucher is for.")
    reward_name: str | None = field("Its name in the viewer's language.")


@strawberry.type(description="A challenge that runs now, as one member sees it.")
class Challenge:
    """See the description."""

    id: str = field("The challenge's name in the programme file.")
    name: str = field("In the viewer's language.")
    description: str = field("What to do, in the viewer's language.")
    prize: ChallengePrize = field("What it gives.")
    joined: bool = field("Whether the member takes part; the prize needs it.")
    completed_at: datetime | None = field("When it was completed in this round.")
    progress: Progress = field("The bar, with the deadline of this round.")
    explain: strawberry.Private[Explain]

    @strawberry.field(description="What was counted in this round, and what is missing.")
    def why(self) -> Why:
        """Put into words only when it is asked for."""
        return self.explain()


def challenge_types(standing: Standing, programme: Programme, locale: str) -> list[Challenge]:
    """The challenges whose window covers today."""
    return [
        shown
        for challenge in programme.challenges
        if (shown := challenge_type(challenge, standing, programme, locale))
    ]


def challenge_type(
    challenge: domain.Challenge, standing: Standing, programme: Programme, locale: str
) -> Challenge | None:
    """A challenge as the member sees it; None when it does not run today or was not read."""
    span = challenge.goal.window.span(standing.today)
    if standing.counts is None or standing.held is None or not span.covers(standing.today):
        return None
    goal = challenge_goal(challenge.id)
    award = standing.held.awards.get((goal, 1, span.cycle))
    is_joined = (goal, span.cycle) in standing.held.joined
    reward = programme.reward(challenge.reward_id) if challenge.reward_id else None
    return Challenge(
        id=challenge.id,
        name=text_in(challenge.name, locale),
        description=text_in(challenge.description, locale),
        prize=ChallengePrize(
            points=challenge.points,
            reward_id=challenge.reward_id,
            reward_name=text_in(reward.name, locale) if reward else None,
        ),
        joined=is_joined,
        completed_at=award.awarded_at if award else None,
        progress=progress_type(
            progress_of(
                challenge.goal,
                standing.counts,
                today=standing.today,
                unit=programme.measures[challenge.goal.measure].unit,
                zone=programme.zone,
            )
        ),
        explain=partial(
            standings.challenge_why,
            challenge,
            standing,
            programme,
            locale,
            is_joined=is_joined,
            is_completed=award is not None,
        ),
    )
