"""Birthdays and anniversaries come by themselves, once a year, also when the worker was away."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from gamification.actions.celebrate_members import (
    CAUGHT_UP_DAYS,
    celebrate_member,
    days_to_celebrate,
    members_to_celebrate,
)
from gamification.actions.forget_member import forget_member
from gamification.effects.state import local_day
from tests.world import World

JUNE = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)
PRESENT = 150


@pytest.fixture
def world(market_world: World) -> World:
    market_world.now = JUNE
    return market_world


def celebrate(world: World) -> list[str]:
    """What the worker does once a day; the kinds that were recorded."""
    recorded = []
    for day in days_to_celebrate(local_day(world.now, world.programme)):
        after = ""
        while ids := world.read(
            lambda c, day=day, after=after: members_to_celebrate(
                c, world.programme, day, after=after
            )
        ):
            for member_id in ids:
                recorded += world.write(
                    lambda c, member_id=member_id, day=day: celebrate_member(
                        c, member_id, world.occasion(), day=day
                    )
                )
            after = ids[-1]
    return recorded


def on(world: World, day: date, *, hour: int = 10) -> list[str]:
    world.now = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    return celebrate(world)


def test_a_birthday_earns_once_in_its_year(world: World) -> None:
    member = world.enrol(birthday=date(1990, 6, 12))
    before = world.balances(member)["available"]
    assert on(world, date(2026, 6, 11)) == []
    assert on(world, date(2026, 6, 12)) == ["birthday"]
    assert on(world, date(2026, 6, 12)) == []
    assert on(world, date(2026, 6, 13)) == []
    assert world.balances(member)["available"] == before + PRESENT
    assert on(world, date(2027, 6, 12)) == ["anniversary", "birthday"]
    assert world.violations() == []


def test_a_worker_that_was_away_catches_up_a_week_and_no_more(world: World) -> None:
    world.enrol("Ola", birthday=date(1990, 6, 12))
    world.enrol("Ewa", birthday=date(1990, 6, 20))
    back = date(2026, 6, 20) + timedelta(days=CAUGHT_UP_DAYS)
    assert on(world, back) == ["birthday"]
    assert world.rows("SELECT count(*) FROM activity WHERE kind = 'birthday'") == [1]


def test_an_anniversary_is_that_of_the_day_in_the_programmes_zone(world: World) -> None:
    world.now = datetime(2026, 6, 9, 22, 30, tzinfo=UTC)  # the tenth in Warsaw
    world.enrol()
    assert on(world, date(2026, 6, 10)) == []
    assert on(world, date(2027, 6, 9)) == []
    assert on(world, date(2027, 6, 10)) == ["anniversary"]


def test_who_was_born_on_a_leap_day_has_it_every_year(world: World) -> None:
    world.enrol(birthday=date(1992, 2, 29))
    assert on(world, date(2027, 2, 28)) == ["birthday"]
    assert on(world, date(2028, 2, 28)) == []
    assert on(world, date(2028, 2, 29)) == ["birthday"]


def test_a_birthday_from_before_joining_is_not_made_up_for(world: World) -> None:
    world.enrol(birthday=date(1990, 6, 8))
    assert celebrate(world) == []


def test_nobody_celebrates_for_a_forgotten_member(world: World) -> None:
    member = world.enrol(birthday=date(1990, 6, 12))
    world.write(lambda c: forget_member(c, member.number, world.occasion(), importer="import"))
    assert on(world, date(2026, 6, 12)) == []
    assert on(world, date(2027, 6, 10)) == []


def test_many_members_are_found_page_by_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gamification.actions.celebrate_members.PAGE", 3)
    for number in range(10):
        world.enrol(f"Guest {number}", birthday=date(1990, 6, 10 if number % 2 else 11))
    assert on(world, date(2026, 6, 11)) == ["birthday"] * 10
    assert sorted(on(world, date(2027, 6, 10))) == [*["anniversary"] * 10, *["birthday"] * 5]


def test_a_programme_without_occasions_looks_for_nobody(world: World) -> None:
    world.enrol(birthday=date(1990, 6, 12))
    programme = replace(world.programme, kinds={})
    found = world.read(lambda c: members_to_celebrate(c, programme, date(2026, 6, 12), after=""))
    assert found == []
