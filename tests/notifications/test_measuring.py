"""The interval holds however often it is looked at, and finds what is there."""

import random
from statistics import mean

import pytest

from notifications.measuring import ARM_MEMBERS_MIN, Observed, uplift_of, uplifts

MEMBERS_A_DAY, DAYS = 5, 365
YEARS = 200
# Of 200 years, each wrong by a chance of 1 in 20, more than 17 are wrong by a chance of 1 in 50.
WRONG_MAX = 17


def visits(chance):
    """Days with a visit in 14, of members who come seldom, now and then, and often."""
    daily = chance.choice((0.02, 0.1, 0.3))
    return sum(chance.random() < daily for _ in range(14))


def spend(chance):
    """What few spend much of, in minor units."""
    return int(chance.lognormvariate(7, 1)) if chance.random() < 0.2 else 0


def year(seed, amount, *, told=0.9, brings=0, members=MEMBERS_A_DAY * DAYS):
    """The members of a year, in the order of their assignment; being told brings so much more."""
    chance = random.Random(seed)  # noqa: S311 -- every run is the same
    for _ in range(members):
        is_told = chance.random() < told
        yield Observed(
            is_told=is_told, chance=told, amount=amount(chance) + (brings if is_told else 0)
        )


def looks(observed):
    """What is seen at the end of each day."""
    for at, uplift in enumerate(uplifts(observed), start=1):
        if uplift is not None and at % MEMBERS_A_DAY == 0:
            yield uplift


def usual(uplift):
    """Whether a usual interval of 95 %, right at one moment only, would say that it is clear."""
    # The interval for all times is 3.0 standard errors wide at its narrowest, and elsewhere wider.
    half = (uplift.high - uplift.mean) * 1.96 / 3.0
    return abs(uplift.mean) > half


@pytest.mark.parametrize(("amount", "told"), [(visits, 0.9), (visits, 0.5), (spend, 0.9)])
def test_where_telling_brings_nothing_a_year_of_daily_looks_is_seldom_wrong(amount, told):
    wrong = sum(
        any(uplift.is_clear for uplift in looks(year(seed, amount, told=told)))
        for seed in range(YEARS)
    )
    assert wrong <= WRONG_MAX


def test_a_usual_interval_that_is_looked_at_daily_would_be_wrong_far_more_often():
    wrong = sum(
        any(usual(uplift) for uplift in looks(year(seed, visits, told=0.5)))
        for seed in range(YEARS)
    )
    assert wrong > WRONG_MAX


def test_what_telling_brings_is_found_and_lies_between_both_ends():
    for seed in range(20):
        uplift = uplift_of(year(seed, visits, told=0.5, brings=1))
        assert 0 < uplift.low <= 1 <= uplift.high
        assert uplift.low <= uplift.mean <= uplift.high


def test_harm_is_found():
    for seed in range(20):
        assert uplift_of(year(seed, visits, told=0.5, brings=-1)).high < 0


def test_an_interval_grows_narrower_with_more_members():
    widths = [
        uplift.high - uplift.low
        for uplift in (uplift_of(year(1, visits, members=count)) for count in (1500, 6000, 24000))
    ]
    assert widths[0] > 1.5 * widths[1] > 2.25 * widths[2]


def test_a_share_that_was_changed_meanwhile_misleads_nobody():
    """Members of the second half come far more often, and fewer of them are held out."""
    found = []
    for seed in range(20):
        before = year(seed, lambda _: _.choice((0, 1)), told=0.5, members=1000)
        after = year(seed + 100, lambda _: _.choice((6, 7)), told=0.9, members=1000)
        members = [*before, *after]
        uplift = uplift_of(members)
        assert uplift.low < 0 < uplift.high
        found.append(uplift.mean)
        means = [
            mean(each.amount for each in members if each.is_told is is_told)
            for is_told in (True, False)
        ]
        assert means[0] - means[1] > 1  # what a difference of two means would say
    assert abs(mean(found)) < 0.2


def told(*amounts):
    return [Observed(is_told=True, chance=0.5, amount=amount) for amount in amounts]


def held_out(*amounts):
    return [Observed(is_told=False, chance=0.5, amount=amount) for amount in amounts]


def test_with_few_on_one_side_nothing_is_said():
    few, many = range(ARM_MEMBERS_MIN - 1), range(10 * ARM_MEMBERS_MIN)
    assert uplift_of([]) is None
    assert uplift_of(told(*many)) is None
    assert uplift_of(held_out(*many)) is None
    assert uplift_of([*told(*many), *held_out(*few)]) is None
    assert uplift_of([*held_out(*many), *told(*few)]) is None
    assert uplift_of([*held_out(*many), *told(*few, 1)]) is not None


def test_where_nobody_came_at_all_nothing_is_said():
    nothing = [0] * (2 * ARM_MEMBERS_MIN)
    assert uplift_of([*told(*nothing), *held_out(*nothing)]) is None
