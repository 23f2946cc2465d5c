"""Devices and nudges."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from gamification.database import WITHOUT_ROWID, Day, Instant


class Device(SQLModel, table=True):
    """Where a push can go: a registration token or a Firebase installation id."""

    __tablename__ = "device"
    __table_args__ = (
        CheckConstraint("address_kind IN ('token', 'fid')", name="address_kind_known"),
        UniqueConstraint("address_kind", "address"),
        WITHOUT_ROWID,
    )
    id: str = Field(primary_key=True)
    member_id: str = Field(foreign_key="member.id", index=True)
    address_kind: str
    address: str
    platform: str
    registered_at: datetime = Field(sa_type=Instant)


class Nudge(SQLModel, table=True):
    """A decision to tell a member something, once per `key` (rule : target : cycle).

    planned -> queued -> sent; or suppressed, with the reason. A sent nudge is an inbox line, and
    has a reason when no push went out; it keeps its target and parameters, not its text. The inbox
    leaves out what the member archived.

    `not_before` decides by the application's clock: a planned nudge is not queued before it, and
    a queued one counts as lost from then on, so that it is queued again.

    `category` is the consent it needs, "" for none. `arm` is "treated" or "held_out" from
    `assigned_at` on, when it was decided for the first time whether the member is told; NULL for
    what no comparison is about. `chance_ppm` is the chance that the member had of being told, in
    millionths; NULL as well for who is held out of every rule, which says nothing of one.
    `claimed_on` is the member's day whose attention it took, which is taken before it is sent; who
    is held out gives it to silence.
    """

    __tablename__ = "nudge"
    __table_args__ = (
        UniqueConstraint("member_id", "key"),
        CheckConstraint("state IN ('planned', 'queued', 'sent', 'suppressed')", name="state_known"),
        Index(
            "ix_nudge_waiting",
            "not_before",
            sqlite_where=text("state IN ('planned', 'queued')"),
            postgresql_where=text("state IN ('planned', 'queued')"),
        ),
        Index(
            "ix_nudge_assigned",
            "rule",
            "assigned_at",
            sqlite_where=text("arm IS NOT NULL"),
            postgresql_where=text("arm IS NOT NULL"),
        ),
        Index(
            "ix_nudge_claimed",
            "member_id",
            "claimed_on",
            sqlite_where=text("claimed_on IS NOT NULL"),
            postgresql_where=text("claimed_on IS NOT NULL"),
        ),
        WITHOUT_ROWID,
    )
    id: str = Field(primary_key=True)
    member_id: str = Field(foreign_key="member.id")
    key: str
    rule: str
    target_kind: str
    target_id: str
    params: dict[str, Any] = Field(sa_type=JSON)
    state: str
    reason: str | None = None
    attempts: int
    not_before: datetime = Field(sa_type=Instant)
    planned_at: datetime = Field(sa_type=Instant)
    sent_at: datetime | None = Field(default=None, sa_type=Instant)
    read_at: datetime | None = Field(default=None, sa_type=Instant)
    archived_at: datetime | None = Field(default=None, sa_type=Instant)
    programme_version: str
    category: str = Field(sa_column_kwargs={"server_default": text("'marketing'")})
    arm: str | None = None
    assigned_at: datetime | None = Field(default=None, sa_type=Instant)
    claimed_on: date | None = Field(default=None, sa_type=Day)
    chance_ppm: int | None = None


class Pause(SQLModel, table=True):
    """A rule that told members to their shop's harm, and why; it tells nobody meanwhile.

    Over when `resumed_at` is later than `paused_at`; then it is measured anew from there on.
    """

    __tablename__ = "pause"
    __table_args__ = (WITHOUT_ROWID,)
    rule: str = Field(primary_key=True)
    paused_at: datetime = Field(sa_type=Instant)
    reason: str
    resumed_at: datetime | None = Field(default=None, sa_type=Instant)
