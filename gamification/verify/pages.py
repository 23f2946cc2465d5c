"""The ledger's rows, page by page in the order of the entries' ids: each entry with what is its.

Lots have no order by entry. But an entry's lot got its id just before it did, so that the two are
read side by side, and what comes too early waits for its other half.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from sqlalchemy import bindparam, select

from gamification.database import Connection, table_of
from gamification.points.chain import ENTRY_COLUMNS, LOT_COLUMNS
from gamification.points.rules import AccountKind
from gamification.points.tables import Entry, Lot, LotUse

PAGE = 5_000  # rows in memory at one time, of each table; larger ones are no faster

_entry = table_of(Entry)
_lot = table_of(Lot)
_use = table_of(LotUse)
_NEW_FROM = (f"{AccountKind.ISSUED}:", f"{AccountKind.ADJUSTED}:")  # in a lot of their own
_TO_MEMBER = (f":{AccountKind.AVAILABLE}", f":{AccountKind.PENDING}")

Use: TypeAlias = tuple[str, int]  # lot, amount
Item: TypeAlias = tuple[Any, Sequence[Any], Sequence[Use]]  # entry, the lots it began, its uses

# What an entry's digest is made of comes first.
_ENTRIES = (
    select(
        *(_entry.c[name] for name in ENTRY_COLUMNS),
        _entry.c.from_hash,
        _entry.c.to_hash,
        _entry.c.parts,
    )
    .where(_entry.c.id > bindparam("after"))
    .order_by(_entry.c.id)
    .limit(PAGE)
)
_LOTS_REST = (
    select(
        *(_lot.c[name] for name in LOT_COLUMNS),
        _lot.c.entry_id,
        _lot.c.remaining,
        _lot.c.spent,
        _lot.c.expired,
        _lot.c.due_at,
        _lot.c.cooling,
    )
    .where(_lot.c.id > bindparam("after"))
    .order_by(_lot.c.id)
)
_LOTS = _LOTS_REST.where(_lot.c.id <= bindparam("last"))
_USES_REST = select(_use.c.entry_id, _use.c.lot_id, _use.c.amount).where(
    _use.c.entry_id > bindparam("after")
)
_USES = _USES_REST.where(_use.c.entry_id <= bindparam("last"))


class Pages:
    """Reads everything once. `lots` and `uses` are, in the end, those that no entry claims."""

    def __init__(self, connection: Connection) -> None:
        self.lots: dict[str, tuple[Any, ...]] = {}
        self.uses: dict[str, list[Use]] = {}
        self._connection = connection
        self._unfinished: dict[str, tuple[Any, Sequence[Use]]] = {}

    def __iter__(self) -> Iterator[list[Item]]:
        """Entries with what is theirs."""
        after, is_last = "", False
        while not is_last:
            entries = self._connection.all(_ENTRIES, after=after)
            is_last = len(entries) < PAGE
            last = "" if is_last else entries[-1].id
            uses = self._uses(after, last)
            yield [*self._finished(self._lots(after, last)), *self._items(entries, uses)]
            self.uses.update(uses)
            after = last
        yield [(entry, (), uses) for entry, uses in self._unfinished.values()]

    def _uses(self, after: str, last: str) -> dict[str, list[Use]]:
        rows = (
            self._connection.all(_USES, after=after, last=last)
            if last
            else self._connection.all(_USES_REST, after=after)
        )
        found: dict[str, list[Use]] = defaultdict(list)
        for entry_id, lot_id, amount in rows:
            found[entry_id].append((lot_id, amount))
        return found

    def _lots(self, after: str, last: str) -> list[Any]:
        if last:
            return self._connection.all(_LOTS, after=after, last=last)
        return self._connection.all(_LOTS_REST, after=after)

    def _finished(self, lots: list[Any]) -> Iterator[Item]:
        """Entries whose lot has come after all; the other lots wait for their entries."""
        for lot in lots:
            entry_id = lot.entry_id
            if entry_id in self._unfinished:
                entry, uses = self._unfinished.pop(entry_id)
                yield entry, (lot,), uses
            elif entry_id in self.lots:
                self.lots[entry_id] = (*self.lots[entry_id], lot)
            else:
                self.lots[entry_id] = (lot,)

    def _items(self, entries: list[Any], uses: dict[str, list[Use]]) -> Iterator[Item]:
        for entry in entries:
            begun = self.lots.pop(entry.id, ())
            used = uses.pop(entry.id, ())
            if (
                not begun
                and entry.from_account.startswith(_NEW_FROM)
                and entry.to_account.endswith(_TO_MEMBER)
            ):
                self._unfinished[entry.id] = (entry, used)
            else:
                yield entry, begun, used
