"""Segments, what they know of a member, and who is in which. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from gamification.expressions import Context, Expression, ExpressionFailed
from gamification.texts import Text

QUARTER_DAYS, YEAR_DAYS = 90, 365  # how far back is looked, today included
NEVER = -1  # days since the last visit of somebody who never came


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """The members of whom `condition` holds."""

    id: str
    name: Text
    condition: Expression


@dataclass(frozen=True, kw_only=True, slots=True)
class Segments:
    """All of a programme's, by id, and the measures by which money and visits are counted."""

    spend: str = ""
    visits: str = ""
    named: Mapping[str, Segment] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What segments may know of a member. Money is in minor units; -1 days since no visit at all.

    `spend_90` and the like are of the last days, today included. `interval_days` is the mean of
    the days between days with a visit in the last year, rounded down; 0 with fewer than two.
    """

    tier: str
    days: int
    locale: str
    spend: int = 0
    spend_90: int = 0
    spend_365: int = 0
    visits: int = 0
    visits_90: int = 0
    visits_365: int = 0
    days_since_visit: int = NEVER
    interval_days: int = 0
    tags: Sequence[str] = ()
    consents: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Placing:
    """The segments that a member is in, and (segment, reason) of those that failed."""

    segments: frozenset[str] = frozenset()
    failed: Sequence[tuple[str, str]] = ()


NOWHERE = Placing()


def first_day(today: date, *, days: int) -> date:
    """The first of the last `days` days, today included."""
    return today - timedelta(days=days - 1)


def days_since(last_visit: date | None, *, today: date) -> int:
    """How long ago somebody came last; NEVER without a visit."""
    return NEVER if last_visit is None else (today - last_visit).days


def interval_days(*, first: date | None, last: date | None, visit_days: int) -> int:
    """The mean days between so many days with a visit, rounded down; 0 with fewer than two."""
    if first is None or last is None or visit_days < 2:  # noqa: PLR2004 -- an interval has two ends
        return 0
    return (last - first).days // (visit_days - 1)


def context_of(facts: Facts, *, now: datetime) -> Context:
    """What the expressions of segments see."""
    return Context(
        {
            "member": {
                "tier": facts.tier,
                "days": facts.days,
                "locale": facts.locale,
                "spend": facts.spend,
                "spend_90": facts.spend_90,
                "spend_365": facts.spend_365,
                "visits": facts.visits,
                "visits_90": facts.visits_90,
                "visits_365": facts.visits_365,
                "days_since_visit": facts.days_since_visit,
                "interval_days": facts.interval_days,
                "tags": list(facts.tags),
                "consents": list(facts.consents),
            },
            # CEL takes times in plain UTC only.
            "now": now.astimezone(UTC),
        }
    )


def segments_of(segments: Segments, facts: Facts, *, now: datetime) -> Placing:
    """The segments that a member is in. One that fails has nobody in it, for a stated reason."""
    context = context_of(facts, now=now)
    found, failed = [], []
    for segment in segments.named.values():
        try:
            if segment.condition.truth(context):
                found.append(segment.id)
        except ExpressionFailed as failure:
            failed.append((segment.id, str(failure)))
    return Placing(segments=frozenset(found), failed=tuple(failed))
