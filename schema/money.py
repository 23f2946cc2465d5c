"""Money in answers: a decimal string in major units, with its currency."""

from decimal import Decimal

import strawberry

from gamification.money import to_major
from gamification.programme.values import Programme
from schema.fields import field


@strawberry.type(description="An exact amount of money.")
class Money:
    """See the description."""

    amount: Decimal = field("Major units as a decimal string, with all decimals: `12.50`.")
    currency: str = field("ISO 4217 code.")


def money(minor: int, programme: Programme) -> Money:
    """Minor units of the programme's currency as Money."""
    return Money(
        amount=to_major(minor, digits=programme.currency_digits), currency=programme.currency
    )
