"""Taking points back: from the purchase's own lots, from others, from vouchers, then as debt.

What still cools off was never anybody's to spend: it is called off, and is all that its lot owes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gamification.activities.rules import Activity
from gamification.effects.decision import Decision
from gamification.facts import FactKind
from gamification.points.rules import EntryKind, Lot, lots_for_claim, lots_left


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """Points to be taken back that a cause once gave as a lot: at most `points`."""

    lot_id: str
    points: int
    cause: str
    rule: str


def claim_on(row: Any, *, taken: int = 0, kept: int = 0) -> Claim:
    """All of a lot (id, original, expired, cause, rule) but what was taken back or is kept.

    What expired is gone already.
    """
    points = row.original - row.expired - taken - kept
    return Claim(lot_id=row.id, points=points, cause=row.cause, rule=row.rule)


@dataclass(kw_only=True, slots=True)
class Purse:
    """A member's lots as the decision leaves them.

    Those that can be spent, those that cool off, and what ran out just now.
    """

    open: dict[str, Lot]
    cooling: dict[str, Lot]
    run_out: dict[str, int]

    def owed(self, claim: Claim) -> int:
        """What there is to be taken back; what ran out just now is gone, too."""
        return max(claim.points - self.run_out.get(claim.lot_id, 0), 0)

    def called_off(self, claim: Claim) -> int:
        """What of it still cools off."""
        lot = self.cooling.get(claim.lot_id)
        return min(self.owed(claim), lot.remaining) if lot else 0

    def missing(self, claims: Sequence[Claim]) -> int:
        """What the open lots cannot give back."""
        owed = sum(self.owed(claim) - self.called_off(claim) for claim in claims)
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
    """The open lots without those that have run out, which the decision has expired."""
    left = lots_left(open_lots, decision.movements)
    return Purse(
        open={lot.id: lot for lot in left if lot.due_at is None},
        cooling={lot.id: lot for lot in left if lot.due_at is not None},
        run_out={
            lot_id: amount
            for movement in decision.movements
            if movement.kind is EntryKind.EXPIRE
            for lot_id, amount in movement.uses
        },
    )


def withdraw_bought(
    decision: Decision,
    purse: Purse,
    claims: Sequence[Claim],
    bought: Sequence[Bought],
    *,
    at: datetime,
) -> None:
    """Undo vouchers, in the order given, as long as points are missing for the claw-back.

    Otherwise a reward could be had for points that were never paid for.
    """
    for voucher in bought:
        if purse.missing(claims) <= 0:
            return
        before = len(decision.movements)
        left = decision.void(voucher.uses, voucher=voucher.id, rule=f"reward:{voucher.reward_id}")
        for lot, part in voucher.uses:
            if lot.expires_at <= decision.now:
                purse.run_out[lot.id] = purse.run_out.get(lot.id, 0) + part
        for lot in left:
            purse.put_back(lot)
        decision.closed_vouchers.append((voucher.id, "withdrawn", None))
        fact = decision.tell(FactKind.VOUCHER_WITHDRAWN, at=at, reward=voucher.reward_id)
        decision.link(fact, since=before)


def take_points_back(
    decision: Decision, refund: Activity, purse: Purse, claims: Sequence[Claim]
) -> int:
    """Take each claim back: from its own lot, cooling or not, then soonest-expiring, then as debt.

    Returns the points taken back.
    """
    owed = {claim.lot_id: purse.owed(claim) - purse.called_off(claim) for claim in claims}
    total = 0
    before = len(decision.movements)
    for claim in claims:
        cause = f"{refund.id}:{claim.cause}"
        if called_off := purse.called_off(claim):
            lot = purse.cooling.pop(claim.lot_id)
            decision.call_off(lot, called_off, cause=cause, rule=claim.rule, at=refund.occurred_at)
            total += called_off
        amount = owed.pop(claim.lot_id)
        if amount <= 0:
            continue
        taken = decision.take_back(
            amount,
            lots_for_claim(purse.open.values(), claim.lot_id, others=owed),
            cause=cause,
            rule=claim.rule,
            at=refund.occurred_at,
        )
        purse.take(taken)
        total += amount
    if total:
        fact = decision.tell(FactKind.POINTS_TAKEN_BACK, at=refund.occurred_at, points=total)
        decision.link(fact, since=before)
    return total
