"""A programme: every rule of the shop as one immutable value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from zoneinfo import ZoneInfo

from gamification.activities.kinds import Kind, Recorder, Value
from gamification.activities.rules import Activity, Measure
from gamification.badges.rules import Badge
from gamification.challenges.rules import Challenge
from gamification.expressions import Expression
from gamification.programme.nudge_rules import Attention, NudgeRule
from gamification.referrals.rules import Terms
from gamification.rewards.rules import Reward
from gamification.segments.rules import Segments
from gamification.stamps.rules import StampCard
from gamification.texts import Text
from gamification.tiers.rules import Ladder
from gamification.windows import Window


@dataclass(frozen=True, kw_only=True, slots=True)
class EarningRule:
    """Points for an activity: `points` × `rate` × what multiplies it, rounded down once.

    `at_most` is the most that one activity gives by this rule, `note` what members are told of it.
    The points can be spent `cool_off_days` later.
    """

    id: str
    name: Text
    kinds: frozenset[str]
    points: Expression
    rate: Fraction
    tier_multiplies: bool
    at_most: int | None = None
    note: Text | None = None
    condition: Expression | None = None
    cool_off_days: int = 0


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
    second_look_above: int | None  # adjustments of more points wait for another manager
    points_expire_months: int | None
    categories: Sequence[str]
    products: Sequence[str]
    kinds: Mapping[str, Kind]
    measures: Mapping[str, Measure]
    segments: Segments
    earning: Sequence[EarningRule]
    multipliers: Sequence[Multiplier]
    multiplied_at_most: Fraction | None
    ladder: Ladder
    badges: Sequence[Badge]
    challenges: Sequence[Challenge]
    stamps: Sequence[StampCard]
    rewards: Sequence[Reward]
    nudges: Sequence[NudgeRule]
    attention: Attention
    referral: Terms | None = None

    def attributes_of(self, activity: Activity) -> Mapping[str, Value]:
        """What expressions see of an activity's attributes."""
        kind = self.kinds.get(activity.kind)
        return kind.filled(activity.attributes) if kind else {}

    def recorded_by(self, recorder: Recorder) -> list[Kind]:
        """The kinds of activities that somebody or something records."""
        return [kind for kind in self.kinds.values() if recorder in kind.recorded_by]

    def rules_by_segment(self, kind: str) -> frozenset[str]:
        """The earning rules for such activities that multiply by a member's segments."""
        named = frozenset[str]().union(*(m.rules for m in self.multipliers if m.segment))
        return frozenset(
            rule.id for rule in self.earning if rule.id in named and kind in rule.kinds
        )

    def telling_everybody(self) -> "Programme":
        """The same rules with nobody held out of messages: for a demonstration, and for tests."""
        return replace(
            self,
            nudges=tuple(replace(rule, hold_out=Fraction(0)) for rule in self.nudges),
            attention=replace(self.attention, hold_out=Fraction(0)),
        )

    def earning_rule(self, rule_id: str) -> EarningRule | None:
        """The earning rule of that id, if the programme has it."""
        return next((rule for rule in self.earning if rule.id == rule_id), None)

    def multiplier(self, multiplier_id: str) -> Multiplier | None:
        """The multiplier of that id, if the programme has it."""
        return next((each for each in self.multipliers if each.id == multiplier_id), None)

    def reward(self, reward_id: str) -> Reward | None:
        """The reward of that id, if the programme has it."""
        return next((reward for reward in self.rewards if reward.id == reward_id), None)

    def challenge(self, challenge_id: str) -> Challenge | None:
        """The challenge of that id, if the programme has it."""
        return next((c for c in self.challenges if c.id == challenge_id), None)

    def stamp_card(self, card_id: str) -> StampCard | None:
        """The stamp card of that id, if the programme has it."""
        return next((card for card in self.stamps if card.id == card_id), None)

    def badge(self, badge_id: str) -> Badge | None:
        """The badge of that id, if the programme has it."""
        return next((badge for badge in self.badges if badge.id == badge_id), None)
