"""Money: exact amounts in minor units of one currency."""

from decimal import Decimal

from gamification.errors import Refusal

AMOUNT_DIGITS_MAX = 15  # beyond it nothing is a price, and 1e999999 would fill the memory


def to_minor(amount: Decimal, *, digits: int, field: str) -> int:
    """An amount in major units as minor units.

    Raises Refusal AMOUNT_OUT_OF_RANGE or TOO_MANY_DECIMALS, naming the field and the limit.
    """
    if not amount.is_finite() or amount.adjusted() > AMOUNT_DIGITS_MAX:
        raise Refusal("AMOUNT_OUT_OF_RANGE", field=field, minimum_minor=0)
    # Trailing zeros say nothing: 4.500 is 4.50.
    exponent = amount.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > digits:
        raise Refusal("TOO_MANY_DECIMALS", field=field, maximum=digits)
    return int(amount.scaleb(digits))


def to_major(minor: int, *, digits: int) -> Decimal:
    """Minor units as a decimal in major units, with all its decimals."""
    return Decimal(minor).scaleb(-digits)
