"""A purchase of two lines, and parts of it."""

from collections import Counter
from decimal import Decimal
from typing import Any

from gamification.actions.record_purchase import PurchaseLine
from gamification.actions.refund_purchase import RefundLine
from gamification.idempotency.rules import Answer
from gamification.members.rules import MemberRecord
from gamification.verify.rebuild.run import rebuild
from tests.world import World

# Together 12.50: 125 points, 10 for coming by, 30 for the cakes.
LINES = (
    PurchaseLine(name="Szarlotka", category="pastry", quantity=3, amount=Decimal("10.00")),
    PurchaseLine(name="Espresso", category="coffee", quantity=1, amount=Decimal("2.50")),
)
EARNED = 165

# All that was ever counted, by measure.
COUNTS = "SELECT measure, amount FROM bucket WHERE day = '0001-01-01' AND amount <> 0"


def cake_and_coffee(world: World, member: MemberRecord) -> Answer:
    return world.buy(member, "12.50", lines=LINES)


def pieces(*wanted: tuple[int, int]) -> dict[str, Any]:
    """Pieces of lines, each by its position and quantity."""
    return {"lines": tuple(RefundLine(line=line, quantity=quantity) for line, quantity in wanted)}


def money(amount: str) -> dict[str, Any]:
    return {"amount": Decimal(amount)}


ALL: dict[str, Any] = {}


def taken(world: World, purchase: Answer, part: dict[str, Any]) -> tuple[int, int, int]:
    """What a part comes to: cents given back, cents left, points taken back."""
    outcome = world.refund(purchase, **part).result()
    assert sound(world)
    return outcome["refunded_minor"], outcome["left_minor"], outcome["points"]


def sound(world: World) -> bool:
    """Whether every promise holds, and all can be worked out again from rows alone."""
    differences = world.read(lambda c: list(rebuild(c, world.programme, seen=Counter())))
    return world.violations() == [] and differences == []
