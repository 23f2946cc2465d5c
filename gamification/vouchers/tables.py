"""Vouchers."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from gamification.database import WITHOUT_ROWID, Instant


class Voucher(SQLModel, table=True):
    """A claim to a reward that staff capture. `cost` is 0 for a prize."""

    __tablename__ = "voucher"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint("state IN ('open', 'captured', 'lapsed', 'withdrawn')", name="state_known"),
        CheckConstraint("cost >= 0", name="cost_not_negative"),
        Index(None, "member_id", "id"),
        WITHOUT_ROWID,
    )
    id: str = Field(primary_key=True)
    member_id: str = Field(foreign_key="member.id")
    code: str
    reward_id: str
    cost: int = Field(sa_type=BigInteger)
    state: str
    award_id: str | None = Field(default=None, foreign_key="award.id")
    issued_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    visit_id: str | None = Field(default=None, foreign_key="visit.id")
    programme_version: str
