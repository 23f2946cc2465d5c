"""The time of day: the only module that reads the wall clock."""

import threading
from datetime import UTC, datetime, timedelta
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


class MovableClock:
    """A clock that stands still until it is moved: for the demo, imports and tests.

    Any thread may read it while another moves it. Raises ValueError for a time without a zone.
    """

    def __init__(self, now: datetime) -> None:
        self._moving = threading.Lock()
        self._now = _in_utc(now)

    def now(self) -> datetime:
        """Give the moment it was last moved to, in UTC."""
        return self._now

    def set(self, now: datetime) -> None:
        """Move to `now`, which may lie in the past."""
        moment = _in_utc(now)
        with self._moving:
            self._now = moment

    def advance(self, by: timedelta) -> datetime:
        """Move on by `by` and give the new moment; two at once move it by both."""
        with self._moving:
            self._now += by
            return self._now


def _in_utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError("a clock is set to an aware datetime")
    return moment.astimezone(UTC)
