"""Money: exact amounts in minor units of one currency."""

from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal

from gamification.errors import Refusal

AMOUNT_DIGITS_MAX = 15  # beyond it nothing is a price, and 1e999999 would fill the memory

# Takes any amount as it is: the usual context rounds to 28 digits and stumbles over 1e9999999.
_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])


def without_trailing_zeros(amount: Decimal) -> Decimal:
    """The same amount, spelled one way: 4.500 and 4.50 are 4.5. Takes whatever a caller sends."""
    return amount.normalize(_EXACT)


def to_minor(amount: Decimal, *, digits: int, field: str) -> int:
    """An amount in major units as minor units.

    Raises Refusal AMOUNT_OUT_OF_RANGE or TOO_MANY_DECIMALS, naming the field and the limit.
    """
    if not amount.is_finite() or amount.adjusted() > AMOUNT_DIGITS_MAX:
        raise Refusal("AMOUNT_OUT_OF_RANGE", field=field, minimum_minor=0)
    # Trailing zeros say nothing: 4.500 is 4.50.
    exponent = without_trailing_zeros(amount).as_tuple().exponent
    if isinstance(exponent, int) and -exponent > digits:
        raise Refusal("TOO_MANY_DECIMALS", field=field, maximum=digits)
    return int(amount.scaleb(digits))


def to_major(minor: int, *, digits: int) -> Decimal:
    """Minor units as a decimal in major units, with all its decimals."""
    return Decimal(minor).scaleb(-digits)
