"""Parts of a purchase that cannot be given back; and what comes twice."""

from decimal import Decimal
from typing import Any

import pytest

from api.erasure import erase
from tests.gamification.actions.parts import ALL, cake_and_coffee, money, pieces
from tests.world import ELSEWHERE, World


@pytest.mark.parametrize(
    ("part", "code", "data"),
    [
        (pieces((3, 1)), "LINE_UNKNOWN", {"lines": 2}),
        (pieces((0, 1)), "LINE_UNKNOWN", {"lines": 2}),
        (pieces((-1, 1)), "LINE_UNKNOWN", {"lines": 2}),
        (pieces((1, 1), (1, 1)), "LINE_TWICE", {}),
        (pieces((1, 0)), "QUANTITY_OUT_OF_RANGE", {"minimum": 1}),
        (pieces((1, -1)), "QUANTITY_OUT_OF_RANGE", {"minimum": 1}),
        (pieces((1, 10**9)), "QUANTITY_OUT_OF_RANGE", {"maximum": 500}),
        (pieces(), "LIST_LENGTH", {"minimum": 1, "maximum": 100}),
        (pieces(*((line, 1) for line in range(1, 102))), "LIST_LENGTH", {"maximum": 100}),
        (pieces((1, 1)) | money("1.00"), "REFUND_AMBIGUOUS", {}),
        (money("0"), "AMOUNT_OUT_OF_RANGE", {"minimum_minor": 1, "maximum_minor": 1250}),
        (money("-1.00"), "AMOUNT_OUT_OF_RANGE", {"minimum_minor": 1}),
        (money("1.001"), "TOO_MANY_DECIMALS", {"maximum": 2}),
        (money("NaN"), "AMOUNT_OUT_OF_RANGE", {}),
        (money("1e999999"), "AMOUNT_OUT_OF_RANGE", {}),
    ],
)
def test_a_part_that_cannot_be_right_is_refused(
    world: World, part: dict[str, Any], code: str, data: dict[str, Any]
) -> None:
    purchase = cake_and_coffee(world, world.enrol())
    with world.refuses(code, **data):
        world.refund(purchase, **part)


def test_more_than_is_left_is_refused_for_good_and_told(world: World) -> None:
    purchase = cake_and_coffee(world, world.enrol())
    world.refund(purchase, **pieces((1, 2))).result()
    left: dict[str, Any] = {"left_minor": 584, "digits": 2}
    with world.refuses("REFUND_TOO_LARGE", sticky=True, **left):
        world.refund(purchase, key="too much", **money("5.85")).result()
    with world.refuses("REFUND_TOO_LARGE", sticky=True, line=1, quantity_left=1, **left):
        world.refund(purchase, **pieces((2, 1), (1, 2))).result()
    world.refund(purchase, **money("5.84")).result()
    with world.refuses("REFUND_TOO_LARGE", **left):  # what is stored tells what was left then
        world.refund(purchase, key="too much", **money("5.85")).result()


def test_of_a_purchase_without_lines_none_can_be_named(world: World) -> None:
    purchase = world.buy(world.enrol(), "10.00")
    with world.refuses("LINE_UNKNOWN", lines=0):
        world.refund(purchase, **pieces((1, 1)))


def test_the_same_part_under_the_same_key_comes_back_once(world: World) -> None:
    member = world.enrol()
    purchase = cake_and_coffee(world, member)
    first = world.refund(purchase, key="k", **pieces((1, 1)))
    again = world.refund(purchase, key="k", **pieces((1, 1)))
    assert (again.outcome, again.replayed) == (first.outcome, True)
    for other in (pieces((1, 2)), pieces((2, 1)), money("3.33"), ALL):
        with world.refuses("IDEMPOTENCY_CONFLICT"):
            world.refund(purchase, key="k", **other)
    assert world.rows("SELECT amount_minor FROM activity WHERE kind = 'refund'") == [333]


def test_an_amount_is_the_same_however_it_is_spelled(world: World) -> None:
    purchase = cake_and_coffee(world, world.enrol())
    world.refund(purchase, key="k", amount=Decimal("1.5")).result()
    assert world.refund(purchase, key="k", amount=Decimal("1.500")).replayed


def test_a_clerk_of_another_store_gives_no_part_back(world: World) -> None:
    purchase = cake_and_coffee(world, world.enrol())
    with world.refuses("PURCHASE_UNKNOWN"):
        world.refund(purchase, actor=ELSEWHERE, **pieces((1, 1)))


def test_nothing_more_comes_back_of_a_purchase_of_a_forgotten_member(world: World) -> None:
    member = world.enrol()
    purchase = cake_and_coffee(world, member)
    world.refund(purchase, **pieces((1, 1))).result()
    kept = "SELECT lines FROM activity WHERE kind = 'refund'"
    before = world.rows(kept)
    erase(world.database, member.number, world.programme, now=world.now)
    with world.refuses("PURCHASE_UNKNOWN"):
        world.refund(purchase, **pieces((1, 1)))
    assert world.rows(kept) == before
    assert world.violations() == []
