"""A decision: everything that one action will write, gathered before anything is written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from gamification.activities.rules import Activity, Effect
from gamification.effects.state import MemberState
from gamification.effects.values import NewAward, NewFact, NewVoucher
from gamification.facts import FactKind
from gamification.goals.rules import Award
from gamification.points.rules import (
    BALANCE_POINTS_MAX,
    EARNED_KINDS,
    WAYS,
    AccountKind,
    EntryKind,
    Lot,
    Movement,
    NewLot,
    lot_expiry,
    spending_order,
    take,
)
from gamification.programme.values import Programme

NewId = Callable[[], str]


@dataclass(kw_only=True, slots=True)
class Decision:
    """What to write for one member. Methods add to it; `effects.apply` writes it."""

    state: MemberState
    programme: Programme
    now: datetime
    new_id: NewId
    activity: Activity | None = None
    effects: Sequence[Effect] = ()
    faults: list[dict[str, Any]] = field(default_factory=list)
    movements: list[Movement] = field(default_factory=list)
    facts: list[NewFact] = field(default_factory=list)
    awards: list[NewAward] = field(default_factory=list)
    withdrawn: list[Award] = field(default_factory=list)
    vouchers: list[NewVoucher] = field(default_factory=list)
    closed_vouchers: list[tuple[str, str, str | None]] = field(default_factory=list)
    joined: list[tuple[str, str]] = field(default_factory=list)
    debt: int = 0
    room: int = 0  # for more points, without those that have run out

    def __post_init__(self) -> None:
        balances = self.state.balances
        self.debt = -balances[AccountKind.DEBT]
        held = balances[AccountKind.AVAILABLE] + balances[AccountKind.PENDING]
        run_out = sum(lot.remaining for lot in self.state.due_lots)
        self.room = BALANCE_POINTS_MAX - held + run_out

    @property
    def activity_id(self) -> str | None:
        """The activity that set this off, if one did."""
        return self.activity.id if self.activity else None

    @property
    def points_earned(self) -> int:
        """What the activity earned by itself, prizes left out."""
        return sum(m.amount for m in self.movements if m.kind in EARNED_KINDS)

    @property
    def fact_numbers(self) -> dict[str, int]:
        """The facts it tells, in an outcome: `first_fact` and `last_fact`."""
        before = self.state.fact_number
        return {"first_fact": before + 1, "last_fact": before + len(self.facts)}

    def day_of(self, moment: datetime) -> date:
        """The day in the programme's zone."""
        return moment.astimezone(self.programme.zone).date()

    def tell(self, kind: FactKind, *, at: datetime, **params: Any) -> NewFact:
        """Add a fact to the member's timeline."""
        fact = NewFact(kind=kind, occurred_at=at, activity_id=self.activity_id, params=params)
        self.facts.append(fact)
        return fact

    def link(self, fact: NewFact, *, since: int) -> None:
        """Say that a fact tells of all that moved since there were so many movements.

        Left out is what another fact tells of already.
        """
        told = {entry for other in self.facts for entry in other.entries}
        moved = [movement.id for movement in self.movements[since:]]
        fact.entries.extend(entry for entry in moved if entry not in told)

    def earn(
        self,
        amount: int,
        *,
        kind: EntryKind,
        cause: str,
        rule: str,
        at: datetime,
        parts: Sequence[tuple[str, int]] = (),
        cool_off_days: int = 0,
    ) -> int:
        """Points for the member, as a lot of their own; a debt is settled from them first.

        `parts` add up to them. What cools off settles it when it is released; of what was earned
        longer ago than that, nothing cools off. Returns the points earned: 0 where the balance
        would pass its limit, which is a fault.
        """
        if amount <= 0:
            return 0
        if amount > self.room:
            reason = f"{amount} points would lift the balance above {BALANCE_POINTS_MAX}"
            self.faults.append({"rule": rule, "reason": reason})
            return 0
        self.room -= amount
        due_at = at + timedelta(days=cool_off_days)
        cools = due_at > max(at, self.now)
        lot = NewLot(
            id=self.new_id(),
            expires_at=lot_expiry(
                at, months=self.programme.points_expire_months, zone=self.programme.zone
            ),
            activity_id=self.activity_id,
            due_at=due_at if cools else None,
        )
        self._move(
            EntryKind.COOL if cools else kind,
            amount,
            cause=cause,
            rule=rule,
            at=at,
            new_lot=lot,
            parts=parts,
        )
        if not cools:
            self._settle([(lot.id, min(amount, self.debt))], cause=cause, rule=rule, at=at)
        return amount

    def _settle(
        self, uses: Sequence[tuple[str, int]], *, cause: str, rule: str, at: datetime
    ) -> None:
        settled = sum(part for _, part in uses)
        if not settled:
            return
        self.debt -= settled
        before = len(self.movements)
        self._move(EntryKind.SETTLE, settled, cause=f"settle:{cause}", rule=rule, at=at, uses=uses)
        self.link(self.tell(FactKind.DEBT_SETTLED, at=at, points=settled), since=before)

    def owe(self, amount: int, *, cause: str, rule: str, at: datetime) -> None:
        """A claw-back beyond what is available: the member owes it."""
        if amount <= 0:
            return
        self.debt += amount
        self._move(EntryKind.OWE, amount, cause=f"owe:{cause}", rule=rule, at=at)

    def call_off(self, lot: Lot, amount: int, *, cause: str, rule: str, at: datetime) -> None:
        """Take points back from a lot that still cools off."""
        self._move(
            EntryKind.CALL_OFF,
            amount,
            cause=f"call_off:{cause}",
            rule=rule,
            at=at,
            uses=[(lot.id, amount)],
        )

    def take_back(
        self, amount: int, lots: Sequence[Lot], *, cause: str, rule: str, at: datetime
    ) -> dict[str, int]:
        """Take points back from `lots` in their order, then as debt. Returns lot -> taken."""
        uses, missing = take(lots, amount)
        if uses:
            self._move(
                EntryKind.TAKE_BACK,
                amount - missing,
                cause=f"take_back:{cause}",
                rule=rule,
                at=at,
                uses=uses,
            )
        self.owe(missing, cause=cause, rule=rule, at=at)
        return dict(uses)

    def take_away(self, uses: Sequence[tuple[str, int]], *, cause: str, rule: str) -> None:
        """Take points out of these lots (lot, points), by hand."""
        self._move(
            EntryKind.ADJUST,
            sum(part for _, part in uses),
            cause=cause,
            rule=rule,
            at=self.now,
            uses=uses,
            turned=True,
        )

    def reserve(
        self, amount: int, uses: Sequence[tuple[str, int]], *, voucher: str, rule: str
    ) -> None:
        """Set points aside for a voucher."""
        self._move(
            EntryKind.RESERVE,
            amount,
            cause=f"reserve:{voucher}",
            rule=rule,
            at=self.now,
            uses=uses,
        )

    def capture(self, amount: int, *, voucher: str, rule: str) -> None:
        """A voucher was used: what was set aside is spent."""
        if amount > 0:
            self._move(
                EntryKind.CAPTURE, amount, cause=f"capture:{voucher}", rule=rule, at=self.now
            )

    def void(self, lots: Sequence[tuple[Lot, int]], *, voucher: str, rule: str) -> list[Lot]:
        """Give what was set aside back to the same lots; those that have run out expire again.

        A debt is settled from the rest, soonest expiry first. Returns what the lots have of it.
        """
        amount = sum(part for _, part in lots)
        if not amount:
            return []
        self._move(
            EntryKind.VOID,
            amount,
            cause=f"void:{voucher}",
            rule=rule,
            at=self.now,
            uses=[(lot.id, -part) for lot, part in lots],
        )
        for lot, part in lots:
            if lot.expires_at <= self.now:
                self.expire(lot.id, part, at=self.now, cause=f"expire:{lot.id}:{voucher}")
        alive = [replace(lot, remaining=part) for lot, part in lots if lot.expires_at > self.now]
        uses, _ = take(spending_order(alive), self.debt)
        self._settle(uses, cause=f"void:{voucher}", rule=rule, at=self.now)
        settled = dict(uses)
        return [replace(lot, remaining=lot.remaining - settled.get(lot.id, 0)) for lot in alive]

    def release(self, lot: Lot) -> None:
        """A lot has cooled off: its points can be spent, or settle a debt first."""
        at, cause = lot.due_at or self.now, f"release:{lot.id}"
        self._move(
            EntryKind.RELEASE,
            lot.remaining,
            cause=cause,
            rule="cool_off",
            at=at,
            releases=lot.id,
        )
        uses = [(lot.id, min(lot.remaining, self.debt))]
        self._settle(uses, cause=cause, rule="cool_off", at=at)

    def expire(self, lot_id: str, amount: int, *, at: datetime, cause: str) -> None:
        """A lot has run out."""
        self._move(
            EntryKind.EXPIRE,
            amount,
            cause=cause,
            rule="expiry",
            at=at,
            uses=[(lot_id, amount)],
        )

    def _move(  # noqa: PLR0913 -- the columns of an entry
        self,
        kind: EntryKind,
        amount: int,
        *,
        cause: str,
        rule: str,
        at: datetime,
        new_lot: NewLot | None = None,
        uses: Sequence[tuple[str, int]] = (),
        parts: Sequence[tuple[str, int]] = (),
        turned: bool = False,
        releases: str | None = None,
    ) -> None:
        source, target = reversed(WAYS[kind]) if turned else WAYS[kind]
        self.movements.append(
            Movement(
                id=self.new_id(),
                kind=kind,
                source=source,
                target=target,
                amount=amount,
                cause=cause,
                rule=rule,
                occurred_at=at,
                new_lot=new_lot,
                uses=tuple(uses),
                parts=tuple(parts),
                activity_id=self.activity_id,
                releases=releases,
            )
        )
