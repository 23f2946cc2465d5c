"""Language: which one a member reads, plural forms, numbers and money.

Whatever speaks to members shares it: the nudges of this package, the timeline of `schema`.
"""

import functools
import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import (
    NumberPattern,
    format_decimal,
    get_currency_precision,
    get_currency_symbol,
    parse_pattern,
)

LOCALES = ("en", "pl", "ru", "zh-Hant")
DEFAULT_LOCALE = "en"

TAG_LENGTH_MAX = 100
"""Language tags are shorter (RFC 5646 expects 35), and a tag comes from a stranger's phone."""

NUMBERS_REMEMBERED_MAX = 4096
"""Babel takes 10 to 30 µs to write a number, and the same few hundred keep coming back."""

_TRADITIONAL_REGIONS = frozenset({"tw", "hk", "mo"})

Text = str | Mapping[str, str]
"""One text, or one per CLDR plural category."""

Texts = Mapping[str, Mapping[str, Text]]
"""A file of texts: a table per message, with its parts by name."""


def read_texts(folder: Path, tag: str) -> Texts:
    """Read `folder`'s texts in one of `LOCALES`."""
    return tomllib.loads((folder / f"{tag}.toml").read_text(encoding="utf-8"))


def negotiate(tag: str) -> str:
    """Answer the one of `LOCALES` that a speaker of the language `tag` reads best.

    Takes any text, as phones write `zh-Hant-TW`, `zh_TW` or nothing at all. Chinese without a
    sign of traditional script gets the default: a wrong script is worse than a second language.
    """
    language, *rest = tag[:TAG_LENGTH_MAX].strip().casefold().replace("_", "-").split("-")
    if language == "zh":
        traditional = "hant" in rest or (
            "hans" not in rest and not _TRADITIONAL_REGIONS.isdisjoint(rest)
        )
        return "zh-Hant" if traditional else DEFAULT_LOCALE
    return language if language in LOCALES else DEFAULT_LOCALE


def agreeing(text: Text, n: int, *, tag: str) -> str:
    """Choose the form of a text that agrees with the number `n`, in one of `LOCALES`."""
    return text if isinstance(text, str) else text[_babel(tag).plural_form(n)]


def format_points(n: int, locale: str) -> str:
    """Write a whole number in the manner of the language: `12,345` or `12 345`."""
    return _number(n, negotiate(locale))


def format_money(minor: int, currency: str, locale: str, *, digits: int | None = None) -> str:
    """Write an amount in minor units of an ISO 4217 currency: `12,50 zł` or `PLN 12.50`.

    A major unit has 10 ** `digits` minor ones; None stands for what Unicode's CLDR says.
    """
    return _money(minor, currency, negotiate(locale), digits)


@functools.lru_cache(maxsize=NUMBERS_REMEMBERED_MAX)
def format_factor(factor: Fraction, locale: str) -> str:
    """Write a factor with up to six decimals, which is what a programme may have: `1.25`."""
    exact = Decimal(factor.numerator) / Decimal(factor.denominator)
    return format_decimal(exact, format="#,##0.######", locale=_babel(negotiate(locale)))


@functools.lru_cache(maxsize=NUMBERS_REMEMBERED_MAX)
def format_day(day: date, locale: str) -> str:
    """Write a day: `November 24, 2025` or `24 listopada 2025`."""
    return format_date(day, "long", locale=_babel(negotiate(locale)))


@functools.lru_cache(maxsize=NUMBERS_REMEMBERED_MAX)
def format_month(day: date, locale: str) -> str:
    """Write the month that a day is in: `November 2025` or `listopad 2025`."""
    return str(format_skeleton("yMMMM", day, locale=_babel(negotiate(locale))))


@functools.lru_cache(maxsize=NUMBERS_REMEMBERED_MAX)
def format_year(day: date, locale: str) -> str:
    """Write the year that a day is in: `2025` or `2025年`."""
    return str(format_skeleton("y", day, locale=_babel(negotiate(locale))))


@functools.lru_cache(maxsize=NUMBERS_REMEMBERED_MAX)
def _number(n: int, tag: str) -> str:
    return format_decimal(n, locale=_babel(tag))


@functools.lru_cache(maxsize=NUMBERS_REMEMBERED_MAX)
def _money(minor: int, currency: str, tag: str, digits: int | None) -> str:
    if digits is None:
        digits = get_currency_precision(currency)
    amount = Decimal(minor).scaleb(-digits)
    pattern = _money_pattern(currency, tag, digits)
    return str(pattern.apply(amount, _babel(tag), currency=currency, currency_digits=False))


@functools.lru_cache(maxsize=len(LOCALES))
def _money_pattern(currency: str, tag: str, digits: int) -> NumberPattern:
    babel = _babel(tag)
    written = str(babel.currency_formats["standard"].pattern)
    if get_currency_symbol(currency, locale=babel)[-1:].isalpha():
        # Unicode TS 35, currencySpacing: letters do not touch the digits. Babel leaves it out.
        written = written.replace("¤#", "¤\N{NO-BREAK SPACE}#")
    pattern = parse_pattern(written)
    pattern.frac_prec = (digits, digits)
    return pattern


@functools.cache
def _babel(tag: str) -> Locale:
    return Locale.parse(tag, sep="-")
