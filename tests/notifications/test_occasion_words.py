"""Every occasion once, by real actions: its words in four languages, and told once."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from gamification.programme.nudge_rules import NudgeTarget
from tests.notifications.nudging import RecordingSender, consent, device, go_round, nudges
from tests.notifications.occasions import (
    LANGUAGES,
    candidates,
    celebrate,
    in_words,
    settle,
    stand_at,
    tell_only,
    with_a_challenge,
)
from tests.world import MANAGER, World


@pytest.fixture
def world(database, market, programme):
    return World(database, with_a_challenge(market, programme))


def near_reward(world, ola):
    world.buy(ola, "35.00")


def near_tier(world, ola):
    world.buy(ola, "450.00")


def keep_tier(world, ola):
    world.buy(ola, "500.00")
    stand_at(world, "2027-02-09T10:00")


def near_badge(world, ola):
    for _ in range(4):
        world.do(ola, "tasting", table="wine", actor=MANAGER)


def challenge_ends(world, ola):
    world.join(ola, "three_a_week")
    stand_at(world, "2026-03-05T10:00")


def points_expire(world, _):
    stand_at(world, "2028-02-25T10:00")


def voucher_spent(world, ola):
    world.buy(ola, "40.00")
    return world.redeem(ola, "bread").result()["voucher_id"]


def voucher_lapses(world, ola):
    voucher_spent(world, ola)
    stand_at(world, "2026-03-30T10:00")


def voucher_captured(world, ola):
    voucher = voucher_spent(world, ola)
    world.capture(world.scan(ola).id, voucher)


def another_device(world, ola):
    device(world, ola, "tablet")


def birthday_wishes(world, ola):
    celebrate(world, ola)


def surprise_given(world, ola):
    world.do(ola, "surprise", points=21, actor=MANAGER)


def friend_came(world, ola):
    friend = world.enrol("Jan", referred_by=ola.number)
    for _ in range(2):
        world.buy(friend, "5.00")
    settle(world)


def we_miss_you(world, ola):
    for day in ("2026-03-03", "2026-03-13"):
        stand_at(world, f"{day}T10:00")
        world.buy(ola, "60.00")
    stand_at(world, "2026-05-01T10:00")


def hello(_, __):
    pass


def thanks(world, ola):
    world.buy(ola, "12.20")


WORDS = tomllib.loads((Path(__file__).parent / "occasion_words.toml").read_text(encoding="utf-8"))
SCENES = (
    near_reward,
    near_tier,
    keep_tier,
    near_badge,
    challenge_ends,
    points_expire,
    voucher_spent,
    voucher_lapses,
    voucher_captured,
    another_device,
    birthday_wishes,
    surprise_given,
    friend_came,
    we_miss_you,
    hello,
    thanks,
)


@pytest.fixture(params=SCENES, ids=lambda scene: scene.__name__)
def scene(request):
    return request.param


@pytest.fixture
def ola(world):
    """Has a birthday, a phone, and wants to be told of everything."""
    member = world.enrol(birthday=date(1990, 3, 2))
    device(world, member)
    for category in ("marketing", "reminders"):
        consent(world, member, category=category)
    return member


def test_an_occasion_has_its_words_in_four_languages(world, ola, scene):
    scene(world, ola)
    (found,) = candidates(world, ola, scene.__name__)
    words = {language: in_words(world, found, language) for language in LANGUAGES}
    assert {
        language: f"{each.title} | {each.body}".replace("\N{NO-BREAK SPACE}", " ")
        for language, each in words.items()
    } == WORDS[scene.__name__]


def test_an_occasion_is_told_once_however_often_somebody_looks(world, ola, scene):
    tell_only(world, scene.__name__)
    sender = RecordingSender()
    scene(world, ola)
    for _ in range(3):
        world.drop_in(ola) if scene is not we_miss_you else None
        go_round(world, sender)
        world.pass_time(hours=3)
    assert [push.data["kind"] for push in sender.sent] == [scene.__name__] * len(sender.sent)
    assert {nudge.state for nudge in nudges(world)} == {"sent"}
    assert len(nudges(world)) == 1


def test_every_target_has_a_scene(world):
    named = {scene.__name__ for scene in SCENES}
    assert named == set(WORDS) == {rule.id for rule in world.programme.nudges}
    assert {rule.target for rule in world.programme.nudges} == set(NudgeTarget)
