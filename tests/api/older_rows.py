"""Rows as the versions before this one kept them."""

from typing import Any

import sqlalchemy

from api.database import Database
from api.migrate import revision_of
from api.tables import METADATA

FIRST = "0001"
ADDED = {  # by which revision
    "0002": {"entry": {"from_hash", "to_hash"}, "account": {"head", "moved_at"}},
    "0005": {"activity": {"once_key", "attributes"}},
    "0006": {"entry": {"parts"}},
    "0012": {"fact": {"entries"}},
    "0013": {"lot": {"due_at", "cooling"}},
    "0014": {
        "nudge": {"category", "arm", "assigned_at", "claimed_on", "chance_ppm", "archived_at"},
        "timeline": {"looked_on"},
    },
}
NEW_TABLES = {  # which revision each came with
    "adjustment": "0003",
    "tag": "0007",
    "proposal": "0008",
    "claim": "0009",
    "review": "0009",
    "referral": "0010",
    "shared_device": "0010",
    "pause": "0014",
}
ALL_OPEN = "0004"  # opens every account of the programme

Rows = dict[str, list[dict[str, Any]]]


def contents(database: Database) -> Rows:
    """Every row of every table, in the order of its key."""
    return {
        table.name: [
            row._asdict()
            for row in database.read_now(
                lambda c, table=table: c.all(sqlalchemy.select(table).order_by(*table.primary_key))  # type: ignore[misc]  # one table
            )
        ]
        for table in METADATA.sorted_tables
    }


def old_columns(old: Database) -> dict[str, list[Any]]:
    """What the version before has, by table; a table after those that it names."""
    revision = revision_of(old) or ""
    later = [tables for each, tables in ADDED.items() if each > revision]
    added = {(name, column) for tables in later for name in tables for column in tables[name]}
    return {
        table.name: [c for c in table.columns if (table.name, c.name) not in added]
        for table in METADATA.sorted_tables
        if NEW_TABLES.get(table.name, FIRST) <= revision
    }


def is_open(row: dict[str, Any]) -> bool:
    """Whether the versions before have an account of a member, or that one of the programme."""
    return row["member_id"] is not None or row["version"] > 0


def untold(rows: Rows, *, through: str) -> Rows:
    """What becomes of rows that went through an older version.

    Before 0012, facts named no entries.
    """
    if through >= "0012":
        return rows
    return {**rows, "fact": [{**row, "entries": None} for row in rows["fact"]]}


def fill(old: Database, rows: Rows) -> None:
    """Write rows as the version before kept them."""
    if (revision_of(old) or "") >= ALL_OPEN:
        old.write_now(lambda c: c.driver.execute("DELETE FROM account"))
    else:
        rows = {**rows, "account": [row for row in rows["account"] if is_open(row)]}
    for name, columns in old_columns(old).items():
        # With no column more than that: those of today's table may have a value by themselves.
        table = sqlalchemy.table(name, *(sqlalchemy.column(c.name, c.type) for c in columns))
        insert = table.insert().values({c.name: sqlalchemy.bindparam(c.name) for c in columns})
        old.write_now(lambda c, insert=insert, table=table: c.run_many(insert, rows[table.name]))  # type: ignore[misc]  # one table


def old_rows(database: Database) -> Rows:
    """What the version before knows of its rows."""
    found: Rows = {}
    with database.engine.connect() as connection:
        for name, columns in old_columns(database).items():
            key = METADATA.tables[name].primary_key
            rows = connection.execute(sqlalchemy.select(*columns).order_by(*key))
            found[name] = [dict(row._mapping) for row in rows]  # noqa: SLF001 -- its public name
    return found
