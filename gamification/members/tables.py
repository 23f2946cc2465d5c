"""Members, and the one table that holds personal data."""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from gamification.database import WITHOUT_ROWID, Day, Instant


class Member(SQLModel, table=True):
    """A member without anything that names a person; everything else refers to this id."""

    __tablename__ = "member"
    __table_args__ = (UniqueConstraint("number"), WITHOUT_ROWID)
    id: str = Field(primary_key=True)
    number: str
    locale: str
    time_zone: str
    joined_at: datetime = Field(sa_type=Instant)


class Person(SQLModel, table=True):
    """Who a member is. Nothing but `members` reads this; deleting the row forgets the person.

    `subject` is the token's; `external_id` is what the shop's earlier system called them.
    """

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("subject"), UniqueConstraint("external_id"), WITHOUT_ROWID)
    member_id: str = Field(primary_key=True, foreign_key="member.id")
    subject: str | None = None
    external_id: str | None = None
    display_name: str
    email: str | None = None
    birthday: date | None = Field(default=None, sa_type=Day)
