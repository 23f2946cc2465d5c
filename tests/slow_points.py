"""Points that cool off: at a café which gives them for what is bought on the web."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from gamification.expressions import compile_expression
from gamification.idempotency.rules import Answer
from gamification.members.rules import MemberRecord
from gamification.points.rules import EntryKind
from gamification.programme.values import Programme
from tests.world import World

DAYS = 14
MOVEMENTS = frozenset({EntryKind.COOL, EntryKind.RELEASE, EntryKind.CALL_OFF})


def with_slow_points(programme: Programme, *, days: int = DAYS) -> Programme:
    """The same, but that what is given for money on the web cools off."""
    spend, *others = programme.earning
    slow, at_once = (
        replace(spend, id=name, condition=compile_expression(f'activity.channel {sign} "web"'))
        for name, sign in (("slow", "=="), ("spend", "!="))
    )
    return replace(programme, earning=[replace(slow, cool_off_days=days), at_once, *others])


def slow_world(world: World) -> World:
    """Where nothing else gives points: one for ten cents."""
    slow = with_slow_points(world.programme)
    world.programme = replace(slow, earning=slow.earning[:2], badges=(), challenges=())
    return world


def buy_on_the_web(world: World, member: MemberRecord, total: str = "50.00", **more: Any) -> Answer:
    return world.buy(member, total, channel="web", **more)


def a_slow_story(world: World) -> MemberRecord:
    """Every way in which points cool off: called off, released late, and some that still do."""
    ola = world.enrol("Ola")
    first = buy_on_the_web(world, ola)
    world.refund(first, amount=Decimal(20))
    buy_on_the_web(world, ola, "10.00")
    world.pass_time(days=DAYS + 3)
    world.expire()
    world.refund(first, amount=Decimal(10))
    spent = world.buy(ola, "100.00")
    voucher = world.redeem(ola, "coffee").result()["voucher_id"]
    world.capture(world.scan(ola).id, voucher)
    world.refund(spent)  # into debt
    buy_on_the_web(world, ola, "60.00")
    world.pass_time(days=DAYS)
    world.buy(ola, "1.00")  # released, and the debt settled from it
    world.refund(buy_on_the_web(world, ola, "70.00"))
    last = buy_on_the_web(world, ola, "80.00")
    world.refund(last, amount=Decimal(5))
    return ola
