"""Lots, from a member's entries alone: the rules say which lots each entry used."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gamification.points.rules import (
    AccountKind,
    EntryKind,
    Lot,
    account_id,
    lot_expiry,
    lots_for_claim,
    spending_order,
    take,
)
from gamification.programme.values import Programme
from gamification.verify.account import AVAILABLE
from gamification.verify.rebuild.difference import Difference

Uses = Sequence[tuple[str, int]]


@dataclass(kw_only=True, slots=True)
class Rebuilt:
    """A lot as the entries leave it."""

    expires_at: datetime
    left: int
    spent: int = 0
    expired: int = 0
    cooling: bool = False


class LotsOfMember:
    """Follows the entries of `available`, after those of `pending` that begin or call off a lot.

    What the rules cannot explain is a difference.
    """

    def __init__(self, programme: Programme, entries: Sequence[Any], lots: Sequence[Any]) -> None:
        self.lots: dict[str, Rebuilt] = {}
        self.differences: list[Difference] = []
        self._programme = programme
        self._rows: Mapping[str, Any] = {lot.entry_id: lot for lot in lots}
        self._of_cause: dict[str, str] = {}
        self._reserved: dict[str, Uses] = {}
        self._given_back: Uses = ()  # by the voucher that was voided last
        # What a refund claims of a lot is kept for that claim: by refund, and the lot's cause.
        self._claims: dict[str, Counter[str]] = defaultdict(Counter)
        for entry in entries:
            if entry.kind in {EntryKind.TAKE_BACK.value, EntryKind.OWE.value}:
                _, refund, cause = (*entry.cause.split(":", 2), "", "")[:3]
                self._claims[refund][cause] += entry.amount

    def cool(self, pending: Sequence[Any]) -> None:
        """Begin the lots that cool off, and take from them what was called off."""
        for entry in pending:
            if entry.kind == EntryKind.COOL.value:
                self._begin(entry)
        for entry in pending:
            if entry.kind == EntryKind.CALL_OFF.value:
                self._spend(entry, self._uses_to_call_off(entry))

    def follow(self, entry: Any) -> None:
        """The next entry of the account."""
        match entry.kind:
            case EntryKind.EARN.value | EntryKind.PRIZE.value:
                self._begin(entry)
            case EntryKind.RELEASE.value:
                self._release(entry)
            case EntryKind.VOID.value:
                self._give_back(entry)
            case EntryKind.EXPIRE.value:
                lot_id = _after_kind(entry.cause).partition(":")[0]
                self._spend(entry, [(lot_id, entry.amount)] if lot_id in self.lots else [])
            case EntryKind.RESERVE.value:
                uses, _ = take(self._open(), entry.amount)
                self._reserved[_after_kind(entry.cause)] = uses
                self._spend(entry, uses)
            case EntryKind.ADJUST.value if entry.to_account.endswith(AVAILABLE):
                self._begin(entry)
            case EntryKind.ADJUST.value:
                self._spend(entry, take(self._open(), entry.amount)[0])
            case EntryKind.SETTLE.value:
                self._spend(entry, self._uses_to_settle(entry))
            case EntryKind.TAKE_BACK.value:
                self._spend(entry, self._uses_to_take_back(entry))
            case _:
                pass  # moves between other accounts

    def _begin(self, entry: Any) -> None:
        row = self._rows.get(entry.id)
        expires_at = lot_expiry(
            entry.occurred_at,
            months=self._programme.points_expire_months,
            zone=self._programme.zone,
        )
        if row is None:
            self._differ("entry", entry.id, "lot", None, f"one of {entry.amount}")
        elif entry.programme_version != self._programme.version:
            expires_at = row.expires_at
        elif row.expires_at != expires_at:
            self._differ("lot", row.id, "expiry", row.expires_at, expires_at)
        lot_id = row.id if row else f"of {entry.id}"
        cools = entry.kind == EntryKind.COOL.value
        self.lots[lot_id] = Rebuilt(expires_at=expires_at, left=entry.amount, cooling=cools)
        self._of_cause[entry.cause] = lot_id
        if row and entry.programme_version == self._programme.version:
            rule = self._programme.earning_rule(entry.rule) if cools else None
            days = timedelta(days=rule.cool_off_days) if rule else None
            due_at = None if days is None else entry.occurred_at + days
            if row.due_at != due_at:
                self._differ("lot", row.id, "end of cooling", row.due_at, due_at)

    def _uses_to_call_off(self, entry: Any) -> Uses:
        lot_id = self._of_cause.get((*entry.cause.split(":", 2), "", "")[2], "")
        return [(lot_id, entry.amount)] if lot_id in self.lots else []

    def _release(self, entry: Any) -> None:
        """A lot has cooled off, with all that was not called off before."""
        lot = self.lots.get(_after_kind(entry.cause))
        found = lot.left if lot and lot.cooling else 0
        if found != entry.amount:
            self._differ("entry", entry.id, "amount", entry.amount, f"{found} that cooled off")
        if lot:
            lot.cooling = False

    def _give_back(self, entry: Any) -> None:
        uses = self._reserved.pop(_after_kind(entry.cause), ())
        self._given_back = uses
        found = sum(amount for _, amount in uses)
        if found != entry.amount:
            self._differ("entry", entry.id, "amount", entry.amount, f"{found} set aside before")
        for lot_id, amount in uses:
            self._use(lot_id, -amount)

    def _uses_to_settle(self, entry: Any) -> Uses:
        """From the lot that was just begun or released, or from those that a voucher gave back."""
        cause = _after_kind(entry.cause)
        if cause.startswith(f"{EntryKind.RELEASE}:"):
            lot_id = _after_kind(cause)
            return [(lot_id, entry.amount)] if lot_id in self.lots else []
        if not cause.startswith(f"{EntryKind.VOID}:"):
            return [(self._of_cause[cause], entry.amount)] if cause in self._of_cause else []
        alive = [
            Lot(id=lot_id, remaining=amount, expires_at=self.lots[lot_id].expires_at)
            for lot_id, amount in self._given_back
            if self.lots[lot_id].expires_at > entry.occurred_at
        ]
        return take(spending_order(alive), entry.amount)[0]

    def _uses_to_take_back(self, entry: Any) -> Uses:
        _, refund, cause = (*entry.cause.split(":", 2), "", "")[:3]
        yet_to_come = self._claims[refund]
        yet_to_come.pop(cause, None)
        others = {
            self._of_cause[each]: amount
            for each, amount in yet_to_come.items()
            if each in self._of_cause
        }
        lots = lots_for_claim(self._open(), self._of_cause.get(cause, ""), others=others)
        return take(lots, entry.amount)[0]

    def _open(self) -> list[Lot]:
        return spending_order(
            Lot(id=lot_id, remaining=lot.left, expires_at=lot.expires_at)
            for lot_id, lot in self.lots.items()
            if lot.left > 0 and not lot.cooling
        )

    def _spend(self, entry: Any, uses: Uses) -> None:
        found = sum(amount for _, amount in uses)
        if found != entry.amount:
            self._differ("entry", entry.id, "amount", entry.amount, f"{found} to be had of lots")
        for lot_id, amount in uses:
            self._use(lot_id, amount, is_expiry=entry.kind == EntryKind.EXPIRE.value)

    def _use(self, lot_id: str, amount: int, *, is_expiry: bool = False) -> None:
        lot = self.lots[lot_id]
        lot.left -= amount
        if is_expiry:
            lot.expired += amount
        else:
            lot.spent += amount

    def _differ(self, table: str, row: str, what: str, stored: Any, rebuilt: Any) -> None:
        self.differences.append(
            Difference(table=table, row=row, what=what, stored=stored, rebuilt=rebuilt)
        )


def rebuild_lots(
    programme: Programme, member_id: str, entries: Sequence[Any], rows: Sequence[Any]
) -> Iterator[Difference]:
    """Where a member's lots are not what the entries make them."""
    name = account_id(AccountKind.AVAILABLE, member_id)
    lots = LotsOfMember(programme, entries, rows)
    lots.cool(sorted(entries, key=lambda entry: str(entry.id)))
    in_order = sorted(
        (entry.from_version if entry.from_account == name else entry.to_version, entry.id, entry)
        for entry in entries
        if name in {entry.from_account, entry.to_account}
    )
    for _, _, entry in in_order:
        lots.follow(entry)
    yield from lots.differences
    for row in sorted(rows, key=lambda row: str(row.id)):
        rebuilt = lots.lots.get(row.id)
        for what, stored, should in (
            ("remaining", row.remaining, rebuilt and rebuilt.left),
            ("spent", row.spent, rebuilt and rebuilt.spent),
            ("expired", row.expired, rebuilt and rebuilt.expired),
            ("cooling", row.cooling, rebuilt and rebuilt.cooling),
        ):
            if stored != should:
                yield Difference(table="lot", row=row.id, what=what, stored=stored, rebuilt=should)


def _after_kind(cause: str) -> str:
    return cause.partition(":")[2]
