"""A programme: every rule of the shop as one immutable value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from zoneinfo import ZoneInfo

from gamification.activities.kinds import Kind, Recorder, Value
from gamification.activities.rules import Activity, Measure
from gamification.badges.rules import Badge
from gamification.challenges.rules import Challenge
from gamification.expressions import Expression
from gamification.rewards.rules import Reward
from gamification.texts import Text
from gamification.tiers.rules import Ladder
from gamification.windows import Window


@dataclass(frozen=True, kw_only=True, slots=True)
class EarningRule:
    """Points for an activity: `points` × `rate` × what multiplies it, rounded down once.

    `at_most` is the most that one activity gives by this rule.
    """

    id: str
    name: Text
    kinds: frozenset[str]
    points: Expression
    rate: Fraction
    tier_multiplies: bool
    at_most: int | None = None
    condition: Expression | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Multiplier:
    """More points by some of the earning rules, as long as all that is said of it holds."""

    id: str
    name: Text
    factor: Fraction
    rules: frozenset[str]
    window: Window | None = None
    segment: str | None = None
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
    kinds: Mapping[str, Kind]
    measures: Mapping[str, Measure]
    earning: Sequence[EarningRule]
    multipliers: Sequence[Multiplier]
    multiplied_at_most: Fraction | None
    ladder: Ladder
    badges: Sequence[Badge]
    challenges: Sequence[Challenge]
    rewards: Sequence[Reward]
    nudges: Sequence[NudgeRule]

    def attributes_of(self, activity: Activity) -> Mapping[str, Value]:
        """What expressions see of an activity's attributes."""
        kind = self.kinds.get(activity.kind)
        return kind.filled(activity.attributes) if kind else {}

    def recorded_by(self, recorder: Recorder) -> list[Kind]:
        """The kinds of activities that somebody or something records."""
        return [kind for kind in self.kinds.values() if recorder in kind.recorded_by]

    def reward(self, reward_id: str) -> Reward | None:
        """The reward of that id, if the programme has it."""
        return next((reward for reward in self.rewards if reward.id == reward_id), None)

    def challenge(self, challenge_id: str) -> Challenge | None:
        """The challenge of that id, if the programme has it."""
        return next((c for c in self.challenges if c.id == challenge_id), None)

    def badge(self, badge_id: str) -> Badge | None:
        """The badge of that id, if the programme has it."""
        return next((badge for badge in self.badges if badge.id == badge_id), None)
