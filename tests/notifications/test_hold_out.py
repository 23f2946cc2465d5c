"""Who is held out is told nothing in its place, and what is decided anew follows the programme."""

from dataclasses import replace
from fractions import Fraction

import pytest

from gamification.programme.nudge_rules import NudgeRule, NudgeTarget
from tests.notifications.nudging import (
    NEAR_COFFEE,
    RecordingSender,
    at,
    consent,
    go_round,
    near_tier_and_coffee,
    nudges,
    only_nudge,
    plan,
    willing_member,
)

NIGHT, MORNING = at("2026-03-02T20:30:00+00:00"), at("2026-03-03T08:00:00+00:00")
NEXT_MORNING = at("2026-03-04T08:00:00+00:00")


def change(world, rule_id, **changes):
    rules = [
        replace(rule, **changes) if rule.id == rule_id else rule for rule in world.programme.nudges
    ]
    world.programme = replace(world.programme, nudges=tuple(rules))


@pytest.mark.parametrize("hold_out", [Fraction(0), Fraction(1)])
def test_the_next_best_is_pushed_on_the_same_day_to_who_is_held_out_as_to_who_is_told(
    world, hold_out
):
    change(world, "near_tier", hold_out=hold_out)
    member, sender = willing_member(world), RecordingSender()
    world.now = NIGHT
    near_tier_and_coffee(world, member)
    plan(world)
    for moment in (NIGHT, MORNING, MORNING, NEXT_MORNING):  # something new at each of them
        world.now = moment
        world.drop_in(member)
        go_round(world, sender)
    assert [(nudge.rule, nudge.claimed_on) for nudge in nudges(world)] == [
        ("near_tier", MORNING.date()),
        ("near_reward", NEXT_MORNING.date()),
    ]
    assert sender.sent[-1].data["kind"] == "near_reward"


def test_who_is_held_out_later_gives_that_day_to_silence(world):
    change(world, "near_reward", hold_out=Fraction(1))
    member = world.enrol()
    world.buy(member, NEAR_COFFEE)
    plan(world)
    assert only_nudge(world).claimed_on is None
    world.pass_time(days=1)
    consent(world, member)
    plan(world)
    nudge = only_nudge(world)
    assert (nudge.reason, nudge.claimed_on) == ("held out", world.now.date())


def test_what_is_decided_anew_needs_the_consent_that_its_rule_asks_for_now(world):
    member, sender = world.enrol(), RecordingSender()
    world.buy(member, NEAR_COFFEE)
    plan(world)
    change(world, "near_reward", category="reminders")
    world.programme = replace(world.programme, version="next")
    consent(world, member, category="reminders")
    go_round(world, sender)
    nudge = only_nudge(world)
    assert (nudge.state, nudge.category, nudge.programme_version) == ("sent", "reminders", "next")


def test_silence_takes_no_more_days_of_a_week_than_pushes_would(world):
    thanks = NudgeRule(id="thanks", target=NudgeTarget.PURCHASE, hold_out=Fraction(1))
    world.programme = replace(world.programme, nudges=(thanks,))
    member = willing_member(world)
    for _ in range(5):
        world.buy(member, "10.00")
        plan(world)
        world.pass_time(days=1)
    assert [nudge.reason for nudge in nudges(world)] == ["held out"] * 5
    days = [nudge.claimed_on for nudge in nudges(world) if nudge.claimed_on]
    assert len(days) == world.programme.attention.pushes_each_week == 3
