"""Entries as their accounts see them: one row for each side."""

from sqlalchemy import select, union_all

from gamification.database import table_of
from gamification.points.tables import Entry

_entry = table_of(Entry)

# (account, change, version, entry): each entry twice, with the sign of that side.
sides = union_all(
    select(
        _entry.c.from_account.label("account"),
        (-_entry.c.amount).label("change"),
        _entry.c.from_version.label("version"),
        _entry.c.id.label("entry"),
    ),
    select(_entry.c.to_account, _entry.c.amount, _entry.c.to_version, _entry.c.id),
).subquery("sides")
