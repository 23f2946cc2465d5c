"""What was counted, what was joined and what was won."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from gamification.database import WITHOUT_ROWID, Day, Instant


class Bucket(SQLModel, table=True):
    """What one member counted of one measure on one day; day 0001-01-01 holds the sum of all."""

    __tablename__ = "bucket"
    __table_args__ = (WITHOUT_ROWID,)
    member_id: str = Field(primary_key=True, foreign_key="member.id")
    measure: str = Field(primary_key=True)
    day: date = Field(primary_key=True, sa_type=Day)
    amount: int = Field(sa_type=BigInteger)


class Participation(SQLModel, table=True):
    """A member joined a challenge, for one cycle of its window."""

    __tablename__ = "participation"
    __table_args__ = (WITHOUT_ROWID,)
    member_id: str = Field(primary_key=True, foreign_key="member.id")
    goal: str = Field(primary_key=True)
    cycle: str = Field(primary_key=True)
    joined_at: datetime = Field(sa_type=Instant)


class Award(SQLModel, table=True):
    """A goal was reached: `badge:<id>` at a level, or `challenge:<id>`, in a cycle.

    Withdrawn when a refund takes away what it rested on; then it may be won again.
    """

    __tablename__ = "award"
    __table_args__ = (
        Index(
            "uq_award_standing",
            "member_id",
            "goal",
            "cycle",
            "level",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        WITHOUT_ROWID,
    )
    id: str = Field(primary_key=True)
    member_id: str = Field(foreign_key="member.id")
    goal: str
    level: int
    cycle: str
    awarded_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    activity_id: str | None = Field(default=None, foreign_key="activity.id")
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    programme_version: str
