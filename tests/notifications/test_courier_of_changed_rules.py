"""What waits is judged by the rule as it is when it would be sent."""

from dataclasses import replace

from notifications import pauses
from notifications.nudge_words import words_of
from notifications.rules import ATTEMPTS_MAX
from notifications.sender import OutcomeKind
from tests.notifications.nudging import (
    NEAR_COFFEE,
    RecordingSender,
    dispatch,
    go_round,
    only_nudge,
    plan,
    willing_member,
)


def waiting(world):
    world.buy(willing_member(world), NEAR_COFFEE)
    assert len(plan(world)) == 1
    dispatch(world)


def changed(world, **changes):
    rules = tuple(replace(rule, **changes) for rule in world.programme.nudges)
    world.programme = replace(world.programme, nudges=rules)


def delivered(world):
    sender = RecordingSender()
    world.pass_time(hours=2)  # what the engine held is handed over again
    go_round(world, sender)
    return sender.sent


def test_a_rule_that_asks_for_another_consent_meanwhile_needs_that_one(world):
    waiting(world)
    changed(world, category="reminders")
    assert delivered(world) == []
    assert only_nudge(world).reason == "no consent"


def test_what_waits_of_a_rule_that_was_paused_is_not_sent(world):
    waiting(world)
    world.write(lambda c: pauses.pause(c, "near_reward", reason="harm", now=world.now))
    assert delivered(world) == []
    assert (only_nudge(world).state, only_nudge(world).reason) == (
        "suppressed",
        "the rule is paused",
    )


def test_what_an_outage_kept_back_is_told_when_the_member_is_looked_at_again(world):
    ola = willing_member(world)
    world.buy(ola, NEAR_COFFEE)
    broken = RecordingSender()
    broken.will_answer("Ola", OutcomeKind.RETRY)
    for _ in range(ATTEMPTS_MAX):
        go_round(world, broken)
        world.pass_time(hours=1)
    assert only_nudge(world).reason == "gave up"
    world.pass_time(hours=14)  # the next morning
    world.buy(ola, "0.50")
    assert len(delivered(world)) == 1
    assert only_nudge(world).state == "sent"


def test_texts_of_another_rule_of_the_same_name_are_not_used(programme):
    rules = [replace(rule, title={"en": "{reward}"}) for rule in programme.nudges]
    told = words_of(
        rule_id="near_reward",
        target_kind="welcome",
        target_id=programme.id,
        params={},
        programme=replace(programme, nudges=rules),
        locale="en",
    )
    assert told is not None
    assert told.title == "Welcome!"
