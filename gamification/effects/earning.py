"""What the earning rules give for an activity, and the parts that add up to it. Pure."""

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from gamification.activities.rules import Activity
from gamification.expressions import Context, ExpressionFailed
from gamification.programme.values import EarningRule, Multiplier, Programme
from gamification.tiers.rules import Tier

Part = tuple[str, int]  # what for, and how many points it added or, below 0, took

BASE, TIER, MULTIPLIER, CAP, LIMIT = "base", "tier", "multiplier", "cap", "limit"
EARNING = "earning"  # in the name under which a rule that failed is on record


@dataclass(frozen=True, kw_only=True, slots=True)
class Earned:
    """Points by one rule: the parts add up to them."""

    rule: str
    parts: tuple[Part, ...]
    cool_off_days: int = 0

    @property
    def points(self) -> int:
        """The sum of the parts."""
        return sum(points for _, points in self.parts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed:
    """A rule or a measure that failed, and why: it gives or counts nothing, the activity stands."""

    rule: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Earner:
    """A member as the earning rules see one on a day."""

    tier: Tier
    segments: Collection[str]
    today: date


def earnings(
    programme: Programme, activity: Activity, context: Context, earner: Earner
) -> Iterator[Earned | Failed]:
    """What each rule gives that is about such an activity, in the programme's order.

    A rule's `points` × `rate` is its base. The factors come after it in a stated order: that of the
    tier, then each multiplier as they stand in the file, together at most `multiplied_at_most`.
    Fractions are exact, and what is left is rounded down once; `at_most` is the last word.
    """
    for rule in programme.earning:
        if activity.kind not in rule.kinds:
            continue
        try:
            if rule.condition is None or rule.condition.truth(context):
                base = rule.points.whole(context) * rule.rate
                yield Earned(
                    rule=rule.id,
                    parts=tuple(_parts(rule, base, programme, context, earner)),
                    cool_off_days=rule.cool_off_days,
                )
        except ExpressionFailed as failed:
            yield Failed(rule=f"{EARNING}:{rule.id}", reason=str(failed))


def _parts(
    rule: EarningRule, base: Fraction, programme: Programme, context: Context, earner: Earner
) -> Iterator[Part]:
    product, points = Fraction(1), math.floor(base)
    yield BASE, points
    for name, factor in _factors(rule, programme, context, earner):
        product *= factor
        more = math.floor(base * product)
        yield name, more - points
        points = more
    most = programme.multiplied_at_most
    if most is not None and product > most:
        less = math.floor(base * most)
        yield CAP, less - points
        points = less
    if rule.at_most is not None and points > rule.at_most:
        yield LIMIT, rule.at_most - points


def _factors(
    rule: EarningRule, programme: Programme, context: Context, earner: Earner
) -> Iterator[tuple[str, Fraction]]:
    if rule.tier_multiplies and earner.tier.multiplier != 1:
        yield f"{TIER}:{earner.tier.id}", earner.tier.multiplier
    for each in programme.multipliers:
        if rule.id in each.rules and _holds(each, context, earner):
            yield f"{MULTIPLIER}:{each.id}", each.factor


def _holds(multiplier: Multiplier, context: Context, earner: Earner) -> bool:
    return (
        (multiplier.window is None or multiplier.window.span(earner.today).covers(earner.today))
        and (multiplier.segment is None or multiplier.segment in earner.segments)
        and (multiplier.condition is None or multiplier.condition.truth(context))
    )


def segments_on_record(
    programme: Programme, parts: Iterable[Sequence[Sequence[Any]] | None]
) -> frozenset[str]:
    """The segments that multiplied an activity's points, from the parts of its entries."""
    named = {name for each in parts for name, _ in each or ()}
    return frozenset(
        multiplier.segment
        for multiplier in programme.multipliers
        if multiplier.segment is not None and f"{MULTIPLIER}:{multiplier.id}" in named
    )
