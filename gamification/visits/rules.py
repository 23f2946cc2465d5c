"""Visits: how long a scan is good for, and what it allows."""

from dataclasses import dataclass
from datetime import datetime, timedelta

VISIT_DURATION = timedelta(minutes=5)  # a purchase at a till, with a search for the purse
REASON_CHARACTERS_MAX = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """A member at the till of a store, served by someone."""

    id: str
    member_id: str
    store_id: str
    staff_id: str
    opened_by: str
    flags: int
    opened_at: datetime
    expires_at: datetime
    reason: str | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether purchases can still be recorded in it."""
        return now < self.expires_at
