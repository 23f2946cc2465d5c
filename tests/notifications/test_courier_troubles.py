"""What comes of a push that fails: the device, the service, the message or our credentials."""

from datetime import timedelta

import pytest

from notifications.courier import LANE_PAUSE
from notifications.rules import ATTEMPTS_MAX
from notifications.sender import OutcomeKind
from tests.notifications.nudging import (
    NEAR_COFFEE,
    RecordingSender,
    deliver,
    device,
    devices,
    dispatch,
    go_round,
    only_nudge,
    plan,
    willing_member,
)


@pytest.fixture
def sender():
    return RecordingSender()


@pytest.fixture
def ola(world):
    """Near a coffee, with consent and a phone `Ola`; it is noon in Warsaw."""
    member = willing_member(world)
    world.buy(member, NEAR_COFFEE)
    return member


def test_a_device_that_is_gone_is_forgotten_and_another_still_gets_it(world, ola, sender):
    device(world, ola, "tablet")
    sender.will_answer("Ola", OutcomeKind.DEVICE_GONE)
    go_round(world, sender)
    assert [row.address for row in devices(world)] == ["tablet"]
    assert (only_nudge(world).state, only_nudge(world).reason) == ("sent", None)


@pytest.mark.usefixtures("ola")
def test_when_the_last_device_is_gone_the_inbox_has_it(world, sender):
    sender.will_answer("Ola", OutcomeKind.DEVICE_GONE)
    go_round(world, sender)
    assert devices(world) == []
    assert (only_nudge(world).state, only_nudge(world).reason) == ("sent", "no device")


@pytest.mark.usefixtures("ola")
def test_a_retry_waits_as_long_as_the_service_asks(world, sender):
    sender.will_answer("Ola", OutcomeKind.RETRY, retry_after_s=90.0)
    go_round(world, sender)
    nudge = only_nudge(world)
    assert (nudge.state, nudge.attempts) == ("planned", 1)
    assert nudge.not_before == world.now + timedelta(seconds=90)


@pytest.mark.usefixtures("ola")
def test_a_retry_goes_out_the_same_day_under_its_own_claim(world, sender):
    sender.will_answer("Ola", OutcomeKind.RETRY)
    go_round(world, sender)
    sender.answers.clear()
    world.pass_time(seconds=30)
    go_round(world, sender)
    assert only_nudge(world).state == "sent"
    assert only_nudge(world).claimed_on == world.now.date()


@pytest.mark.usefixtures("ola")
def test_after_many_failures_it_is_given_up(world, sender):
    sender.will_answer("Ola", OutcomeKind.RETRY)
    for _ in range(ATTEMPTS_MAX + 2):
        go_round(world, sender)
        world.pass_time(hours=1)
    assert len(sender.sent) == ATTEMPTS_MAX
    assert (only_nudge(world).state, only_nudge(world).reason) == ("suppressed", "gave up")


@pytest.mark.usefixtures("ola")
def test_a_refused_message_is_not_sent_again_and_the_device_stays(world, sender):
    sender.will_answer("Ola", OutcomeKind.MESSAGE_REFUSED)
    go_round(world, sender)
    assert (only_nudge(world).state, only_nudge(world).reason) == ("suppressed", "refused")
    assert len(devices(world)) == 1


@pytest.mark.usefixtures("ola")
def test_a_clock_that_jumps_back_a_day_loses_nothing_and_repeats_nothing(world, sender):
    before = world.now
    planned = plan(world)
    dispatch(world)
    world.pass_time(days=-1)
    deliver(world, planned, sender)
    assert [push.address for push in sender.sent] == ["Ola"]
    world.now = before
    go_round(world, sender)
    deliver(world, planned, sender)
    assert len(sender.sent) == 1
    assert only_nudge(world).state == "sent"


@pytest.mark.usefixtures("ola")
def test_what_was_planned_before_a_clock_jumped_back_waits_for_its_time(world, sender):
    before = world.now
    plan(world)
    world.pass_time(hours=-1)
    go_round(world, sender)
    assert (sender.sent, only_nudge(world).state) == ([], "planned")
    world.now = before
    go_round(world, sender)
    assert len(sender.sent) == 1


@pytest.mark.usefixtures("ola")
def test_a_stopped_lane_costs_no_attempt(world, sender):
    sender.will_answer("Ola", OutcomeKind.LANE_STOPPED)
    go_round(world, sender)
    nudge = only_nudge(world)
    assert (nudge.state, nudge.attempts) == ("planned", 0)
    assert nudge.not_before == world.now + LANE_PAUSE
