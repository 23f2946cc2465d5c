"""The time of day: the only module that reads the wall clock."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the moment it is."""

    def now(self) -> datetime:
        """Give an aware datetime in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Give the wall clock's moment, in UTC."""
        return datetime.now(UTC)
