"""The sentences that explain: the same in each language, with the forms that it needs."""

import string

import pytest
from babel import Locale

from gamification.points.rules import EntryKind
from notifications.wording import LOCALES, Text
from schema.why.refusals import ABOUT
from schema.why.wording import texts

SENTENCES = [(what, variant) for what, parts in texts("en").items() for variant in parts]


def forms(text: Text) -> dict[str, str]:
    return {"": text} if isinstance(text, str) else dict(text)


def placeholders(text: str) -> set[str]:
    return {part[1] for part in string.Formatter().parse(text) if part[1] is not None}


def test_there_are_sentences_for_every_movement_and_every_refusal_that_is_explained() -> None:
    assert set(texts("en")) >= {*map(str, EntryKind), *ABOUT}


@pytest.mark.parametrize("tag", LOCALES)
@pytest.mark.parametrize(("what", "variant"), SENTENCES)
def test_every_form_has_the_placeholders_of_english(tag: str, what: str, variant: str) -> None:
    english = placeholders(next(iter(forms(texts("en")[what][variant]).values())))
    for form in forms(texts(tag)[what][variant]).values():
        assert placeholders(form) == english


@pytest.mark.parametrize("tag", LOCALES)
@pytest.mark.parametrize(("what", "variant"), SENTENCES)
def test_a_sentence_with_points_has_the_categories_that_whole_numbers_need(
    tag: str, what: str, variant: str
) -> None:
    plural_form = Locale.parse(tag, sep="-").plural_form
    text = forms(texts(tag)[what][variant])
    counts = any("{points}" in form for form in text.values())
    assert set(text) == ({plural_form(n) for n in range(1001)} if counts else {""})
