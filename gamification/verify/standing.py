"""I11's own reading of the rules: what a member's activities come to, one after the other."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from gamification.activities.rules import Effect
from gamification.effects.state import keys_of
from gamification.facts import FactKind
from gamification.goals.rules import badge_goal, challenge_goal
from gamification.programme.values import Programme
from gamification.progress import Counts, count_key, counted
from gamification.verify.counting import Counting
from gamification.windows import Window

AwardKey = tuple[str, int, str]  # goal, level, cycle
TierChange = tuple[str, str, str]  # kind of fact, tier, the tier before
Needs = Mapping[str, tuple[str, Window, Sequence[int]]]  # goal -> measure, window, targets


def needs_of(programme: Programme) -> Needs:
    """What every goal of the programme counts, and its targets by level."""
    return {
        **{badge_goal(b.id): (b.measure, b.window, b.targets) for b in programme.badges},
        **{
            challenge_goal(c.id): (c.goal.measure, c.goal.window, (c.goal.target,))
            for c in programme.challenges
        },
    }


def deserved(
    programme: Programme, counts: Counts, *, joined: set[tuple[str, str]], day: date
) -> Iterator[AwardKey]:
    """Every award that the counts reach on a day."""
    for goal, (measure, window, targets) in needs_of(programme).items():
        span = window.span(day)
        if goal.startswith("challenge:") and (
            (goal, span.cycle) not in joined or not span.covers(day)
        ):
            continue
        amount = counted(counts, measure=measure, span=span)
        for level, target in enumerate(targets, start=1):
            if amount >= target:
                yield goal, level, span.cycle


@dataclass(kw_only=True, slots=True)
class Standing:
    """A member's standing as it should be. `held` are the awards, with the day they were won."""

    programme: Programme
    counting: Counting = field(default_factory=Counting)
    held: dict[AwardKey, date] = field(default_factory=dict)
    joined: set[tuple[str, str]] = field(default_factory=set)

    def award(self, *, day: date) -> None:
        """What is deserved on a day and not held yet is held from then on."""
        counts = self.counting.counts(keys_of(self.programme, day))
        for key in deserved(self.programme, counts, joined=self.joined, day=day):
            self.held.setdefault(key, day)

    def withdraw(self, effects: Iterable[Effect]) -> None:
        """What rested on effects that were just counted back is held no more."""
        lowered = {measure: day for measure, day, _ in effects}
        needs = needs_of(self.programme)
        for (goal, level, cycle), won_on in list(self.held.items()):
            if goal not in needs:
                continue
            measure, window, targets = needs[goal]
            span = window.span(won_on)
            if measure not in lowered or not span.covers(lowered[measure]) or level > len(targets):
                continue
            key = count_key(measure, span)
            if self.counting.counts([key])[key] < targets[level - 1]:
                del self.held[goal, level, cycle]

    def count(self, effects: Sequence[Effect], *, today: date) -> list[TierChange]:
        """Count effects; the change of tier they make, if they make one."""
        ladder = self.programme.ladder
        key = ladder.key(today)
        old = ladder.standing(self.counting.counts([key]), today=today)
        self.counting.add(effects)
        new = ladder.standing(self.counting.counts([key]), today=today)
        if new is old:
            return []
        rose = new.threshold > old.threshold
        kind = FactKind.TIER_REACHED if rose else FactKind.TIER_LOST
        return [(kind.value, new.id, old.id)]
