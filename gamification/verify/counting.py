"""Counts of one member while their activities are gone through again."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from gamification.activities.rules import Effect
from gamification.goals.rules import TOTAL
from gamification.progress import CountKey


class Counting:
    """What was counted so far: per measure and day, with TOTAL for the sum of all days."""

    def __init__(self) -> None:
        self.days: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
        self._known: dict[CountKey, int] = {}

    def add(self, effects: Iterable[Effect]) -> None:
        """Count an activity's effects."""
        self._known.clear()
        for measure, day, amount in effects:
            self.days[measure][day] += amount
            self.days[measure][TOTAL] += amount

    def counts(self, keys: Sequence[CountKey]) -> dict[CountKey, int]:
        """The counts, as `goals.store.counts` reads them from buckets."""
        for key in keys:
            if key not in self._known:
                self._known[key] = self._sum(key)
        return {key: self._known[key] for key in keys}

    def buckets(self) -> dict[tuple[str, date], int]:
        """What the buckets should hold; a bucket of 0 is as good as none."""
        return {
            (measure, day): amount
            for measure, days in self.days.items()
            for day, amount in days.items()
            if amount
        }

    def _sum(self, key: CountKey) -> int:
        measure, first, last = key
        days = self.days[measure]
        if first is None or last is None:
            return days[TOTAL]
        return sum(amount for day, amount in days.items() if first <= day <= last)
