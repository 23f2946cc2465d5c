"""Referrals, and the devices that several members have used."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from gamification.database import WITHOUT_ROWID, Instant
from gamification.referrals.rules import State

_STATES = ", ".join(f"'{state}'" for state in State)
_OPEN = f"state IN ('{State.WAITING}', '{State.DOUBTED}')"


class Referral(SQLModel, table=True):
    """A member (`friend_id`) whom another one brought. `times` is how often both were rewarded.

    waiting -> rewarded, once the friend has bought often enough; or lapsed; or refused, with the
    reason. rewarded -> doubted, when the friend returned something; then waiting or rewarded.
    """

    __tablename__ = "referral"
    __table_args__ = (
        CheckConstraint("friend_id <> referrer_id", name="two_members"),
        CheckConstraint(f"state IN ({_STATES})", name="state_known"),
        Index(
            "ix_referral_open",
            "friend_id",
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
        WITHOUT_ROWID,
    )
    friend_id: str = Field(primary_key=True, foreign_key="member.id")
    referrer_id: str = Field(foreign_key="member.id", index=True)
    made_at: datetime = Field(sa_type=Instant)
    state: str
    reason: str | None = None
    times: int


class SharedDevice(SQLModel, table=True):
    """Two members whose pushes went to one device, one after the other; the smaller id first."""

    __tablename__ = "shared_device"
    __table_args__ = (CheckConstraint("member_id < other_id", name="in_order"), WITHOUT_ROWID)
    member_id: str = Field(primary_key=True, foreign_key="member.id")
    other_id: str = Field(primary_key=True, foreign_key="member.id", index=True)
