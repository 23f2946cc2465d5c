import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from api.runner import Runner
from api.tables import METADATA
from gamification.actions.record_purchase import Purchase, PurchaseLine, record_purchase
from gamification.actions.targets import Target
from gamification.expressions import compile_expression
from gamification.points.rules import BALANCE_POINTS_MAX
from tests.world import CLERK, MANAGER, World

# Of a manager with a number and without a receipt. More is a slower till.
STATEMENTS = 15


def pastries(quantity: int, amount: str = "12.00") -> tuple[PurchaseLine, ...]:
    line = PurchaseLine(
        name="Szarlotka", category="pastry", quantity=quantity, amount=Decimal(amount)
    )
    return (line,)


def test_a_purchase_earns_by_every_rule_that_fits(world: World) -> None:
    member = world.enrol()
    answer = world.buy(member, "12.00", lines=pastries(2))
    assert answer.result()["points"] == 120 + 10 + 20
    assert world.balances(member) == {"available": 150, "debt": 0, "pending": 0}
    entries = world.rows("SELECT rule, amount FROM entry ORDER BY id")
    assert entries == [("spend", 120), ("visit", 10), ("pastry", 20)]


def test_a_purchase_below_a_rule_s_condition_earns_without_it(world: World) -> None:
    assert world.buy(world.enrol(), "2.99").result()["points"] == 29


def test_a_purchase_of_nothing_counts_and_earns_nothing(world: World) -> None:
    member = world.enrol()
    assert world.buy(member, "0.00").result()["points"] == 0
    assert world.kinds(member, after=1) == ["PURCHASE_RECORDED"]


def test_the_tier_before_the_purchase_multiplies_and_rounds_down_once(world: World) -> None:
    member = world.enrol()
    first = world.buy(member, "250.00").result()
    assert first["points"] == 2500 + 10
    # 10.19 in Serenade: 101.9 points times 1.1 are 112.09; rounding twice would say 111.
    assert world.buy(member, "10.19").result()["points"] == 112 + 10


def test_each_rule_makes_a_lot_that_expires_at_the_end_of_the_day_a_year_later(
    world: World,
) -> None:
    member = world.enrol()
    world.buy(member, "10.00")
    lots = world.rows("SELECT original, remaining, expires_at FROM lot ORDER BY id")
    # Warsaw's midnight: in March an hour before that of UTC.
    expiry = "2027-03-02T23:00:00.000000Z"
    assert lots == [(100, 100, expiry), (10, 10, expiry)]


def test_a_badge_may_jump_over_two_levels_at_once(world: World) -> None:
    member = world.enrol()
    start = len(world.facts(member))
    world.buy(member, "500.00")
    assert ("badge:patron", 1, "ever") in world.awards(member)
    assert ("badge:patron", 2, "ever") in world.awards(member)
    badges = [params for kind, params in world.facts(member)[start:] if kind == "BADGE_AWARDED"]
    assert badges == [
        {"badge": "patron", "level": 1, "points": 150},
        {"badge": "patron", "level": 2, "points": 150},
        {"badge": "big_table", "level": 1, "points": 100},
    ]
    assert world.balances(member)["available"] == 5000 + 10 + 150 + 150 + 100


def test_a_level_is_won_once(world: World) -> None:
    member = world.enrol()
    world.buy(member, "100.00")
    before = world.awards(member)
    world.buy(member, "1.00")
    assert world.awards(member) == before


def test_facts_tell_what_happened_in_order(world: World) -> None:
    member = world.enrol()
    world.buy(member, "260.00")
    assert world.facts(member)[1:] == [
        ("PURCHASE_RECORDED", {"amount_minor": 26000}),
        (
            "POINTS_EARNED",
            {"points": 2610, "parts": [["spend", 2600], ["visit", 10]], "tier": "prelude"},
        ),
        ("TIER_REACHED", {"tier": "serenade", "before": "prelude"}),
        ("BADGE_AWARDED", {"badge": "patron", "level": 1, "points": 150}),
        ("BADGE_AWARDED", {"badge": "big_table", "level": 1, "points": 100}),
    ]


def test_the_answer_names_the_facts_it_added(world: World) -> None:
    member = world.enrol()
    outcome = world.buy(member, "10.00").result()
    assert (outcome["first_fact"], outcome["last_fact"]) == (2, 3)
    assert world.kinds(member, after=1) == ["PURCHASE_RECORDED", "POINTS_EARNED"]


def test_a_challenge_is_not_won_without_joining(world: World) -> None:
    member = world.enrol()
    for _ in range(3):
        world.buy(member, "5.00")
    assert world.awards(member) == []


def test_a_joined_challenge_is_won_with_the_purchase_that_completes_it(world: World) -> None:
    member = world.enrol()
    world.join(member, "three_a_week")
    for _ in range(2):
        world.buy(member, "5.00")
        assert world.awards(member) == []
    world.buy(member, "5.00")
    assert world.awards(member) == [("challenge:three_a_week", 1, "2026-W10")]
    assert world.balances(member)["available"] == 3 * 60 + 50
    world.buy(member, "5.00")
    assert world.balances(member)["available"] == 4 * 60 + 50


def test_a_challenge_of_one_week_does_not_count_the_other(world: World) -> None:
    member = world.enrol()
    world.join(member, "three_a_week")
    world.buy(member, "5.00")
    world.buy(member, "5.00")
    world.pass_time(days=7)
    world.join(member, "three_a_week")
    world.buy(member, "5.00")
    assert world.awards(member) == []


def test_a_prize_may_be_a_voucher_that_cost_nothing(world: World) -> None:
    member = world.enrol()
    world.join(member, "pastry_month")
    world.buy(member, "12.00", lines=pastries(5))
    vouchers = world.rows("SELECT reward_id, cost, state, award_id IS NULL FROM voucher")
    assert vouchers == [("pastry", 0, "open", 0)]
    assert world.balances(member)["pending"] == 0


def test_a_retry_gives_the_first_answer_and_writes_nothing(world: World) -> None:
    member = world.enrol()
    first = world.buy(member, "10.00", key="k")
    before = world.contents()
    again = world.buy(member, "10.00", key="k")
    assert not first.replayed
    assert again.replayed
    assert again.outcome == first.outcome
    assert world.contents() == before


def test_a_purchase_stores_one_key(world: World) -> None:
    world.buy(world.enrol(), key="k")
    rows = world.rows("SELECT principal, operation, key FROM idempotency")
    assert rows == [("staff:manager", "recordPurchase", "k")]


def test_a_key_with_another_input_is_refused(world: World) -> None:
    member = world.enrol()
    world.buy(member, "10.00", key="k")
    with world.refuses("IDEMPOTENCY_CONFLICT"):
        world.buy(member, "10.01", key="k")


def test_the_same_key_of_another_principal_is_another_key(world: World) -> None:
    member = world.enrol()
    world.buy(member, "10.00", key="k")
    visit = world.scan(member)
    request = Purchase(
        target=Target(visit_id=visit.id), total=Decimal("10.00"), idempotency_key="k"
    )
    assert not world.record(request, CLERK).replayed
    assert world.balances(member)["available"] == 220


def test_a_purchase_in_a_visit_belongs_to_its_store_and_staff(world: World) -> None:
    member = world.enrol()
    visit = world.scan(member)
    request = Purchase(
        target=Target(visit_id=visit.id), total=Decimal("10.00"), idempotency_key="k"
    )
    world.record(request, CLERK)
    rows = world.rows("SELECT member_id, visit_id, store_id, staff_id FROM activity")
    assert rows == [(member.id, visit.id, "centre", "clerk")]


def test_a_late_purchase_counts_on_its_own_day_and_keeps_both_times(world: World) -> None:
    world.pass_time(days=-5)
    member = world.enrol()
    world.pass_time(days=5)
    # An hour before Warsaw's midnight, and half an hour after it.
    world.buy(member, "5.00", occurred_at=datetime(2026, 2, 27, 22, 0, tzinfo=UTC))
    world.buy(member, "5.00", occurred_at=datetime(2026, 2, 27, 23, 30, tzinfo=UTC))
    rows = world.rows("SELECT local_date, recorded_at FROM activity ORDER BY id")
    recorded = "2026-03-02T11:00:00.000000Z"
    assert rows == [("2026-02-27", recorded), ("2026-02-28", recorded)]
    assert world.violations() == []


def test_a_category_that_the_programme_does_not_have_counts_in_no_rule(world: World) -> None:
    member = world.enrol()
    strange = (PurchaseLine(name="?", category="tea", quantity=1, amount=Decimal("5.00")),)
    assert world.buy(member, "5.00", lines=strange).result()["points"] == 60
    assert world.rows("SELECT faults FROM activity") == ["[]"]


def test_a_rule_that_fails_is_recorded_with_its_reason_and_spoils_nothing_else(
    world: World,
) -> None:
    member = world.enrol()
    spend, visit, pastry, *_ = world.programme.earning
    broken = replace(visit, points=compile_expression("10 / activity.quantity.pastry"))
    world.programme = replace(world.programme, earning=(spend, broken, pastry))
    assert world.buy(member, "5.00").result()["points"] == 50
    (faults,) = world.rows("SELECT faults FROM activity")
    assert [fault["rule"] for fault in json.loads(faults)] == ["earning:visit"]
    assert world.buy(member, "12.00", lines=pastries(2)).result()["points"] == 120 + 5 + 20


def test_an_announced_purchase_marks_the_member_and_a_silent_one_does_not(world: World) -> None:
    loud, quiet = world.enrol("Loud"), world.enrol("Quiet")
    world.buy(loud)
    silent = world.occasion(MANAGER, announce=False)
    request = Purchase(
        target=Target(member_number=quiet.number), total=Decimal(5), idempotency_key="k"
    )
    world.write(lambda c: record_purchase(c, request, silent))
    assert world.rows("SELECT member_id FROM timeline WHERE fresh_since IS NOT NULL") == [loud.id]


def test_a_till_whose_clock_is_a_little_ahead_is_believed(world: World) -> None:
    member = world.enrol()
    world.buy(member, occurred_at=world.now + timedelta(seconds=120))
    assert world.balances(member)["available"] == 110


def test_a_plain_purchase_takes_so_many_statements(world: World) -> None:
    member = world.enrol()
    world.buy(member, "5.00")
    request = Purchase(
        target=Target(member_number=member.number), total=Decimal(5), idempotency_key="k"
    )

    def counted(connection: Runner) -> int:
        before = connection.statements
        record_purchase(connection, request, world.occasion(MANAGER))
        return connection.statements - before

    assert world.write(counted) == STATEMENTS


def test_points_beyond_the_limit_of_a_balance_are_a_fault_and_the_purchase_stands(
    world: World,
) -> None:
    member = world.enrol()
    held = BALANCE_POINTS_MAX - 50
    account = METADATA.tables["account"]
    of_member = account.c.id == f"{member.id}:available"
    world.write(lambda c: c.run(account.update().values(balance=held).where(of_member)))
    answer = world.buy(member, "12.00", lines=pastries(2))
    assert answer.result()["points"] == 10 + 20
    (faults,) = world.rows("SELECT faults FROM activity")
    assert [fault["rule"] for fault in json.loads(faults)] == ["spend"]
