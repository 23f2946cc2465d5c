"""Surprises by a rule: what the sample with every way to earn has, and what its comments say."""

from pathlib import Path

from gamification.programme.check import check_programme
from gamification.programme.values import Programme
from tests.world import World

TEXT = (Path(__file__).parents[3] / "gamification/programmes/market.toml").read_text("utf-8")
BY_TOTAL = '"activity.amount % 100 == 77"'
BY_MOMENT = """'string(now).endsWith("7+00:00")'"""
CARD = f"""
[[measure]]
id = "lucky"
activities = ["purchase"]
amount = "1"
when = {BY_TOTAL}

[[stamps]]
id = "lucky"
name.en = "Luck"
description.en = "Your second lucky total."
measure = "lucky"
every = 2
prize_reward = "bread"
"""
SURPRISES = "SELECT amount FROM entry WHERE rule = 'lucky_total' ORDER BY id"


def programme_of(text: str) -> Programme:
    programme, faults = check_programme(text.encode(), "market.toml")
    assert programme is not None, faults
    return programme


def test_a_lucky_total_gives_a_surprise_and_no_other_does(market_world: World) -> None:
    member = market_world.enrol()
    for total in ("12.77", "12.78", "77.00", "0.77"):
        market_world.buy(member, total)
    assert market_world.rows(SURPRISES) == [77, 77]


def test_chance_is_the_moment_at_which_somebody_pays(world: World) -> None:
    assert BY_TOTAL in TEXT
    assert BY_MOMENT in TEXT
    world.programme = programme_of(TEXT.replace(BY_TOTAL, BY_MOMENT))
    member = world.enrol()
    for _ in range(20):
        world.pass_time(seconds=1)
        world.buy(member, "1.00")
    world.pass_time(microseconds=250_007)
    world.buy(member, "1.00")
    assert world.rows(SURPRISES) == [77, 77, 77]
    assert world.violations() == []


def test_a_stamp_card_for_lucky_totals_gives_a_reward(world: World) -> None:
    world.programme = programme_of(TEXT + CARD)
    member = world.enrol()
    for total in ("12.77", "12.78", "0.77"):
        assert world.rows("SELECT reward_id FROM voucher") == []
        world.buy(member, total)
    assert world.rows("SELECT reward_id FROM voucher") == ["bread"]
