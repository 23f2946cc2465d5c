"""A member's points in few lines: what the ledger must agree with, whatever happens."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(kw_only=True)
class ModelLot:
    """Points that one purchase earned."""

    original: int
    remaining: int
    expires_at: datetime
    expired: int = 0
    refunded: bool = False


@dataclass(kw_only=True)
class ModelVoucher:
    """What a voucher took of each lot."""

    uses: list[tuple[ModelLot, int]]
    expires_at: datetime


@dataclass(kw_only=True)
class ModelMember:
    """Lots in the order in which they were earned, the vouchers that are open, and a debt."""

    lots: list[ModelLot] = field(default_factory=list)
    open: dict[str, ModelVoucher] = field(default_factory=dict)
    debt: int = 0

    @property
    def balances(self) -> dict[str, int]:
        return {
            "available": sum(lot.remaining for lot in self.lots),
            "pending": sum(amount for v in self.open.values() for _, amount in v.uses),
            "debt": -self.debt,
        }

    def spendable(self, now: datetime) -> int:
        return sum(lot.remaining for lot in self.lots if lot.expires_at > now)

    def expire(self, now: datetime) -> None:
        for lot in self.lots:
            if lot.expires_at <= now:
                lot.expired += lot.remaining
                lot.remaining = 0

    def earn(self, amount: int, *, expires_at: datetime, now: datetime) -> ModelLot:
        self.expire(now)
        settled = min(self.debt, amount)
        self.debt -= settled
        lot = ModelLot(original=amount, remaining=amount - settled, expires_at=expires_at)
        self.lots.append(lot)
        return lot

    def take(self, lots: list[ModelLot], amount: int) -> list[tuple[ModelLot, int]]:
        uses = []
        for lot in lots:
            part = min(lot.remaining, amount)
            lot.remaining -= part
            amount -= part
            uses.append((lot, part))
        self.debt += amount
        return uses

    def by_expiry(self) -> list[ModelLot]:
        return sorted(self.lots, key=lambda lot: lot.expires_at)

    def reserve(self, voucher: str, cost: int, *, expires_at: datetime, now: datetime) -> None:
        self.expire(now)
        uses = self.take(self.by_expiry(), cost)
        self.open[voucher] = ModelVoucher(uses=uses, expires_at=expires_at)

    def lapse(self, now: datetime) -> None:
        self.expire(now)
        for voucher, held in list(self.open.items()):
            if held.expires_at <= now:
                self.give_back(voucher, now)

    def give_back(self, voucher: str, now: datetime) -> None:
        uses = self.open.pop(voucher).uses
        for lot, amount in uses:
            lot.remaining += amount
        self.expire(now)
        self.settle(sorted(uses, key=lambda use: use[0].expires_at))

    def settle(self, uses: list[tuple[ModelLot, int]]) -> None:
        for lot, amount in uses:
            part = min(lot.remaining, amount, self.debt)
            lot.remaining -= part
            self.debt -= part

    def refund(self, lot: ModelLot, *, now: datetime) -> None:
        self.expire(now)
        lot.refunded = True
        for voucher in reversed(list(self.open)):
            if sum(each.remaining for each in self.lots) >= lot.original - lot.expired:
                break
            self.give_back(voucher, now)
        self.take([lot, *self.by_expiry()], lot.original - lot.expired)
