"""I5 and I6 for one member: the open lots, while the entries are gone through in their order.

A lot that is used up, and whose uses have come to what its row says, is let go: memory holds the
open lots, and those that a voucher set aside and may give back.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from gamification.points.rules import EntryKind
from gamification.verify.pages import Use

_ADJUST = EntryKind.ADJUST.value
_EXPIRE = EntryKind.EXPIRE.value
_RESERVE = EntryKind.RESERVE.value
_VOID = EntryKind.VOID.value

Breach: TypeAlias = tuple[str, str]  # check, detail
# A lot as the entries leave it: what is left; what its row says is spent, and expired, of which no
# entry has told yet; when it expires; the entry that began it. A plain list: there are a million.
OpenLot: TypeAlias = list[Any]
_LEFT, _SPENT, _EXPIRED, _EXPIRES_AT, _ENTRY_ID = range(5)


class Purse:
    """The lots of one account that have something left, or that wait for an entry."""

    __slots__ = ("lots", "set_aside")

    def __init__(self) -> None:
        self.lots: dict[str, OpenLot] = {}
        self.set_aside: dict[str, list[tuple[str, int, OpenLot]]] = {}  # by voucher

    def begin(self, lot: Any) -> None:
        """An entry began a lot."""
        self.lots[lot.id] = [lot.original, lot.spent, lot.expired, lot.expires_at, lot.entry_id]

    def release(self, lot: Any, amount: int) -> None:
        """A lot has cooled off; what is missing of it was called off, which counts as spent."""
        spent = lot.spent - (lot.original - amount)
        self.lots[lot.id] = [amount, spent, lot.expired, lot.expires_at, lot.entry_id]

    def use(self, entry: Any, uses: Sequence[Use]) -> list[Breach]:
        """An entry took from lots, or gave back to them; what is wrong with that."""
        wrong: list[Breach] = []
        if entry.kind == _VOID:
            wrong += self._give_back(_voucher(entry), uses)
        part = _EXPIRED if entry.kind == _EXPIRE else _SPENT
        used: list[tuple[str, int, OpenLot]] = []
        for lot_id, amount in uses:
            lot = self.lots.get(lot_id)
            if lot is None or amount > lot[_LEFT]:
                left = lot[_LEFT] if lot else 0
                wrong.append(("I5", f"takes {amount} of lot {lot_id}, which has {left}"))
            if lot is None:
                continue
            lot[_LEFT] -= amount
            lot[part] -= amount
            if part == _EXPIRED and lot[_EXPIRES_AT] > entry.recorded_at:
                until = lot[_EXPIRES_AT]
                wrong.append(("I6", f"lot {lot_id} expires, though it is good until {until}"))
            used.append((lot_id, amount, lot))
            if not (lot[_LEFT] or lot[_SPENT] or lot[_EXPIRED]):
                del self.lots[lot_id]
        if entry.kind == _RESERVE and used:
            self.set_aside[_voucher(entry)] = used
        if entry.kind in {_RESERVE, _ADJUST} and used:
            wrong += self._left_out(entry, max(lot[_EXPIRES_AT] for _, _, lot in used))
        return wrong

    def captured(self, entry: Any) -> None:
        """What was set aside for a voucher is spent."""
        self.set_aside.pop(_voucher(entry), None)

    def _give_back(self, voucher: str, uses: Sequence[Use]) -> Iterator[Breach]:
        before = self.set_aside.pop(voucher, [])
        for lot_id, _, lot in before:
            self.lots.setdefault(lot_id, lot)
        taken = {lot_id: amount for lot_id, amount, _ in before}
        given = {lot_id: -amount for lot_id, amount in uses}
        for lot_id in sorted(taken.keys() | given.keys()):
            more = given.get(lot_id, 0) - taken.get(lot_id, 0)
            if more:
                yield "I6", f"gives lot {lot_id} {more} more than was taken from it"

    def _left_out(self, entry: Any, latest: datetime) -> Iterator[Breach]:
        for lot_id, lot in self.lots.items():
            if entry.recorded_at < lot[_EXPIRES_AT] < latest and lot[_LEFT] > 0:
                sooner = f"though lot {lot_id} expires at {lot[_EXPIRES_AT]}"
                yield "I6", f"spends points good until {latest}, {sooner}"

    def unfinished(self) -> Iterator[tuple[str, str, str]]:
        """The lots that were used otherwise than their rows say: (lot, its entry, how)."""
        for lot_id, (_, spent, expired, _, entry_id) in self.lots.items():
            if spent or expired:
                more = f"{spent} more spent and {expired} more expired"
                yield lot_id, entry_id, f"says {more} than its uses do"


def _voucher(entry: Any) -> str:
    return str(entry.cause.partition(":")[2])
