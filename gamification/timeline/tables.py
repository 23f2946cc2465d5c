"""Facts, and where each member's timeline stands."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, text
from sqlmodel import Field, SQLModel

from gamification.database import WITHOUT_ROWID, Day, Instant


class Fact(SQLModel, table=True):
    """A past-tense line, numbered without gaps per member. Append-only. Ids and numbers only.

    `entries` are the ids of the entries that it tells of; NULL where it tells of none.
    """

    __tablename__ = "fact"
    __table_args__ = (WITHOUT_ROWID,)
    member_id: str = Field(primary_key=True, foreign_key="member.id")
    number: int = Field(primary_key=True, sa_type=BigInteger)
    kind: str
    params: dict[str, Any] = Field(sa_type=JSON)
    activity_id: str | None = Field(default=None, foreign_key="activity.id")
    occurred_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    programme_version: str
    entries: list[str] | None = Field(default=None, sa_type=JSON(none_as_null=True))


class Timeline(SQLModel, table=True):
    """The newest fact's number, and since when there are facts that nobody has looked at.

    `looked_on` is the day, in the programme's zone, on which somebody looked last.
    """

    __tablename__ = "timeline"
    __table_args__ = (
        Index(
            "ix_timeline_fresh",
            "fresh_since",
            sqlite_where=text("fresh_since IS NOT NULL"),
            postgresql_where=text("fresh_since IS NOT NULL"),
        ),
        WITHOUT_ROWID,
    )
    member_id: str = Field(primary_key=True, foreign_key="member.id")
    last_number: int = Field(sa_type=BigInteger)
    fresh_since: datetime | None = Field(default=None, sa_type=Instant)
    looked_on: date | None = Field(default=None, sa_type=Day)
