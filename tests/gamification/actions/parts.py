"""A purchase of two lines, and parts of it."""

from decimal import Decimal
from typing import Any

from gamification.actions.record_purchase import PurchaseLine
from gamification.actions.refund_purchase import RefundLine
from gamification.idempotency.rules import Answer
from gamification.members.rules import MemberRecord
from tests.world import World

# Together 12.50: 125 points, 10 for coming by, 30 for the cakes.
LINES = (
    PurchaseLine(name="Szarlotka", category="pastry", quantity=3, amount=Decimal("10.00")),
    PurchaseLine(name="Espresso", category="coffee", quantity=1, amount=Decimal("2.50")),
)
EARNED = 165


def cake_and_coffee(world: World, member: MemberRecord) -> Answer:
    return world.buy(member, "12.50", lines=LINES)


def pieces(*wanted: tuple[int, int]) -> dict[str, Any]:
    """Pieces of lines, each by its position and quantity."""
    return {"lines": tuple(RefundLine(line=line, quantity=quantity) for line, quantity in wanted)}


def money(amount: str) -> dict[str, Any]:
    return {"amount": Decimal(amount)}


ALL: dict[str, Any] = {}
