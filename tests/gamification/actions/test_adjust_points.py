from collections.abc import Callable
from dataclasses import replace

import pytest

from api.erasure import erase
from gamification.actions.adjust_points import PointsToAdjust, adjust_points
from gamification.actions.targets import Target
from gamification.adjustments.rules import REASON_CHARACTERS_MAX
from gamification.cards.rules import CodeFlag
from gamification.errors import Refusal
from gamification.idempotency.rules import Answer
from gamification.members.rules import MemberRecord
from gamification.points.rules import BALANCE_POINTS_MAX
from gamification.staff.rules import Actor
from tests.world import CLERK, ELSEWHERE, MANAGER, SYSTEM, World

REASON = "Ola waited for an hour"
ENTRIES = "SELECT kind, amount, cause FROM entry ORDER BY id"
Change = Callable[[World], object]


def adjust_visit(world: World, visit_id: str, points: int) -> Answer:
    request = PointsToAdjust(
        target=Target(visit_id=visit_id),
        points=points,
        reason=REASON,
        idempotency_key=world.key(),
    )
    return world.write(lambda c: adjust_points(c, request, world.occasion()))


def entries(world: World) -> list[tuple[str, int]]:
    return [(kind, amount) for kind, amount, _ in world.rows(ENTRIES)]


def everything_but_adjustments(world: World) -> str:
    contents = world.contents()
    assert len(contents.pop("adjustment")) == 2
    return str(contents)


def test_points_that_are_given_can_be_spent_and_expire_as_others_do(world: World) -> None:
    ola = world.enrol()
    answer = world.adjust(ola, 900)
    assert answer.outcome["points"] == 900
    assert world.balances(ola) == {"available": 900, "pending": 0, "debt": 0}
    [lot] = world.rows("SELECT expires_at FROM lot")
    world.buy(ola)
    assert {lot} == {*world.rows("SELECT expires_at FROM lot")}
    world.redeem(ola, "coffee").result()
    world.pass_time(days=400)
    world.expire()
    assert world.balances(ola)["available"] == 0
    assert world.violations() == []


def test_points_that_are_taken_come_from_the_lots_that_expire_soonest(world: World) -> None:
    ola = world.enrol()
    world.adjust(ola, 30)
    world.pass_time(days=10)
    world.adjust(ola, 50)
    assert world.adjust(ola, -40).outcome["points"] == -40
    assert world.rows("SELECT remaining FROM lot ORDER BY expires_at") == [0, 40]
    assert world.balances(ola)["available"] == 40
    assert world.violations() == []


def test_points_move_between_the_member_and_what_is_adjusted(world: World) -> None:
    ola = world.enrol()
    up, down = world.adjust(ola, 30), world.adjust(ola, -20)
    assert world.rows(ENTRIES) == [
        ("adjust", 30, f"adjust:{up.outcome['adjustment_id']}"),
        ("adjust", 20, f"adjust:{down.outcome['adjustment_id']}"),
    ]
    moved = "SELECT balance, lifetime FROM account WHERE kind = 'adjusted' AND version > 0"
    assert world.rows(moved) == [(-10, 0)]
    # What was given by hand was not earned.
    assert world.rows("SELECT sum(lifetime) FROM account") == [0]


def test_who_adjusted_what_and_why_is_kept(world: World) -> None:
    ola = world.enrol()
    answer = world.adjust(ola, 5, reason="  Ola   waited ")
    assert world.rows("SELECT id, member_id, staff_id, points, reason FROM adjustment") == [
        (answer.outcome["adjustment_id"], ola.id, "manager", 5, "Ola waited")
    ]
    assert world.rows("SELECT rule FROM entry") == ["adjustment:manager"]


def test_a_debt_is_settled_first(world: World) -> None:
    ola = world.enrol()
    owe(world, ola)
    debt = -world.balances(ola)["debt"]
    assert debt > 0
    world.adjust(ola, debt + 7)
    assert world.balances(ola) == {"available": 7, "pending": 0, "debt": 0}
    assert entries(world)[-2:] == [("adjust", debt + 7), ("settle", debt)]
    assert world.kinds(ola)[-2:] == ["POINTS_ADJUSTED", "DEBT_SETTLED"]
    assert world.violations() == []


def owe(world: World, ola: MemberRecord) -> None:
    """A purchase is given back whose points are spent."""
    spent = world.buy(ola, "100.00")
    voucher = world.redeem(ola, "coffee").outcome["voucher_id"]
    world.capture(world.scan(ola).id, voucher)
    world.refund(spent)


def test_the_timeline_tells_of_it_and_of_nothing_else(world: World) -> None:
    ola = world.enrol()
    before = len(world.facts(ola))
    world.adjust(ola, 30)
    world.adjust(ola, -10)
    assert world.facts(ola)[before:] == [
        ("POINTS_ADJUSTED", {"points": 30}),
        ("POINTS_ADJUSTED", {"points": -10}),
    ]


def test_nothing_is_counted_by_it(world: World) -> None:
    ola = world.enrol()
    world.adjust(ola, 5000)
    contents = world.contents()
    assert [contents[table] for table in ("activity", "bucket", "award")] == [[], [], []]


def test_what_has_run_out_expires_first_and_cannot_be_taken(world: World) -> None:
    ola = world.enrol()
    world.adjust(ola, 30)
    world.pass_time(days=400)
    with world.refuses("NOT_ENOUGH_POINTS", sticky=True, available=0, required=1):
        world.adjust(ola, -1).result()
    world.adjust(ola, 5)
    assert world.balances(ola)["available"] == 5
    assert entries(world)[-2:] == [("expire", 30), ("adjust", 5)]
    assert world.violations() == []


def test_more_than_there_is_cannot_be_taken_and_the_refusal_stays(world: World) -> None:
    ola = world.enrol()
    world.adjust(ola, 30)
    with world.refuses("NOT_ENOUGH_POINTS", sticky=True, available=30, required=31):
        world.adjust(ola, -31, key="greedy").result()
    world.adjust(ola, 100)
    again = world.adjust(ola, -31, key="greedy")
    assert again.replayed
    with pytest.raises(Refusal, match="NOT_ENOUGH_POINTS"):
        again.result()


def test_a_balance_has_a_limit_and_the_refusal_stays(world: World) -> None:
    world.programme = replace(world.programme, adjustment_points_max=BALANCE_POINTS_MAX)
    ola = world.enrol()
    world.adjust(ola, BALANCE_POINTS_MAX - 1)
    with world.refuses("BALANCE_TOO_LARGE", sticky=True, maximum=BALANCE_POINTS_MAX, room=1):
        world.adjust(ola, 2, key="two").result()
    world.adjust(ola, 1)
    world.adjust(ola, -BALANCE_POINTS_MAX)
    assert world.balances(ola)["available"] == 0
    with pytest.raises(Refusal, match="BALANCE_TOO_LARGE"):
        world.adjust(ola, 2, key="two").result()
    assert world.violations() == []


def test_what_has_run_out_takes_no_room(world: World) -> None:
    world.programme = replace(world.programme, adjustment_points_max=BALANCE_POINTS_MAX + 1)
    ola = world.enrol()
    world.adjust(ola, BALANCE_POINTS_MAX)
    world.pass_time(days=400)
    with world.refuses("BALANCE_TOO_LARGE", sticky=True, room=BALANCE_POINTS_MAX):
        world.adjust(ola, BALANCE_POINTS_MAX + 1).result()
    world.adjust(ola, 1500).result()
    assert world.balances(ola)["available"] == 1500
    world.adjust(ola, BALANCE_POINTS_MAX - 1500).result()
    world.pass_time(days=400)
    world.buy(ola, "10.00").result()
    assert world.balances(ola)["available"] > 0
    assert world.violations() == []


@pytest.mark.parametrize("points", [0, 5001, -5001, 2**31 - 1])
def test_an_adjustment_has_the_programmes_limit(world: World, points: int) -> None:
    ola = world.enrol()
    world.adjust(ola, 5000)
    world.adjust(ola, -5000)
    with world.refuses("POINTS_OUT_OF_RANGE", field="points", maximum=5000):
        world.adjust(ola, points)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("", "TEXT_LENGTH"),
        (" \n ", "TEXT_LENGTH"),
        ("x" * (REASON_CHARACTERS_MAX + 1), "TEXT_LENGTH"),
        ("a\0b", "TEXT_UNPRINTABLE"),
        ("\u3164", "TEXT_UNPRINTABLE"),
    ],
)
def test_a_reason_is_needed_that_can_be_read(world: World, reason: str, code: str) -> None:
    ola = world.enrol()
    with world.refuses(code, field="reason"):
        world.adjust(ola, 1, reason=reason)


@pytest.mark.parametrize("actor", [CLERK, SYSTEM, ELSEWHERE], ids=lambda actor: actor.principal)
def test_only_managers_adjust(world: World, actor: Actor) -> None:
    ola = world.enrol()
    with world.refuses("FORBIDDEN"):
        world.adjust(ola, 1, actor=actor)


def test_no_member_adjusts_their_own_points(world: World) -> None:
    ola = world.enrol()
    with world.refuses("FORBIDDEN"):
        world.adjust(ola, 1, actor=world.as_member(ola))


def test_a_visit_names_the_member_as_well_as_a_number_does(world: World) -> None:
    ola = world.enrol()
    adjust_visit(world, world.scan(ola).id, 10)
    adjust_visit(world, world.look_up(ola.number).id, -4)
    assert world.balances(ola)["available"] == 6
    checked_in = world.scan(ola, flags=CodeFlag.CHECK_IN)
    with world.refuses("CODE_NOT_MEANT_FOR_THIS"):
        adjust_visit(world, checked_in.id, 10)


def test_the_same_key_adjusts_once_and_only_the_same(world: World) -> None:
    ola = world.enrol()
    first = world.adjust(ola, 10, key="one")
    assert world.adjust(ola, 10, key="one") == replace(first, replayed=True)
    assert world.balances(ola)["available"] == 10
    changes: list[Change] = [
        lambda w: w.adjust(ola, 11, key="one"),
        lambda w: w.adjust(ola, 10, key="one", reason="another"),
        lambda w: w.adjust(w.enrol("Jan"), 10, key="one"),
    ]
    world.enrol("Jan")
    for change in changes:
        with world.refuses("IDEMPOTENCY_CONFLICT"):
            change(world)
    other = replace(MANAGER, principal="staff:another manager")
    assert not world.adjust(ola, 10, key="one", actor=other).replayed


def test_a_reason_stands_in_its_own_row_only(world: World) -> None:
    ola = world.enrol()
    world.adjust(ola, 10, reason=REASON)
    world.adjust(ola, -10, reason=REASON)
    assert REASON not in everything_but_adjustments(world)


def test_of_a_forgotten_member_the_reason_goes_and_the_rest_stays(world: World) -> None:
    ola, jan = world.enrol(), world.enrol("Jan")
    for each in (ola, jan):
        world.adjust(each, 10, reason=REASON, key=f"for {each.display_name}")
        with pytest.raises(Refusal, match="NOT_ENOUGH_POINTS"):
            world.adjust(each, -11, reason=REASON, key=f"of {each.display_name}").result()
    erase(world.database, ola.number, world.programme, now=world.now)
    adjusted = "SELECT member_id, staff_id, points, reason FROM adjustment ORDER BY id"
    assert world.rows(adjusted) == [
        (ola.id, "manager", 10, ""),
        (jan.id, "manager", 10, REASON),
    ]
    assert sorted(world.rows("SELECT key FROM idempotency")) == ["for Jan", "of Jan"]
    assert world.violations() == []
    with world.refuses("MEMBER_UNKNOWN"):
        world.adjust(ola, 10, reason=REASON, key="for Ola")
    with pytest.raises(Exception, match="append-only"):
        world.write(lambda c: c.driver.execute("UPDATE adjustment SET reason = 'x'"))
    with pytest.raises(Exception, match="append-only"):
        world.write(lambda c: c.driver.execute("DELETE FROM adjustment"))
