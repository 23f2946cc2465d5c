"""A member in few lines: what awards must agree with, whatever happens."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tests.gamification.properties.model_purse import ModelLot, ModelPurse, ModelVoucher

Key = tuple[str, int, str]  # of an award: goal, level, cycle

CYCLES = {"ever": "ever", "week": "%G-W%V", "month": "%Y-%m"}


@dataclass(frozen=True, kw_only=True)
class ModelGoal:
    """So many activities within a cycle, for points or for a voucher."""

    name: str
    each: str
    targets: Sequence[int]
    points: int = 0
    voucher_days: int = 0
    needs_joining: bool = False

    def cycle(self, day: date) -> str:
        return day.strftime(CYCLES[self.each])


@dataclass(kw_only=True)
class ModelAward:
    """The prize of a goal that was reached."""

    lot: ModelLot
    voucher: ModelVoucher | None = None


@dataclass(kw_only=True)
class ModelActivity:
    """A purchase of which so many points are not given back, or a visit."""

    day: date
    lot: ModelLot
    left: int


@dataclass(kw_only=True)
class ModelMember(ModelPurse):
    """A purse, and what its member did, joined and won."""

    goals: Sequence[ModelGoal]
    day_of: Callable[[datetime], date]
    prize_cost: int
    days: list[date] = field(default_factory=list)
    joined: set[tuple[str, str]] = field(default_factory=set)
    awards: dict[Key, ModelAward] = field(default_factory=dict)

    def do(self, points: int, *, at: datetime, now: datetime, cools_days: int = 0) -> ModelActivity:
        """A purchase worth `points`, or a visit (0)."""
        self.expire(now)
        day = self.day_of(at)
        self.days.append(day)
        due_at = at + timedelta(days=cools_days)
        lot = self.earn(points, at=at, due_at=due_at if due_at > max(at, now) else None)
        activity = ModelActivity(day=day, lot=lot, left=points)
        self.award(at=at, now=now)
        return activity

    def join(self, goal: ModelGoal, *, now: datetime) -> None:
        key = (goal.name, goal.cycle(self.day_of(now)))
        if key not in self.joined:
            self.expire(now)
            self.joined.add(key)
            self.award(at=now, now=now)

    def count(self, goal: ModelGoal, cycle: str) -> int:
        return sum(goal.cycle(day) == cycle for day in self.days)

    def levels(self, day: date) -> Iterator[tuple[ModelGoal, Key, bool]]:
        for goal in self.goals:
            cycle = goal.cycle(day)
            for level, target in enumerate(goal.targets, start=1):
                yield goal, (goal.name, level, cycle), self.count(goal, cycle) >= target

    def award(self, *, at: datetime, now: datetime) -> None:
        for goal, key, is_reached in self.levels(self.day_of(at)):
            is_open = not goal.needs_joining or (goal.name, key[2]) in self.joined
            if is_reached and is_open and key not in self.awards:
                self.awards[key] = ModelAward(lot=self.earn(goal.points, at=at))
                if goal.voucher_days:
                    expires_at = max(at, now) + timedelta(days=goal.voucher_days)
                    self.awards[key].voucher = ModelVoucher(expires_at=expires_at)

    def lapse(self, now: datetime) -> None:
        super().lapse(now)
        for award in self.awards.values():
            if award.voucher and award.voucher.state == "open" and award.voucher.expires_at <= now:
                award.voucher.state = "lapsed"

    def refund(self, activity: ModelActivity, points: int, *, now: datetime) -> None:
        """Give back what so many points were for, at most what is left."""
        self.expire(now)
        activity.left -= points
        if not activity.left:
            self.days.remove(activity.day)
        activity.lot.kept = activity.left
        own = [activity.lot]
        for _, key, is_reached in self.levels(activity.day):
            if not is_reached and key in self.awards:
                award = self.awards.pop(key)
                own.append(award.lot)
                if award.voucher and award.voucher.state == "captured":
                    self.debt += self.prize_cost
        for voucher in reversed(list(self.open)):
            cooling = sum(min(lot.owed, lot.remaining) for lot in own if lot.due_at)
            if sum(lot.owed for lot in own) - cooling <= sum(x.remaining for x in self.usable()):
                break
            self.give_back(voucher, now)
        missing = 0
        for lot in own:
            part = min(lot.owed, lot.remaining)
            missing += lot.owed - part
            lot.remaining -= part
            lot.taken += lot.owed
        self.take(missing)
