"""Tiers: standing that follows from what was counted in a window."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from gamification.progress import CountKey, Counts, Goal, count_key, counted
from gamification.texts import Text
from gamification.windows import Window, WindowKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Colours:
    """The colours of a tier's card, as `#rrggbb`."""

    background: str
    ink: str
    accent: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Tier:
    """A standing. Points earned in it are multiplied by `multiplier`."""

    id: str
    name: Text
    threshold: int
    multiplier: Fraction
    colours: Colours


@dataclass(frozen=True, kw_only=True, slots=True)
class Ladder:
    """All tiers, lowest first; the lowest has threshold 0. `measure` is counted in `window`."""

    measure: str
    window: Window
    tiers: Sequence[Tier]

    def goal(self, tier: Tier) -> Goal:
        """What it takes to stand in `tier`."""
        return Goal(measure=self.measure, window=self.window, target=tier.threshold)

    def rank(self, tier: Tier) -> int:
        """0 for the lowest tier."""
        return self.tiers.index(tier)

    def tier(self, tier_id: str) -> Tier | None:
        """The tier of that id, if the ladder has it."""
        return next((tier for tier in self.tiers if tier.id == tier_id), None)

    def standing(self, counts: Counts, *, today: date) -> Tier:
        """The highest tier whose threshold is met today."""
        amount = counted(counts, measure=self.measure, span=self.window.span(today))
        return next((t for t in reversed(self.tiers) if t.threshold <= amount), self.tiers[0])

    def next_above(self, tier: Tier) -> Tier | None:
        """The tier after `tier`, or None at the top."""
        rank = self.rank(tier)
        return self.tiers[rank + 1] if rank + 1 < len(self.tiers) else None

    def key(self, today: date) -> CountKey:
        """What must be counted to know the standing today."""
        return count_key(self.measure, self.window.span(today))

    def last_day(self, tier: Tier, days: Sequence[tuple[date, int]], *, today: date) -> date | None:
        """The last day on which `tier` holds if nothing more is counted; None: no end.

        `days` are what was counted on each day of today's span, oldest first.
        """
        span = self.window.span(today)
        if tier.threshold == 0 or span.first is None:
            return None
        if self.window.kind is not WindowKind.ROLLING:
            return span.last
        amount = sum(n for _, n in days)
        for day, n in days:
            amount -= n
            if amount < tier.threshold:
                return day + timedelta(days=self.window.days - 1)
        return None
