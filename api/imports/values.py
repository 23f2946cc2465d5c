"""The values on a line of a purchase log: dates, amounts and texts, each checked as it is read."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from api.imports.faults import LineFault
from gamification.money import to_major
from gamification.programme.notes import shown
from gamification.programme.values import Programme

AMOUNT_CHARACTERS_MAX = 30  # a longer number is no price, and takes long to read
QUANTITY_CHARACTERS_MAX = 12
YEAR_MIN = 1970  # ids begin there
DATES_REMEMBERED = 4_096  # a log repeats its days; eleven years of them
NOON = time(12)

_AMOUNT = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")
_DAY = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})")
_QUANTITY = re.compile(r"([0-9]+)(?:\.0*)?")

MomentOf = Callable[[str], tuple[datetime, str]]


def moments(zone: ZoneInfo, now: datetime) -> MomentOf:
    """A reader of dates: text -> (moment in UTC, the same text however it was written).

    A date alone means noon in `zone`, on the last day at most `now`; a time without an offset is
    in `zone`. The reader raises LineFault for a mistyped date, before 1970, or after `now`.
    """

    @lru_cache(maxsize=DATES_REMEMBERED)
    def moment_of(text: str) -> tuple[datetime, str]:
        try:
            if found := _DAY.fullmatch(text):
                day = date(int(found[1]), int(found[2]), int(found[3]))
                local, normal = datetime.combine(day, NOON, tzinfo=zone), day.isoformat()
            else:
                local, normal = datetime.fromisoformat(text), ""
        except ValueError:
            raise LineFault(
                "date", f"the date is {shown(text)}; write it as 2026-03-31 or 2026-03-31T17:05"
            ) from None
        # The year is looked at first: the first and last years of the calendar have no UTC.
        if local.year < YEAR_MIN:
            raise LineFault("date", f"the date {shown(text)} is before {YEAR_MIN}")
        if local.year > now.year + 1:
            raise LineFault("date", f"the date {shown(text)} lies in the future")
        if local.utcoffset() is None or local.tzinfo is None:
            local = local.replace(tzinfo=zone)
        moment = local.astimezone(UTC)
        if normal and moment > now and local.date() == now.astimezone(zone).date():
            moment = now
        if moment > now:
            raise LineFault("date", f"the date {shown(text)} lies in the future")
        if moment.year < YEAR_MIN:
            raise LineFault("date", f"the date {shown(text)} is before {YEAR_MIN}")
        return moment, normal or moment.isoformat()

    return moment_of


def minor_of(text: str, programme: Programme) -> int:
    """An amount such as 12.50 in minor units of the programme's currency. Raises LineFault."""
    digits = programme.currency_digits
    found = _AMOUNT.fullmatch(text) if len(text) <= AMOUNT_CHARACTERS_MAX else None
    if found is None:
        raise LineFault("amount", f"the amount is {shown(text)}; write it as 12.50")
    sign, whole, decimals = found[1], found[2], (found[3] or "").rstrip("0")
    if sign:
        raise LineFault("amount", f"the amount is {text}: a refund is no purchase")
    if len(decimals) > digits:
        raise LineFault(
            "amount", f"the amount {text} has more than the {digits} decimals of a price"
        )
    minor = int(whole + decimals.ljust(digits, "0"))
    if minor > programme.purchase_minor_max:
        most = to_major(programme.purchase_minor_max, digits=digits)
        raise LineFault(
            "amount",
            f"the amount {text} is more than the programme's largest_purchase, "
            f"{most} {programme.currency}",
        )
    return minor


def quantity_of(text: str) -> int:
    """A whole number; an empty text is 1. Raises LineFault."""
    if not text:
        return 1
    found = _QUANTITY.fullmatch(text) if len(text) <= QUANTITY_CHARACTERS_MAX else None
    if found is None:
        raise LineFault("quantity", f"the quantity is {shown(text)}; write a whole number")
    return int(found[1])


def text_of(text: str, *, what: str, most: int) -> str | None:
    """A text of at most `most` characters; None for an empty one. Raises LineFault."""
    if len(text) > most:
        raise LineFault(what, f"the {what} has {len(text)} characters; at most {most} fit")
    return text or None
