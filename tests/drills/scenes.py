"""Every action that moves points, each with what it takes for it to do a great deal at once."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from api.imports.reading import Row
from gamification.actions.record_purchase import PurchaseLine
from gamification.actions.record_visit import VisitToRecord, record_visit
from gamification.actions.sweep_points import lapse_vouchers, sweep_points
from gamification.actions.targets import Target
from gamification.members.rules import MemberRecord
from tests.drills.repeatable import RepeatableWorld

KEY = "the-key"
PASTRIES = (
    PurchaseLine(name="Szarlotka", category="pastry", quantity=5, amount=Decimal("120.00")),
)

Action = Callable[[RepeatableWorld], Any]
Scene = Callable[[RepeatableWorld, str], Action]
"""Prepares a world for a member of that name; the action may be done again and again."""


def buy(world: RepeatableWorld, name: str) -> Action:
    """The first purchase of all."""
    member = world.enrol(name)
    return lambda w: w.buy(member, "12.00", receipt=f"receipt-of-{name}", key=KEY)


def buy_and_win(world: RepeatableWorld, name: str) -> Action:
    """A purchase after a lot has run out: it settles a debt, lifts the tier and wins prizes.

    They are two badges, points for one challenge and a voucher for another.
    """
    member = world.enrol(name)
    world.buy(member, "20.00")  # runs out in a year, on a Tuesday
    world.pass_time(days=300)
    owe_a_pastry(world, member)
    world.pass_time(days=64)
    world.join(member, "three_a_week")
    world.join(member, "pastry_month")
    world.drop_in(member)
    world.pass_time(days=1)
    world.drop_in(member)
    world.pass_time(days=1)
    lines = (PurchaseLine(name="Tort", category="pastry", quantity=5, amount=Decimal("300.00")),)
    return lambda w: w.buy(member, "300.00", lines=lines, key=KEY)


def visit(world: RepeatableWorld, name: str) -> Action:
    """The third visit of a week, which wins a challenge."""
    member = world.enrol(name)
    world.join(member, "three_a_week")
    world.drop_in(member)
    world.drop_in(member)
    request = VisitToRecord(target=Target(member_number=member.number), idempotency_key=KEY)
    return lambda w: w.write(lambda c: record_visit(c, request, w.occasion()))


def redeem(world: RepeatableWorld, name: str) -> Action:
    """A reward that two lots pay for, while a third has just run out."""
    member = world.enrol(name)
    world.buy(member, "20.00")
    world.pass_time(days=300)
    world.buy(member, "50.00")
    world.buy(member, "60.00")
    world.pass_time(days=70)
    return lambda w: w.redeem(member, "coffee", key=KEY)


def redeem_with_too_few_points(world: RepeatableWorld, name: str) -> Action:
    """A refusal that stays one."""
    member = world.enrol(name)
    world.buy(member, "10.00")
    return lambda w: w.redeem(member, "coffee", key=KEY)


def capture(world: RepeatableWorld, name: str) -> Action:
    """A voucher that was bought is used, while points run out."""
    member = world.enrol(name)
    world.buy(member, "90.00")
    world.pass_time(days=360)
    voucher = world.redeem(member, "coffee").result()["voucher_id"]
    world.pass_time(days=10)
    visit_id = world.scan(member).id
    return lambda w: w.capture(visit_id, voucher, key=KEY)


def refund(world: RepeatableWorld, name: str) -> Action:
    """A purchase is given back, and nothing had come of it."""
    member = world.enrol(name)
    purchase = world.buy(member, "12.00")
    return lambda w: w.refund(purchase, key=KEY)


def refund_and_lose(world: RepeatableWorld, name: str) -> Action:
    """A purchase on which all rests: prizes and a bought voucher go, a used prize is owed."""
    member = world.enrol(name)
    world.join(member, "three_a_week")
    world.join(member, "pastry_month")
    world.drop_in(member)
    world.drop_in(member)
    purchase = world.buy(member, "120.00", lines=PASTRIES)
    (prize,) = world.rows(PRIZES_OF.format(member.id))
    world.capture(world.scan(member).id, prize)
    world.redeem(member, "coffee").result()
    return lambda w: w.refund(purchase, key=KEY)


def give_points(world: RepeatableWorld, name: str) -> Action:
    """Points by hand, after a lot has run out: they settle a debt."""
    member = world.enrol(name)
    world.buy(member, "20.00")
    world.pass_time(days=360)
    owe_a_pastry(world, member)
    world.pass_time(days=10)
    return lambda w: w.adjust(member, 2000, key=KEY)


def take_points(world: RepeatableWorld, name: str) -> Action:
    """Points are taken by hand, from two lots, while a third has just run out."""
    member = world.enrol(name)
    world.buy(member, "20.00")
    world.pass_time(days=300)
    world.buy(member, "50.00")
    world.buy(member, "60.00")
    world.pass_time(days=70)
    return lambda w: w.adjust(member, -600, key=KEY)


def take_more_points_than_there_are(world: RepeatableWorld, name: str) -> Action:
    """A refusal that stays one."""
    member = world.enrol(name)
    return lambda w: w.adjust(member, -1, key=KEY)


def join(world: RepeatableWorld, name: str) -> Action:
    """A challenge that is won by joining it: points."""
    member = world.enrol(name)
    for _ in range(3):
        world.drop_in(member)
    return lambda w: w.join(member, "three_a_week")


def join_for_a_voucher(world: RepeatableWorld, name: str) -> Action:
    """A challenge that is won by joining it: a voucher."""
    member = world.enrol(name)
    world.eat_pastries(member, 5)
    return lambda w: w.join(member, "pastry_month")


def enrol(world: RepeatableWorld, name: str) -> Action:
    """Someone joins."""
    world.enrol("somebody else")
    return lambda w: identity(w.enrol(name))


def expire(world: RepeatableWorld, name: str) -> Action:
    """Two members' points run out."""
    for each in (world.enrol(name), world.enrol(f"{name}'s friend")):
        world.buy(each, "20.00")
        world.buy(each, "30.00")
    world.pass_time(days=400)
    return lambda w: nothing(w.write(lambda c: sweep_points(c, w.occasion())))


def lapse(world: RepeatableWorld, name: str) -> Action:
    """Two vouchers run out: one lot with the points has done so too, the other settles a debt."""
    late, owing = world.enrol(name), world.enrol(f"{name}'s friend")
    world.buy(late, "79.00")
    world.pass_time(days=350)
    world.redeem(late, "coffee").result()
    world.buy(owing, "79.00")
    world.redeem(owing, "coffee").result()
    owe_a_pastry(world, owing)
    world.pass_time(days=31)
    return lambda w: nothing(w.write(lambda c: lapse_vouchers(c, w.occasion())))


def import_lines(world: RepeatableWorld, name: str) -> Action:
    """Lines of somebody who was imported before and of a new member; the last one is refused."""
    world.play([line(world, 1, name)])
    rows = [
        line(world, 2, name),
        line(world, 3, "somebody new"),
        line(world, 4, "another", receipt="receipt-3"),
    ]
    return lambda w: [(each.row.line, each.refused) for each in w.play(rows)]


PRIZES_OF = "SELECT id FROM voucher WHERE member_id = '{}' AND cost = 0"

SCENES: Mapping[str, Scene] = {
    scene.__name__: scene
    for scene in (
        buy,
        buy_and_win,
        visit,
        redeem,
        redeem_with_too_few_points,
        capture,
        refund,
        refund_and_lose,
        give_points,
        take_points,
        take_more_points_than_there_are,
        join,
        join_for_a_voucher,
        enrol,
        expire,
        lapse,
        import_lines,
    )
}


def line(world: RepeatableWorld, number: int, member: str, receipt: str | None = None) -> Row:
    """A line of a log: a purchase of the day before."""
    return Row(
        line=number,
        moment=world.now - timedelta(days=1) + timedelta(minutes=number),
        member=member,
        amount_minor=1250,
        key=f"key-{number}",
        fingerprint=f"values-{number}",
        receipt=receipt or f"receipt-{number}",
        store="centre",
        category="coffee",
        quantity=1,
        name=None,
    )


def owe_a_pastry(world: RepeatableWorld, member: MemberRecord) -> None:
    """A prize that was used, and the purchase that had won it given back."""
    world.join(member, "pastry_month")
    purchase = world.eat_pastries(member, 5)
    (prize,) = world.rows(PRIZES_OF.format(member.id))
    world.capture(world.scan(member).id, prize)
    world.refund(purchase)


def identity(member: MemberRecord) -> tuple[str, str]:
    """What a member is known by."""
    return member.id, member.number


def nothing(_answer: object) -> None:
    """A sweep tells only what it found itself, which is nothing the second time."""
