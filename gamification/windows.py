"""Windows: the days inside which a goal counts."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

DAYS_MAX = 3660  # ten years: beyond it "ever" says the same and costs no daily buckets


class WindowKind(StrEnum):
    """How a window moves with time."""

    EVER = "ever"
    ROLLING = "rolling"
    EACH_WEEK = "each week"
    EACH_MONTH = "each month"
    EACH_YEAR = "each year"
    DATES = "dates"


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """The window as it lies on one day: first and last day (inclusive; None: unbounded).

    `cycle` names this lap of a recurring window; a prize is won once a cycle.
    """

    first: date | None
    last: date | None
    cycle: str

    def covers(self, day: date) -> bool:
        """Whether the day lies in the window."""
        return self.first is None or self.last is None or self.first <= day <= self.last


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """A rule that gives the span for any day. `days` for ROLLING, `first`/`last` for DATES."""

    kind: WindowKind
    days: int = 0
    first: date | None = None
    last: date | None = None

    @property
    def needs_days(self) -> bool:
        """Whether it must know on which day something was counted."""
        return self.kind is not WindowKind.EVER

    @lru_cache(maxsize=1024)  # noqa: B019 -- windows are few, frozen and live as long as a programme
    def span(self, today: date) -> Span:
        """Where the window lies on `today`."""
        match self.kind:
            case WindowKind.EVER:
                return Span(first=None, last=None, cycle="ever")
            case WindowKind.ROLLING:
                return Span(
                    first=today - timedelta(days=self.days - 1), last=today, cycle="rolling"
                )
            case WindowKind.EACH_WEEK:
                first = today - timedelta(days=today.weekday())
                year, week, _ = today.isocalendar()
                return Span(
                    first=first, last=first + timedelta(days=6), cycle=f"{year}-W{week:02d}"
                )
            case WindowKind.EACH_MONTH:
                first = today.replace(day=1)
                last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
                return Span(first=first, last=last, cycle=f"{today:%Y-%m}")
            case WindowKind.EACH_YEAR:
                return Span(
                    first=date(today.year, 1, 1), last=date(today.year, 12, 31), cycle=f"{today:%Y}"
                )
            case WindowKind.DATES:
                return Span(first=self.first, last=self.last, cycle=f"{self.first}")


EVER = Window(kind=WindowKind.EVER)
_ROLLING = re.compile(r"rolling ([1-9][0-9]{0,3}) days")
_DATES = re.compile(r"(\d{4}-\d{2}-\d{2}) to (\d{4}-\d{2}-\d{2})")
WINDOW_HELP = (
    '"ever", "rolling 365 days", "each week", "each month", "each year" '
    'or "2026-12-01 to 2027-02-28"'
)


def parse_window(text: str) -> Window:
    """Read a window as a programme file writes it. ValueError says what is wrong."""
    if found := _ROLLING.fullmatch(text):
        days = int(found[1])
        if days > DAYS_MAX:
            raise ValueError(f"a rolling window has at most {DAYS_MAX} days, not {days}")
        return Window(kind=WindowKind.ROLLING, days=days)
    if found := _DATES.fullmatch(text):
        first, last = date.fromisoformat(found[1]), date.fromisoformat(found[2])
        if last < first:
            raise ValueError(f"a window that ends ({last}) before it begins ({first})")
        return Window(kind=WindowKind.DATES, first=first, last=last)
    named = {kind.value for kind in WindowKind} - {"rolling", "dates"}
    if text not in named:
        raise ValueError(f"{text!r} is no window: write {WINDOW_HELP}")
    return Window(kind=WindowKind(text))
