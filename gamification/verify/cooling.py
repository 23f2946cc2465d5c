"""Lots that cool off: begun, called off and released in the order of their account's entries."""

from collections.abc import Iterator, Sequence
from typing import Any

from gamification.points.rules import EntryKind
from gamification.verify.pages import Use
from gamification.verify.purse import Breach

COOL = EntryKind.COOL.value
RELEASE = EntryKind.RELEASE.value
CALL_OFF = EntryKind.CALL_OFF.value


def lot_of_release(entry: Any) -> str:
    """The id of the lot that an entry says has cooled off."""
    return str(entry.cause.partition(":")[2])


class Cooler:
    """The lots of one `pending` account that cool off, each with what is left of it."""

    __slots__ = ("lots",)

    def __init__(self) -> None:
        self.lots: dict[str, tuple[Any, int]] = {}

    def held(self) -> int:
        """What all of them hold, as their rows say."""
        return sum(lot.remaining for lot, _ in self.lots.values())

    def follow(self, entry: Any, begun: Sequence[Any], uses: Sequence[Use]) -> Iterator[Breach]:
        """The next entry; what is wrong with it."""
        for lot in begun:
            self.lots[lot.id] = (lot, lot.original)
        if entry.kind == RELEASE:
            yield from self._release(entry)
        for lot_id, amount in uses if entry.kind == CALL_OFF else ():
            lot, left = self.lots.get(lot_id, (None, 0))
            if amount > left:
                yield "I5", f"calls off {amount} of lot {lot_id}, of which {left} cool off"
            if lot is not None:
                self.lots[lot_id] = (lot, left - amount)

    def _release(self, entry: Any) -> Iterator[Breach]:
        lot_id = lot_of_release(entry)
        lot, left = self.lots.pop(lot_id, (None, 0))
        if entry.amount != left:
            yield "I5", f"releases {entry.amount} of lot {lot_id}, of which {left} cool off"
        if lot is not None and lot.due_at is not None and entry.recorded_at < lot.due_at:
            yield "I6", f"lot {lot_id} is released, though it cools off until {lot.due_at}"

    def unfinished(self) -> Iterator[tuple[Any, str]]:
        """The lots that still cool off, and are not what their rows say: (lot, how)."""
        for lot, left in self.lots.values():
            if (lot.remaining, lot.spent, lot.expired) != (left, lot.original - left, 0):
                yield lot, f"says that {lot.remaining} are left of it, of which {left} cool off"
            if not lot.cooling:
                yield lot, "is said to have cooled off, and no entry released it"
