"""A programme: every rule of the shop as one immutable value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from zoneinfo import ZoneInfo

from gamification.activities.rules import ActivityKind, Measure
from gamification.badges.rules import Badge
from gamification.challenges.rules import Challenge
from gamification.expressions import Expression
from gamification.rewards.rules import Reward
from gamification.texts import Text
from gamification.tiers.rules import Ladder


@dataclass(frozen=True, kw_only=True, slots=True)
class EarningRule:
    """Points for an activity: `points` × `rate` (× the tier's multiplier), rounded down once."""

    id: str
    name: Text
    kinds: frozenset[ActivityKind]
    points: Expression
    rate: Fraction
    tier_multiplies: bool
    condition: Expression | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NudgeRule:
    """Tell a member who is within `within` (a fraction) of a reward or a tier."""

    id: str
    target: str  # "reward" or "tier"
    within: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class Programme:
    """The rules as data. `version` is the first 12 hex digits of the file's SHA-256."""

    id: str
    version: str
    name: Text
    locale: str  # the language that every text has
    zone: ZoneInfo
    currency: str
    currency_digits: int
    purchase_minor_max: int
    adjustment_points_max: int
    points_expire_months: int | None
    categories: Sequence[str]
    measures: Mapping[str, Measure]
    earning: Sequence[EarningRule]
    ladder: Ladder
    badges: Sequence[Badge]
    challenges: Sequence[Challenge]
    rewards: Sequence[Reward]
    nudges: Sequence[NudgeRule]

    def reward(self, reward_id: str) -> Reward | None:
        """The reward of that id, if the programme has it."""
        return next((reward for reward in self.rewards if reward.id == reward_id), None)

    def challenge(self, challenge_id: str) -> Challenge | None:
        """The challenge of that id, if the programme has it."""
        return next((c for c in self.challenges if c.id == challenge_id), None)

    def badge(self, badge_id: str) -> Badge | None:
        """The badge of that id, if the programme has it."""
        return next((badge for badge in self.badges if badge.id == badge_id), None)
