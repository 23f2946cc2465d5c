"""Windows: where they lie on a day, and how they are written."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamification.windows import DAYS_MAX, EVER, Window, WindowKind, parse_window

DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1))
WRITTEN = ["ever", "rolling 1 days", "rolling 365 days", "each week", "each month", "each year"]


@given(DAYS, st.sampled_from(WRITTEN))
def test_today_is_inside_every_window_that_moves(today: date, text: str) -> None:
    span = parse_window(text).span(today)
    assert (span.first or today) <= today <= (span.last or today)


@given(DAYS, st.sampled_from(WRITTEN[3:]))
def test_all_days_of_a_span_give_the_same_span_and_the_next_day_another(
    today: date, text: str
) -> None:
    window = parse_window(text)
    span = window.span(today)
    assert span.first is not None
    assert span.last is not None
    assert window.span(span.first) == span == window.span(span.last)
    after = window.span(span.last + timedelta(days=1))
    assert after.first == span.last + timedelta(days=1)
    assert after.cycle != span.cycle


@given(DAYS, st.integers(min_value=1, max_value=DAYS_MAX))
def test_a_rolling_window_holds_as_many_days_as_it_says(today: date, days: int) -> None:
    span = parse_window(f"rolling {days} days").span(today)
    assert span.first is not None
    assert span.last == today
    assert (span.last - span.first).days + 1 == days


def test_the_week_of_new_year_has_one_cycle() -> None:
    weekly = Window(kind=WindowKind.EACH_WEEK)
    assert weekly.span(date(2026, 12, 31)).cycle == "2026-W53"
    assert weekly.span(date(2027, 1, 3)).cycle == "2026-W53"
    assert weekly.span(date(2027, 1, 4)).cycle == "2027-W01"


def test_a_leap_february_has_29_days() -> None:
    assert Window(kind=WindowKind.EACH_MONTH).span(date(2028, 2, 1)).last == date(2028, 2, 29)


def test_dates_stay_where_they_are_whatever_the_day() -> None:
    window = parse_window("2026-12-01 to 2027-02-28")
    for today in (date(2020, 1, 1), date(2027, 1, 1), date(2030, 1, 1)):
        span = window.span(today)
        assert (span.first, span.last) == (date(2026, 12, 1), date(2027, 2, 28))


def test_only_ever_needs_no_days() -> None:
    assert not EVER.needs_days
    assert all(parse_window(text).needs_days for text in WRITTEN[1:])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no window"),
        ("rolling", "no window"),
        ("dates", "no window"),
        ("rolling 0 days", "no window"),
        ("rolling 3661 days", "at most 3660"),
        ("each day", "no window"),
        ("Each week", "no window"),
        ("2026-12-01 to 2026-11-30", "before it begins"),
        ("2026-13-01 to 2026-11-30", "month"),
        ("2026-02-30 to 2026-03-01", "day"),
    ],
)
def test_what_is_no_window_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_window(text)
