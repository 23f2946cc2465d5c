"""The texts of nudges in the member's language, for pushes and for the inbox alike.

The texts stand in `locales/*.toml`, one table per message key.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from notifications.wording import (
    DEFAULT_LOCALE,
    LOCALES,
    Text,
    Texts,
    agreeing,
    format_money,
    format_points,
    negotiate,
    read_texts,
)

__all__ = [
    "DEFAULT_LOCALE",
    "LOCALES",
    "Rendered",
    "UnknownMessageError",
    "format_money",
    "format_points",
    "negotiate",
    "render",
    "texts",
]

COUNTED = ("remaining", "points")
"""The parameters of which the number of the first that is there chooses the plural form."""

_LOCALES_FOLDER = Path(__file__).parent / "locales"


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
def texts(tag: str) -> Texts:
    """Give all texts of one of `LOCALES`: message key, then `title` and `body`."""
    return read_texts(_LOCALES_FOLDER, tag)


def _chosen(text: Text, tag: str, params: Mapping[str, object]) -> str:
    if isinstance(text, str):
        return text
    count = next((params[name] for name in COUNTED if name in params), None)
    if not isinstance(count, int):
        raise TypeError("what chooses a plural form must be a whole number")
    return agreeing(text, count, tag=tag)
