"""Points that cool off: pending after the purchase, to be spent some days later."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from gamification.actions.sweep_points import sweep_points
from gamification.members import store as members
from gamification.members.rules import MemberRecord
from gamification.points import store as points
from gamification.points.rules import Holdings
from gamification.verify.rebuild.run import rebuild
from tests.slow_points import DAYS, buy_on_the_web, slow_world
from tests.world import World

LOTS = "SELECT remaining, spent, expired, cooling FROM lot ORDER BY id"
RELEASED = "SELECT count(*) FROM entry WHERE kind = 'release'"


@pytest.fixture
def world(world: World) -> World:
    return slow_world(world)


def held(world: World, member: MemberRecord) -> Holdings:
    return world.read(lambda c: points.holdings(c, member.id, now=world.now))


def balances(world: World, member: MemberRecord) -> tuple[int, int, int]:
    """What is available, pending and owed, once every promise was found to hold."""
    differences = world.read(lambda c: list(rebuild(c, world.programme, seen=Counter())))
    assert (world.violations(), [str(each) for each in differences]) == ([], [])
    found = world.balances(member)
    return found["available"], found["pending"], found["debt"]


def test_points_are_pending_until_they_have_cooled_off_and_then_a_job_releases_them(
    world: World,
) -> None:
    ola = world.enrol()
    answer = buy_on_the_web(world, ola)
    due_at = world.now + timedelta(days=DAYS)
    assert answer.outcome["points"] == 500
    assert answer.outcome["cooling"] == [[due_at.isoformat(), 500]]
    assert balances(world, ola) == (0, 500, 0)
    world.now = due_at - timedelta(microseconds=1)
    world.expire()
    assert balances(world, ola) == (0, 500, 0)
    world.now = due_at
    world.expire()
    assert balances(world, ola) == (500, 0, 0)
    assert world.facts(ola)[-1] == ("POINTS_RELEASED", {"points": 500})
    assert held(world, ola).lifetime == 500


def test_a_purchase_at_the_till_cools_nothing_off(world: World) -> None:
    ola = world.enrol()
    assert "cooling" not in world.buy(ola, "50.00").outcome
    assert balances(world, ola) == (500, 0, 0)
    assert world.rows("SELECT due_at, cooling FROM lot") in ([(None, 0)], [(None, False)])


def test_a_job_that_is_late_releases_at_the_moment_at_which_it_was_due(world: World) -> None:
    ola = world.enrol()
    buy_on_the_web(world, ola)
    due_at = world.now + timedelta(days=DAYS)
    world.pass_time(days=DAYS + 30)
    world.expire()
    [moment] = world.rows("SELECT occurred_at FROM entry WHERE kind = 'release'")
    assert moment == due_at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    assert balances(world, ola) == (500, 0, 0)


def test_a_job_that_is_later_than_the_expiry_releases_and_expires(world: World) -> None:
    ola = world.enrol()
    buy_on_the_web(world, ola)
    world.pass_time(days=500)
    assert held(world, ola).available == 0
    assert held(world, ola).pending == 0
    world.expire()
    assert balances(world, ola) == (0, 0, 0)
    assert world.kinds(ola)[-2:] == ["POINTS_RELEASED", "POINTS_EXPIRED"]
    assert [tuple(row)[:3] for row in world.rows(LOTS)] == [(0, 0, 500)]


def test_releasing_twice_does_no_harm(world: World) -> None:
    ola = world.enrol()
    buy_on_the_web(world, ola)
    world.pass_time(days=DAYS)
    world.expire()
    before = world.contents()
    world.expire()
    assert world.contents() == before
    assert balances(world, ola) == (500, 0, 0)


def test_the_job_finds_members_with_what_cooled_off_or_ran_out_in_pages(world: World) -> None:
    slow, both, quick, idle = (world.enrol(name) for name in ("Ola", "Jan", "Ewa", "Ida"))
    world.buy(quick, "10.00")
    world.buy(both, "10.00")
    world.pass_time(days=360)
    for member in (slow, both):
        buy_on_the_web(world, member)
    world.pass_time(days=DAYS)
    world.buy(idle, "10.00")
    buy_on_the_web(world, idle)
    first = world.write(lambda c: sweep_points(c, world.occasion(), most=2))
    rest = world.write(lambda c: sweep_points(c, world.occasion(), after=first[-1], most=2))
    assert [*first, *rest] == sorted(member.id for member in (slow, both, quick))
    assert balances(world, slow) == (500, 0, 0)
    assert balances(world, both) == (500, 0, 0)
    assert balances(world, idle) == (100, 500, 0)


def test_a_purchase_that_comes_before_the_job_releases_first(world: World) -> None:
    ola = world.enrol()
    buy_on_the_web(world, ola)
    world.pass_time(days=DAYS)
    world.buy(ola, "10.00")
    assert balances(world, ola) == (600, 0, 0)
    world.expire()
    assert world.rows(RELEASED) == [1]
    assert world.kinds(ola)[-3:] == ["POINTS_RELEASED", "PURCHASE_RECORDED", "POINTS_EARNED"]


def test_a_reader_who_comes_before_the_job_sees_what_can_be_spent(world: World) -> None:
    ola = world.enrol()
    buy_on_the_web(world, ola, "50.00")
    world.pass_time(days=1)
    buy_on_the_web(world, ola, "20.00")
    second = world.now + timedelta(days=DAYS)
    first = second - timedelta(days=1)
    holdings = held(world, ola)
    assert (holdings.available, holdings.pending) == (0, 700)
    assert holdings.cooling == ((first, 500), (second, 200))
    assert holdings.expiring == ()
    world.now = first
    holdings = held(world, ola)
    assert (holdings.available, holdings.pending, holdings.cooling) == (500, 200, ((second, 200),))
    assert [amount for _, amount in holdings.expiring] == [500]


def test_what_cools_off_can_be_neither_spent_nor_adjusted_away(world: World) -> None:
    ola = world.enrol()
    buy_on_the_web(world, ola, "200.00")
    world.buy(ola, "89.00")
    with world.refuses("NOT_ENOUGH_POINTS", sticky=True, available=890):
        world.redeem(ola, "coffee").result()
    with world.refuses("NOT_ENOUGH_POINTS", sticky=True, available=890):
        world.adjust(ola, -891).result()
    world.pass_time(days=DAYS)
    world.redeem(ola, "coffee").result()
    assert balances(world, ola) == (1990, 900, 0)


def test_a_purchase_recorded_after_it_has_cooled_off_gives_points_at_once(world: World) -> None:
    ola = world.enrol()
    world.pass_time(days=20)
    answer = buy_on_the_web(world, ola, occurred_at=world.now - timedelta(days=DAYS))
    assert "cooling" not in answer.outcome
    assert balances(world, ola) == (500, 0, 0)


def test_a_refund_takes_what_cools_off_and_nothing_else(world: World) -> None:
    ola = world.enrol()
    world.buy(ola, "30.00")
    bought = buy_on_the_web(world, ola)
    assert world.refund(bought).outcome["points"] == 500
    assert balances(world, ola) == (300, 0, 0)
    assert world.facts(ola)[-1] == ("POINTS_TAKEN_BACK", {"points": 500})
    assert held(world, ola).lifetime == 300
    world.pass_time(days=DAYS)
    before = world.contents()
    world.expire()
    assert world.contents() == before


def test_what_a_part_called_off_counts_for_the_parts_that_follow(world: World) -> None:
    ola = world.enrol()
    bought = buy_on_the_web(world, ola)
    assert world.refund(bought, amount=Decimal(20)).outcome["points"] == 200
    assert balances(world, ola) == (0, 300, 0)
    assert held(world, ola).cooling[0][1] == 300
    world.pass_time(days=DAYS)
    # Released in the same moment, and taken from what can be spent by then.
    assert world.refund(bought, amount=Decimal(10)).outcome["points"] == 100
    assert balances(world, ola) == (200, 0, 0)
    assert world.refund(bought).outcome["points"] == 200
    assert balances(world, ola) == (0, 0, 0)
    kinds = world.rows("SELECT kind FROM entry ORDER BY id")
    assert kinds == ["cool", "call_off", "release", "take_back", "take_back"]


def test_a_voucher_stays_if_what_a_refund_takes_still_cools_off(world: World) -> None:
    ola = world.enrol()
    world.buy(ola, "90.00")
    bought = buy_on_the_web(world, ola)
    world.redeem(ola, "coffee").result()
    world.refund(bought)
    assert world.rows("SELECT state FROM voucher") == ["open"]
    assert balances(world, ola) == (0, 900, 0)


def spend_and_return(world: World, member: MemberRecord, **more: Any) -> None:
    """Leave a debt of 900."""
    bought = world.buy(member, "90.00", **more)
    voucher = world.redeem(member, "coffee").result()["voucher_id"]
    world.capture(world.scan(member).id, voucher)
    world.refund(bought)


def test_a_debt_is_settled_when_points_are_released_and_not_before(world: World) -> None:
    ola = world.enrol()
    buy_on_the_web(world, ola, "100.00")
    spend_and_return(world, ola)
    assert balances(world, ola) == (0, 1000, -900)
    world.pass_time(days=DAYS)
    world.expire()
    assert balances(world, ola) == (100, 0, 0)
    assert world.kinds(ola)[-2:] == ["DEBT_SETTLED", "POINTS_RELEASED"]


def test_what_settled_a_debt_before_it_ran_out_does_not_expire(world: World) -> None:
    ola = world.enrol()
    buy_on_the_web(world, ola, "100.00")
    spend_and_return(world, ola)
    world.pass_time(days=500)
    world.expire()
    assert balances(world, ola) == (0, 0, 0)
    assert world.facts(ola)[-1] == ("POINTS_EXPIRED", {"points": 100})


def test_a_released_lot_that_settled_a_debt_is_owed_again_by_its_refund(world: World) -> None:
    ola = world.enrol()
    bought = buy_on_the_web(world, ola, "100.00")
    spend_and_return(world, ola)
    world.pass_time(days=DAYS)
    world.refund(bought)
    assert balances(world, ola) == (0, 0, -900)


def test_who_is_forgotten_keeps_a_ledger_in_which_points_still_come_due(world: World) -> None:
    ola = world.enrol()
    buy_on_the_web(world, ola)
    world.write(lambda c: members.forget(c, ola.id))
    assert balances(world, ola) == (0, 500, 0)
    world.pass_time(days=DAYS)
    world.expire()
    assert balances(world, ola) == (500, 0, 0)
