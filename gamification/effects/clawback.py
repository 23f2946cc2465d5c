"""Taking points back: from the purchase's own lots, from others, from vouchers, then as debt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gamification.activities.rules import Activity
from gamification.effects.decision import Decision
from gamification.facts import FactKind
from gamification.points.rules import Lot, spending_order


@dataclass(kw_only=True, slots=True)
class Purse:
    """A member's lots as the decision leaves them: the open ones, and what ran out just now."""

    open: dict[str, Lot]
    run_out: dict[str, int]

    def owed(self, row: Any) -> int:
        """What a lot (original, expired) has to give back; what expired is gone already."""
        return int(row.original - row.expired - self.run_out.get(row.id, 0))

    def missing(self, rows: Sequence[Any]) -> int:
        """What the open lots cannot give back of `rows`."""
        owed = sum(max(self.owed(row), 0) for row in rows)
        return owed - sum(lot.remaining for lot in self.open.values())

    def put_back(self, lot: Lot) -> None:
        """Points came back into a lot."""
        there = self.open.get(lot.id)
        self.open[lot.id] = replace(
            lot, remaining=lot.remaining + (there.remaining if there else 0)
        )

    def take(self, uses: Mapping[str, int]) -> None:
        """Points were taken from lots."""
        for lot_id, amount in uses.items():
            lot = self.open[lot_id]
            self.open[lot_id] = replace(lot, remaining=lot.remaining - amount)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bought:
    """A voucher that was bought and not used, with the lots that paid it (lot, points)."""

    id: str
    reward_id: str
    uses: Sequence[tuple[Lot, int]]


def purse_of(decision: Decision, open_lots: Sequence[Lot]) -> Purse:
    """The open lots without those that have run out, which the decision expires."""
    run_out = {lot.id: lot.remaining for lot in decision.state.due_lots}
    return Purse(open={lot.id: lot for lot in decision.state.left_of(open_lots)}, run_out=run_out)


def withdraw_bought(
    decision: Decision, purse: Purse, rows: Sequence[Any], bought: Sequence[Bought], *, at: datetime
) -> None:
    """Undo vouchers, in the order given, as long as points are missing for the claw-back.

    Otherwise a reward could be had for points that were never paid for.
    """
    for voucher in bought:
        if purse.missing(rows) <= 0:
            return
        left = decision.void(voucher.uses, voucher=voucher.id, rule=f"reward:{voucher.reward_id}")
        for lot, part in voucher.uses:
            if lot.expires_at <= decision.now:
                purse.run_out[lot.id] = purse.run_out.get(lot.id, 0) + part
        for lot in left:
            purse.put_back(lot)
        decision.closed_vouchers.append((voucher.id, "withdrawn", None))
        decision.tell(FactKind.VOUCHER_WITHDRAWN, at=at, reward=voucher.reward_id)


def take_points_back(
    decision: Decision, refund: Activity, purse: Purse, rows: Sequence[Any]
) -> int:
    """Take each lot's points back: from itself, then soonest-expiring, then as debt.

    `rows` are lots (id, original, expired, cause, rule). Returns the points taken back.
    """
    own = {row.id for row in rows}
    total = 0
    for row in rows:
        amount = purse.owed(row)
        if amount <= 0:
            continue
        first = [purse.open[row.id]] if row.id in purse.open else []
        # Other lots of the same purchase are kept for their own claw-back.
        others = spending_order(lot for lot in purse.open.values() if lot.id not in own)
        taken = decision.take_back(
            amount,
            [*first, *others],
            cause=f"{refund.id}:{row.cause}",
            rule=row.rule,
            at=refund.occurred_at,
        )
        purse.take(taken)
        total += amount
    if total:
        decision.tell(FactKind.POINTS_TAKEN_BACK, at=refund.occurred_at, points=total)
    return total
