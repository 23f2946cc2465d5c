"""What members allowed or refused."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from gamification.database import WITHOUT_ROWID, Instant


class Consent(SQLModel, table=True):
    """What a member allowed or refused last, per category and channel. Off until granted."""

    __tablename__ = "consent"
    __table_args__ = (WITHOUT_ROWID,)
    member_id: str = Field(primary_key=True, foreign_key="member.id")
    category: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    granted: bool
    text_version: str
    source: str
    decided_at: datetime = Field(sa_type=Instant)
