import pytest

from gamification.actions.refund_purchase import Refund, refund_purchase
from gamification.idempotency.rules import Answer
from gamification.staff.rules import Actor
from tests.world import CLERK, ELSEWHERE, MANAGER, World


def refund_by_receipt(world: World, receipt: str, actor: Actor = MANAGER) -> Answer:
    request = Refund(purchase_id=None, receipt=receipt, idempotency_key=world.key())
    return world.write(lambda c: refund_purchase(c, request, world.occasion(actor)))


def test_a_refund_takes_back_from_the_purchase_s_own_lots(world: World) -> None:
    member = world.enrol()
    world.buy(member, "5.00")
    purchase = world.buy(member, "10.00")
    outcome = world.refund(purchase).result()
    assert outcome["points"] == 110
    assert world.balances(member) == {"available": 60, "debt": 0, "pending": 0}
    assert world.rows("SELECT remaining FROM lot ORDER BY id") == [50, 10, 0, 0]
    assert world.facts(member)[outcome["first_fact"] - 1 : outcome["last_fact"]] == [
        (
            "PURCHASE_REFUNDED",
            {"purchase": purchase.outcome["activity_id"], "amount_minor": 1000},
        ),
        ("POINTS_TAKEN_BACK", {"points": 110}),
    ]


def test_a_refund_lowers_what_the_purchase_counted_on_its_day(world: World) -> None:
    member = world.enrol()
    purchase = world.buy(member, "10.00")
    world.pass_time(days=3)
    world.refund(purchase)
    assert world.rows("SELECT DISTINCT amount FROM bucket") == [0]
    assert world.rows("SELECT DISTINCT local_date FROM activity") == ["2026-03-02"]


def test_what_was_spent_is_taken_from_other_lots(world: World) -> None:
    member = world.enrol()
    first = world.buy(member, "79.00")
    world.pass_time(days=1)
    world.redeem(member, "coffee").result()
    world.buy(member, "100.00")
    # Its 800 are set aside with the 100 of the Big Table, which the second purchase carries too.
    world.refund(first)
    assert world.balances(member) == {"available": 1010 + 150 - 800, "debt": 0, "pending": 900}
    assert world.violations() == []


def test_what_is_in_no_lot_is_owed(world: World) -> None:
    member = world.enrol()
    purchase = world.buy(member, "79.00")
    voucher = world.redeem(member, "coffee").result()["voucher_id"]
    world.capture(world.scan(member).id, voucher)
    assert world.refund(purchase).result()["points"] == 900
    assert world.balances(member) == {"available": 0, "debt": -900, "pending": 0}
    assert world.violations() == []


def test_new_points_settle_the_debt_first(world: World) -> None:
    member = world.enrol()
    purchase = world.buy(member, "79.00")
    voucher = world.redeem(member, "coffee").result()["voucher_id"]
    world.capture(world.scan(member).id, voucher)
    world.refund(purchase)
    world.buy(member, "10.00")
    assert world.balances(member) == {"available": 0, "debt": -790, "pending": 0}
    world.buy(member, "99.00")
    # 990 + 10, then the badges Patron (150) and The Big Table (100).
    assert world.balances(member) == {"available": 1250 - 790, "debt": 0, "pending": 0}
    assert world.violations() == []


def test_awards_without_ground_are_withdrawn_with_their_points(world: World) -> None:
    member = world.enrol()
    purchase = world.buy(member, "100.00")
    assert len(world.awards(member)) == 2
    outcome = world.refund(purchase).result()
    assert outcome["points"] == 1010 + 250
    assert world.awards(member) == []
    assert world.balances(member)["available"] == 0
    kinds = world.kinds(member, after=outcome["first_fact"] - 1)
    assert kinds == ["PURCHASE_REFUNDED", "BADGE_WITHDRAWN", "BADGE_WITHDRAWN", "POINTS_TAKEN_BACK"]


def test_an_award_that_other_purchases_carry_stands(world: World) -> None:
    member = world.enrol()
    first = world.buy(member, "100.00")
    world.buy(member, "100.00")
    world.refund(first)
    assert world.awards(member) == [("badge:big_table", 1, "ever"), ("badge:patron", 1, "ever")]


def test_a_withdrawn_award_can_be_won_again(world: World) -> None:
    member = world.enrol()
    world.refund(world.buy(member, "100.00"))
    world.buy(member, "100.00")
    assert len(world.awards(member)) == 2
    assert world.balances(member)["available"] == 1010 + 250
    assert world.violations() == []


def test_a_challenge_without_ground_is_withdrawn(world: World) -> None:
    member = world.enrol()
    world.join(member, "three_a_week")
    last = [world.buy(member, "5.00") for _ in range(3)][-1]
    world.refund(last)
    assert world.awards(member) == []
    assert world.balances(member)["available"] == 120
    assert ("CHALLENGE_WITHDRAWN", {"challenge": "three_a_week"}) in world.facts(member)


def test_a_prize_not_yet_used_is_withdrawn(world: World) -> None:
    member = world.enrol()
    world.join(member, "pastry_month")
    purchase = world.eat_pastries(member, 5)
    world.refund(purchase)
    assert world.rows("SELECT state FROM voucher") == ["withdrawn"]
    assert ("VOUCHER_WITHDRAWN", {"reward": "pastry"}) in world.facts(member)
    assert world.balances(member) == {"available": 0, "debt": 0, "pending": 0}
    (voucher,) = world.rows("SELECT id FROM voucher")
    visit = world.scan(member)
    with world.refuses("VOUCHER_WITHDRAWN", sticky=True):
        world.capture(visit.id, voucher).result()
    assert world.violations() == []


def test_a_prize_that_was_used_is_owed_at_what_it_costs(world: World) -> None:
    member = world.enrol()
    world.join(member, "pastry_month")
    purchase = world.eat_pastries(member, 5)
    (voucher,) = world.rows("SELECT id FROM voucher")
    world.capture(world.scan(member).id, voucher)
    world.refund(purchase)
    assert world.rows("SELECT state FROM voucher") == ["captured"]
    assert world.balances(member) == {"available": 0, "debt": -1200, "pending": 0}
    assert world.violations() == []


def test_a_purchase_is_refunded_once_and_the_refusal_stays(world: World) -> None:
    purchase = world.buy(world.enrol(), "10.00")
    first = world.refund(purchase, key="k")
    assert world.refund(purchase, key="k").outcome == first.outcome
    with world.refuses("ALREADY_REFUNDED", sticky=True):
        world.refund(purchase, key="other").result()
    with world.refuses("ALREADY_REFUNDED"):
        world.refund(purchase, key="other").result()


def test_a_refund_that_lowers_the_tier_tells_it(world: World) -> None:
    member = world.enrol()
    world.buy(member, "200.00")
    purchase = world.buy(member, "400.00")
    world.refund(purchase)
    tiers = [fact for fact in world.facts(member) if fact[0].startswith("TIER")]
    assert tiers == [
        ("TIER_REACHED", {"tier": "sonata", "before": "prelude"}),
        ("TIER_LOST", {"tier": "prelude", "before": "sonata"}),
    ]


def test_a_refund_of_what_no_longer_counts_tells_of_no_tier(world: World) -> None:
    member = world.enrol()
    purchase = world.buy(member, "400.00")
    world.pass_time(days=365)
    world.refund(purchase)
    assert "TIER_LOST" not in world.kinds(member)
    assert world.violations() == []


@pytest.mark.parametrize("swept", [False, True])
def test_points_that_expired_are_not_owed(world: World, *, swept: bool) -> None:
    member = world.enrol()
    purchase = world.buy(member, "10.00")
    world.pass_time(days=400)
    if swept:
        world.expire()
    assert world.refund(purchase).result()["points"] == 0
    assert world.balances(member) == {"available": 0, "debt": 0, "pending": 0}
    assert "POINTS_TAKEN_BACK" not in world.kinds(member)
    assert world.violations() == []


def test_a_refund_of_two_purchases_that_paid_one_voucher_owes_each_point_once(
    world: World,
) -> None:
    member = world.enrol()
    purchases = [world.buy(member, "45.00"), world.buy(member, "45.00")]
    assert world.balances(member)["available"] == 2 * 460 + 100
    voucher = world.redeem(member, "coffee").result()["voucher_id"]
    world.capture(world.scan(member).id, voucher)
    for purchase in purchases:
        world.refund(purchase)
    assert world.balances(member) == {"available": 0, "debt": -900, "pending": 0}
    assert world.violations() == []


def test_a_voucher_that_only_the_refunded_purchase_paid_for_is_withdrawn(world: World) -> None:
    member = world.enrol()
    purchase = world.buy(member, "79.00")
    voucher = world.redeem(member, "coffee").result()["voucher_id"]
    world.refund(purchase)
    assert world.balances(member) == {"available": 0, "debt": 0, "pending": 0}
    assert world.rows("SELECT state FROM voucher") == ["withdrawn"]
    assert "VOUCHER_WITHDRAWN" in world.kinds(member)
    visit_id = world.scan(member).id
    with world.refuses("VOUCHER_WITHDRAWN", sticky=True):
        world.capture(visit_id, voucher).result()
    assert world.violations() == []


def test_a_voucher_that_other_points_can_pay_for_stays(world: World) -> None:
    member = world.enrol()
    purchase = world.buy(member, "79.00")
    world.buy(member, "79.00")
    world.redeem(member, "coffee").result()
    before = world.balances(member)["available"]
    world.refund(purchase)
    assert world.rows("SELECT state FROM voucher") == ["open"]
    assert 0 <= world.balances(member)["available"] < before
    assert world.balances(member)["pending"] == 900
    assert world.violations() == []


def test_buying_and_returning_it_all_leaves_nothing_owed_when_its_lot_has_run_out(
    world: World,
) -> None:
    member = world.enrol()
    purchase = world.buy(member, "100.00")
    world.pass_time(days=350)
    world.redeem(member, "coffee").result()
    world.pass_time(days=20)
    world.expire()
    world.refund(purchase)
    world.pass_time(days=20)
    world.expire()
    assert world.balances(member) == {"available": 0, "debt": 0, "pending": 0}
    assert world.violations() == []


def test_a_purchase_may_be_named_by_its_receipt_in_the_store_that_made_it(world: World) -> None:
    member = world.enrol()
    world.buy(member, receipt="R-1")
    with world.refuses("PURCHASE_UNKNOWN"):
        refund_by_receipt(world, "R-1", ELSEWHERE)
    with world.refuses("PURCHASE_UNKNOWN"):
        refund_by_receipt(world, "R-2")
    with world.refuses("PURCHASE_UNKNOWN"):
        refund_by_receipt(world, "R-1\0")
    assert refund_by_receipt(world, "R-1", CLERK).result()["points"] == 110


def test_a_clerk_of_another_store_does_not_know_the_purchase(world: World) -> None:
    purchase = world.buy(world.enrol())
    with world.refuses("PURCHASE_UNKNOWN"):
        world.refund(purchase, actor=ELSEWHERE)


def test_only_a_purchase_can_be_refunded(world: World) -> None:
    member = world.enrol()
    visit = world.drop_in(member)
    with world.refuses("PURCHASE_UNKNOWN"):
        world.refund(visit)
    refund = world.refund(world.buy(member))
    with world.refuses("PURCHASE_UNKNOWN"):
        world.refund(refund)


def test_a_member_refunds_nothing(world: World) -> None:
    member = world.enrol()
    purchase = world.buy(member)
    with world.refuses("FORBIDDEN"):
        world.refund(purchase, actor=world.as_member(member))
