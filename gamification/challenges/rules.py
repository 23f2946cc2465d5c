"""Challenges: something to do in a window, for a prize, once joined."""

from dataclasses import dataclass

from gamification.progress import Goal
from gamification.texts import Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Challenge:
    """A challenge. Everything done in the window counts; the prize needs joining.

    The prize is `points`, or a voucher for the reward `reward_id`.
    """

    id: str
    name: Text
    description: Text
    goal: Goal
    points: int = 0
    reward_id: str | None = None
