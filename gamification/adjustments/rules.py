"""Adjustments: what staff may give or take by hand."""

from dataclasses import dataclass
from datetime import datetime

from gamification.errors import Refusal

REASON_CHARACTERS_MAX = 200
RULE = "adjustment:"
"""With the staff's id behind it, the rule under which the entry is kept: under its chain."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Adjustment:
    """Points that staff gave a member (`points` > 0) or took (< 0), for a stated `reason`."""

    id: str
    member_id: str
    staff_id: str
    points: int
    reason: str
    recorded_at: datetime


def check_points(points: int, *, maximum: int) -> None:
    """Refuse an adjustment by nothing, or by more than the programme allows at once.

    Raises Refusal POINTS_OUT_OF_RANGE, naming the limit.
    """
    if points == 0 or abs(points) > maximum:
        raise Refusal("POINTS_OUT_OF_RANGE", field="points", maximum=maximum)
