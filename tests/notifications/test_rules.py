import dataclasses
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamification.members.rules import MemberRecord
from gamification.programme.nudge_rules import Attention, NudgeRule, NudgeTarget
from gamification.reads.situations import Situation
from notifications.candidates import candidates_of
from notifications.rules import (
    WAIT_MAX,
    backoff,
    has_room,
    is_quiet,
    next_day_morning,
    quiet_from,
    quiet_until,
    zone_of,
)

WARSAW = ZoneInfo("Europe/Warsaw")
TODAY = date(2026, 3, 2)
NOON = time(12)
OLA = MemberRecord(
    id="ola",
    number="1234567897",
    locale="pl",
    time_zone="Europe/Warsaw",
    joined_at=datetime(2026, 1, 1, tzinfo=UTC),
    display_name="Ola",
)
ZONES = (
    "UTC",
    "Europe/Warsaw",
    "America/St_Johns",
    "Asia/Taipei",
    "Pacific/Apia",
    "Asia/Kathmandu",
)
moments = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 -- hypothesis adds the zone
    max_value=datetime(2037, 1, 1),  # noqa: DTZ001 -- as above
    timezones=st.just(UTC),
)
zones = st.sampled_from(ZONES).map(ZoneInfo)


def in_warsaw(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WARSAW)


def near(programme, *, available=0, spent=0, redeemed=None, today=TODAY):
    now = datetime.combine(today, NOON, tzinfo=WARSAW)
    situation = Situation(
        member=OLA,
        now=now,
        today=today,
        points=available,
        counts={programme.ladder.key(today): spent},
        times_redeemed=redeemed or {},
    )
    return list(candidates_of(situation, programme))


@pytest.mark.parametrize(
    ("now", "allowed"),
    [
        ("2026-03-02 09:00", "2026-03-02 09:00"),
        ("2026-03-02 20:59:59.999999", "2026-03-02 20:59:59.999999"),
        ("2026-03-02 21:00", "2026-03-03 09:00"),
        ("2026-03-02 23:59:59", "2026-03-03 09:00"),
        ("2026-03-03 00:00", "2026-03-03 09:00"),
        ("2026-03-03 08:59:59.999999", "2026-03-03 09:00"),
        ("2026-12-31 22:00", "2027-01-01 09:00"),
    ],
)
def test_quiet_hours_last_from_nine_in_the_evening_to_nine_in_the_morning(now, allowed):
    until = quiet_until(in_warsaw(now), WARSAW)
    assert until == in_warsaw(allowed)
    assert until.tzinfo is UTC


@pytest.mark.parametrize(
    ("evening", "hours"),
    [("2026-03-02 21:00", 12), ("2026-03-28 21:00", 11), ("2026-10-24 21:00", 13)],
)
def test_the_night_on_which_the_clocks_change_is_as_long_as_it_really_is(evening, hours):
    begins = in_warsaw(evening).astimezone(UTC)
    assert quiet_until(begins, WARSAW) - begins == timedelta(hours=hours)


@given(now=moments, zone=zones)
def test_what_is_allowed_is_the_first_moment_that_is_not_quiet(now, zone):
    allowed = quiet_until(now, zone)
    assert allowed >= now
    assert not is_quiet(allowed, zone)
    if allowed > now:
        assert is_quiet(now, zone)
        assert is_quiet(allowed - timedelta(microseconds=1), zone)


@given(now=moments, zone=zones)
def test_nothing_lives_on_into_the_night(now, zone):
    begins = quiet_from(now, zone)
    assert begins >= now
    assert is_quiet(begins, zone)
    assert begins - now <= timedelta(hours=12)


@given(now=moments, zone=zones)
def test_the_next_morning_is_on_another_local_day_and_not_quiet(now, zone):
    morning = next_day_morning(now, zone)
    assert morning.astimezone(zone).date() > now.astimezone(zone).date()
    assert not is_quiet(morning, zone)


@pytest.mark.parametrize("name", ["Mars/Base", "", "Europe", "../../etc/passwd", "a\0b", "x" * 500])
def test_an_unknown_time_zone_gives_the_fallback(name):
    assert zone_of(name, WARSAW) is WARSAW


def test_a_known_time_zone_is_taken():
    assert zone_of("Asia/Taipei", WARSAW) == ZoneInfo("Asia/Taipei")


@pytest.mark.parametrize(
    ("available", "found"),
    [(0, []), (809, []), (810, ["coffee"]), (899, ["coffee"]), (900, []), (1080, ["pastry"])],
)
def test_a_reward_is_near_from_nine_tenths_of_its_cost_until_it_is_reached(
    programme, available, found
):
    assert [each.target_id for each in near(programme, available=available)] == found


@pytest.mark.parametrize(
    ("spent", "found"),
    [(0, []), (22_499, []), (22_500, ["serenade"]), (24_999, ["serenade"]), (25_000, []),
     (54_000, ["sonata"]), (150_000, []), (10**9, [])],
)  # fmt: skip
def test_the_next_tier_is_near_from_nine_tenths_until_it_is_reached(programme, spent, found):
    assert [each.target_id for each in near(programme, spent=spent)] == found


def test_a_candidate_says_what_is_missing_and_has_a_key_of_rule_target_and_cycle(programme):
    (reward,) = near(programme, available=850, redeemed={"coffee": 3, "pastry": 1})
    assert (reward.params, reward.key) == ({"remaining": 50}, "near_reward:coffee:3")
    (tier,) = near(programme, spent=23_000)
    assert (tier.params, tier.key) == ({"remaining": 2_000}, "near_tier:serenade:2026")


def test_the_rules_stand_in_the_order_of_their_value_and_the_nearer_comes_first(programme):
    kinds = (NudgeTarget.TIER, NudgeTarget.REWARD)
    half = [NudgeRule(id=kind, target=kind, within=Fraction(1, 2)) for kind in kinds]
    wide = dataclasses.replace(programme, nudges=half)
    found = near(wide, available=800, spent=13_000)
    assert [each.target_id for each in found] == ["serenade", "coffee", "pastry"]


def test_the_waits_double_up_to_an_hour():
    assert [backoff(n).total_seconds() for n in (1, 2, 3, 7)] == [30, 60, 120, 1920]
    assert backoff(8) == backoff(10**6) == WAIT_MAX


def test_who_was_told_tomorrow_before_flying_over_the_date_line_was_told_today():
    attention, tomorrow = Attention(pushes_each_day=1, pushes_each_week=3), date(2026, 3, 3)
    assert not has_room([tomorrow], today=TODAY, attention=attention)
    twice = Attention(pushes_each_day=2, pushes_each_week=3)
    assert has_room([tomorrow], today=TODAY, attention=twice)
    last_week = [date(2026, 2, 24), date(2026, 2, 25)]
    assert not has_room([*last_week, tomorrow], today=TODAY, attention=twice)


def test_the_week_of_a_push_is_its_day_and_the_six_before():
    attention = Attention(pushes_each_day=1, pushes_each_week=1)
    assert not has_room([date(2026, 2, 24)], today=TODAY, attention=attention)
    assert has_room([date(2026, 2, 23)], today=TODAY, attention=attention)
