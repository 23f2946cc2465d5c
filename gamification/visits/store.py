"""Every query of visits."""

from dataclasses import asdict

from sqlalchemy import bindparam, select, update

from gamification.database import Connection, insert_into, rows_of_member, table_of
from gamification.visits.rules import Visit
from gamification.visits.tables import Visit as VisitTable

_visit = table_of(VisitTable)
# Who may not see a visit gets the same answer as for one that does not exist.
_OF_STORE = select(*_visit.columns).where(
    _visit.c.id == bindparam("visit_id"), _visit.c.store_id == bindparam("store_id")
)
_INSERT = insert_into(VisitTable)
_FORGET_REASONS = (
    update(_visit)
    .values(reason="")
    .where(_visit.c.member_id == bindparam("member_id"), _visit.c.reason.is_not(None))
)
KEPT = {"visit": rows_of_member(VisitTable)}


def of_store(connection: Connection, visit_id: str, *, store_id: str) -> Visit | None:
    """A visit in this store, or None."""
    row = connection.first(_OF_STORE, visit_id=visit_id, store_id=store_id)
    return Visit(**row._asdict()) if row else None


def add(connection: Connection, visit: Visit) -> None:
    """A new visit."""
    connection.run(_INSERT, **asdict(visit))


def forget_reasons(connection: Connection, member_id: str) -> None:
    """Erase what staff typed when they looked the member up; that they did stays."""
    connection.run(_FORGET_REASONS, member_id=member_id)
