"""Visits: a member at the till."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from gamification.database import WITHOUT_ROWID, Instant


class Visit(SQLModel, table=True):
    """Opened by a scan, or by looking a member up for a stated `reason`."""

    __tablename__ = "visit"
    __table_args__ = (
        CheckConstraint("opened_by IN ('scan', 'look_up')", name="opened_by_known"),
        CheckConstraint("opened_by = 'scan' OR reason IS NOT NULL", name="look_up_has_reason"),
        WITHOUT_ROWID,
    )
    id: str = Field(primary_key=True)
    member_id: str = Field(foreign_key="member.id", index=True)
    store_id: str = Field(foreign_key="store.id")
    staff_id: str = Field(foreign_key="staff.id")
    opened_by: str
    reason: str | None = None
    flags: int
    opened_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
