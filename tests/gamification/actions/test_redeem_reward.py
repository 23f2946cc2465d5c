from dataclasses import replace

from gamification.actions.redeem_reward import Redemption, redeem_reward
from tests.world import MANAGER, World

RESERVED = """
SELECT lot_use.amount, lot.expires_at
FROM lot_use JOIN lot ON lot.id = lot_use.lot_id JOIN entry ON entry.id = lot_use.entry_id
WHERE entry.kind = 'reserve' ORDER BY lot.expires_at, lot.id
"""


def test_a_reward_sets_its_cost_aside_for_a_voucher(world: World) -> None:
    member = world.enrol()
    world.buy(member, "90.00")
    outcome = world.redeem(member, "coffee").result()
    assert outcome["points"] == 900
    assert world.balances(member) == {"available": 10 + 100, "debt": 0, "pending": 900}
    voucher = world.rows("SELECT id, reward_id, cost, state, expires_at FROM voucher")
    expiry = "2026-04-01T11:00:00.000000Z"
    assert voucher == [(outcome["voucher_id"], "coffee", 900, "open", expiry)]
    assert world.facts(member)[-1] == ("REWARD_REDEEMED", {"reward": "coffee", "points": 900})


def test_the_soonest_expiry_is_spent_first_whatever_was_recorded_first(world: World) -> None:
    member = world.enrol()
    now = world.now
    world.pass_time(days=20)
    world.buy(member, "60.00")
    world.buy(member, "60.00", occurred_at=now)
    world.redeem(member, "coffee")
    assert world.rows(RESERVED) == [
        (600, "2027-03-02T23:00:00.000000Z"),
        (10, "2027-03-02T23:00:00.000000Z"),
        (150, "2027-03-02T23:00:00.000000Z"),
        (140, "2027-03-22T23:00:00.000000Z"),
    ]
    assert world.violations() == []


def test_too_few_points_are_refused_and_the_refusal_stays(world: World) -> None:
    member = world.enrol()
    world.buy(member, "50.00")
    with world.refuses("NOT_ENOUGH_POINTS", sticky=True, available=610, required=900):
        world.redeem(member, "coffee", key="k").result()
    world.buy(member, "50.00")
    with world.refuses("NOT_ENOUGH_POINTS"):
        world.redeem(member, "coffee", key="k").result()
    assert world.redeem(member, "coffee").result()["points"] == 900


def test_what_is_owed_for_a_prize_that_was_used_cannot_be_spent(world: World) -> None:
    member = world.enrol()
    world.join(member, "pastry_month")
    purchase = world.eat_pastries(member, 5)
    (prize,) = world.rows("SELECT id FROM voucher")
    world.capture(world.scan(member).id, prize)
    world.buy(member, "99.00")
    world.refund(purchase)
    assert world.balances(member) == {"available": 1100, "debt": -1200, "pending": 0}
    with world.refuses("NOT_ENOUGH_POINTS", sticky=True, available=-100, required=900):
        world.redeem(member, "coffee").result()
    world.adjust(member, 1000)  # settles as much of the debt
    assert world.redeem(member, "coffee").result()["points"] == 900
    assert world.balances(member) == {"available": 200, "debt": -200, "pending": 900}
    assert world.violations() == []


def test_exactly_enough_points_are_enough(world: World) -> None:
    member = world.enrol()
    world.buy(member, "79.00")
    assert world.balances(member)["available"] == 900
    world.redeem(member, "coffee").result()
    assert world.balances(member)["available"] == 0


def test_points_that_have_run_out_buy_nothing_even_before_the_sweep(world: World) -> None:
    member = world.enrol()
    world.buy(member, "99.00")
    world.pass_time(days=366)
    assert world.balances(member)["available"] == 990 + 10 + 100
    with world.refuses("NOT_ENOUGH_POINTS", sticky=True, available=0):
        world.redeem(member, "coffee").result()


def test_a_redemption_expires_what_has_run_out_and_spends_the_rest(world: World) -> None:
    member = world.enrol()
    world.buy(member, "10.00")
    world.pass_time(days=366)
    world.buy(member, "99.00")
    world.redeem(member, "coffee").result()
    assert world.rows("SELECT sum(amount) FROM entry WHERE kind = 'expire'") == [110]
    assert world.violations() == []


def test_staff_and_strangers_redeem_nothing(world: World) -> None:
    member = world.enrol()
    request = Redemption(reward_id="coffee", idempotency_key="k")
    with world.refuses("FORBIDDEN"):
        world.write(lambda c: redeem_reward(c, request, world.occasion(MANAGER)))
    stranger = replace(world.as_member(member), member_id=None)
    with world.refuses("NOT_ENROLLED"):
        world.write(lambda c: redeem_reward(c, request, world.occasion(stranger)))


def test_an_unknown_reward_is_refused(world: World) -> None:
    member = world.enrol()
    with world.refuses("REWARD_UNKNOWN"):
        world.redeem(member, "yacht")


def test_a_retry_gives_the_same_voucher(world: World) -> None:
    member = world.enrol()
    world.buy(member, "200.00")
    first = world.redeem(member, "coffee", key="k")
    again = world.redeem(member, "coffee", key="k")
    assert again.replayed
    assert again.outcome == first.outcome
    assert world.balances(member)["pending"] == 900


def test_points_set_aside_cannot_be_spent_again(world: World) -> None:
    member = world.enrol()
    world.buy(member, "90.00")
    world.redeem(member, "coffee").result()
    with world.refuses("NOT_ENOUGH_POINTS", sticky=True, available=110):
        world.redeem(member, "coffee").result()
