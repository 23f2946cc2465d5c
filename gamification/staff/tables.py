"""Staff and their opaque keys."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from gamification.database import WITHOUT_ROWID, Instant


class Staff(SQLModel, table=True):
    """Someone, or a system of the shop, that acts in a store. `label` is a role name, no person."""

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint("role IN ('clerk', 'manager', 'system')", name="role_known"),
        WITHOUT_ROWID,
    )
    id: str = Field(primary_key=True)
    store_id: str = Field(foreign_key="store.id")
    role: str
    label: str
    created_at: datetime = Field(sa_type=Instant)


class StaffKey(SQLModel, table=True):
    """An opaque key, by the SHA-256 of its text; the text itself was shown once."""

    __tablename__ = "staff_key"
    __table_args__ = (WITHOUT_ROWID,)
    key_hash: str = Field(primary_key=True)
    staff_id: str = Field(foreign_key="staff.id", index=True)
    created_at: datetime = Field(sa_type=Instant)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)
