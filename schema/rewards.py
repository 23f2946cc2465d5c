"""Rewards, and how far a member's points go."""

from functools import partial

import strawberry

from gamification.programme.values import Programme
from gamification.reads.standing import Standing
from gamification.rewards import rules as domain
from gamification.texts import text_in
from schema.fields import field
from schema.progress import Progress, progress_type
from schema.why import standings
from schema.why.types import Explain, Why


@strawberry.type(description="What points buy, as one member sees it.")
class Reward:
    """See the description."""

    id: str = field("The reward's name in the programme file.")
    name: str = field("In the viewer's language.")
    description: str = field("In the viewer's language.")
    cost: int = field("In points.")
    voucher_days: int = field("How many days its voucher can be used.")
    affordable: bool = field("Whether the available points pay for it.")
    progress: Progress = field("The bar towards it; `remaining` are the points to go.")
    explain: strawberry.Private[Explain]

    @strawberry.field(description="The points that count towards it, and how many are missing.")
    def why(self) -> Why:
        """Put into words only when it is asked for."""
        return self.explain()


def reward_type(reward: domain.Reward, *, points: int, locale: str, explain: Explain) -> Reward:
    """A reward beside the points that count towards it."""
    return Reward(
        id=reward.id,
        name=text_in(reward.name, locale),
        description=text_in(reward.description, locale),
        cost=reward.cost,
        voucher_days=reward.voucher_days,
        affordable=points >= reward.cost,
        progress=progress_type(domain.reward_progress(reward, points=points)),
        explain=explain,
    )


def reward_types(standing: Standing, programme: Programme, locale: str) -> list[Reward]:
    """All rewards, cheapest first."""
    if standing.holdings is None:
        return []
    points = standing.holdings.towards_rewards
    return [
        reward_type(
            reward,
            points=points,
            locale=locale,
            explain=partial(standings.reward_why, reward, standing, programme, locale),
        )
        for reward in sorted(programme.rewards, key=lambda reward: reward.cost)
    ]


def next_reward(rewards: list[Reward]) -> Reward | None:
    """The cheapest reward that cannot be afforded yet."""
    return next((reward for reward in rewards if not reward.affordable), None)
