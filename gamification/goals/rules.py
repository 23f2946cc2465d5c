"""Names of goals, and what of them a member holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

TOTAL = date.min  # the day under which the sum of all days is stored


def badge_goal(badge_id: str) -> str:
    """How awards name a badge."""
    return f"badge:{badge_id}"


def challenge_goal(challenge_id: str) -> str:
    """How awards and participations name a challenge."""
    return f"challenge:{challenge_id}"


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
    """What a member has won and joined. Awards by (goal, level, cycle)."""

    awards: Mapping[tuple[str, int, str], Award]
    joined: frozenset[tuple[str, str]]
