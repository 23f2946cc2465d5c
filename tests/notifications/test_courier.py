import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from gamification.database import table_of
from notifications import courier
from notifications.courier import COLLAPSE_KEY, STEP_MAX
from notifications.inbox import page as inbox_page
from notifications.tables import Nudge
from tests.notifications.nudging import (
    NEAR_COFFEE,
    RecordingSender,
    at,
    consent,
    deliver,
    device,
    dispatch,
    go_round,
    near_tier_and_coffee,
    nudges,
    only_nudge,
    plan,
    willing_member,
)

_nudge = table_of(Nudge)
_CLAIMS = select(_nudge.c.member_id, _nudge.c.claimed_on, _nudge.c.id).where(
    _nudge.c.claimed_on.is_not(None)
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


def claims(world):
    return [tuple(row) for row in world.read(lambda c: c.all(_CLAIMS))]


def inbox(world, member):
    return world.read(lambda c: inbox_page(c, member.id, before="~", most=10)).lines


def test_a_push_goes_out_in_the_members_language_and_is_a_line_in_the_inbox(world, ola, sender):
    go_round(world, sender)
    (push,) = sender.sent
    assert push.title == "Już blisko: Dowolna kawa"
    assert push.body == "Jeszcze 50 punktów i nagroda „Dowolna kawa” jest Twoja."
    assert (push.address, push.collapse_key) == ("Ola", COLLAPSE_KEY)
    assert push.data == {"kind": "near_reward", "target": "coffee", "link": "/reward/coffee"}
    (line,) = inbox(world, ola)
    assert (line.rule, line.target_kind, line.target_id) == ("near_reward", "reward", "coffee")
    assert (line.params, line.sent_at, line.read_at) == ({"remaining": 50}, world.now, None)


@pytest.mark.parametrize(
    ("locale", "title", "body"),
    [
        ("en-GB", "Serenade is getting close", "You’re €14.00 away from Serenade."),
        ("ru", "Всё ближе: уровень «Серенада»", "До уровня «Серенада» осталось 14,00 €."),
        ("zh-TW", "離「小夜曲」更近一步了", "距離升級「小夜曲」還差 €14.00"),
        ("de", "Serenade is getting close", "You’re €14.00 away from Serenade."),
    ],
)
def test_a_tier_that_is_near_is_told_in_money_and_in_one_language(
    world, sender, locale, title, body
):
    near_tier_and_coffee(world, willing_member(world, locale=locale))
    go_round(world, sender)
    (push,) = sender.sent
    assert push.title == title
    assert push.body.replace("\N{NO-BREAK SPACE}", " ").startswith(body)


def test_the_number_at_the_icon_counts_unread_lines_with_the_one_that_comes(world, sender):
    ola = willing_member(world)
    near_tier_and_coffee(world, ola)
    go_round(world, sender)
    world.pass_time(days=1)
    world.buy(ola, "0.10")
    go_round(world, sender)
    assert [push.badge for push in sender.sent] == [1, 2]


@pytest.mark.usefixtures("ola")
def test_a_picture_of_the_rule_goes_with_the_push(world, sender):
    image = "https://cafe.example/cup.png"
    rules = tuple(replace(rule, image=image) for rule in world.programme.nudges)
    world.programme = replace(world.programme, nudges=rules)
    go_round(world, sender)
    (push,) = sender.sent
    assert (push.image, push.category) == (image, "reward")


@pytest.mark.usefixtures("ola")
def test_delivering_again_sends_nothing_more(world, sender):
    planned = plan(world)
    dispatch(world)
    deliver(world, planned, sender)
    deliver(world, planned, sender)
    assert len(sender.sent) == 1


def test_a_crash_between_the_claim_and_the_sending_still_sends_once(world, ola, sender):
    planned = plan(world)
    dispatch(world)
    world.write(lambda c: courier.prepare(c, planned, programme=world.programme, now=world.now))
    assert claims(world) == [(ola.id, world.now.date(), planned[0])]
    deliver(world, planned, sender)
    deliver(world, planned, sender)
    assert len(sender.sent) == 1


@pytest.mark.usefixtures("ola")
def test_the_day_is_claimed_before_anything_is_sent(world):
    plan(world)
    seen = []

    class Watching(RecordingSender):
        async def send(self, pushes):
            seen.extend(await world.database.read(lambda c: c.all(_CLAIMS)))
            return await super().send(pushes)

    go_round(world, Watching())
    assert len(seen) == 1


def subjects(sender):
    return [push.data["kind"] for push in sender.sent]


def test_of_two_that_are_due_the_more_valuable_goes_out_and_the_other_says_why_not(world, sender):
    near_tier_and_coffee(world, willing_member(world))
    go_round(world, sender)
    assert subjects(sender) == ["near_tier"]
    assert [(nudge.rule, nudge.state, nudge.reason) for nudge in nudges(world)] == [
        ("near_tier", "sent", None),
        ("near_reward", "suppressed", "something else mattered more"),
    ]


def test_one_push_a_day_the_second_comes_the_next_morning(world, sender):
    ola = willing_member(world)
    world.buy(ola, NEAR_COFFEE)
    go_round(world, sender)
    for _ in range(3):  # two coffees bought, and near the next tier
        world.buy(ola, "52.00")
    world.redeem(ola, "coffee")
    world.redeem(ola, "coffee")
    go_round(world, sender)
    assert subjects(sender) == ["near_reward"]
    tomorrow = at("2026-03-03T08:00:00+00:00")
    waiting = next(nudge for nudge in nudges(world) if nudge.state == "planned")
    assert (waiting.rule, waiting.not_before) == ("near_tier", tomorrow)
    world.now = tomorrow - timedelta(seconds=1)
    go_round(world, sender)
    assert len(sender.sent) == 1
    world.now = tomorrow
    go_round(world, sender)
    assert subjects(sender) == ["near_reward", "near_tier"]


def test_two_jobs_at_once_send_one_push_a_day(world, sender):
    ola = willing_member(world)
    world.buy(ola, NEAR_COFFEE)
    first = plan(world)
    dispatch(world)
    world.buy(ola, "162.00")
    world.redeem(ola, "coffee")
    planned = [*first, *plan(world)]
    dispatch(world)
    assert len(planned) == 2

    async def both():
        await asyncio.gather(
            *(
                courier.deliver(
                    [nudge_id],
                    write=world.database.write,
                    sender=sender,
                    programme=world.programme,
                    now=lambda: world.now,
                )
                for nudge_id in planned
            )
        )

    asyncio.run(both())
    assert len(sender.sent) == 1


@pytest.mark.usefixtures("ola")
def test_a_job_that_comes_in_the_night_waits_for_the_morning(world, sender):
    planned = plan(world)
    world.now = at("2026-03-02T19:59:59+00:00")
    dispatch(world)
    world.now = at("2026-03-02T20:00:00+00:00")
    deliver(world, planned, sender)
    assert sender.sent == []
    assert claims(world) == []
    assert only_nudge(world).state == "planned"
    assert only_nudge(world).not_before == at("2026-03-03T08:00:00+00:00")


@pytest.mark.usefixtures("ola")
def test_a_push_dies_before_the_night(world, sender):
    world.now = at("2026-03-02T19:50:00+00:00")
    go_round(world, sender)
    assert sender.sent[0].ttl_s == 600


def test_who_withdrew_consent_is_left_alone_and_told_when_it_is_given_again(world, ola, sender):
    plan(world)
    consent(world, ola, granted=False)
    go_round(world, sender)
    assert (only_nudge(world).state, only_nudge(world).reason) == ("suppressed", "no consent")
    assert inbox(world, ola) == []
    consent(world, ola)
    go_round(world, sender)
    assert len(sender.sent) == 1


def test_who_withdraws_consent_once_it_is_with_the_engine_gets_nothing(world, ola, sender):
    planned = plan(world)
    assert dispatch(world) == [planned]
    consent(world, ola, granted=False)
    deliver(world, planned, sender)
    assert sender.sent == []
    assert (only_nudge(world).state, only_nudge(world).reason) == ("suppressed", "no consent")


def test_who_has_reached_it_meanwhile_is_not_told_that_it_is_near(world, ola, sender):
    planned = plan(world)
    dispatch(world)
    world.buy(ola, "20.00")
    deliver(world, planned, sender)
    assert sender.sent == []
    assert (only_nudge(world).state, only_nudge(world).reason) == ("suppressed", "no longer near")


def test_who_is_near_again_after_a_refund_is_told(world, ola, sender):
    plan(world)
    too_much = world.buy(ola, "20.00")
    go_round(world, sender)
    assert only_nudge(world).state == "suppressed"
    world.refund(too_much)
    go_round(world, sender)
    assert len(sender.sent) == 1


def test_the_text_says_what_is_missing_at_the_time_of_sending(world, ola, sender):
    planned = plan(world)
    dispatch(world)
    world.pass_time(minutes=1)
    world.buy(ola, "1.00")
    missing = 900 - world.balances(ola)["available"]
    deliver(world, planned, sender)
    assert missing < 50
    assert f"Jeszcze {missing} " in sender.sent[0].body
    assert inbox(world, ola)[0].params == {"remaining": missing}


def test_without_a_device_the_nudge_is_an_inbox_line_and_takes_no_claim(world, sender):
    member = world.enrol()
    consent(world, member)
    world.buy(member, NEAR_COFFEE)
    go_round(world, sender)
    assert sender.sent == []
    assert (only_nudge(world).state, only_nudge(world).reason) == ("sent", "no device")
    assert len(inbox(world, member)) == 1
    assert claims(world) == []


def test_every_device_of_the_member_gets_it(world, ola, sender):
    device(world, ola, "tablet")
    go_round(world, sender)
    assert {push.address for push in sender.sent} == {"Ola", "tablet"}


def test_a_step_is_small(world, sender):
    with pytest.raises(ValueError, match="at most 20"):
        deliver(world, ["x"] * (STEP_MAX + 1), sender)
