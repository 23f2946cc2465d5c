"""Keys that were used, and what they were answered."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from gamification.database import WITHOUT_ROWID, Instant


class Idempotency(SQLModel, table=True):
    """One effect per principal, operation and key. `outcome` holds ids and numbers, no names."""

    __tablename__ = "idempotency"
    __table_args__ = (WITHOUT_ROWID,)
    principal: str = Field(primary_key=True)
    operation: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    fingerprint: str
    outcome: dict[str, Any] = Field(sa_type=JSON)
    recorded_at: datetime = Field(sa_type=Instant)
