"""A clock that stands still until a test moves it."""

from datetime import datetime, timedelta


class MovableClock:
    """Any thread may read it while a test moves it."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now

    def advance(self, by: timedelta) -> None:
        self._now += by
