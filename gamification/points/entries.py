"""Entries as they are explained to the member whose points they moved."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, select

from gamification.database import Connection, TextList, one_of, table_of
from gamification.points.tables import Entry

_entry = table_of(Entry)
_BY_IDS = select(
    _entry.c.id,
    _entry.c.kind,
    _entry.c.to_account,
    _entry.c.amount,
    _entry.c.cause,
    _entry.c.rule,
    _entry.c.programme_version,
    _entry.c.occurred_at,
    _entry.c.parts,
).where(one_of(_entry.c.id, bindparam("ids", type_=TextList)))


def of_facts(connection: Connection, facts: Iterable[Any]) -> dict[str, Any]:
    """What there is to tell of the entries that facts tell of (`entries`: ids), by their ids."""
    ids = [entry_id for fact in facts for entry_id in fact.entries or ()]
    rows = connection.all(_BY_IDS, ids=ids) if ids else []
    return {row.id: row for row in rows}
