"""Rewards: what points buy."""

from dataclasses import dataclass

from gamification.progress import Progress, Unit
from gamification.texts import Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Reward:
    """A reward for `cost` points; its voucher can be used for `voucher_days` days."""

    id: str
    name: Text
    description: Text
    cost: int
    voucher_days: int


def reward_progress(reward: Reward, *, points: int) -> Progress:
    """How far a member's points go towards a reward: what is available, less a debt."""
    return Progress(current=points, target=reward.cost, unit=Unit.POINTS)
