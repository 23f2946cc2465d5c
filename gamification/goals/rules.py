"""Names of goals, and what of them a member holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

TOTAL = date.min  # the day under which the sum of all days is stored


def badge_goal(badge_id: str) -> str:
    """How awards name a badge."""
    return f"badge:{badge_id}"


def challenge_goal(challenge_id: str) -> str:
    """How awards and participations name a challenge."""
    return f"challenge:{challenge_id}"


def stamps_goal(card_id: str) -> str:
    """How awards name a stamp card."""
    return f"stamps:{card_id}"


# A goal and the cycle of its window in which it is won, or joined.
GoalInCycle = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Award:
    """A prize that stands: not withdrawn."""

    id: str
    goal: str
    level: int
    cycle: str
    awarded_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """What a member has won and joined, of what was asked. Awards by (goal, level, cycle).

    `times` are how many awards stand, of the goals whose number was asked.
    """

    awards: Mapping[tuple[str, int, str], Award]
    joined: frozenset[GoalInCycle]
    times: Mapping[str, int] = field(default_factory=dict)
