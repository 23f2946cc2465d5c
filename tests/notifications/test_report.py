"""What is reported of a rule, from what members did."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from unittest.mock import Mock

import pytest

from api.erasure import erase
from notifications import measuring
from notifications.outcomes import outcomes
from notifications.report import Verdict, report
from tests.notifications.comparing import RULE, assign, comparing, of_rule, reported, visit
from tests.notifications.nudging import (
    NEAR_COFFEE,
    RecordingSender,
    go_round,
    nudges,
    only_nudge,
    plan,
    willing_member,
)


@pytest.fixture
def world(world, monkeypatch):
    monkeypatch.setattr(measuring, "ARM_MEMBERS_MIN", 10)  # so that tests need few members
    world.programme = comparing(world.programme)
    return world


def told_one(world):
    """Somebody who is told just now."""
    world.programme = comparing(world.programme, Fraction(0))
    member = willing_member(world)
    world.buy(member, NEAR_COFFEE)
    plan(world)
    return member


def outcome(world):
    (row,) = world.read(lambda c: outcomes(c, now=world.now))
    return row.visits, row.spend, row.reward_cost


def test_what_telling_brings_is_reported_with_its_ends(world):
    told, held_out = assign(world, 40)
    visit(world, told, days=3)
    found = of_rule(world)
    compared = found.comparison
    assert (compared.told, compared.told_who_came) == (len(told), len(told))
    assert compared.held_out == len(held_out) == found.held_out
    assert 0 < compared.visits.low < 3 < compared.visits.high
    assert found.verdict is Verdict.MORE_VISITS
    assert compared.spend is None  # nobody spent anything in these days
    assert compared.reward_cost is None


def test_where_all_come_alike_there_is_no_clear_difference(world):
    told, held_out = assign(world, 40)
    visit(world, told[::2] + held_out[::2], days=2)
    found = of_rule(world)
    assert found.comparison.visits.low < 0 < found.comparison.visits.high
    assert found.verdict is Verdict.NO_CLEAR_DIFFERENCE


def test_only_members_whose_days_are_over_are_compared(world):
    told, held_out = assign(world, 20)
    world.pass_time(days=13, hours=23)
    assert (of_rule(world).comparison.told, of_rule(world).comparison.held_out) == (0, 0)
    assert of_rule(world).verdict is Verdict.TOO_EARLY
    world.pass_time(hours=1)
    compared = of_rule(world).comparison
    assert (compared.told, compared.held_out) == (len(told), len(held_out))
    assert compared.told_who_came == 0


def test_what_a_member_did_is_counted_from_being_assigned_until_fourteen_days_later(world):
    member = told_one(world)
    world.pass_time(hours=1)
    world.buy(member, "10.00")
    world.buy(member, "5.00")  # on the same day
    world.pass_time(days=13, hours=22)
    world.drop_in(member)
    world.pass_time(hours=2)
    world.buy(member, "20.00")
    assert outcome(world) == (2, 1500, 0)


def test_what_was_given_back_is_taken_off(world):
    member = told_one(world)
    world.pass_time(days=1)
    whole = world.buy(member, "10.00")
    world.pass_time(days=1)
    part = world.buy(member, "8.00")
    world.pass_time(days=20)
    assert outcome(world) == (2, 1800, 0)
    world.refund(whole)
    world.refund(part, amount=Decimal("3.00"))
    assert outcome(world) == (1, 500, 0)


def test_rewards_that_were_handed_over_are_counted_in_points(world):
    member = told_one(world)
    world.pass_time(days=1)
    world.buy(member, "50.00")
    voucher = world.redeem(member, "coffee").outcome["voucher_id"]
    world.pass_time(days=20)
    assert outcome(world)[2] == 0
    world.pass_time(days=-19)
    world.capture(world.scan(member).id, voucher)
    world.pass_time(days=19)
    assert outcome(world)[2] == 900


def test_a_member_is_one_unit_of_a_rule_however_often_they_were_told(world):
    member = told_one(world)
    world.pass_time(days=10)
    world.buy(member, "8.00")
    world.redeem(member, "coffee")
    world.buy(member, "66.00")
    plan(world)
    first, second = nudges(world)
    assert (first.arm, second.arm) == ("treated", "treated")
    world.pass_time(days=40)
    (row,) = world.read(lambda c: outcomes(c, now=world.now))
    assert row.assigned_at == first.assigned_at


def test_who_is_held_out_of_every_rule_is_compared_with_nobody(world):
    attention = replace(world.programme.attention, hold_out=Fraction(1))
    world.programme = replace(world.programme, attention=attention)
    member = willing_member(world)
    world.buy(member, NEAR_COFFEE)
    plan(world)
    assert (only_nudge(world).arm, only_nudge(world).chance_ppm) == ("held_out", None)
    world.pass_time(days=20)
    found = of_rule(world)
    assert (found.held_out, found.comparison.held_out) == (1, 0)


def test_each_member_keeps_the_chance_they_had_when_the_share_is_changed(world):
    told, held_out = assign(world, 4)
    world.programme = comparing(world.programme, Fraction(1, 10))
    assign(world, 4)
    earlier = {member.id for member in told + held_out}
    for row in nudges(world):
        assert row.chance_ppm == (500_000 if row.member_id in earlier else 900_000)


def test_who_was_forgotten_is_left_out_on_both_sides(world):
    told, held_out = assign(world, 20)
    for member in (told[0], held_out[0]):
        erase(world.database, member.number, world.programme, now=world.now)
    world.pass_time(days=20)
    compared = of_rule(world).comparison
    assert (compared.told, compared.held_out) == (len(told) - 1, len(held_out) - 1)


def test_what_was_sent_delivered_opened_and_kept_back_is_counted(world):
    told_one(world)
    willing = willing_member(world, "Jan")
    unwilling = world.enrol("Ewa")
    for member in (willing, unwilling):
        world.buy(member, NEAR_COFFEE)
    sender = RecordingSender()
    go_round(world, sender)
    world.write(lambda c: c.driver.execute("DELETE FROM device"))
    without_phone = willing_member(world, "Ida")
    world.write(lambda c: c.driver.execute("DELETE FROM device"))
    world.buy(without_phone, NEAR_COFFEE)
    go_round(world, sender)
    first = nudges(world)[0].id
    world.write(
        lambda c: c.driver.execute(f"UPDATE nudge SET read_at = sent_at WHERE id = '{first}'")  # noqa: S608 -- an id of ours
    )
    found = of_rule(world)
    assert (found.sent, found.delivered, found.opened, found.held_out) == (3, 2, 1, 0)
    assert found.kept_back == {"no consent": 1}
    assert found.verdict is Verdict.NOT_COMPARED


def test_a_rule_that_left_the_programme_is_reported_after_the_others(world):
    told_one(world)
    (rule,) = world.programme.nudges
    world.programme = replace(world.programme, nudges=(replace(rule, id="another"),))
    assert [(each.rule, each.is_in_programme) for each in reported(world)] == [
        ("another", True),
        (RULE, False),
    ]


def test_without_a_member_every_rule_is_reported_as_nothing(market_world):
    found = reported(market_world)
    assert [each.rule for each in found] == [rule.id for rule in market_world.programme.nudges]
    assert {(each.sent, each.held_out, each.comparison.told) for each in found} == {(0, 0, 0)}
    assert {each.verdict for each in found} == {Verdict.TOO_EARLY, Verdict.NOT_COMPARED}
    assert {each.rule for each in found if each.verdict is Verdict.NOT_COMPARED} == {
        rule.id for rule in market_world.programme.nudges if rule.is_service
    }


def test_the_number_of_statements_does_not_grow_with_the_members(world):
    def statements():
        def count(connection):
            asking = Mock(wraps=connection)
            report(asking, world.programme, now=world.now)
            return [name for name, *_ in asking.mock_calls]

        return world.read(count)

    before = statements()
    assign(world, 12)
    world.pass_time(days=20)
    assert statements() == before == ["all"] * 3
