from collections import namedtuple
from fractions import Fraction

import pytest

from gamification.programme.nudge_rules import NudgeRule, NudgeTarget
from notifications.choosing import EVERY_RULE, choose, is_held_out
from notifications.rules import Candidate, Reason

Row = namedtuple("Row", ["id", "state", "reason"])  # noqa: PYI024 -- a stand-in for a row
NOBODY = Fraction(0)


def candidate(rule_id, target=NudgeTarget.REWARD, **changes):
    rule = NudgeRule(id=rule_id, target=target, **{"hold_out": NOBODY, **changes})
    return Candidate(rule=rule, target_id="coffee", cycle="0", params={})


TIER, REWARD = candidate("tier"), candidate("reward")
REMINDER = candidate("reminder", category="reminders")
SPENT = candidate("spent", NudgeTarget.SPENT)


def chosen(*candidates, known=None, consents=("marketing", "reminders"), **more):
    return choose(
        "ola",
        candidates,
        known=known or {},
        consents=frozenset(consents),
        **{"hold_out": NOBODY, **more},
    )


def told(*candidates, **more):
    return [
        (each.candidate.rule.id, each.reason, each.arm)
        for each in chosen(*candidates, **more).choices
    ]


def test_the_first_is_told_and_the_others_say_why_not():
    assert told(TIER, REWARD, REMINDER) == [
        ("tier", None, "treated"),
        ("reward", Reason.OUTRANKED, None),
        ("reminder", Reason.OUTRANKED, None),
    ]


def test_the_first_that_the_member_allows_is_told():
    assert told(TIER, REMINDER, consents=["reminders"]) == [
        ("tier", Reason.NO_CONSENT, None),
        ("reminder", None, "treated"),
    ]


def test_service_needs_no_consent_and_takes_nobodys_place():
    assert told(SPENT, TIER, consents=[]) == [
        ("spent", None, None),
        ("tier", Reason.NO_CONSENT, None),
    ]
    assert told(SPENT, TIER) == [("spent", None, None), ("tier", None, "treated")]
    assert told(SPENT, known={SPENT.key: Row("1", "sent", None)}) == []


def test_who_is_held_out_is_told_nothing_in_its_place():
    held_out = candidate("tier", hold_out=Fraction(1))
    assert told(held_out, REWARD) == [
        ("tier", Reason.HELD_OUT, "held_out"),
        ("reward", Reason.OUTRANKED, None),
    ]


def test_who_is_held_out_of_everything_is_held_out_of_each():
    assert told(TIER, hold_out=Fraction(1)) == [("tier", Reason.HELD_OUT, "held_out")]


@pytest.mark.parametrize(
    "row",
    [
        Row("1", "sent", None),
        Row("1", "sent", Reason.NO_DEVICE),
        Row("1", "suppressed", Reason.HELD_OUT),
        Row("1", "suppressed", Reason.REFUSED),
    ],
)
def test_what_was_decided_for_good_is_not_decided_again_and_takes_no_place(row):
    assert told(TIER, REWARD, known={TIER.key: row}) == [("reward", None, "treated")]


@pytest.mark.parametrize(
    "reason",
    [Reason.NO_CONSENT, Reason.NOT_NEAR, Reason.OUTRANKED, Reason.PAUSED, Reason.GAVE_UP],
)
def test_what_was_kept_back_for_now_is_told_when_its_time_comes(reason):
    assert told(TIER, known={TIER.key: Row("1", "suppressed", reason)}) == [
        ("tier", None, "treated")
    ]


def test_the_same_reason_is_not_written_twice():
    known = {REWARD.key: Row("1", "suppressed", Reason.OUTRANKED)}
    assert told(TIER, REWARD, known=known) == [("tier", None, "treated")]


@pytest.mark.parametrize("state", ["planned", "queued"])
def test_what_waits_keeps_its_place_before_what_matters_less(state):
    known = {TIER.key: Row("1", state, None)}
    assert told(TIER, REWARD, known=known) == [("reward", Reason.OUTRANKED, None)]


def test_what_waits_gives_way_to_what_matters_more_but_not_once_it_is_on_its_way():
    waiting = {REWARD.key: Row("1", "planned", None)}
    assert chosen(TIER, REWARD, known=waiting).superseded == ["1"]
    on_its_way = {REWARD.key: Row("1", "queued", None)}
    assert chosen(TIER, REWARD, known=on_its_way).superseded == []


def test_a_paused_rule_tells_nobody_and_compares_nobody():
    assert told(TIER, REWARD, paused=frozenset({"tier"})) == [
        ("tier", Reason.PAUSED, None),
        ("reward", None, "treated"),
    ]


def test_what_waits_of_a_paused_rule_takes_no_place():
    known = {TIER.key: Row("1", "planned", None)}
    assert told(TIER, REWARD, known=known, paused=frozenset({"tier"})) == [
        ("reward", None, "treated")
    ]


def test_the_share_that_is_held_out_is_as_large_as_was_asked_and_always_the_same():
    members = [f"member {number}" for number in range(20_000)]
    out = {each for each in members if is_held_out(each, "tier", Fraction(1, 10))}
    assert abs(len(out) / len(members) - 0.1) < 0.01
    assert out == {each for each in members if is_held_out(each, "tier", Fraction(1, 10))}


def test_who_is_held_out_of_one_rule_says_nothing_about_another():
    members = [f"member {number}" for number in range(20_000)]
    share = Fraction(1, 2)
    both = sum(
        is_held_out(each, "tier", share) and is_held_out(each, EVERY_RULE, share)
        for each in members
    )
    assert abs(both / len(members) - 0.25) < 0.02


def test_a_larger_share_holds_out_everybody_whom_a_smaller_one_did():
    members = [f"member {number}" for number in range(2_000)]
    small = {each for each in members if is_held_out(each, "tier", Fraction(1, 10))}
    large = {each for each in members if is_held_out(each, "tier", Fraction(1, 5))}
    assert small < large
