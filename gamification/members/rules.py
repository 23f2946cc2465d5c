"""The member number: short enough to say at a till, with a digit that catches a slip.

The check digit is Damm's (H. Michael Damm, "Total anti-symmetrische Quasigruppen",
dissertation, Philipps-Universität Marburg, 2004): a decimal digit that catches every single
wrong digit and every swap of neighbours. ISO/IEC 7064 MOD 11,10 misses about one swap in 46.
"""

import re
import zoneinfo
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from gamification.errors import Refusal
from gamification.texts import check_text

# A billion numbers: ten thousand members leave a guessed one right once in 100,000.
NUMBER_BODY_DIGITS = 9
NUMBER_DIGITS = NUMBER_BODY_DIGITS + 1

# Four, three, three: groups that people read aloud without losing their place.
_GROUP_ENDS = (4, 7, NUMBER_DIGITS)

# Hyphen-minus, hyphen, non-breaking hyphen, en dash: keyboards and word processors make them all.
_HYPHENS = "-\u2010\u2011\u2013"
_WITHOUT_HYPHENS = str.maketrans("", "", _HYPHENS)

# A totally anti-symmetric quasigroup of order 10 (the tests prove it). Row: the digit so far;
# column: the next digit of the number. Its zero diagonal makes "number and check digit" end in 0.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def with_check_digit(digits: str) -> str:
    """Make the ten-digit number of nine (random) digits, leading zeros kept.

    Raises ValueError for anything but nine ASCII digits.
    """
    if not _are_digits(digits, count=NUMBER_BODY_DIGITS):
        raise ValueError(f"a member number is made of {NUMBER_BODY_DIGITS} digits")
    return digits + str(_damm(digits))


def is_valid_number(text: str) -> bool:
    """Whether `text` is a member number as a person may type it: spaces and hyphens don't count."""
    number = normal_number(text)
    return _are_digits(number, count=NUMBER_DIGITS) and _damm(number) == 0


def normal_number(text: str) -> str:
    """`text` without spaces and hyphens: the form that is stored and looked up. Checks nothing."""
    return "".join(text.split()).translate(_WITHOUT_HYPHENS)


def grouped_number(number: str) -> str:
    """Group a number as cards and screens show it: `1234 567 890`. Takes either form.

    Raises ValueError unless it has ten digits; the check digit is not looked at.
    """
    digits = normal_number(number)
    if not _are_digits(digits, count=NUMBER_DIGITS):
        raise ValueError(f"a member number has {NUMBER_DIGITS} digits")
    starts = (0, *_GROUP_ENDS)
    return " ".join(digits[start:end] for start, end in zip(starts[:-1], _GROUP_ENDS, strict=True))


def _are_digits(text: str, *, count: int) -> bool:
    # isdigit alone also takes digits of other scripts, which the table lookup would not match.
    return len(text) == count and text.isascii() and text.isdigit()


def _damm(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim


@dataclass(frozen=True, kw_only=True, slots=True)
class MemberRecord:
    """A member, with the name to greet them by ('' for a forgotten one)."""

    id: str
    number: str
    locale: str
    time_zone: str
    joined_at: datetime
    display_name: str

    @property
    def is_forgotten(self) -> bool:
        """Whether the person asked to be forgotten: whoever acts for them finds nobody."""
        return not self.display_name


NO_LOCALE = "und"  # "undetermined" (BCP 47): what a forgotten member spoke is nobody's business
NO_TIME_ZONE = "UTC"
NAME_CHARACTERS_MAX = 100
EMAIL_CHARACTERS_MIN = 3  # a@b
EMAIL_CHARACTERS_MAX = 254  # of a path in SMTP (RFC 5321, 4.5.3.1.3), its angle brackets aside
LOCALE_CHARACTERS_MAX = 35  # the longest tag that RFC 5646 asks software to keep


def check_enrolment(
    *,
    display_name: str,
    locale: str,
    time_zone: str,
    email: str | None,
    birthday: date | None,
    today: date,
) -> None:
    """Refuse what cannot be a member's.

    Raises Refusal TEXT_LENGTH, TEXT_UNPRINTABLE, EMAIL, BIRTHDAY, LOCALE_UNKNOWN or
    TIME_ZONE_UNKNOWN.
    """
    check_text(display_name, field="displayName", maximum=NAME_CHARACTERS_MAX)
    if email is not None:
        check_text(email, field="email", minimum=EMAIL_CHARACTERS_MIN, maximum=EMAIL_CHARACTERS_MAX)
        if not _EMAIL.fullmatch(email):
            raise Refusal("EMAIL", field="email")
    if birthday is not None and not FIRST_BIRTHDAY <= birthday <= today:
        raise Refusal("BIRTHDAY", field="birthday")
    if not 0 < len(locale) <= LOCALE_CHARACTERS_MAX or not _LOCALE.fullmatch(locale):
        raise Refusal("LOCALE_UNKNOWN", field="locale")
    if time_zone not in available_time_zones():
        raise Refusal("TIME_ZONE_UNKNOWN", field="timeZone")


NO_PLACE = {"localtime", "Factory"}  # what they mean depends on the machine
FIRST_BIRTHDAY = date(1900, 1, 1)  # nobody older is alive
# Whether it arrives is for the first letter to show; this catches what was typed elsewhere.
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@cache
def available_time_zones() -> frozenset[str]:
    """The IANA zones this machine knows; read once, as it walks a folder."""
    return frozenset(zoneinfo.available_timezones()) - NO_PLACE
