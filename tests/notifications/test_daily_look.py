"""Time alone is news: once a day everybody who allows pushes is looked at."""

import asyncio
from dataclasses import replace
from fractions import Fraction

import pytest

from api.sweeps import Sweeps
from gamification.programme.nudge_rules import NudgeRule, NudgeTarget
from tests.api.log_capture import structured_log
from tests.notifications.nudging import (
    RecordingSender,
    consent,
    go_round,
    nudges,
    plan,
    willing_member,
)

EXPIRING = NudgeRule(
    id="last_call",
    target=NudgeTarget.POINTS,
    days=7,
    category="reminders",
    hold_out=Fraction(0),
)


@pytest.fixture
def world(world):
    world.programme = replace(world.programme, nudges=(EXPIRING,))
    return world


@pytest.fixture
def sweeps(world):
    def new():
        return Sweeps(
            database=world.database,
            occasion=world.occasion,
            is_stopping=lambda: False,
            log=structured_log(),
        )

    return new


def look(sweeps):
    async def run():
        await sweeps.look_at_everybody()

    asyncio.run(run())


def reminded(world, name="Ola"):
    member = willing_member(world, name)
    consent(world, member, category="reminders")
    return member


def test_points_that_expire_are_told_of_though_nothing_happened(world, sweeps):
    world.buy(reminded(world), "10.00")
    assert plan(world) == []
    sender = RecordingSender()
    world.pass_time(days=360)
    look(sweeps())
    go_round(world, sender)
    (push,) = sender.sent
    assert (push.data["kind"], push.data["link"]) == ("last_call", "/points/points")
    assert "2 marca 2027" in push.body


def test_a_second_look_on_the_same_day_marks_nobody(world, sweeps):
    world.buy(reminded(world), "10.00")
    plan(world)
    world.pass_time(days=360)
    first, second = sweeps(), sweeps()
    look(first)
    assert len(plan(world)) == 1
    for late in (first, second):
        look(late)
        assert world.rows("SELECT count(*) FROM timeline WHERE fresh_since IS NOT NULL") == [0]
    world.pass_time(days=1)
    look(first)
    assert world.rows("SELECT count(*) FROM timeline WHERE fresh_since IS NOT NULL") == [1]


def test_a_day_that_was_missed_is_made_up_for(world, sweeps):
    world.buy(reminded(world), "10.00")
    plan(world)
    world.pass_time(days=362)  # no worker ran for days
    look(sweeps())
    assert len(plan(world)) == 1


def test_who_allows_no_push_is_not_looked_at(world, sweeps):
    silent, ola = world.enrol("Silent"), reminded(world)
    for member in (silent, ola):
        world.buy(member, "10.00")
    plan(world)
    consent(world, ola, granted=False)
    consent(world, ola, granted=False, category="reminders")
    plan(world)
    world.pass_time(days=360)
    look(sweeps())
    assert plan(world) == []
    assert nudges(world) == []
