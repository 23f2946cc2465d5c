"""Edits of single rows of the ledger, and which accounts and entries verify may then blame."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, insert, select, update

from api.runner import Runner
from api.tables import METADATA

TABLES = ("account", "adjustment", "entry", "lot", "lot_use")
LOTS_STAND_IN = ("available", "pending")
SIDES = (("from_account", "from_version"), ("to_account", "to_version"))

Row = dict[str, Any]
Ledger = dict[str, list[Row]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """What is done to a table: these rows go, those come."""

    kind: str
    table: str
    gone: list[Row]
    come: list[Row]

    def apply(self, connection: Runner) -> None:
        """Do it behind everybody's back."""
        table = METADATA.tables[self.table]
        if self.kind == "change":
            [before], [after] = self.gone, self.come
            changed = {name: value for name, value in after.items() if value != before[name]}
            statement: Any = update(table).values(changed).where(_is(self.table, before))
            assert connection.sqlalchemy.execute(statement).rowcount == 1
            return
        for row in self.gone:
            statement = delete(table).where(_is(self.table, row))
            assert connection.sqlalchemy.execute(statement).rowcount == 1
        for row in self.come:
            connection.sqlalchemy.execute(insert(table).values(row))


def read_ledger(connection: Runner) -> Ledger:
    """Every row of it."""
    return {
        name: [
            dict(row._mapping)  # noqa: SLF001 -- the public name of a row's mapping
            for row in connection.sqlalchemy.execute(select(table).order_by(*table.primary_key))
        ]
        for name in TABLES
        for table in [METADATA.tables[name]]
    }


def random_edit(ledger: Ledger, chance: random.Random) -> Edit:
    """One that makes a difference."""
    name = chance.choice(TABLES)
    kind = chance.choices(["change", "delete", "duplicate", "swap"], [7, 1, 1, 1])[0]
    row = chance.choice(ledger[name])
    if kind == "delete":
        return Edit(kind=kind, table=name, gone=[row], come=[])
    if kind == "duplicate":
        keys = METADATA.tables[name].primary_key.columns.keys()
        twin = {**row, **{key: _other(ledger[name], row, key, chance) for key in keys[:1]}}
        if any(_is_key_of(name, twin, other) for other in ledger[name]):
            twin[keys[0]] = "zz" + row[keys[0]]
        return Edit(kind=kind, table=name, gone=[], come=[twin])
    # The reason of an adjustment may be erased, and so nothing protects it.
    column = chance.choice([each for each in row if each != "reason"])
    if kind == "swap":
        other = chance.choice(ledger[name])
        swapped = [{**row, column: other[column]}, {**other, column: row[column]}]
        if swapped in ([row, other], [other, row]):  # as it was
            return random_edit(ledger, chance)
        return Edit(kind=kind, table=name, gone=[row, other], come=swapped)
    changed = {**row, column: _other(ledger[name], row, column, chance)}
    return Edit(kind=kind, table=name, gone=[row], come=[changed])


def blamed(edit: Edit, ledger: Ledger) -> tuple[set[str], set[str | None]]:
    """The accounts and the entries of which a line has to name one each.

    Where an entry is gone, the first bad one is that which came after it, or else the newest.
    """
    rows = [*edit.gone, *edit.come]
    if edit.table == "account":
        names = {row["id"] for row in rows}
        moved = [entries_of(ledger, name) for name in names]
        return names, {entry for each in moved for entry in (each[:1] + each[-1:] or [None])}
    if edit.table == "adjustment":
        accounts = {f"{row['member_id']}:available" for row in rows}
        causes = {f"adjust:{row['id']}" for row in rows}
        return accounts, {None, *(e["id"] for e in ledger["entry"] if e["cause"] in causes)}
    if edit.table == "lot":
        accounts = {f"{row['member_id']}:{kind}" for row in rows for kind in LOTS_STAND_IN}
        return accounts, {row["entry_id"] for row in rows}
    if edit.table == "lot_use":
        entries, lots = ({row[name] for row in rows} for name in ("entry_id", "lot_id"))
        owners = {lot["member_id"] for lot in ledger["lot"] if lot["id"] in lots}
        sides = {e[side] for e in ledger["entry"] if e["id"] in entries for side, _ in SIDES}
        return {*sides, *(f"{owner}:available" for owner in owners)}, {*entries}
    names = {row[side] for row in rows for side, _ in SIDES}
    entries: set[str | None] = {row["id"] for row in rows}
    for row in edit.gone:
        for side, _ in SIDES:
            ids_of = entries_of(ledger, row[side])
            at = ids_of.index(row["id"])
            rest = [each for each in ids_of if each != row["id"]]
            entries |= {*ids_of[at + 1 : at + 2], *rest[-1:]}
    return names, entries


def entries_of(ledger: Ledger, account: str) -> list[str]:
    """The ids of an account's entries in the order of its versions."""
    versions = {
        entry[version]: entry["id"]
        for entry in ledger["entry"]
        for side, version in SIDES
        if entry[side] == account
    }
    return [versions[version] for version in sorted(versions)]


def _is(name: str, row: Row) -> Any:
    return and_(*(column == row[column.name] for column in METADATA.tables[name].primary_key))


def _is_key_of(name: str, row: Row, other: Row) -> bool:
    return all(
        row[column.name] == other[column.name] for column in METADATA.tables[name].primary_key
    )


def _other(rows: list[Row], row: Row, column: str, chance: random.Random) -> Any:
    """A value that might stand there: that of another row, or one close by."""
    value = row[column]
    values = [other[column] for other in rows if other[column] != value]
    if value is None and column == "due_at":  # of a lot that never cooled off
        return row["earned_at"] + timedelta(days=chance.randrange(30))
    close_by: list[Callable[[], Any]] = [*_close_by(value, chance)]
    if values and (not close_by or chance.random() < 0.5):
        return chance.choice(values)
    return chance.choice(close_by)() if close_by else "x"


def _close_by(value: Any, chance: random.Random) -> Iterator[Callable[[], Any]]:
    if isinstance(value, bool):
        yield lambda: not value
    elif isinstance(value, int):
        yield lambda: value + chance.choice([-1, 1, 100])
    elif isinstance(value, datetime):
        yield lambda: value + timedelta(microseconds=chance.choice([-1, 1, 10**6, 86_400 * 10**6]))
    elif isinstance(value, bytes):
        yield lambda: bytes([*value[:-1], (value[-1] if value else 0) ^ 1])
    elif isinstance(value, str):
        yield lambda: value + "x"
