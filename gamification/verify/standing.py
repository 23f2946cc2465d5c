"""I11's own reading of the rules: what a member's activities come to, one after the other."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gamification.facts import FactKind
from gamification.goals.rules import badge_goal, challenge_goal, stamps_goal
from gamification.programme.values import Programme
from gamification.stamps.rules import CARDS_AT_ONCE_MAX
from gamification.verify.counting import Counting
from gamification.windows import EVER, Window

EVER_CYCLE = EVER.span(date.min).cycle

AwardKey = tuple[str, int, str]  # goal, level, cycle
TierChange = tuple[str, str, str]  # kind of fact, tier, the tier before
Lap = tuple[str | None, str | None, str]  # first day, last day, cycle
# What can be won: measure, first and last day, (target, award) of each level, what to join.
Open = tuple[str, str | None, str | None, list[tuple[int, AwardKey]], tuple[str, str] | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Aim:
    """A goal: the targets of its levels, and whether one has to join it."""

    measure: str
    window: Window
    targets: Sequence[int]
    is_joined: bool


class Rules:
    """What of a programme I11 goes by, ready to be asked for each of a million activities."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        self.aims = {
            **{
                badge_goal(b.id): Aim(
                    measure=b.measure, window=b.window, targets=b.targets, is_joined=False
                )
                for b in programme.badges
            },
            **{
                challenge_goal(c.id): Aim(
                    measure=c.goal.measure,
                    window=c.goal.window,
                    targets=(c.goal.target,),
                    is_joined=True,
                )
                for c in programme.challenges
            },
        }
        self.cards = [(stamps_goal(card.id), card) for card in programme.stamps]
        self.goals = {*self.aims, *(goal for goal, _ in self.cards)}
        tiers = sorted(programme.ladder.tiers, key=lambda tier: tier.threshold)
        self._tiers = [tier.id for tier in tiers]
        self._thresholds = [tier.threshold for tier in tiers]
        self._ladder_laps: dict[date, Lap] = {}
        self._open: dict[date, list[Open]] = {}
        self.ever = [
            (aim.measure, goal, list(enumerate(aim.targets, start=1)))
            for goal, aim in self.aims.items()
            if not aim.window.needs_days and not aim.is_joined
        ]

    def tier(self, amount: int) -> int:
        """The rank of the tier that an amount reaches; 0 is the lowest."""
        return max(bisect_right(self._thresholds, amount) - 1, 0)

    def change(self, before: int, after: int) -> list[TierChange]:
        """What is told when a standing goes from one rank to another."""
        if before == after:
            return []
        kind = FactKind.TIER_REACHED if after > before else FactKind.TIER_LOST
        return [(kind.value, self._tiers[after], self._tiers[before])]

    def lap(self, window: Window, day: date) -> Lap:
        """Where a window lies on a day."""
        span = window.span(day)
        first = span.first.isoformat() if span.first else None
        last = span.last.isoformat() if span.last else None
        return first, last, span.cycle

    def ladder_lap(self, day: date) -> Lap:
        """Where the window of the tiers lies on a day."""
        if day not in self._ladder_laps:
            self._ladder_laps[day] = self.lap(self.programme.ladder.window, day)
        return self._ladder_laps[day]

    def open_on(self, day: date) -> list[Open]:
        """What can be won on a day, but for what counts all days and asks for no joining."""
        found = self._open.get(day)
        if found is None:
            found = self._open[day] = []
            for goal, aim in self.aims.items():
                if not aim.window.needs_days and not aim.is_joined:
                    continue
                first, last, cycle = lap = self.lap(aim.window, day)
                levels = [
                    (target, (goal, level, cycle)) for level, target in enumerate(aim.targets, 1)
                ]
                if not aim.is_joined:
                    found.append((aim.measure, first, last, levels, None))
                elif covers(lap, day.isoformat()):
                    found.append((aim.measure, first, last, levels, (goal, cycle)))
        return found


def covers(lap: Lap, day: str) -> bool:
    """Whether a day lies in a lap."""
    first, last, _ = lap
    return first is None or last is None or first <= day <= last


@dataclass(kw_only=True, slots=True)
class Standing:
    """A member's standing as it should be. `held` are the awards, with the day they were won."""

    rules: Rules
    counting: Counting = field(default_factory=Counting)
    held: dict[AwardKey, date] = field(default_factory=dict)
    joined: set[tuple[str, str]] = field(default_factory=set)
    unsettled: date | None = None  # the day of the last award, until `settle`

    def award(self, *, day: date) -> None:
        """What is deserved on a day and not held yet is held from then on.

        What counts all days only grows, and so is looked at when that ends: by `settle`.
        """
        self.unsettled = day
        for measure, first, last, levels, joined in self.rules.open_on(day):
            if joined is None or joined in self.joined:
                amount = self.counting.amount(measure, first, last)
                for target, key in levels:
                    if amount >= target:
                        self.held.setdefault(key, day)

    def settle(self) -> None:
        """Hold what the last `award` would have found: before anything is counted differently."""
        if self.unsettled is None:
            return
        for measure, goal, levels in self.rules.ever:
            amount = self.counting.amount(measure, None, None)
            for level, target in levels:
                if amount >= target:
                    self.held.setdefault((goal, level, EVER_CYCLE), self.unsettled)
        self.unsettled = None

    def stamp(self, effects: Sequence[Any], *, day: date) -> None:
        """Hold the stamp cards that were filled by what was just counted, or drop those emptied."""
        for goal, card in self.rules.cards:
            gained = sum([amount for measure, _, amount in effects if measure == card.measure])
            count = self.counting.amount(card.measure, None, None) if gained else 0
            for number in card.filled(count - gained, count)[:CARDS_AT_ONCE_MAX]:
                self.held.setdefault((goal, 1, card.cycle(number)), day)
            if gained < 0:
                for key in [key for key in self.held if key[0] == goal]:
                    if (card.number(key[2]) or 0) * card.every > count:
                        del self.held[key]

    def withdraw(self, effects: Sequence[Any]) -> None:
        """What rested on effects that were just counted back is held no more."""
        lowered = {measure: day for measure, day, _ in effects}
        for (goal, level, cycle), won_on in list(self.held.items()):
            aim = self.rules.aims.get(goal)
            if aim is None or aim.measure not in lowered or level > len(aim.targets):
                continue
            lap = self.rules.lap(aim.window, won_on)
            if lap[2] == cycle and covers(lap, lowered[aim.measure]):
                first, last, _ = lap
                if self.counting.amount(aim.measure, first, last) < aim.targets[level - 1]:
                    del self.held[goal, level, cycle]

    def count(self, effects: Sequence[Any], *, today: date) -> list[TierChange]:
        """Count effects; the change of tier they make, if they make one."""
        measure = self.rules.programme.ladder.measure
        lap = self.rules.ladder_lap(today)
        gained = sum([n for name, day, n in effects if name == measure and covers(lap, day)])
        before = self.counting.amount(measure, *lap[:2]) if gained else 0
        self.counting.add(effects)
        if not gained:
            return []
        return self.rules.change(self.rules.tier(before), self.rules.tier(before + gained))
