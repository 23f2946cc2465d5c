"""Every query of stores."""

from typing import Any

from sqlalchemy import bindparam, select

from gamification.database import Connection, insert_into, table_of
from gamification.stores.tables import Store

_store = table_of(Store)
_BY_ID = select(_store.c.id, _store.c.name).where(_store.c.id == bindparam("store_id"))
_ALL = select(_store.c.id, _store.c.name).order_by(_store.c.id)
_INSERT = insert_into(Store)


def by_id(connection: Connection, store_id: str) -> Any:
    """The store (id, name), or None."""
    return connection.first(_BY_ID, store_id=store_id)


def every(connection: Connection) -> list[Any]:
    """All stores (id, name), by id."""
    return connection.all(_ALL)


def add(connection: Connection, *, store_id: str, name: str) -> None:
    """A new store."""
    connection.run(_INSERT, id=store_id, name=name)
