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


def reward_progress(reward: Reward, *, available: int) -> Progress:
    """How far the available points go towards a reward."""
    return Progress(current=available, target=reward.cost, unit=Unit.POINTS)
