from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import orjson
import pytest

from gamification.actions.record_purchase import PurchaseLine
from gamification.expressions import compile_expression
from gamification.programme.values import Programme
from gamification.tags import store as tags
from tests.gamification.actions.parts import (
    ALL,
    COUNTS,
    cake_and_coffee,
    money,
    pieces,
    taken,
)
from tests.world import World

FAULTS = "SELECT faults FROM activity WHERE kind = 'refund'"
WINE_AND_GIFT_CARD = tuple(
    PurchaseLine(name=category, category=category, quantity=1, amount=Decimal(10))
    for category in ("wine", "gift_card")
)
WINE, GIFT_CARD = pieces((1, 1)), pieces((2, 1))
SAME: Mapping[str, Any] = {}
OTHER_VERSION = {"version": "v2"}


def change_spend_rule(world: World, **changes: Any) -> None:
    """Under another version the rule for money is another one; the others stay."""
    first, *others = world.programme.earning
    world.programme = replace(
        world.programme, version="v2", earning=[replace(first, **changes), *others]
    )


def change_measure(programme: Programme, name: str, **changes: Any) -> Programme:
    measure = replace(programme.measures[name], **changes)
    return replace(programme, measures={**programme.measures, name: measure})


@pytest.mark.parametrize("version", [SAME, OTHER_VERSION])
@pytest.mark.parametrize(
    ("first", "second", "points"), [(WINE, GIFT_CARD, [100, 0]), (GIFT_CARD, WINE, [0, 100])]
)
def test_what_earned_nothing_takes_nothing_back_also_under_another_version_of_the_same_rules(
    market_world: World,
    version: dict[str, Any],
    first: dict[str, Any],
    second: dict[str, Any],
    points: list[int],
) -> None:
    world = market_world
    purchase = world.buy(world.enrol(), "20.00", lines=WINE_AND_GIFT_CARD)
    assert purchase.outcome["points"] == 100
    world.programme = replace(world.programme, **version)
    assert [taken(world, purchase, part)[2] for part in (first, second)] == points


@pytest.mark.parametrize("version", [SAME, OTHER_VERSION])
def test_the_rest_is_worked_out_in_the_tier_of_then(world: World, version: dict[str, Any]) -> None:
    member = world.enrol()
    before = world.buy(member, "250.00")
    purchase = world.buy(member, "10.00")
    assert purchase.outcome["points"] == 110 + 10
    world.refund(before).result()
    world.programme = replace(world.programme, **version)
    # Of 5.00 the visit stays; its share of the money would be half of it.
    assert taken(world, purchase, money("5.00")) == (500, 500, 55)


@pytest.mark.parametrize("version", [SAME, OTHER_VERSION])
def test_the_rest_is_worked_out_in_the_segments_of_then(
    market_world: World, version: dict[str, Any]
) -> None:
    world, member = market_world, market_world.enrol()
    world.write(lambda c: tags.put(c, member.id, "connoisseur"))
    purchase = world.buy(member, "20.00", lines=WINE_AND_GIFT_CARD)
    assert purchase.outcome["points"] == 125
    world.write(lambda c: tags.take_off(c, member.id, "connoisseur"))
    world.programme = replace(world.programme, **version)
    assert world.refund(purchase, **GIFT_CARD).result()["points"] == 0
    assert world.refund(purchase, **WINE).result()["points"] == 125


def test_only_what_a_rule_gave_that_is_another_now_follows_the_money(world: World) -> None:
    purchase = cake_and_coffee(world, world.enrol())
    change_spend_rule(world, rate=Fraction(1))
    # Of 125 for 12.50, 9.17 keep 91; the visit stays, and a cake takes its own 10.
    assert taken(world, purchase, pieces((1, 1))) == (333, 917, (125 - 91) + 10)
    assert taken(world, purchase, ALL) == (917, 0, 91 + 10 + 20)


@pytest.mark.parametrize(
    "changes",
    [
        {"rate": Fraction(1)},
        {"points": compile_expression("100 / (activity.amount - 1000)"), "rate": Fraction(1)},
        {"condition": compile_expression("activity.channel == 'app'")},
    ],
    ids=["another rate", "fails", "does not hold"],
)
def test_what_a_rule_gave_follows_the_money_if_it_would_not_give_it_now(
    world: World, changes: dict[str, Any]
) -> None:
    purchase = world.buy(world.enrol(), "10.00")
    change_spend_rule(world, **changes)
    assert taken(world, purchase, money("3.33")) == (333, 667, 100 - 66)
    assert taken(world, purchase, ALL) == (667, 0, 66 + 10)


def test_what_a_rule_gave_that_is_gone_follows_the_money(world: World) -> None:
    purchase = world.buy(world.enrol(), "10.00")
    world.programme = replace(world.programme, version="v2", earning=world.programme.earning[1:])
    assert taken(world, purchase, money("3.33")) == (333, 667, 100 - 66)


def test_a_rule_that_fails_on_the_rest_keeps_its_share(world: World) -> None:
    purchase_rule = replace(
        world.programme.earning[0],
        points=compile_expression("300 / activity.quantity.pastry"),
        rate=Fraction(1),
    )
    world.programme = replace(world.programme, earning=[purchase_rule])
    purchase = cake_and_coffee(world, world.enrol())
    assert taken(world, purchase, pieces((1, 3))) == (1000, 250, 100 - 20)
    [faults] = world.rows(FAULTS)
    assert [fault["rule"] for fault in orjson.loads(faults)] == ["earning:spend"]


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": compile_expression("activity.amount / activity.quantity.pastry")},
        {"amount": compile_expression("activity.amount * 2")},
        {"condition": compile_expression("activity.channel == 'app'")},
    ],
    ids=["fails", "counts more", "does not hold"],
)
def test_a_measure_that_would_count_something_else_now_keeps_its_share_and_the_tier(
    world: World, changes: dict[str, Any]
) -> None:
    member = world.enrol()
    purchase = world.buy(member, "300.00")
    world.programme = change_measure(replace(world.programme, version="v2"), "spend", **changes)
    taken(world, purchase, money("0.01"))
    assert dict(world.rows(COUNTS))["spend"] == 29999
    assert "TIER_LOST" not in world.kinds(member)
    taken(world, purchase, money("50.00"))
    assert "TIER_LOST" in world.kinds(member)
    taken(world, purchase, ALL)
    assert world.rows(COUNTS) == []


def test_a_measure_that_is_as_it_was_counts_the_rest_though_another_has_changed(
    world: World,
) -> None:
    purchase = cake_and_coffee(world, world.enrol())
    world.programme = change_measure(
        replace(world.programme, version="v2"),
        "spend",
        amount=compile_expression("activity.amount * 2"),
    )
    taken(world, purchase, pieces((2, 1)))
    assert dict(world.rows(COUNTS)) == {"spend": 1000, "pastries": 3, "visits": 1}


def test_a_measure_that_is_gone_keeps_its_share(world: World) -> None:
    purchase = cake_and_coffee(world, world.enrol())
    measures = {k: m for k, m in world.programme.measures.items() if k != "pastries"}
    world.programme = replace(world.programme, version="later", measures=measures)
    world.refund(purchase, **money("6.25")).result()
    assert dict(world.rows(COUNTS)) == {"spend": 625, "pastries": 1, "visits": 1, "coffees": 1}


def test_a_measure_that_fails_on_the_rest_keeps_its_share(world: World) -> None:
    world.programme = change_measure(
        world.programme, "coffees", amount=compile_expression("300 / activity.quantity.pastry")
    )
    purchase = cake_and_coffee(world, world.enrol())
    taken(world, purchase, pieces((1, 3)))
    assert dict(world.rows(COUNTS)) == {"spend": 250, "visits": 1, "coffees": 20}
    [faults] = world.rows(FAULTS)
    assert [fault["rule"] for fault in orjson.loads(faults)] == ["measure:coffees"]
