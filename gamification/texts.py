"""Texts: those of the programme in the languages of its members, and those that people send."""

import re
import unicodedata
from collections.abc import Mapping

from gamification.errors import Refusal

# A text by locale tag (BCP 47), e.g. {"en": "Flat white", "zh-Hant": "小白咖啡"}.
Text = Mapping[str, str]

LOCALE_OF_LAST_RESORT = "en"

# No keyboard makes them, and NUL ends a text in some databases. Tabs and line ends are harmless.
# The second part turns the direction of what is written beside it (Unicode UAX #9).
_CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
# Letters with no shape of their own: alone they make a name that nobody sees.
_BLANK_LETTERS = "\u115f\u1160\u3164\uffa0"


def text_in(text: Text, locale: str) -> str:
    """The text in `locale`, else in its language, else in English, else in any."""
    for tag in (locale, locale.rsplit("-", 1)[0], locale.split("-", 1)[0], LOCALE_OF_LAST_RESORT):
        if tag in text:
            return text[tag]
    return next(iter(text.values()))


def check_text(text: str, *, field: str, minimum: int = 1, maximum: int) -> None:
    """Refuse a text of another length (in characters), or one that nobody can read.

    Raises Refusal TEXT_LENGTH or TEXT_UNPRINTABLE, naming the field.
    """
    if not minimum <= len(text) <= maximum:
        raise Refusal("TEXT_LENGTH", field=field, minimum=minimum, maximum=maximum)
    if _CONTROL_CHARACTER.search(text) or not _is_seen(text):
        raise Refusal("TEXT_UNPRINTABLE", field=field)


def _is_seen(text: str) -> bool:
    """Whether some letter, digit, sign or symbol shows; the empty text hides nothing."""
    return not text or any(
        unicodedata.category(letter)[0] in "LNPS" and letter not in _BLANK_LETTERS
        for letter in text
    )
