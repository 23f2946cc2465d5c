from datetime import timedelta
from decimal import Decimal

import pytest

from gamification.actions.record_purchase import Purchase, PurchaseLine
from gamification.actions.targets import Target
from gamification.cards.rules import CodeFlag
from tests.world import CLERK, ELSEWHERE, SYSTEM, World


def a_line(amount: str = "10.00", **changes: object) -> PurchaseLine:
    values = {"name": "Latte", "category": "coffee", "quantity": 1, "amount": Decimal(amount)}
    return PurchaseLine(**{**values, **changes})  # type: ignore[arg-type]  # made of test data


def in_visit(visit_id: str) -> Purchase:
    return Purchase(target=Target(visit_id=visit_id), total=Decimal(5), idempotency_key="k")


def test_a_receipt_counts_once_and_the_refusal_stays(world: World) -> None:
    member, other = world.enrol("Ola"), world.enrol("Jan")
    world.buy(member, receipt="R-1")
    with world.refuses("RECEIPT_ALREADY_CLAIMED", sticky=True):
        world.buy(other, receipt="R-1", key="late").result()
    with world.refuses("RECEIPT_ALREADY_CLAIMED"):
        world.buy(other, receipt="R-1", key="late").result()


def test_the_same_number_on_a_receipt_of_another_store_is_another_receipt(world: World) -> None:
    member = world.enrol()
    world.buy(member, receipt="R-1")
    visit = world.scan(member, actor=ELSEWHERE)
    request = Purchase(
        target=Target(visit_id=visit.id),
        total=Decimal(5),
        receipt="R-1",
        idempotency_key="k",
    )
    assert world.record(request, ELSEWHERE).result()["points"] == 60
    assert world.rows("SELECT receipt_key FROM activity ORDER BY id") == [
        "centre:R-1",
        "station:R-1",
    ]


@pytest.mark.parametrize("total", ["-0.01", "500.01", "1e16", "1e999999", "NaN", "Infinity"])
def test_an_amount_that_is_no_purchase_is_refused(world: World, total: str) -> None:
    member = world.enrol()
    with world.refuses("AMOUNT_OUT_OF_RANGE", field="total"):
        world.buy(member, total)


@pytest.mark.parametrize("total", ["1.005", "0.001", "1e-7"])
def test_more_decimals_than_the_currency_has_are_refused(world: World, total: str) -> None:
    member = world.enrol()
    with world.refuses("TOO_MANY_DECIMALS", field="total", maximum=2):
        world.buy(member, total)


@pytest.mark.parametrize("total", ["1.5", "1.500", "15e-1"])
def test_an_amount_may_be_written_in_any_way(world: World, total: str) -> None:
    world.buy(world.enrol(), total)
    assert world.rows("SELECT amount_minor FROM activity") == [150]


def test_another_currency_is_refused(world: World) -> None:
    member = world.enrol()
    with world.refuses("CURRENCY_MISMATCH", expected="EUR"):
        world.buy(member, currency="PLN")


def test_lines_must_add_up_to_the_total(world: World) -> None:
    member = world.enrol()
    with world.refuses("LINES_DO_NOT_ADD_UP", lines_minor=999, total_minor=1000):
        world.buy(member, "10.00", lines=(a_line("9.99"),))


@pytest.mark.parametrize(
    ("line", "code", "field"),
    [
        (a_line(name=""), "TEXT_LENGTH", "lines.name"),
        (a_line(name="x" * 121), "TEXT_LENGTH", "lines.name"),
        (a_line(category=""), "TEXT_LENGTH", "lines.category"),
        (a_line(sku="x" * 121), "TEXT_LENGTH", "lines.sku"),
        (a_line(quantity=0), "QUANTITY_OUT_OF_RANGE", None),
        (a_line(quantity=10_001), "QUANTITY_OUT_OF_RANGE", None),
        (a_line("-1.00"), "AMOUNT_OUT_OF_RANGE", "lines.amount"),
        (a_line("1.001"), "TOO_MANY_DECIMALS", "lines.amount"),
    ],
)
def test_a_line_that_cannot_be_is_refused(
    world: World, line: PurchaseLine, code: str, field: str | None
) -> None:
    member = world.enrol()
    with world.refuses(code, field=field):
        world.buy(member, "10.00", lines=(line,))


def test_a_basket_has_at_most_a_hundred_lines(world: World) -> None:
    member = world.enrol()
    world.buy(member, "100.00", lines=(a_line("1.00"),) * 100)
    with world.refuses("TOO_MANY_LINES", maximum=100):
        world.buy(member, "101.00", lines=(a_line("1.00"),) * 101)


@pytest.mark.parametrize("receipt", ["", "x" * 65])
def test_a_receipt_has_a_number_of_bearable_length(world: World, receipt: str) -> None:
    member = world.enrol()
    with world.refuses("TEXT_LENGTH", field="receipt", maximum=64):
        world.buy(member, receipt=receipt)


def test_a_purchase_of_the_future_is_refused(world: World) -> None:
    member = world.enrol()
    with world.refuses("OCCURRED_IN_FUTURE", ahead_s=121, maximum_s=120):
        world.buy(member, occurred_at=world.now + timedelta(seconds=121))


@pytest.mark.parametrize("key", [None, "", "  "])
def test_a_purchase_needs_a_key(world: World, key: str | None) -> None:
    request = Purchase(
        target=Target(member_number=world.enrol().number), total=Decimal(5), idempotency_key=key
    )
    with world.refuses("IDEMPOTENCY_KEY_REQUIRED"):
        world.record(request)


def test_a_key_has_a_bearable_length(world: World) -> None:
    member = world.enrol()
    world.buy(member, key="k" * 128)
    with world.refuses("TEXT_LENGTH", field="idempotencyKey", maximum=128):
        world.buy(member, key="k" * 129)


def test_a_clerk_cannot_use_a_bare_number_but_a_system_can(world: World) -> None:
    member = world.enrol()
    with world.refuses("FORBIDDEN"):
        world.buy(member, actor=CLERK)
    assert world.buy(member, actor=SYSTEM).result()["points"] == 110


def test_a_member_cannot_record_their_own_purchase(world: World) -> None:
    member = world.enrol()
    with world.refuses("FORBIDDEN"):
        world.buy(member, actor=world.as_member(member))


def test_a_mistyped_number_is_told_from_an_unknown_one(world: World) -> None:
    member = world.enrol()
    last = str((int(member.number[-1]) + 1) % 10)
    mistyped = Target(member_number=member.number[:-1] + last)
    with world.refuses("NUMBER_MISTYPED"):
        world.record(Purchase(target=mistyped, total=Decimal(5), idempotency_key="a"))
    unknown = Target(member_number=world.new_number())
    with world.refuses("MEMBER_UNKNOWN"):
        world.record(Purchase(target=unknown, total=Decimal(5), idempotency_key="b"))


def test_a_visit_of_another_store_is_unknown(world: World) -> None:
    visit = world.scan(world.enrol())
    with world.refuses("VISIT_UNKNOWN"):
        world.record(in_visit(visit.id), ELSEWHERE)


def test_a_visit_closes_after_five_minutes(world: World) -> None:
    visit = world.scan(world.enrol())
    world.pass_time(minutes=5, microseconds=-1)
    world.record(in_visit(visit.id), CLERK).result()
    world.pass_time(microseconds=1)
    request = Purchase(target=Target(visit_id=visit.id), total=Decimal(5), idempotency_key="later")
    with world.refuses("VISIT_CLOSED"):
        world.record(request, CLERK)


def test_a_code_that_was_not_meant_for_earning_earns_nothing(world: World) -> None:
    visit = world.scan(world.enrol(), flags=CodeFlag.REDEEM)
    with world.refuses("CODE_NOT_MEANT_FOR_THIS"):
        world.record(in_visit(visit.id), CLERK)


def test_a_refused_key_can_be_used_again_once_the_input_is_right(world: World) -> None:
    member = world.enrol()
    with world.refuses("AMOUNT_OUT_OF_RANGE"):
        world.buy(member, "-1.00", key="k")
    assert world.buy(member, "1.00", key="k").result()["points"] == 10


def test_a_basket_of_more_pieces_than_anybody_carries_is_refused(world: World) -> None:
    member = world.enrol()
    lines = (a_line("0.00", quantity=300), a_line("0.00", quantity=201))
    with world.refuses("QUANTITY_OUT_OF_RANGE", maximum=500):
        world.buy(member, "0.00", lines=lines)


def test_a_purchase_of_last_year_is_refused(world: World) -> None:
    member = world.enrol()
    with world.refuses("OCCURRED_TOO_EARLY", maximum_days=90):
        world.buy(member, occurred_at=world.now - timedelta(days=91))


@pytest.mark.parametrize("receipt", ["\u200b", "R1\u202e", "\u3164"])
def test_a_receipt_that_nobody_can_read_is_refused(world: World, receipt: str) -> None:
    member = world.enrol()
    with world.refuses("TEXT_UNPRINTABLE", field="receipt"):
        world.buy(member, receipt=receipt)
