"""Cards and the codes of them that were used."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from gamification.database import WITHOUT_ROWID, Instant


class Card(SQLModel, table=True):
    """A member's card. `handle` is the random alias (16 hex digits) that its codes carry."""

    __tablename__ = "card"
    __table_args__ = (WITHOUT_ROWID,)
    handle: str = Field(primary_key=True)
    member_id: str = Field(foreign_key="member.id", index=True)
    issued_at: datetime = Field(sa_type=Instant)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)


class Scan(SQLModel, table=True):
    """A code that was used. The key makes the second use of the same code impossible."""

    __tablename__ = "scan"
    __table_args__ = (WITHOUT_ROWID,)
    handle: str = Field(primary_key=True, foreign_key="card.handle")
    nonce: str = Field(primary_key=True)
    visit_id: str = Field(foreign_key="visit.id")
    scanned_at: datetime = Field(sa_type=Instant)
