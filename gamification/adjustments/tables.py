"""Adjustments, as they were recorded, and those that were proposed."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, text
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


class Proposal(SQLModel, table=True):
    """An adjustment that somebody else has to approve. It is decided once.

    An approved one has an adjustment of the same id, whose entry names who approved it.
    """

    __tablename__ = "proposal"
    __table_args__ = (
        CheckConstraint("points <> 0", name="points_not_zero"),
        CheckConstraint("state IN ('waiting', 'approved', 'refused')", name="state_known"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided_once"),
        CheckConstraint(
            "(decided_at IS NULL) = (decided_by IS NULL) AND decided_by <> staff_id",
            name="decided_by_somebody_else",
        ),
        Index(
            "ix_proposal_waiting",
            "proposed_at",
            sqlite_where=text("decided_at IS NULL"),
            postgresql_where=text("decided_at IS NULL"),
        ),
        WITHOUT_ROWID,
    )
    id: str = Field(primary_key=True)
    member_id: str = Field(foreign_key="member.id", index=True)
    staff_id: str = Field(foreign_key="staff.id")
    points: int = Field(sa_type=BigInteger)
    reason: str
    proposed_at: datetime = Field(sa_type=Instant)
    state: str
    decided_by: str | None = Field(default=None, foreign_key="staff.id")
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
