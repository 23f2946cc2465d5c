"""A device from its registration to its end: in use, silent, forgotten."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from api import sweeps
from api.sweeps import Sweeps
from gamification.programme.nudge_rules import NudgeRule, NudgeTarget
from notifications import inbox
from notifications.rules import FORGOTTEN_AFTER, SILENT_AFTER, may_ring
from notifications.silent_devices import forget_silent
from tests.api.log_capture import structured_log
from tests.notifications.nudging import (
    NEAR_COFFEE,
    RecordingSender,
    consent,
    device,
    devices,
    go_round,
    only_nudge,
    willing_member,
)
from tests.world import START

NEAR = NudgeRule(id="near", target=NudgeTarget.REWARD, within=Fraction(1, 10))
LAST_CALL = NudgeRule(id="last_call", target=NudgeTarget.POINTS, days=60, category="reminders")
BOUGHT = NudgeRule(id="bought", target=NudgeTarget.SPENT)


@pytest.fixture
def sender():
    return RecordingSender()


@pytest.mark.parametrize(
    ("rule", "rings_while_silent"), [(NEAR, False), (LAST_CALL, True), (BOUGHT, True)]
)
def test_advertising_alone_stays_away_from_a_silent_device(rule, rings_while_silent):
    just_before, then = START + SILENT_AFTER - timedelta(seconds=1), START + SILENT_AFTER
    assert may_ring(START, rule, now=just_before)
    assert may_ring(START, rule, now=then) is rings_while_silent


def test_a_device_registered_in_the_future_of_a_clock_that_went_back_rings():
    assert may_ring(START, NEAR, now=START - timedelta(days=400))


def test_an_app_that_was_not_opened_for_a_month_gets_an_inbox_line_in_place_of_advertising(
    world, sender
):
    ola = willing_member(world)
    world.pass_time(days=30)
    world.buy(ola, NEAR_COFFEE)
    go_round(world, sender)
    assert sender.sent == []
    nudge = only_nudge(world)
    assert (nudge.state, nudge.reason, nudge.claimed_on) == ("sent", "no device of late", None)
    assert world.read(lambda c: inbox.unread(c, ola.id)) == 1


def test_of_two_devices_the_one_in_use_rings(world, sender):
    ola = willing_member(world)
    world.pass_time(days=30)
    device(world, ola, "new phone".replace(" ", "-"))
    world.buy(ola, NEAR_COFFEE)
    go_round(world, sender)
    assert [push.address for push in sender.sent] == ["new-phone"]


def test_opening_the_app_again_ends_the_silence(world, sender):
    ola = willing_member(world)
    world.pass_time(days=30)
    device(world, ola, "Ola")
    world.buy(ola, NEAR_COFFEE)
    go_round(world, sender)
    assert [push.address for push in sender.sent] == ["Ola"]


def test_what_a_member_is_about_to_lose_reaches_a_silent_device(world, sender):
    world.programme = replace(world.programme, nudges=(LAST_CALL,)).telling_everybody()
    ola = world.enrol()
    device(world, ola)
    consent(world, ola, category="reminders")
    world.pass_time(days=40)
    world.buy(ola, NEAR_COFFEE)
    world.pass_time(days=320)
    go_round_for_reminders(world, ola, sender)
    assert [push.data["kind"] for push in sender.sent] == ["last_call"]


def go_round_for_reminders(world, member, sender):
    consent(world, member, category="reminders")  # marks the member to be looked at
    go_round(world, sender)


def sweep(world):
    asyncio.run(
        Sweeps(
            database=world.database,
            occasion=world.occasion,
            is_stopping=lambda: False,
            log=structured_log(),
        ).forget_silent_devices()
    )


def test_a_device_that_was_silent_for_nine_months_is_forgotten_and_no_sooner(world):
    ola = willing_member(world)
    world.pass_time(days=1)
    device(world, ola, "tablet")
    world.now = START + FORGOTTEN_AFTER - timedelta(seconds=1)
    sweep(world)
    assert {row.address for row in devices(world)} == {"Ola", "tablet"}
    world.pass_time(seconds=1)
    sweep(world)
    assert [row.address for row in devices(world)] == ["tablet"]


def test_the_sweep_takes_as_many_rounds_as_there_are_devices(world, monkeypatch):
    monkeypatch.setattr(sweeps, "MARKED_AT_ONCE", 2)
    ola = world.enrol()
    for number in range(5):
        device(world, ola, f"phone-{number}")
    world.now = START + FORGOTTEN_AFTER
    sweep(world)
    assert devices(world) == []


def test_a_device_that_registered_meanwhile_is_kept(world):
    ola = willing_member(world)
    world.now = START + FORGOTTEN_AFTER
    device(world, ola, "Ola")
    assert world.write(lambda c: forget_silent(c, now=world.now, most=10)) == 0
    assert len(devices(world)) == 1
