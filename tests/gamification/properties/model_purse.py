"""A member's points in few lines: what the ledger must agree with, whatever happens."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(kw_only=True, eq=False)
class ModelLot:
    """Points that were earned together; until `due_at` they cool off."""

    original: int
    remaining: int
    expires_at: datetime
    due_at: datetime | None = None
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
class ModelPurse:
    """Lots in the order in which they were earned, open vouchers that were bought, and a debt."""

    expiry: Callable[[datetime], datetime]
    lots: list[ModelLot] = field(default_factory=list)
    open: dict[str, ModelVoucher] = field(default_factory=dict)
    debt: int = 0

    @property
    def balances(self) -> dict[str, int]:
        return {
            "available": sum(lot.remaining for lot in self.usable()),
            "pending": sum(amount for v in self.open.values() for _, amount in v.uses)
            + sum(lot.remaining for lot in self.lots if lot.due_at),
            "debt": -self.debt,
        }

    def usable(self) -> list[ModelLot]:
        return [lot for lot in self.lots if lot.due_at is None]

    def spendable(self, now: datetime) -> int:
        then = deepcopy(self)
        then.expire(now)
        return sum(lot.remaining for lot in then.usable())

    def towards_rewards(self, now: datetime) -> int:
        then = deepcopy(self)
        then.expire(now)
        return sum(lot.remaining for lot in then.usable()) - then.debt

    def expire(self, now: datetime) -> None:
        for lot in sorted(self.lots, key=lambda lot: lot.due_at or now):
            if lot.due_at and lot.due_at <= now:
                lot.due_at = None
                self.settle(lot, lot.remaining)
        for lot in self.lots:
            if lot.expires_at <= now:
                lot.expired += lot.remaining
                lot.remaining = 0

    def settle(self, lot: ModelLot, most: int) -> None:
        part = min(lot.remaining, most, self.debt)
        lot.remaining -= part
        self.debt -= part

    def earn(self, amount: int, *, at: datetime, due_at: datetime | None = None) -> ModelLot:
        lot = ModelLot(original=amount, remaining=amount, expires_at=self.expiry(at), due_at=due_at)
        self.lots.append(lot)
        if due_at is None:
            self.settle(lot, amount)
        return lot

    def take(self, amount: int) -> list[tuple[ModelLot, int]]:
        uses = []
        for lot in sorted(self.usable(), key=lambda lot: lot.expires_at):
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

    def give_back(self, voucher: str, now: datetime) -> None:
        uses = self.open.pop(voucher).uses
        for lot, amount in uses:
            lot.remaining += amount
        self.expire(now)
        for lot, amount in sorted(uses, key=lambda use: use[0].expires_at):
            self.settle(lot, amount)
