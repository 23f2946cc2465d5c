"""Every explanation adds up to its number, in each language."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gamification.actions.refund_purchase import RefundLine
from gamification.facts import FactKind
from gamification.members.rules import MemberRecord
from gamification.points.rules import EntryKind
from notifications.wording import LOCALES, format_points
from schema.why.types import Why
from tests.schema.explaining import basket, explained_facts, shown
from tests.slow_points import MOVEMENTS
from tests.world import MANAGER, World

Year = tuple[World, list[MemberRecord]]
DOUBLE_WEEK = datetime(2026, 12, 2, 7, 0, tzinfo=UTC)  # early in the morning, in Warsaw
# Which move nothing that can be spent.
NOT_SPENDABLE = {EntryKind.OWE, EntryKind.CAPTURE, EntryKind.COOL, EntryKind.CALL_OFF}


def a_year_at_the_cafe(world: World) -> list[MemberRecord]:
    """Tiers, badges, challenges, prizes used and withdrawn, debts, and points that ran out."""
    ola, ewa, jan = world.enrol("Ola"), world.enrol("Ewa"), world.enrol("Jan")
    world.join(ola, "pastry_month")
    world.join(ola, "three_a_week")
    pastries = [world.eat_pastries(ola, 5, each="20.00") for _ in range(3)]
    (won,) = world.rows("SELECT id FROM voucher")
    world.capture(world.scan(ola).id, won)
    coffee = world.redeem(ola, "coffee").outcome["voucher_id"]
    world.capture(world.scan(ola).id, coffee)
    world.adjust(ola, 120)
    world.adjust(ola, -20)
    for each in pastries:  # a used prize becomes debt, and so does what was spent
        world.refund(each)
    world.pass_time(days=1)
    world.buy(ola, "3.10")
    world.buy(ola, "250.00")
    world.buy(ewa, "100.00")
    world.redeem(ewa, "coffee")
    world.pass_time(days=40)
    world.expire()  # the voucher
    refunded = world.buy(ewa, "90.00")
    world.redeem(ewa, "coffee")
    world.refund(refunded)
    world.buy(jan, "95.00")
    world.pass_time(days=330)
    world.redeem(jan, "coffee")
    world.pass_time(days=40)
    world.expire()  # the voucher, whose points ran out meanwhile
    world.pass_time(days=400)
    world.expire()
    world.drop_in(ola)
    return [ola, ewa, jan]


def a_year_at_the_market(world: World) -> list[MemberRecord]:
    """Every multiplier, the limits, a stamp card, what cools off, and what comes by itself."""
    ola, ewa = world.enrol("Ola"), world.enrol("Ewa")
    world.buy(ola, "600.00")
    world.buy(ola, "37.77", lines=(basket("fruit", 30, "30.00"), basket("gift_card", 1, "7.77")))
    for _ in range(3):
        world.do(ola, "tasting", table="cheese", actor=MANAGER)
    loaves = world.buy(ola, "30.00", lines=(basket("bread", 12, "30.00"),))
    wine = world.buy(ewa, "60.00", lines=(basket("wine", 12, "60.00"),))
    world.refund(wine, lines=(RefundLine(line=1, quantity=6),))
    world.pass_time(days=200)
    world.buy(ola, "11.11", lines=(basket("cheese", 3, "11.11", sku="GOUDA-12"),), channel="app")
    world.now = DOUBLE_WEEK
    world.buy(ola, "99.99")
    world.buy(ewa, "99.99")
    world.buy(ewa, "70.00", lines=(basket("fruit", 20, "70.00"),))
    world.refund(loaves)
    return [ola, ewa]


@pytest.fixture
def played(request: pytest.FixtureRequest, worlds: Callable[[str], World]) -> Year:
    name, play = request.param
    world = worlds(name)
    return world, play(world)


everywhere = pytest.mark.parametrize(
    "played",
    [("cafe", a_year_at_the_cafe), ("market", a_year_at_the_market)],
    ids=["cafe", "market"],
    indirect=True,
)


def adds_up(why: Why) -> bool:
    return sum(part.amount for part in why.parts) == why.amount


def has_no_gap(text: str) -> bool:
    return bool(text) and not set("{}") & set(text) and "None" not in text


@everywhere
def test_the_parts_of_every_movement_add_up_to_it_and_the_movements_to_their_fact(
    played: Year,
) -> None:
    world, members = played
    version = world.programme.version
    for member in members:
        for fact, whys in explained_facts(world, member, "en"):
            amounts = [why.amount for why in whys]
            assert all(adds_up(why) for why in whys), fact
            assert {why.version for why in whys} <= {version}
            if points := fact.params.get("points"):
                assert abs(sum(amounts)) == abs(points), fact
            if fact.kind == FactKind.POINTS_EARNED:
                assert [[why.rule, why.amount] for why in whys] == fact.params["parts"]


@everywhere
def test_every_movement_is_told_by_one_fact_and_together_they_are_the_balance(
    played: Year,
) -> None:
    world, members = played
    rows = world.rows("SELECT id, kind, from_account || to_account FROM entry")
    for member in members:
        facts = explained_facts(world, member, "en")
        own = {entry: kind for entry, kind, accounts in rows if member.id in accounts}
        whys = {
            entry: why
            for fact, explained in facts
            for entry, why in zip(fact.entries or (), explained, strict=True)
        }
        assert Counter(entry for fact, _ in facts for entry in fact.entries or ()) == Counter(
            list(own)
        )
        spendable = [whys[entry].amount for entry, kind in own.items() if kind not in NOT_SPENDABLE]
        assert sum(spendable) == world.balances(member)["available"]


@everywhere
@pytest.mark.parametrize("tag", LOCALES)
def test_every_explanation_is_a_sentence_with_its_number_in_each_language(
    played: Year, tag: str
) -> None:
    world, members = played
    seen = set()
    for member in members:
        for fact, whys in explained_facts(world, member, tag):
            for why in whys:
                assert has_no_gap(why.text), fact
                assert format_points(abs(why.amount), tag) in why.text
                assert all(has_no_gap(part.text) for part in why.parts)
                seen.add(why.text)
        for rule, (_, why) in shown(world, member, tag).items():
            assert has_no_gap(why.text), rule
            assert adds_up(why), rule
            assert why.next is None or has_no_gap(why.next.text)
    assert len(seen) > len(members)


def test_a_year_at_the_cafe_has_every_way_in_which_points_move(world: World) -> None:
    a_year_at_the_cafe(world)
    every = {kind.value for kind in set(EntryKind) - MOVEMENTS}
    assert set(world.rows("SELECT kind FROM entry")) == every
    assert world.violations() == []


def test_a_year_at_the_market_has_every_way_in_which_points_cool_off(market_world: World) -> None:
    _, ewa = a_year_at_the_market(market_world)
    assert set(market_world.rows("SELECT kind FROM entry")) >= {kind.value for kind in MOVEMENTS}
    told = [why.text for _, whys in explained_facts(market_world, ewa, "en") for why in whys]
    assert "A case of wine: 120 points, to be spent from March 16, 2026 on." in told
    assert (
        "“A case of wine”: 60 points, taken back with the refund before they could be spent."
    ) in told
    assert "60 points that were earned before can be spent since March 16, 2026." in told
    assert market_world.violations() == []


def test_points_are_told_as_what_they_are_multiplied_by(market_world: World) -> None:
    ola, _ = a_year_at_the_market(market_world)
    told = [why.text for _, whys in explained_facts(market_world, ola, "en") for why in whys]
    assert "Points for what you buy: 360 = 300 + 60 (Cart ×1.2). Gift cards don't count." in told
    assert "A large basket of fruit: 100 = 120 − 20 (at most 100 at once)." in told
    (capped,) = [text for text in told if "Double points week" in text]
    assert capped.startswith("Points for what you buy: 2,999 = 999 + 200 (Cart ×1.2)")
    assert "(the most that multipliers make of it)" in capped


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("pl", "Punkty za zakupy: 360 = 300 + 60 (Wózek ×1,2). Karty podarunkowe się nie liczą."),
        ("ru", "Points for what you buy: 360 = 300 + 60 (Cart ×1,2). Gift cards don't count."),
        (
            "zh-Hant",
            "Points for what you buy：360 = 300 + 60（Cart ×1.2）。Gift cards don't count.",
        ),
    ],
)
def test_what_the_owner_adds_is_told_in_the_language_that_there_is(
    market_world: World, tag: str, text: str
) -> None:
    ola, _ = a_year_at_the_market(market_world)
    facts = explained_facts(market_world, ola, tag)
    assert text in [why.text for _, whys in facts for why in whys]


def test_what_only_an_older_version_knew_is_left_out(market_world: World) -> None:
    ola, _ = a_year_at_the_market(market_world)
    market_world.programme = replace(market_world.programme, version="another", multipliers=())
    told = [why.text for _, whys in explained_facts(market_world, ola, "en") for why in whys]
    assert "Points for what you buy: 360 = 300 + 60 (Cart)." in told
    assert any("(double_week)" in text for text in told)


def test_who_of_the_staff_adjusted_points_is_not_told(world: World) -> None:
    ola = world.enrol("Ola")
    world.adjust(ola, 30)
    world.adjust(ola, -10)
    given, taken = [why for _, whys in explained_facts(world, ola, "en") for why in whys]
    assert (given.rule, given.text) == (None, "Given by our staff: 30 points.")
    assert (taken.amount, taken.text) == (-10, "Taken by our staff: 10 points.")


def test_a_prize_that_was_used_before_its_purchase_was_refunded_is_told_as_owed(
    world: World,
) -> None:
    ola = world.enrol("Ola")
    world.join(ola, "pastry_month")
    bought = world.eat_pastries(ola, 5)
    (won,) = world.rows("SELECT id FROM voucher")
    world.capture(world.scan(ola).id, won)
    world.refund(bought)
    facts = {fact.kind: whys for fact, whys in explained_facts(world, ola, "en")}
    (owed,) = facts[FactKind.CHALLENGE_WITHDRAWN]
    assert owed.text == (
        "“A pastry from the counter” was picked up before the refund: its 1,200 points are owed."
    )
    assert owed.amount == -1200
