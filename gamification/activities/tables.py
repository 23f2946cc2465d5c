"""Activities, as they were recorded."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from gamification.database import WITHOUT_ROWID, Day, Instant


class Activity(SQLModel, table=True):
    """Anything a member did that may count. Append-only.

    `receipt_key` is `<store>:<receipt>`, so that a receipt counts once; `once_key` is
    `<kind>:<member>:<cycle>` for a kind that counts once in each cycle of its window, and
    `<kind>:<member>:<SHA-256 of the product>` for a review. `effects` is what was counted, as
    [measure, day, amount]; `faults` are the rules that failed, and why.
    A refund's `lines` are what it gave back of which line, and its `effects` are below 0.
    """

    __tablename__ = "activity"
    __table_args__ = (
        CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        UniqueConstraint("receipt_key"),
        UniqueConstraint("once_key"),
        Index(None, "member_id", "id"),
        Index(None, "refund_of"),
        WITHOUT_ROWID,
    )
    id: str = Field(primary_key=True)
    member_id: str = Field(foreign_key="member.id")
    kind: str
    occurred_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    local_date: date = Field(sa_type=Day)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str
    lines: list[dict[str, Any]] = Field(sa_type=JSON)
    receipt_key: str | None = None
    once_key: str | None = None
    attributes: dict[str, Any] = Field(sa_type=JSON)
    channel: str
    store_id: str | None = Field(default=None, foreign_key="store.id")
    staff_id: str | None = Field(default=None, foreign_key="staff.id")
    visit_id: str | None = Field(default=None, foreign_key="visit.id")
    refund_of: str | None = Field(default=None, foreign_key="activity.id")
    effects: list[list[Any]] = Field(sa_type=JSON)
    faults: list[dict[str, Any]] = Field(sa_type=JSON)
    programme_version: str
