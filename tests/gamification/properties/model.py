"""A member in few lines: what ledger and awards must agree with, whatever happens."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

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


@dataclass(kw_only=True, eq=False)
class ModelLot:
    """Points that were earned together."""

    original: int
    remaining: int
    expires_at: datetime
    expired: int = 0
    taken: int = 0  # back, by refunds
    kept: int = 0  # by what is left of its purchase

    @property
    def owed(self) -> int:
        return max(self.original - self.expired - self.taken - self.kept, 0)


@dataclass(kw_only=True)
class ModelVoucher:
    """What a voucher took of each lot; nothing if it was won."""

    expires_at: datetime
    uses: list[tuple[ModelLot, int]] = field(default_factory=list)
    state: str = "open"


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
class ModelMember:
    """Lots in the order in which they were earned, open vouchers that were bought, and a debt."""

    goals: Sequence[ModelGoal]
    day_of: Callable[[datetime], date]
    expiry: Callable[[datetime], datetime]
    prize_cost: int
    lots: list[ModelLot] = field(default_factory=list)
    open: dict[str, ModelVoucher] = field(default_factory=dict)
    debt: int = 0
    days: list[date] = field(default_factory=list)
    joined: set[tuple[str, str]] = field(default_factory=set)
    awards: dict[Key, ModelAward] = field(default_factory=dict)

    @property
    def balances(self) -> dict[str, int]:
        return {
            "available": sum(lot.remaining for lot in self.lots),
            "pending": sum(amount for v in self.open.values() for _, amount in v.uses),
            "debt": -self.debt,
        }

    def spendable(self, now: datetime) -> int:
        return sum(lot.remaining for lot in self.lots if lot.expires_at > now)

    def do(self, points: int, *, at: datetime, now: datetime) -> ModelActivity:
        """A purchase worth `points`, or a visit (0)."""
        self.expire(now)
        day = self.day_of(at)
        self.days.append(day)
        activity = ModelActivity(day=day, lot=self.earn(points, at=at), left=points)
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

    def expire(self, now: datetime) -> None:
        for lot in self.lots:
            if lot.expires_at <= now:
                lot.expired += lot.remaining
                lot.remaining = 0

    def earn(self, amount: int, *, at: datetime) -> ModelLot:
        settled = min(self.debt, amount)
        self.debt -= settled
        lot = ModelLot(original=amount, remaining=amount - settled, expires_at=self.expiry(at))
        self.lots.append(lot)
        return lot

    def take(self, amount: int) -> list[tuple[ModelLot, int]]:
        uses = []
        for lot in sorted(self.lots, key=lambda lot: lot.expires_at):
            part = min(lot.remaining, amount)
            lot.remaining -= part
            amount -= part
            uses.append((lot, part))
        self.debt += amount
        return uses

    def reserve(self, voucher: str, cost: int, *, days: int, now: datetime) -> None:
        self.expire(now)
        uses = self.take(cost)
        self.open[voucher] = ModelVoucher(uses=uses, expires_at=now + timedelta(days=days))

    def lapse(self, now: datetime) -> None:
        self.expire(now)
        for voucher in [each for each, held in self.open.items() if held.expires_at <= now]:
            self.give_back(voucher, now)
        for award in self.awards.values():
            if award.voucher and award.voucher.state == "open" and award.voucher.expires_at <= now:
                award.voucher.state = "lapsed"

    def give_back(self, voucher: str, now: datetime) -> None:
        uses = self.open.pop(voucher).uses
        for lot, amount in uses:
            lot.remaining += amount
        self.expire(now)
        for lot, amount in sorted(uses, key=lambda use: use[0].expires_at):
            part = min(lot.remaining, amount, self.debt)
            lot.remaining -= part
            self.debt -= part

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
            if sum(lot.owed for lot in own) <= sum(lot.remaining for lot in self.lots):
                break
            self.give_back(voucher, now)
        missing = 0
        for lot in own:
            part = min(lot.owed, lot.remaining)
            missing += lot.owed - part
            lot.remaining -= part
            lot.taken += lot.owed
        self.take(missing)
