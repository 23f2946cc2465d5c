"""Every query of adjustments."""

from dataclasses import asdict

from sqlalchemy import bindparam, update

from gamification.adjustments.rules import Adjustment
from gamification.adjustments.tables import Adjustment as AdjustmentTable
from gamification.database import Connection, insert_into, rows_of_member, table_of

_adjustment = table_of(AdjustmentTable)
_INSERT = insert_into(AdjustmentTable)
_FORGET_REASONS = (
    update(_adjustment).values(reason="").where(_adjustment.c.member_id == bindparam("of_member"))
)
KEPT = {"adjustment": rows_of_member(AdjustmentTable)}


def add(connection: Connection, adjustment: Adjustment) -> None:
    """A new adjustment."""
    connection.run(_INSERT, **asdict(adjustment))


def forget_reasons(connection: Connection, member_id: str) -> None:
    """Erase what staff typed; that they adjusted, and by how much, stays."""
    connection.run(_FORGET_REASONS, of_member=member_id)
