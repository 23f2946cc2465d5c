"""Texts of the programme in the languages of its members."""

from collections.abc import Mapping

# A text by locale tag (BCP 47), e.g. {"en": "Flat white", "zh-Hant": "小白咖啡"}.
Text = Mapping[str, str]

LOCALE_OF_LAST_RESORT = "en"


def text_in(text: Text, locale: str) -> str:
    """The text in `locale`, else in its language, else in English, else in any."""
    for tag in (locale, locale.rsplit("-", 1)[0], locale.split("-", 1)[0], LOCALE_OF_LAST_RESORT):
        if tag in text:
            return text[tag]
    return next(iter(text.values()))
