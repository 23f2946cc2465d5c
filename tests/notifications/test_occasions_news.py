"""What happened within the last day, and the conditions, texts and links of a rule's own."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from gamification.expressions import MEMBER_FIELDS, compile_expression
from notifications.rules import link_of
from tests.notifications.nudging import (
    RecordingSender,
    consent,
    deliver,
    device,
    dispatch,
    go_round,
    nudges,
    only_nudge,
    plan,
    willing_member,
)
from tests.notifications.occasions import (
    candidates,
    celebrate,
    in_words,
    settle,
    stand_at,
    tell_only,
    told,
    with_a_challenge,
)
from tests.world import MANAGER, World


@pytest.fixture
def world(database, market, programme):
    return World(database, with_a_challenge(market, programme))


@pytest.fixture
def ola(world):
    return world.enrol()


def formula(source):
    return compile_expression(source, fields=MEMBER_FIELDS)


def test_who_joined_is_welcome_for_a_day(world, ola):
    assert told(world, ola, "hello") == [("market_hall:1", {})]
    world.pass_time(hours=23, minutes=59)
    assert told(world, ola, "hello") == [("market_hall:1", {})]
    world.pass_time(minutes=1)
    assert told(world, ola, "hello") == []


def test_a_purchase_is_thanked_for_with_its_points_for_a_day(world, ola):
    world.drop_in(ola)
    assert told(world, ola, "thanks") == []
    world.buy(ola, "0.05")  # earns nothing
    assert told(world, ola, "thanks") == []
    world.buy(ola, "12.00")
    ((key, params),) = told(world, ola, "thanks")
    assert (key.split(":")[0], params) == ("purchase", {"points": 120})
    world.pass_time(hours=24)
    assert told(world, ola, "thanks") == []


def test_the_newest_purchase_comes_first(world, ola):
    world.buy(ola, "1.00")
    world.buy(ola, "2.00")
    assert [params["points"] for _, params in told(world, ola, "thanks")] == [20, 10]


def test_a_purchase_says_what_can_be_bought_now(world, ola):
    world.buy(ola, "39.90")
    assert "in_reach" not in told(world, ola, "thanks")[0][1]
    world.buy(ola, "0.10")
    (newest, _) = told(world, ola, "thanks")
    assert newest[1] == {"points": 1, "in_reach": "bread"}
    world.redeem(ola, "bread")
    assert all("in_reach" not in params for _, params in told(world, ola, "thanks"))


def test_of_two_rewards_in_reach_the_dearer_one_is_named(world, ola):
    (bread,) = world.programme.rewards
    more = (replace(bread, id="cheese", cost=650), replace(bread, id="wine", cost=651))
    world.programme = replace(world.programme, rewards=(bread, *more))
    world.buy(ola, "45.00")
    assert told(world, ola, "thanks")[0][1] == {"points": 450, "in_reach": "cheese"}


def test_for_a_purchase_that_was_given_back_nobody_is_thanked(world, ola):
    kept, returned = world.buy(ola, "10.00"), world.buy(ola, "20.00")
    world.refund(returned)
    assert [params["points"] for _, params in told(world, ola, "thanks")] == [100]
    world.refund(kept)
    assert told(world, ola, "thanks") == []


def test_a_birthday_is_told_of_with_its_present_on_that_day(world):
    jan = world.enrol("Jan", birthday=date(1990, 3, 4))
    assert celebrate(world, jan) == []
    assert told(world, jan, "birthday_wishes") == []
    stand_at(world, "2026-03-03T23:00")
    assert celebrate(world, jan) == ["birthday"]
    assert celebrate(world, jan) == []
    ((key, params),) = told(world, jan, "birthday_wishes")
    assert (key.split(":")[0], params) == ("birthday", {"points": 150})
    stand_at(world, "2026-03-04T23:00")
    assert told(world, jan, "birthday_wishes") == []


def test_a_surprise_is_no_birthday(world, ola):
    world.do(ola, "surprise", points=30, actor=MANAGER)
    ((key, params),) = told(world, ola, "surprise_given")
    assert (key.split(":")[0], params) == ("surprise", {"points": 30})
    assert told(world, ola, "birthday_wishes") == []
    assert told(world, ola, "friend_came") == []


def test_a_friend_who_came_is_told_of_unless_their_purchase_is_given_back(world, ola):
    jan = world.enrol("Jan", referred_by=ola.number)
    world.buy(jan, "10.00")
    settle(world)
    assert told(world, ola, "friend_came") == []
    second = world.buy(jan, "10.00")
    settle(world)
    assert [params for _, params in told(world, ola, "friend_came")] == [{"points": 300}]
    world.refund(second)
    settle(world)
    assert told(world, ola, "friend_came") == []


def test_a_voucher_that_was_bought_and_one_that_was_used_are_told_of_once_each(world, ola):
    world.buy(ola, "40.00")
    voucher = world.redeem(ola, "bread").result()["voucher_id"]
    ((key, params),) = told(world, ola, "voucher_spent")
    assert (key.split(":")[0], params) == ("bread", {"points": 600})
    assert told(world, ola, "voucher_captured") == []
    world.capture(world.scan(ola).id, voucher)
    ((key, params),) = told(world, ola, "voucher_captured")
    assert (key.split(":")[0], params) == ("bread", {})
    world.pass_time(hours=24)
    assert told(world, ola, "voucher_spent") == told(world, ola, "voucher_captured") == []


def test_a_second_phone_is_told_of_and_the_first_is_not(world, ola):
    device(world, ola, "phone")
    assert told(world, ola, "another_device") == []
    device(world, ola, "tablet")
    ((key, params),) = told(world, ola, "another_device")
    assert (key.split(":")[0], params) == ("market_hall", {})
    device(world, ola, "tablet")
    assert len(told(world, ola, "another_device")) == 1


def test_a_condition_decides_whom_a_rule_is_for(world, ola):
    tell_only(world, "thanks", condition=formula("member.spend_365 >= 5000"))
    world.buy(ola, "49.99")
    assert told(world, ola, "thanks") == []
    world.buy(ola, "0.10")
    assert len(told(world, ola, "thanks")) == 2


def test_a_condition_that_fails_holds_of_nobody_and_stops_no_other_rule(world, ola):
    (hello,) = (rule for rule in world.programme.nudges if rule.id == "hello")
    tell_only(world, "thanks", condition=formula("100 / (member.visits - 1) > 0"))
    world.programme = replace(world.programme, nudges=(*world.programme.nudges, hello))
    world.buy(ola, "10.00")
    assert told(world, ola, "thanks") == []  # divided by zero
    assert len(told(world, ola, "hello")) == 1
    world.buy(ola, "10.00")
    assert len(told(world, ola, "thanks")) == 2


def test_a_condition_that_holds_no_more_keeps_back_what_was_planned(world):
    tell_only(world, "thanks", condition=formula("member.visits < 2"))
    ola, sender = willing_member(world), RecordingSender()
    world.buy(ola, "10.00")
    planned = plan(world)
    dispatch(world)
    world.buy(ola, "10.00")
    deliver(world, planned, sender)
    assert sender.sent == []
    assert (only_nudge(world).state, only_nudge(world).reason) == ("suppressed", "no longer near")


def test_a_rules_own_texts_are_told_where_they_have_the_language(world):
    jan = world.enrol("Jan", birthday=date(1990, 3, 2))
    celebrate(world, jan)
    (wishes,) = candidates(world, jan, "birthday_wishes")
    assert in_words(world, wishes, "en").title == "Happy birthday!"
    assert in_words(world, wishes, "en").body.startswith("150 points are our present.")
    assert in_words(world, wishes, "pl-PL").body.startswith("W prezencie mamy dla Ciebie tyle")
    assert in_words(world, wishes, "ru").body == "Вас ждут 150 баллов."
    assert in_words(world, wishes, "zh-TW").body == "有 150 點在等你。"


def test_a_rule_with_a_title_of_its_own_alone_keeps_the_usual_body(world, ola):
    tell_only(world, "hello", title={"en": "Hi from {programme} {{sic}}"})
    (hello,) = candidates(world, ola, "hello")
    assert in_words(world, hello, "en").title == "Hi from Market Hall Card {sic}"
    assert in_words(world, hello, "en").body.startswith("Market Hall Card is glad to have you.")
    assert in_words(world, hello, "pl").title == "Witamy!"


def test_a_link_of_a_rules_own_names_the_target_and_another_leads_to_its_kind(world, ola):
    world.buy(ola, "34.00")
    (near,) = candidates(world, ola, "near_reward")
    assert link_of(near) == "https://market.example/app/rewards/bread"
    (thanks,) = candidates(world, ola, "thanks")
    assert link_of(thanks) == "/purchase/purchase"


def test_a_reward_that_left_the_programme_is_told_of_nowhere_and_holds_up_nobody(world):
    ola, jan, sender = willing_member(world), willing_member(world, "Jan"), RecordingSender()
    consent(world, ola, category="reminders")
    world.buy(ola, "40.00")
    world.redeem(ola, "bread")
    world.capture(
        world.scan(ola).id, world.redeem(rich(world, ola), "bread").result()["voucher_id"]
    )
    world.pass_time(days=26)
    world.buy(jan, "10.00")
    world.buy(ola, "10.00")
    assert told(world, ola, "voucher_lapses")
    world.programme = replace(world.programme, rewards=())
    assert told(world, ola, "voucher_lapses") == []
    go_round(world, sender)
    assert {nudge.rule for nudge in nudges(world) if nudge.state == "sent"} == {"thanks"}
    assert {push.address for push in sender.sent} == {"Ola", "Jan"}


def rich(world, member):
    world.buy(member, "60.00")
    return member


def test_what_was_planned_of_a_reward_or_a_rule_that_left_is_kept_back_and_the_rest_goes_on(world):
    ola, jan, sender = willing_member(world), willing_member(world, "Jan"), RecordingSender()
    world.buy(ola, "35.00")
    world.buy(jan, "10.00")
    planned = plan(world)
    dispatch(world)
    world.programme = replace(world.programme, rewards=())
    deliver(world, planned, sender)
    assert [push.address for push in sender.sent] == ["Jan"]
    assert {(nudge.rule, nudge.reason) for nudge in nudges(world) if nudge.member_id == ola.id} >= {
        ("near_reward", "no longer near")
    }


def test_what_waits_for_the_morning_goes_when_its_rule_left_meanwhile(world):
    tell_only(world, "thanks")
    world.now += timedelta(hours=10)  # 22:00 in Warsaw
    ola, sender = willing_member(world), RecordingSender()
    world.buy(ola, "10.00")
    plan(world)
    world.programme = replace(world.programme, nudges=())
    world.pass_time(hours=12)
    go_round(world, sender)
    assert sender.sent == []
    assert (only_nudge(world).state, only_nudge(world).reason) == ("suppressed", "no longer near")
