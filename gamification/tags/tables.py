"""Tags of members."""

from sqlmodel import Field, SQLModel

from gamification.database import WITHOUT_ROWID


class Tag(SQLModel, table=True):
    """A member has a tag; it goes without a trace when it is taken off."""

    __tablename__ = "tag"
    __table_args__ = (WITHOUT_ROWID,)
    member_id: str = Field(primary_key=True, foreign_key="member.id")
    tag: str = Field(primary_key=True)
