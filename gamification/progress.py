"""Goals and the progress towards them: the one mechanic under tiers, badges and challenges."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from gamification.windows import Span, Window


class Unit(StrEnum):
    """What a measure counts in: money is in minor units of the programme's currency."""

    MONEY = "money"
    POINTS = "points"
    COUNT = "count"


@dataclass(frozen=True, kw_only=True, slots=True)
class Goal:
    """Count `measure` up to `target` inside `window`."""

    measure: str
    window: Window
    target: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """What a bar shows. `ratio` is from 0 to 1; `deadline` the moment the window closes."""

    current: int
    target: int
    unit: Unit
    deadline: datetime | None = None

    @property
    def remaining(self) -> int:
        """What is still missing; 0 when reached."""
        return max(self.target - self.current, 0)

    @property
    def ratio(self) -> float:
        """The filled part of the bar, from 0 to 1."""
        return 1.0 if self.current >= self.target else max(self.current, 0) / self.target

    def is_near(self, *, within: Fraction) -> bool:
        """Not reached, and no more than `within` of the target is missing."""
        # In whole numbers, which is exact as well: many members times many goals are asked.
        missing = self.target - self.current
        return missing > 0 and missing * within.denominator <= self.target * within.numerator


# What a member has counted, by measure and the first and last day of a window's span.
CountKey = tuple[str, date | None, date | None]
Counts = Mapping[CountKey, int]


def count_key(measure: str, span: Span) -> CountKey:
    """The key under which a measure is counted inside a span."""
    return measure, span.first, span.last


def counted(counts: Counts, *, measure: str, span: Span) -> int:
    """What was counted of a measure inside a span. KeyError when it was not asked for."""
    return counts[count_key(measure, span)]


def with_effects(counts: Counts, effects: Iterable[tuple[str, date, int]]) -> dict[CountKey, int]:
    """The counts after some (measure, day, amount) were added."""
    after = dict(counts)
    for measure, day, amount in effects:
        for key in after:
            name, first, last = key
            if name == measure and (first is None or last is None or first <= day <= last):
                after[key] += amount
    return after


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The moment `day` ends in `zone`: the midnight that begins the next day."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)


def progress_of(goal: Goal, counts: Counts, *, today: date, unit: Unit, zone: ZoneInfo) -> Progress:
    """Where a member stands with a goal today. A rolling window has no deadline."""
    span = goal.window.span(today)
    closes = span.last if span.cycle != "rolling" else None
    return Progress(
        current=counted(counts, measure=goal.measure, span=span),
        target=goal.target,
        unit=unit,
        deadline=end_of_day(closes, zone) if closes else None,
    )
