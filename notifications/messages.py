"""The texts of nudges in the member's language, for pushes and for the inbox alike.

The texts stand in `locales/*.toml`, one table per message key.
"""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from babel import Locale
from babel.numbers import (
    format_currency,
    format_decimal,
    get_currency_precision,
    get_currency_symbol,
)

LOCALES = ("en", "pl", "ru", "zh-Hant")
DEFAULT_LOCALE = "en"

COUNTED_PARAM = "remaining"
"""The parameter whose number chooses the plural form."""

TAG_LENGTH_MAX = 100
"""Language tags are shorter (RFC 5646 expects 35), and a tag comes from a stranger's phone."""

_LOCALES_FOLDER = Path(__file__).parent / "locales"

_TRADITIONAL_REGIONS = frozenset({"tw", "hk", "mo"})

Text = str | Mapping[str, str]
"""One text, or one per CLDR plural category."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """A message as a person reads it."""

    title: str
    body: str


class UnknownMessageError(LookupError):
    """No message has this key."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def render(key: str, *, locale: str, params: Mapping[str, object]) -> Rendered:
    """Put a message into words; any language tag will do as `locale`.

    Whole numbers among `params` are written in the manner of the language, other values as they
    are. Raises UnknownMessageError, and KeyError when a parameter of the text is missing.
    """
    tag = negotiate(locale)
    message = texts(tag).get(key)
    if message is None:
        raise UnknownMessageError(key)
    shown = {
        name: format_points(value, tag) if isinstance(value, int) else str(value)
        for name, value in params.items()
    }
    chosen = {name: _chosen(text, tag, params) for name, text in message.items()}
    return Rendered(title=chosen["title"].format_map(shown), body=chosen["body"].format_map(shown))


@functools.cache
def texts(tag: str) -> Mapping[str, Mapping[str, Text]]:
    """Give all texts of one of `LOCALES`: message key, then `title` and `body`."""
    return tomllib.loads((_LOCALES_FOLDER / f"{tag}.toml").read_text(encoding="utf-8"))


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


def format_points(n: int, locale: str) -> str:
    """Write a whole number in the manner of the language: `12,345` or `12 345`."""
    return format_decimal(n, locale=_babel(negotiate(locale)))


def format_money(minor: int, currency: str, locale: str) -> str:
    """Write an amount in minor units of an ISO 4217 currency: `12,50 zł` or `PLN 12.50`."""
    babel = _babel(negotiate(locale))
    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    pattern = str(babel.currency_formats["standard"].pattern)
    if get_currency_symbol(currency, locale=babel)[-1:].isalpha():
        # Unicode TS 35, currencySpacing: letters do not touch the digits. Babel leaves it out.
        pattern = pattern.replace("¤#", "¤\N{NO-BREAK SPACE}#")
    return format_currency(amount, currency, format=pattern, locale=babel)


def _chosen(text: Text, tag: str, params: Mapping[str, object]) -> str:
    if isinstance(text, str):
        return text
    count = params[COUNTED_PARAM]
    if not isinstance(count, int):
        raise TypeError(f"{COUNTED_PARAM} chooses a plural form, so it must be a whole number")
    return text[_babel(tag).plural_form(count)]


@functools.cache
def _babel(tag: str) -> Locale:
    return Locale.parse(tag, sep="-")
