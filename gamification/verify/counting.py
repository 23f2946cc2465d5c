"""Counts of one member while their activities are gone through again."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from gamification.goals.rules import TOTAL

# Days are ISO 8601 text here, as effects hold them: they sort alike, and a million are not parsed.
EVERY_DAY = TOTAL.isoformat()


class Counting:
    """What was counted so far: per measure and day, and of all days together."""

    def __init__(self) -> None:
        self.totals: dict[str, int] = defaultdict(int)
        self._days: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))

    def add(self, effects: Iterable[Any]) -> None:
        """Count an activity's effects (measure, day, amount), as they are stored."""
        for measure, day, amount in effects:
            self._days[measure][day] += amount
            self.totals[measure] += amount

    def amount(self, measure: str, first: str | None, last: str | None) -> int:
        """What was counted of a measure from one day to another; without them, ever."""
        if first is None or last is None:
            return self.totals.get(measure, 0)
        days = self._days.get(measure, {})
        return sum([amount for day, amount in days.items() if first <= day <= last])

    def buckets(self) -> dict[tuple[str, str], int]:
        """What the buckets should hold; a bucket of 0 is as good as none."""
        found = {(measure, EVERY_DAY): total for measure, total in self.totals.items() if total}
        for measure, days in self._days.items():
            found.update({(measure, day): amount for day, amount in days.items() if amount})
        return found
