"""A story in which every kind of entry, voucher state and award occurs."""

from decimal import Decimal

from gamification.actions.record_purchase import PurchaseLine
from gamification.actions.refund_purchase import RefundLine
from gamification.members.rules import MemberRecord
from tests.world import World

PASTRIES = (
    PurchaseLine(name="Szarlotka", category="pastry", quantity=5, amount=Decimal("120.00")),
)


def every_movement(world: World) -> MemberRecord:
    """Jan's points are adjusted and expire, Ida falls into debt and pays it; and all that Ola does.

    Ola is told.
    """
    jan = world.enrol("Jan")
    world.buy(jan, "20.00")
    world.adjust(jan, 40)
    world.adjust(jan, -15)
    ida = world.enrol("Ida")
    spent = world.buy(ida, "100.00")
    voucher = world.redeem(ida, "coffee").result()["voucher_id"]
    world.capture(world.scan(ida).id, voucher)
    world.refund(spent).result()
    world.buy(ida, "15.00")
    spent = world.buy(ida, "200.00")
    world.redeem(ida, "coffee").result()
    world.refund(spent).result()
    spent = world.buy(ida, "120.00", lines=PASTRIES)
    world.refund(spent, lines=(RefundLine(line=1, quantity=2),)).result()
    world.refund(spent, amount=Decimal("70.00")).result()
    world.pass_time(days=400)
    world.expire()
    ola = world.enrol("Ola")
    world.join(ola, "three_a_week")
    world.join(ola, "pastry_month")
    first = world.buy(ola, "10.00", receipt="R-1")
    world.buy(ola, "10.00", receipt="R-2")
    world.pass_time(days=1)
    world.buy(ola, "10.00")
    world.buy(ola, "120.00", lines=PASTRIES)
    captured = world.redeem(ola, "coffee").result()["voucher_id"]
    world.capture(world.scan(ola).id, captured)
    dear = world.buy(ola, "400.00")
    world.redeem(ola, "coffee").result()
    world.pass_time(days=31)
    world.expire()
    world.redeem(ola, "coffee").result()
    world.refund(dear).result()
    world.refund(first).result()
    world.buy(ola, "10.00")
    return ola
