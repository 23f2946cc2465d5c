"""Entries as they are explained to the member whose points they moved.

Of those that began to cool off with the moment from which they can be spent, `due_at`.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, select

from gamification.database import Connection, TextList, one_of, table_of
from gamification.points.tables import Entry, Lot

_entry = table_of(Entry)
_lot = table_of(Lot)
# No index leads from an entry to its lot; an activity has few of them.
_BY_IDS = (
    select(
        _entry.c.id,
        _entry.c.kind,
        _entry.c.to_account,
        _entry.c.amount,
        _entry.c.cause,
        _entry.c.rule,
        _entry.c.programme_version,
        _entry.c.occurred_at,
        _entry.c.parts,
        _lot.c.due_at,
    )
    .outerjoin(
        _lot, (_lot.c.activity_id == _entry.c.activity_id) & (_lot.c.entry_id == _entry.c.id)
    )
    .where(one_of(_entry.c.id, bindparam("ids", type_=TextList)))
)


def of_facts(connection: Connection, facts: Iterable[Any]) -> dict[str, Any]:
    """What there is to tell of the entries that facts tell of (`entries`: ids), by their ids."""
    ids = [entry_id for fact in facts for entry_id in fact.entries or ()]
    rows = connection.all(_BY_IDS, ids=ids) if ids else []
    return {row.id: row for row in rows}
