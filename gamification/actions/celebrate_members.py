"""Birthdays and anniversaries of joining: recorded by themselves. Late or twice does no harm."""

from datetime import date, timedelta

from gamification.activities.kinds import Recorder
from gamification.database import Connection
from gamification.effects.occasion import Occasion
from gamification.effects.of_kind import record_by_itself
from gamification.effects.state import local_day
from gamification.members import store as members
from gamification.programme.values import Programme

CAUGHT_UP_DAYS = 7  # a worker that was away for longer lets the older ones be
PAGE = 500  # ids in memory at one time

_LAST_OF_FEBRUARY = (2, 28)
_LEAP_DAY = (2, 29)


def days_to_celebrate(today: date) -> list[date]:
    """Today and the days before it that may have been missed, the oldest first."""
    return [today - timedelta(days=back) for back in range(CAUGHT_UP_DAYS, -1, -1)]


def members_to_celebrate(
    connection: Connection, programme: Programme, day: date, *, after: str
) -> list[str]:
    """The next ids, in order, of those who may have an occasion on a day, if it has any."""
    found: set[str] = set()
    if programme.recorded_by(Recorder.BIRTHDAY):
        for month, number in _month_days(day):
            found.update(
                members.born_on(connection, month=month, day=number, after=after, most=PAGE)
            )
    if programme.recorded_by(Recorder.ANNIVERSARY):
        # The database's day may be another than the programme's: `celebrate_member` knows better.
        around = {each for shift in (-1, 0, 1) for each in _month_days(day + timedelta(days=shift))}
        for month, number in around:
            found.update(
                members.joined_on(connection, month=month, day=number, after=after, most=PAGE)
            )
    # The first of all of them are among the first of each.
    return sorted(found)[:PAGE]


def celebrate_member(
    connection: Connection, member_id: str, occasion: Occasion, *, day: date
) -> list[str]:
    """Record a member's occasions of a day, unless they are on record; the kinds recorded now."""
    member = members.by_id(connection, member_id)
    if member is None or member.is_forgotten:
        return []
    joined = local_day(member.joined_at, occasion.programme)
    _, birthday = members.contacts_of(connection, member.id)
    recorders = []
    if birthday and joined <= day and (birthday.month, birthday.day) in _month_days(day):
        recorders.append(Recorder.BIRTHDAY)
    if joined.year < day.year and (joined.month, joined.day) in _month_days(day):
        recorders.append(Recorder.ANNIVERSARY)
    return [
        kind
        for recorder in recorders
        for kind in record_by_itself(connection, recorder, member, occasion, cycle=str(day.year))
    ]


def _month_days(day: date) -> list[tuple[int, int]]:
    """What is celebrated on a day: who was born on a leap day has it on the last of February."""
    month_day = (day.month, day.day)
    is_leap_year = (date(day.year, 3, 1) - timedelta(days=1)).day == _LEAP_DAY[1]
    if month_day == _LAST_OF_FEBRUARY and not is_leap_year:
        return [month_day, _LEAP_DAY]
    return [month_day]
