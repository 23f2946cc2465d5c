"""What is near, or about to be lost: told just inside the limit, not outside, nor any more."""

import pytest

from tests.notifications.occasions import stand_at, tell_only, told, with_a_challenge
from tests.world import MANAGER, World


@pytest.fixture
def world(database, market, programme):
    return World(database, with_a_challenge(market, programme))


@pytest.fixture
def ola(world):
    """Joined on Monday, 2 March 2026, with 200 points."""
    return world.enrol()


def taste(world, member, times):
    for _ in range(times):
        world.do(member, "tasting", table="cheese", actor=MANAGER)


def test_a_reward_is_told_of_from_a_tenth_below_its_price_until_it_can_be_bought(world, ola):
    world.buy(ola, "33.90")
    assert world.balances(ola)["available"] == 539
    assert told(world, ola, "near_reward") == []
    world.buy(ola, "0.10")
    assert told(world, ola, "near_reward") == [("bread:0", {"remaining": 60})]
    world.buy(ola, "5.90")
    assert told(world, ola, "near_reward") == [("bread:0", {"remaining": 1})]
    world.buy(ola, "0.10")
    assert told(world, ola, "near_reward") == []


def test_a_reward_that_was_bought_is_told_of_again_as_another_one(world, ola):
    world.buy(ola, "40.00")
    world.redeem(ola, "bread")
    assert told(world, ola, "near_reward") == []
    world.buy(ola, "55.00")
    assert told(world, ola, "near_reward") == [("bread:1", {"remaining": 50})]


def test_points_that_were_taken_back_are_missing_again(world, ola):
    world.buy(ola, "35.00")
    more = world.buy(ola, "10.00")
    assert told(world, ola, "near_reward") == []
    world.refund(more)
    assert told(world, ola, "near_reward") == [("bread:0", {"remaining": 50})]


def test_a_tier_is_told_of_from_fifteen_hundredths_below_it_until_it_is_reached(world, ola):
    world.buy(ola, "424.99")
    assert told(world, ola, "near_tier") == []
    world.buy(ola, "0.01")
    assert told(world, ola, "near_tier") == [("cart:2026", {"remaining": 7500})]
    world.buy(ola, "74.99")
    assert told(world, ola, "near_tier") == [("cart:2026", {"remaining": 1})]
    world.buy(ola, "0.01")
    assert told(world, ola, "near_tier") == []


def test_a_tier_that_stays_near_is_told_of_once_a_year(world, ola):
    stand_at(world, "2026-06-01T10:00")
    world.buy(ola, "450.00")
    stand_at(world, "2026-12-31T22:59")
    assert told(world, ola, "near_tier") == [("cart:2026", {"remaining": 5000})]
    stand_at(world, "2026-12-31T23:00")
    assert told(world, ola, "near_tier") == [("cart:2027", {"remaining": 5000})]


def test_a_tier_at_risk_is_told_of_three_weeks_before_until_it_is_secured(world, ola):
    world.buy(ola, "500.00")
    stand_at(world, "2027-02-07T22:59")
    assert told(world, ola, "keep_tier") == []
    stand_at(world, "2027-02-07T23:00")  # the 8th of February begins in Warsaw
    at_risk = {"remaining": 50000, "day": "2027-03-01"}
    assert told(world, ola, "keep_tier") == [("cart:2027-03-01", at_risk)]
    world.buy(ola, "100.00")
    assert told(world, ola, "keep_tier") == [("cart:2027-03-01", at_risk | {"remaining": 40000})]
    world.buy(ola, "400.00")
    assert told(world, ola, "keep_tier") == []


def test_a_tier_that_is_lost_is_at_risk_no_more_and_the_first_one_never_is(world, ola):
    assert told(world, ola, "keep_tier") == []
    world.buy(ola, "500.00")
    stand_at(world, "2027-03-01T22:59")
    assert len(told(world, ola, "keep_tier")) == 1
    stand_at(world, "2027-03-01T23:00")
    assert told(world, ola, "keep_tier") == []


def test_a_badge_is_told_of_from_a_quarter_below_each_of_its_levels(world, ola):
    assert told(world, ola, "near_badge") == []
    taste(world, ola, 3)
    assert told(world, ola, "near_badge") == []
    taste(world, ola, 1)
    assert told(world, ola, "near_badge") == [("taster:2-ever-2026", {"remaining": 1})]
    taste(world, ola, 1)
    assert told(world, ola, "near_badge") == []
    taste(world, ola, 10)
    assert told(world, ola, "near_badge") == [("taster:3-ever-2026", {"remaining": 5})]
    taste(world, ola, 5)
    assert told(world, ola, "near_badge") == []


def test_a_challenge_that_was_joined_is_told_of_five_days_before_its_end(world, ola):
    world.join(ola, "three_a_week")
    stand_at(world, "2026-03-03T22:59:59")
    assert told(world, ola, "challenge_ends") == []
    stand_at(world, "2026-03-03T23:00")
    ends = {"remaining": 3, "day": "2026-03-08"}
    assert told(world, ola, "challenge_ends") == [("three_a_week:2026-W10", ends)]
    world.drop_in(ola)
    assert told(world, ola, "challenge_ends") == [
        ("three_a_week:2026-W10", ends | {"remaining": 2})
    ]
    stand_at(world, "2026-03-08T22:59:59")
    assert len(told(world, ola, "challenge_ends")) == 1
    stand_at(world, "2026-03-08T23:00")
    assert told(world, ola, "challenge_ends") == []


def test_a_challenge_that_nobody_joined_or_that_is_completed_is_not_told_of(world, ola):
    stand_at(world, "2026-03-05T10:00")
    assert told(world, ola, "challenge_ends") == []
    world.join(ola, "three_a_week")
    assert len(told(world, ola, "challenge_ends")) == 1
    for _ in range(3):
        world.buy(ola, "1.00")
    assert told(world, ola, "challenge_ends") == []


def test_points_are_told_of_fourteen_days_before_they_expire(world, ola):
    stand_at(world, "2028-02-17T22:59:59")
    assert told(world, ola, "points_expire") == []
    stand_at(world, "2028-02-17T23:00")
    expiring = [("points:2028-03-02", {"points": 200, "day": "2028-03-02"})]
    assert told(world, ola, "points_expire") == expiring
    stand_at(world, "2028-03-02T22:59:59")
    assert told(world, ola, "points_expire") == expiring
    stand_at(world, "2028-03-02T23:00")
    assert told(world, ola, "points_expire") == []


def test_of_points_that_expire_on_several_days_the_next_are_told_of(world, ola):
    world.pass_time(days=1)
    world.buy(ola, "50.00")
    stand_at(world, "2028-02-25T10:00")
    (expiring,) = told(world, ola, "points_expire")
    assert expiring == ("points:2028-03-02", {"points": 200, "day": "2028-03-02"})
    world.redeem(ola, "bread")  # which takes the oldest first
    (expiring,) = told(world, ola, "points_expire")
    assert expiring == ("points:2028-03-03", {"points": 100, "day": "2028-03-03"})


def test_a_voucher_is_told_of_five_days_before_it_lapses_unless_it_is_used(world, ola):
    world.buy(ola, "100.00")
    first = world.redeem(ola, "bread").result()["voucher_id"]
    world.pass_time(hours=1)
    second = world.redeem(ola, "bread").result()["voucher_id"]
    stand_at(world, "2026-03-27T10:59:59")
    assert told(world, ola, "voucher_lapses") == []
    stand_at(world, "2026-03-27T11:00")
    assert told(world, ola, "voucher_lapses") == [(f"bread:{first}", {"day": "2026-04-01"})]
    world.pass_time(hours=1)
    assert [key for key, _ in told(world, ola, "voucher_lapses")] == [
        f"bread:{first}",
        f"bread:{second}",
    ]
    world.capture(world.scan(ola).id, first)
    assert [key for key, _ in told(world, ola, "voucher_lapses")] == [f"bread:{second}"]
    stand_at(world, "2026-04-01T12:00")
    assert told(world, ola, "voucher_lapses") == []


def come(world, member, *days):
    for day in days:
        stand_at(world, f"{day}T10:00")
        world.buy(member, "50.00")


def test_who_is_away_three_times_as_long_as_usual_is_told_once(world, ola):
    come(world, ola, "2026-03-03", "2026-03-13", "2026-03-23")
    stand_at(world, "2026-04-22T21:59")  # the 30th day after
    assert told(world, ola, "we_miss_you") == []
    for moment in ("2026-04-22T22:00", "2026-06-30T10:00"):
        stand_at(world, moment)
        assert told(world, ola, "we_miss_you") == [("market_hall:2026-03-23", {})]
    come(world, ola, "2026-07-01")
    assert told(world, ola, "we_miss_you") == []


def test_who_comes_every_other_day_is_left_alone_for_two_weeks(world, ola):
    come(world, ola, "2026-03-03", "2026-03-05")
    stand_at(world, "2026-03-19T10:00")
    assert told(world, ola, "we_miss_you") == []
    stand_at(world, "2026-03-20T10:00")
    assert told(world, ola, "we_miss_you") == [("market_hall:2026-03-05", {})]


def test_who_came_once_has_no_rhythm_and_is_not_missed(world, ola):
    tell_only(world, "we_miss_you", condition=None)
    come(world, ola, "2026-03-03")
    stand_at(world, "2026-12-30T10:00")
    assert told(world, ola, "we_miss_you") == []
