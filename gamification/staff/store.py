"""Every query of staff and their keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from gamification.database import Connection, TextList, insert_into, one_of, table_of
from gamification.staff.tables import Staff, StaffKey

_staff = table_of(Staff)
_key = table_of(StaffKey)
_columns = (_staff.c.id, _staff.c.store_id, _staff.c.role, _staff.c.label)
_BY_ID = select(*_columns).where(_staff.c.id == bindparam("staff_id"))
_LABELS = select(_staff.c.id, _staff.c.label).where(
    one_of(_staff.c.id, bindparam("staff_ids", type_=TextList))
)
_BY_KEY = (
    select(*_columns)
    .join(_key, _key.c.staff_id == _staff.c.id)
    .where(_key.c.key_hash == bindparam("key_hash"), _key.c.revoked_at.is_(None))
)
_GOOD_KEYS = select(_key.c.key_hash).where(
    _key.c.staff_id == bindparam("staff_id"), _key.c.revoked_at.is_(None)
)
_REVOKE_KEYS = (
    update(_key)
    .values(revoked_at=bindparam("now"))
    .where(_key.c.staff_id == bindparam("whose"), _key.c.revoked_at.is_(None))
)
_INSERT_STAFF = insert_into(Staff)
_INSERT_KEY = insert_into(StaffKey)


def by_id(connection: Connection, staff_id: str) -> Any:
    """The staff row (id, store_id, role, label), or None."""
    return connection.first(_BY_ID, staff_id=staff_id)


def labels(connection: Connection, staff_ids: Sequence[str]) -> dict[str, str]:
    """What some of the staff are called at the till, by their ids."""
    return {row.id: row.label for row in connection.all(_LABELS, staff_ids=list(staff_ids))}


def by_key_hash(connection: Connection, key_hash: str) -> Any:
    """Who holds the key of this SHA-256; None when nobody does or it was revoked."""
    return connection.first(_BY_KEY, key_hash=key_hash)


def add(
    connection: Connection, *, staff_id: str, store_id: str, role: str, label: str, now: datetime
) -> None:
    """Someone new."""
    connection.run(
        _INSERT_STAFF, id=staff_id, store_id=store_id, role=role, label=label, created_at=now
    )


def add_key(connection: Connection, *, key_hash: str, staff_id: str, now: datetime) -> None:
    """A key for them, by its hash."""
    connection.run(
        _INSERT_KEY, key_hash=key_hash, staff_id=staff_id, created_at=now, revoked_at=None
    )


def revoke_keys(connection: Connection, *, staff_id: str, now: datetime) -> int:
    """End every key of theirs that is good still; how many there were."""
    good = connection.all(_GOOD_KEYS, staff_id=staff_id)
    if good:
        connection.run(_REVOKE_KEYS, whose=staff_id, now=now)
    return len(good)
