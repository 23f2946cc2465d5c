import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from gamification.actions.record_purchase import PurchaseLine
from gamification.expressions import compile_expression
from tests.gamification.actions.parts import (
    ALL,
    COUNTS,
    EARNED,
    LINES,
    cake_and_coffee,
    money,
    pieces,
    sound,
    taken,
)
from tests.world import World

RETURNED = "SELECT lines FROM activity WHERE kind = 'refund' ORDER BY id"
NOTHING_HELD = {"available": 0, "debt": 0, "pending": 0}


def test_a_line_that_comes_back_takes_back_what_the_rest_would_not_have_earned(
    world: World,
) -> None:
    member = world.enrol()
    purchase = cake_and_coffee(world, member)
    # The rest of 9.17 gives 91 and 10, and 20 for two cakes.
    assert taken(world, purchase, pieces((1, 1))) == (333, 917, 34 + 10)
    assert world.balances(member)["available"] == EARNED - 44
    assert json.loads(world.rows(RETURNED)[0]) == [{"line": 1, "quantity": 1, "amount_minor": 333}]


def test_pieces_one_by_one_give_back_what_their_line_cost(world: World) -> None:
    purchase = cake_and_coffee(world, world.enrol())
    parts = [taken(world, purchase, pieces((1, 1)))[0] for _ in range(3)]
    assert parts == [333, 333, 334]
    assert taken(world, purchase, pieces((2, 1)))[:2] == (250, 0)
    with world.refuses("ALREADY_REFUNDED", sticky=True):
        world.refund(purchase, **pieces((2, 1))).result()


def test_an_amount_is_taken_off_every_line_and_leaves_the_pieces(world: World) -> None:
    purchase = cake_and_coffee(world, world.enrol())
    assert taken(world, purchase, money("2.51")) == (251, 999, 26)
    shares = [
        (each["quantity"], each["amount_minor"]) for each in json.loads(world.rows(RETURNED)[0])
    ]
    assert shares == [(0, 201), (0, 50)]
    # Of 7.99 for three cakes, two are 5.32; of 4.67 that are left are 46 points.
    assert taken(world, purchase, pieces((1, 2))) == (532, 467, 53 + 20)
    assert taken(world, purchase, ALL) == (467, 0, 46 + 10 + 10)


def test_a_purchase_without_lines_gives_back_amounts(world: World) -> None:
    member = world.enrol()
    purchase = world.buy(member, "10.00")
    assert taken(world, purchase, money("7.50")) == (750, 250, 75 + 10)  # below 3.00: no visit
    assert taken(world, purchase, money("2.5")) == (250, 0, 25)
    assert world.balances(member) == NOTHING_HELD


@pytest.mark.parametrize(
    "parts",
    [
        [pieces((1, 3), (2, 1))],
        [money("12.50")],
        [pieces((2, 1)), pieces((1, 2)), pieces((1, 1))],
        [money("0.01"), money("12.48"), ALL],
        [money("4.00"), pieces((1, 1)), money("1.23"), pieces((2, 1), (1, 1)), ALL],
        [pieces((1, 3)), money("2.50")],
    ],
)
def test_all_parts_together_undo_what_the_whole_refund_undoes(
    world: World, parts: list[dict[str, Any]]
) -> None:
    member = world.enrol()
    world.join(member, "pastry_month")
    purchase = cake_and_coffee(world, member)
    sums = [sum(each) for each in zip(*(taken(world, purchase, p) for p in parts), strict=True)]
    assert (sums[0], sums[2]) == (1250, EARNED)
    assert world.balances(member) == NOTHING_HELD
    assert world.rows(COUNTS) == []
    with world.refuses("ALREADY_REFUNDED", sticky=True):
        world.refund(purchase).result()


def test_counts_follow_the_pieces_and_the_visit_stays_to_the_last(world: World) -> None:
    purchase = cake_and_coffee(world, world.enrol())
    taken(world, purchase, pieces((1, 1), (2, 1)))
    assert dict(world.rows(COUNTS)) == {"spend": 667, "pastries": 2, "visits": 1}
    taken(world, purchase, pieces((1, 2)))
    assert world.rows(COUNTS) == []


def test_free_pieces_come_back_by_themselves(world: World) -> None:
    free = PurchaseLine(name="Taste", category="pastry", quantity=2, amount=Decimal(0))
    member = world.enrol()
    purchase = world.buy(member, "2.50", lines=(LINES[1], free))
    assert taken(world, purchase, pieces((1, 1))) == (250, 0, 25)
    assert taken(world, purchase, pieces((2, 1))) == (0, 0, 10)
    assert taken(world, purchase, ALL) == (0, 0, 10)
    with world.refuses("ALREADY_REFUNDED", sticky=True):
        world.refund(purchase).result()


def test_a_purchase_that_cost_nothing_is_given_back_once(world: World) -> None:
    purchase = world.buy(world.enrol(), "0.00")
    assert taken(world, purchase, ALL) == (0, 0, 0)
    with world.refuses("ALREADY_REFUNDED", sticky=True):
        world.refund(purchase).result()


def test_the_tier_falls_with_the_part_that_it_rested_on(world: World) -> None:
    member = world.enrol()
    purchase = world.buy(member, "300.00")
    taken(world, purchase, money("50.00"))
    assert "TIER_LOST" not in world.kinds(member)
    taken(world, purchase, money("0.01"))
    taken(world, purchase, ALL)
    tiers = [fact for fact in world.facts(member) if fact[0] == "TIER_LOST"]
    assert tiers == [("TIER_LOST", {"tier": "prelude", "before": "serenade"})]


def test_a_badge_falls_with_the_part_that_it_rested_on(world: World) -> None:
    member = world.enrol()
    purchase = world.buy(member, "120.00")
    assert taken(world, purchase, money("20.00")) == (2000, 10000, 200)
    assert taken(world, purchase, money("50.00")) == (5000, 5000, 500 + 150)
    assert world.awards(member) == [("badge:big_table", 1, "ever")]
    assert taken(world, purchase, money("25.01")) == (2501, 2499, 251 + 100)
    assert world.awards(member) == []


def test_a_challenge_falls_with_a_piece_and_is_won_again(world: World) -> None:
    member = world.enrol()
    world.join(member, "pastry_month")
    purchase = world.eat_pastries(member, 5)
    taken(world, purchase, pieces((1, 1)))
    assert world.rows("SELECT state FROM voucher") == ["withdrawn"]
    world.eat_pastries(member, 1)
    assert sorted(world.rows("SELECT state FROM voucher")) == ["open", "withdrawn"]
    assert sound(world)


def test_a_prize_that_was_used_is_owed_once(world: World) -> None:
    member = world.enrol()
    world.join(member, "pastry_month")
    purchase = world.eat_pastries(member, 5)
    (voucher,) = world.rows("SELECT id FROM voucher")
    world.capture(world.scan(member).id, voucher)
    for part in (pieces((1, 1)), pieces((1, 3)), ALL):
        taken(world, purchase, part)
    assert world.balances(member) == {"available": 0, "debt": -1200, "pending": 0}


def test_points_that_were_spent_are_owed_part_by_part(world: World) -> None:
    member = world.enrol()
    purchase = world.buy(member, "79.00")
    voucher = world.redeem(member, "coffee").result()["voucher_id"]
    world.capture(world.scan(member).id, voucher)
    assert taken(world, purchase, money("40.00")) == (4000, 3900, 400)
    assert world.balances(member)["debt"] == -400
    taken(world, purchase, ALL)
    assert world.balances(member) == {"available": 0, "debt": -900, "pending": 0}


def test_a_voucher_falls_only_if_the_rest_cannot_pay_for_it(world: World) -> None:
    member = world.enrol()
    purchase = world.buy(member, "99.00")
    world.redeem(member, "coffee").result()
    taken(world, purchase, money("15.00"))
    assert world.rows("SELECT state FROM voucher") == ["open"]
    taken(world, purchase, money("15.00"))
    assert world.rows("SELECT state FROM voucher") == ["withdrawn"]
    assert world.balances(member) == {"available": 690 + 10 + 100, "debt": 0, "pending": 0}


def test_what_other_rules_of_the_purchase_gave_pays_but_not_what_they_owe(world: World) -> None:
    member = world.enrol()
    purchase = cake_and_coffee(world, member)
    world.adjust(member, -125).result()  # all of what its money earned
    # 34 are owed for money: 10 of the visit, 20 of the cakes, 4 as debt; and 10 for a cake.
    assert taken(world, purchase, pieces((1, 1)))[2] == 44
    assert world.balances(member) == {"available": 0, "debt": -4, "pending": 0}


def test_what_expired_is_gone_and_the_rest_is_owed_only_beyond_what_stays(world: World) -> None:
    member = world.enrol()
    purchase = world.buy(member, "20.00")
    world.adjust(member, -150).result()
    world.pass_time(days=400)
    world.expire()
    # Of 200 points 150 were used, and the rest of the purchase is worth 100.
    assert taken(world, purchase, money("10.00")) == (1000, 1000, 50)
    assert taken(world, purchase, ALL) == (1000, 0, 100)
    assert world.balances(member) == {"available": 0, "debt": -150, "pending": 0}


def test_a_part_that_would_earn_more_gives_nothing(world: World) -> None:
    small = replace(
        world.programme.earning[0],
        points=compile_expression("2000 - activity.amount"),
        rate=Fraction(1),
    )
    world.programme = replace(world.programme, earning=[small])
    purchase = world.buy(world.enrol(), "10.00")
    assert taken(world, purchase, money("5.00")) == (500, 500, 0)
    assert taken(world, purchase, ALL) == (500, 0, 1000)


def test_the_member_reads_of_which_purchase_a_part_came_back(world: World) -> None:
    member = world.enrol()
    purchase = world.buy(member, "10.00")
    taken(world, purchase, money("4.00"))
    taken(world, purchase, ALL)
    of = {"purchase": purchase.outcome["activity_id"], "of_minor": 1000}
    told = [params for kind, params in world.facts(member) if kind == "PURCHASE_REFUNDED"]
    assert told == [{**of, "amount_minor": 400}, {**of, "amount_minor": 600}]
