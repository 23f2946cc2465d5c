"""What members are told, of what, and how often: the programme's part of it."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from gamification.consents.rules import MARKETING
from gamification.expressions import Expression
from gamification.texts import Text


class NudgeTarget(StrEnum):
    """What a nudge is about."""

    REWARD = "reward"  # near one
    TIER = "tier"  # near the next one
    TIER_AT_RISK = "tier_at_risk"  # about to fall out of the present one
    BADGE = "badge"  # near one
    CHALLENGE = "challenge"  # joined, and about to end
    POINTS = "points"  # about to expire
    VOUCHER = "voucher"  # about to lapse
    WELCOME = "welcome"
    PURCHASE = "purchase"  # points were earned by one
    ACTIVITY = "activity"  # one of a kind was recorded: a birthday, a surprise, a friend's purchase
    WIN_BACK = "win_back"  # away for much longer than is usual for this member
    SPENT = "spent"
    CAPTURED = "captured"
    NEW_DEVICE = "new_device"


SERVICE = frozenset({NudgeTarget.SPENT, NudgeTarget.CAPTURED, NudgeTarget.NEW_DEVICE})
"""Answers to what a member has just done: no advertising, and so without its limits."""

HOLD_OUT = Fraction(1, 10)
"""The share of members who are not told, if a rule says nothing else of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NudgeRule:
    """Tell members something, as long as `condition` holds of them.

    `within` is the fraction of a target that may be missing, `days` how long before the end, or
    for WIN_BACK the least time away, which is `intervals` times the member's own besides.
    `title` and `body` are None for the usual texts. `link` opens a place in the app, and `image` is
    the address of a picture beside the text.
    """

    id: str
    target: NudgeTarget
    within: Fraction = Fraction(0)
    days: int = 0
    intervals: int = 0
    activity: str | None = None
    condition: Expression | None = None
    category: str = MARKETING
    hold_out: Fraction = HOLD_OUT
    title: Text | None = None
    body: Text | None = None
    link: str | None = None
    image: str | None = None

    @property
    def is_service(self) -> bool:
        """Whether it is no advertising."""
        return self.target in SERVICE


@dataclass(frozen=True, kw_only=True, slots=True)
class Attention:
    """How much of a member's attention all rules may take together, service left out.

    `hold_out` is the share of members whom no rule tells anything.
    """

    pushes_each_day: int = 1
    pushes_each_week: int = 3
    hold_out: Fraction = Fraction(1, 20)
