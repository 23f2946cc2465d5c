"""Why something was refused: the number that the rule looked at, for the member to read."""

from collections.abc import Callable, Mapping
from typing import Any

from gamification.errors import Refusal
from gamification.progress import Unit
from schema.progress import ProgressUnit
from schema.scalars import BigInt
from schema.why.types import NextAction, NextStep, Why, WhyPart
from schema.why.wording import Speaker

Data = Mapping[str, Any]

# What each refusal is about: the unit, and how much there is of it.
ABOUT: Mapping[str, tuple[Unit, Callable[[Data], int]]] = {
    "NOT_ENOUGH_POINTS": (Unit.POINTS, lambda data: int(data["available"])),
    "BALANCE_TOO_LARGE": (Unit.POINTS, lambda data: int(data["room"])),
    "REFUND_TOO_LARGE": (Unit.MONEY, lambda data: int(data["left_minor"])),
    "ALREADY_REFUNDED": (Unit.MONEY, lambda _: 0),
    "ALREADY_COUNTED": (Unit.COUNT, lambda _: 1),
    "RECEIPT_ALREADY_CLAIMED": (Unit.COUNT, lambda _: 1),
    "VOUCHER_CAPTURED": (Unit.COUNT, lambda _: 1),
    "VOUCHER_LAPSED": (Unit.COUNT, lambda _: 0),
    "VOUCHER_WITHDRAWN": (Unit.COUNT, lambda _: 0),
}


def why_refused(refusal: Refusal, says: Speaker) -> Why | None:
    """A refusal explained; None where its message says all there is to say."""
    if refusal.code not in ABOUT:
        return None
    unit, of = ABOUT[refusal.code]
    amount = of(refusal.data)
    required = int(refusal.data.get("required", 0))
    text = says.say(
        refusal.code,
        points=required,
        amount=says.amount(amount, unit),
        maximum=says.amount(int(refusal.data.get("maximum", 0)), unit),
    )
    return Why(
        text=text,
        rule=None,
        version=says.programme.version,
        unit=ProgressUnit[unit.name],
        amount=BigInt(amount),
        parts=[WhyPart(text=text, amount=BigInt(amount))] if amount else [],
        next=_earn(required - amount, says) if required > amount else None,
    )


def _earn(missing: int, says: Speaker) -> NextStep:
    return NextStep(
        text=says.say("next_points", points=missing),
        action=NextAction.EARN,
        remaining=BigInt(missing),
        unit=ProgressUnit.POINTS,
        measure=None,
        until=None,
    )
