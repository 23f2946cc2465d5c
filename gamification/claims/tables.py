"""Claims, and what became of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from gamification.database import WITHOUT_ROWID, Instant


class Claim(SQLModel, table=True):
    """What a member says they did. It is decided once; an approved one became an activity."""

    __tablename__ = "claim"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'approved', 'refused')", name="state_known"),
        CheckConstraint(
            "(state = 'waiting') = (decided_at IS NULL)"
            " AND (decided_at IS NULL) = (decided_by IS NULL)",
            name="decided_once",
        ),
        CheckConstraint(
            "(state = 'approved') = (activity_id IS NOT NULL)", name="approved_is_activity"
        ),
        UniqueConstraint("activity_id"),
        Index(None, "member_id", "id"),
        Index(
            "ix_claim_waiting",
            "claimed_at",
            sqlite_where=text("decided_at IS NULL"),
            postgresql_where=text("decided_at IS NULL"),
        ),
        WITHOUT_ROWID,
    )
    id: str = Field(primary_key=True)
    member_id: str = Field(foreign_key="member.id")
    kind: str
    attributes: dict[str, Any] = Field(sa_type=JSON)
    claimed_at: datetime = Field(sa_type=Instant)
    state: str
    decided_by: str | None = Field(default=None, foreign_key="staff.id")
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    activity_id: str | None = Field(default=None, foreign_key="activity.id")
