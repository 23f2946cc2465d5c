"""Badges: awards for what was counted, in levels."""

from collections.abc import Sequence
from dataclasses import dataclass

from gamification.progress import Goal
from gamification.texts import Text
from gamification.windows import Window


@dataclass(frozen=True, kw_only=True, slots=True)
class Badge:
    """A badge; level 1 needs `targets[0]`, level 2 `targets[1]`, and so on.

    Each level gives `points` once.
    """

    id: str
    name: Text
    description: Text
    icon: str
    measure: str
    window: Window
    targets: Sequence[int]
    points: int = 0

    def goal(self, level: int) -> Goal:
        """What it takes to reach `level` (from 1)."""
        return Goal(measure=self.measure, window=self.window, target=self.targets[level - 1])

    def level_at(self, amount: int) -> int:
        """The level that `amount` reaches; 0 for none."""
        return sum(target <= amount for target in self.targets)
