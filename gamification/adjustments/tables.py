"""Adjustments, as they were recorded."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field, SQLModel

from gamification.database import WITHOUT_ROWID, Instant


class Adjustment(SQLModel, table=True):
    """Points that staff gave (`points` > 0) or took (< 0). Append-only.

    The entry with the cause `adjust:<id>` moved them, and says all of it too, under its chain, but
    for the `reason`. That stands here only, and is blanked when the member is forgotten: so one
    that was changed behind the program's back is not found.
    """

    __tablename__ = "adjustment"
    __table_args__ = (CheckConstraint("points <> 0", name="points_not_zero"), WITHOUT_ROWID)
    id: str = Field(primary_key=True)
    member_id: str = Field(foreign_key="member.id", index=True)
    staff_id: str = Field(foreign_key="staff.id")
    points: int = Field(sa_type=BigInteger)
    reason: str
    recorded_at: datetime = Field(sa_type=Instant)
