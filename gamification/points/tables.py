"""The ledger: accounts, entries between them, lots, and what used them up."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from gamification.database import WITHOUT_ROWID, Instant

COOLS = "lot.cooling AND lot.remaining > 0"
"""A lot in SQL of which something cools off: in the words of its index, which will do then."""


class Account(SQLModel, table=True):
    """Where points stand: `<member>:available|pending|debt`, or the programme's `issued:07`.

    `available` and `pending` never fall below zero; `debt` never rises above it. `lifetime` is
    what was ever issued to it, less what was taken back. `head` is the hash of its newest entry
    (see `chain`), `moved_at` when that was recorded.
    """

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint(
            "kind NOT IN ('available', 'pending') OR balance >= 0", name="not_negative"
        ),
        CheckConstraint("kind <> 'debt' OR balance <= 0", name="debt_not_positive"),
        Index(None, "member_id"),
        WITHOUT_ROWID,
    )
    id: str = Field(primary_key=True)
    kind: str
    member_id: str | None = Field(default=None, foreign_key="member.id")
    balance: int = Field(sa_type=BigInteger)
    lifetime: int = Field(sa_type=BigInteger)
    version: int = Field(sa_type=BigInteger)
    head: bytes = Field(sa_type=LargeBinary, sa_column_kwargs={"server_default": text("''")})
    moved_at: datetime | None = Field(default=None, sa_type=Instant)


class Entry(SQLModel, table=True):
    """One movement of points from one account to another. Append-only.

    `cause` names what moved the points, once: `earn:<activity>:<rule>`, `redeem:<voucher>` …
    `parts` are [what for, points], where more than one add up to the amount.
    `from_hash` and `to_hash` are its links in the chains of the two accounts. `recorded_at` never
    steps back within an account, whatever the machine's clock does.
    """

    __tablename__ = "entry"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("from_account <> to_account", name="two_accounts"),
        UniqueConstraint("cause"),
        UniqueConstraint("from_account", "from_version"),
        UniqueConstraint("to_account", "to_version"),
        Index(None, "activity_id"),
        WITHOUT_ROWID,
    )
    id: str = Field(primary_key=True)
    kind: str
    from_account: str = Field(foreign_key="account.id")
    to_account: str = Field(foreign_key="account.id")
    amount: int = Field(sa_type=BigInteger)
    from_version: int = Field(sa_type=BigInteger)
    to_version: int = Field(sa_type=BigInteger)
    cause: str
    rule: str
    programme_version: str
    activity_id: str | None = Field(default=None, foreign_key="activity.id")
    occurred_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    parts: list[list[Any]] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    from_hash: bytes = Field(sa_type=LargeBinary, sa_column_kwargs={"server_default": text("''")})
    to_hash: bytes = Field(sa_type=LargeBinary, sa_column_kwargs={"server_default": text("''")})


class Lot(SQLModel, table=True):
    """Points earned together, with one expiry; spent soonest-expiring first.

    While they cool off (`cooling`) they stand in `pending`, and can be spent from `due_at` on;
    `remaining` counts them all the same. Without `due_at` they could be spent at once.
    """

    __tablename__ = "lot"
    __table_args__ = (
        CheckConstraint("original > 0", name="original_positive"),
        CheckConstraint(
            "remaining >= 0 AND spent >= 0 AND expired >= 0", name="parts_not_negative"
        ),
        CheckConstraint("original = remaining + spent + expired", name="adds_up"),
        Index(
            "ix_lot_open",
            "member_id",
            "expires_at",
            sqlite_where=text("remaining > 0"),
            postgresql_where=text("remaining > 0"),
        ),
        Index(
            "ix_lot_cooling",
            "member_id",
            "due_at",
            sqlite_where=text("cooling AND remaining > 0"),
            postgresql_where=text("cooling AND remaining > 0"),
        ),
        Index(None, "activity_id"),
        WITHOUT_ROWID,
    )
    id: str = Field(primary_key=True)
    member_id: str = Field(foreign_key="member.id")
    entry_id: str = Field(foreign_key="entry.id")
    activity_id: str | None = Field(default=None, foreign_key="activity.id")
    original: int = Field(sa_type=BigInteger)
    remaining: int = Field(sa_type=BigInteger)
    spent: int = Field(sa_type=BigInteger)
    expired: int = Field(sa_type=BigInteger)
    earned_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    due_at: datetime | None = Field(default=None, sa_type=Instant)
    cooling: bool = Field(
        sa_column_args=(CheckConstraint("NOT cooling OR due_at IS NOT NULL", name="cools_until"),),
        sa_column_kwargs={"server_default": text("false")},
    )


class LotUse(SQLModel, table=True):
    """What an entry took from a lot (`amount` > 0) or gave back to it (`amount` < 0)."""

    __tablename__ = "lot_use"
    __table_args__ = (CheckConstraint("amount <> 0", name="amount_not_zero"), WITHOUT_ROWID)
    entry_id: str = Field(primary_key=True, foreign_key="entry.id")
    lot_id: str = Field(primary_key=True, foreign_key="lot.id", index=True)
    amount: int = Field(sa_type=BigInteger)
