"""What multiplies points, in which order, and how far; the market's rules are the example."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import orjson
import pytest

from gamification.actions.record_purchase import PurchaseLine
from gamification.actions.record_visit import VisitToRecord, record_visit
from gamification.actions.targets import Target
from gamification.expressions import MEMBER_FIELDS, compile_expression
from gamification.staff.rules import Role
from gamification.tags import store as tags
from tests.world import ELSEWHERE, MANAGER, World

AT_THE_STATION = replace(ELSEWHERE, role=Role.MANAGER)
BEFORE = datetime(2026, 11, 30, 11, 0, tzinfo=UTC)  # a Monday at noon, before the double week
DOUBLE = datetime(2026, 12, 2, 11, 0, tzinfo=UTC)
EARLY = datetime(2026, 12, 3, 7, 0, tzinfo=UTC)  # at eight in Warsaw


@pytest.fixture
def world(market_world: World) -> World:
    market_world.now = BEFORE
    return market_world


def bought(world: World, total: str, *, category: str = "bread", quantity: int = 1) -> int:
    """What a purchase of one line earns."""
    member = world.enrol()
    line = PurchaseLine(name="?", category=category, quantity=quantity, amount=Decimal(total))
    return int(world.buy(member, total, lines=(line,)).result()["points"])


def parts_of(world: World, rule: str) -> list[list[object]] | None:
    """What the newest entry of a rule is made of."""
    stored = world.rows(f"SELECT parts FROM entry WHERE rule = '{rule}' ORDER BY id")[-1]  # noqa: S608 -- ours
    return None if stored is None else orjson.loads(stored)  # type: ignore[no-any-return]  # JSON


def test_points_of_one_part_are_not_taken_apart(world: World) -> None:
    assert bought(world, "10.99") == 109
    assert parts_of(world, "spend") is None


def test_a_gift_card_earns_nothing(world: World) -> None:
    assert bought(world, "50.00", category="gift_card") == 0


def test_a_period_multiplies_what_is_bought_in_it(world: World) -> None:
    world.now = DOUBLE
    assert bought(world, "10.99") == 219  # 109.9 x 2, rounded down once
    assert parts_of(world, "spend") == [["base", 109], ["multiplier:double_week", 110]]
    assert world.violations() == []


def test_a_late_purchase_counts_for_the_period_of_its_own_day(world: World) -> None:
    member = world.enrol()
    world.now = datetime(2026, 12, 10, 12, 0, tzinfo=UTC)
    assert world.buy(member, "10.00", occurred_at=DOUBLE).result()["points"] == 200


def test_the_tier_comes_first_and_then_the_multipliers_as_they_stand_in_the_file(
    world: World,
) -> None:
    bought(world, "500.00")
    world.now = DOUBLE
    assert bought(world, "10.00") == 240
    assert parts_of(world, "spend") == [
        ["base", 100],
        ["tier:cart", 20],
        ["multiplier:double_week", 120],
    ]


def test_together_they_multiply_by_no_more_than_the_programme_says(world: World) -> None:
    bought(world, "500.00")
    world.now = EARLY
    assert bought(world, "10.00") == 300  # 1.2 x 2 x 1.5 would be 3.6
    assert parts_of(world, "spend") == [
        ["base", 100],
        ["tier:cart", 20],
        ["multiplier:double_week", 120],
        ["multiplier:early", 120],
        ["cap", -60],
    ]
    world.programme = replace(world.programme, multiplied_at_most=None)
    assert bought(world, "10.00") == 360


def test_a_product_earns_by_its_article_number(world: World) -> None:
    member = world.enrol()
    lines = tuple(
        PurchaseLine(name="?", category="cheese", quantity=n, amount=Decimal("5.00"), sku=sku)
        for n, sku in ((2, "GOUDA-12"), (3, "GOUDA-6"), (1, None), (1, "GOUDA-12"))
    )
    world.buy(member, "20.00", lines=lines)
    assert world.rows("SELECT amount FROM entry WHERE rule = 'old_gouda'") == [75]


@pytest.mark.parametrize(("channel", "earned"), [("store", 10), ("web", 10), ("app", 25)])
def test_an_order_earns_by_its_channel(world: World, channel: str, earned: int) -> None:
    member = world.enrol()
    assert world.buy(member, "1.00", channel=channel).result()["points"] == earned


def test_a_visit_earns_by_store_day_and_hour(world: World) -> None:
    # A Monday at noon in Warsaw, the same at two, and a Wednesday at two.
    moments = (BEFORE, BEFORE.replace(hour=13), DOUBLE.replace(hour=13))
    earned = []
    for moment in moments:
        world.now = moment
        for actor in (MANAGER, AT_THE_STATION):
            target = Target(member_number=world.enrol(world.key()).number)
            request = VisitToRecord(target=target, idempotency_key=world.key())
            done = world.write(
                lambda c, request=request, actor=actor: record_visit(
                    c, request, world.occasion(actor)
                )
            )
            earned.append(done.result()["points"])
    assert earned == [0, 0, 0, 5, 0, 0]


def test_a_rule_gives_no_more_than_its_own_most(world: World) -> None:
    assert bought(world, "1.00", category="fruit", quantity=9) == 10
    assert bought(world, "1.00", category="fruit", quantity=10) == 10 + 40
    assert bought(world, "1.00", category="fruit", quantity=30) == 10 + 100
    assert parts_of(world, "fruit_basket") == [["base", 120], ["limit", -20]]
    world.now = EARLY
    assert bought(world, "1.00", category="fruit", quantity=20) == 10 * 3 + 100
    assert parts_of(world, "fruit_basket") == [
        ["base", 80],
        ["multiplier:early", 40],
        ["limit", -20],
    ]
    assert world.violations() == []


@pytest.mark.parametrize("total", ["0.01", "0.09", "0.33", "7.77", "123.45", "1999.99"])
def test_the_parts_add_up_to_the_points(world: World, total: str) -> None:
    third = replace(world.programme.earning[0], rate=Fraction(1, 3))
    world.programme = replace(world.programme, earning=(third,))
    world.now = EARLY
    points = bought(world, total)
    parts = parts_of(world, "spend") if points else [["base", 0]]
    assert parts is not None
    assert sum(int(str(part)) for _, part in parts) == points
    assert points == int(Fraction(total) * 100 * Fraction(1, 3) * 3)


def test_a_multiplier_that_fails_spoils_its_rule_and_nothing_else(world: World) -> None:
    double, early, _ = world.programme.multipliers
    broken = replace(
        early, rules=frozenset({"fruit_basket"}), condition=world.programme.earning[0].points
    )
    world.programme = replace(world.programme, multipliers=(double, broken))
    assert bought(world, "1.00", category="fruit", quantity=10) == 10
    [faults] = world.rows("SELECT faults FROM activity WHERE kind = 'purchase'")
    assert orjson.loads(faults)[0]["rule"] == "earning:fruit_basket"
    assert "not true or false" in orjson.loads(faults)[0]["reason"]


def test_a_segment_multiplies_for_those_who_are_in_it_before_they_buy(world: World) -> None:
    member, other = world.enrol("Ola"), world.enrol("Jan")
    world.write(lambda c: tags.put(c, member.id, "connoisseur"))
    assert world.buy(member, "10.00").result()["points"] == 125
    assert parts_of(world, "spend") == [["base", 100], ["multiplier:connoisseurs", 25]]
    assert world.buy(other, "10.00").result()["points"] == 100
    assert parts_of(world, "spend") is None
    assert world.violations() == []


def test_a_member_grows_into_a_segment_by_what_they_buy(world: World) -> None:
    member = world.enrol()
    for _ in range(10):
        world.pass_time(days=1)
        world.now = world.now.replace(hour=12)
        world.buy(member, "110.00")
    assert parts_of(world, "spend") is not None  # of the tier
    assert "multiplier:connoisseurs" not in str(parts_of(world, "spend"))
    world.buy(member, "10.00")
    assert "multiplier:connoisseurs" in str(parts_of(world, "spend"))


def test_a_segment_that_fails_multiplies_nothing_and_says_so(world: World) -> None:
    member = world.enrol()
    named = world.programme.segments.named["connoisseur"]
    broken = compile_expression("1 / member.visits > 0", fields=MEMBER_FIELDS)
    segments = replace(world.programme.segments, named={named.id: replace(named, condition=broken)})
    world.programme = replace(world.programme, segments=segments)
    assert world.buy(member, "10.00").result()["points"] == 100
    [faults] = world.rows("SELECT faults FROM activity WHERE kind = 'purchase'")
    [fault] = orjson.loads(faults)
    assert fault["rule"] == "segment:connoisseur"
    assert "division by zero" in fault["reason"]
