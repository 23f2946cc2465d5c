import string

import pytest
from babel import Locale

from notifications.messages import (
    LOCALES,
    UnknownMessageError,
    format_money,
    format_points,
    negotiate,
    render,
    texts,
)

PARAMS = {
    "reward": {"reward": "Flat white"},
    "tier": {"tier": "Gold"},
    "tier_at_risk": {"tier": "Gold", "day": "May 4, 2027"},
    "badge": {"badge": "Weekender"},
    "challenge": {"challenge": "A loaf a day", "day": "May 4, 2027"},
    "points": {"day": "May 4, 2027"},
    "voucher": {"reward": "Flat white", "day": "May 4, 2027"},
    "welcome": {"programme": "Harmony Café"},
    "purchase": {},
    "purchase_in_reach": {"reward": "Flat white"},
    "activity": {"activity": "Happy birthday!"},
    "activity_with_points": {"activity": "Happy birthday!"},
    "win_back": {"programme": "Harmony Café"},
    "spent": {"reward": "Flat white"},
    "captured": {"reward": "Flat white"},
    "new_device": {"programme": "Harmony Café"},
}
COUNTS = frozenset({"remaining", "points"})
NBSP = "\N{NO-BREAK SPACE}"


def forms(text):
    return {"": text} if isinstance(text, str) else dict(text)


def placeholders(text):
    parsed = string.Formatter().parse(text)
    return {(name, spec, turn) for _, name, spec, turn in parsed if name is not None}


@pytest.mark.parametrize("tag", LOCALES)
def test_every_locale_has_the_messages_and_parts_of_english(tag):
    shape = {
        key: {part: isinstance(text, str) for part, text in message.items()}
        for key, message in texts(tag).items()
    }
    english = {
        key: {part: isinstance(text, str) for part, text in message.items()}
        for key, message in texts("en").items()
    }
    assert shape == english
    assert all(set(message) == {"title", "body"} for message in shape.values())
    assert set(shape) == set(PARAMS)


@pytest.mark.parametrize("tag", LOCALES)
def test_every_text_has_the_placeholders_of_english(tag):
    for key, message in texts(tag).items():
        for part, text in message.items():
            (expected, *_) = (placeholders(form) for form in forms(texts("en")[key][part]).values())
            for form in forms(text).values():
                assert placeholders(form) == expected, (key, part, form)


def test_placeholders_are_plain_names_that_the_message_is_given():
    for key, message in texts("en").items():
        names = {
            p for text in message.values() for f in forms(text).values() for p in placeholders(f)
        }
        assert names <= {(name, "", None) for name in {*PARAMS[key], *COUNTS}}


@pytest.mark.parametrize("tag", LOCALES)
def test_plural_texts_have_the_categories_that_whole_numbers_need_in_that_language(tag):
    plural_form = Locale.parse(tag, sep="-").plural_form
    needed = {plural_form(n) for n in range(1001)}
    for key, message in texts(tag).items():
        for part, text in message.items():
            if not isinstance(text, str):
                assert set(text) == needed, (key, part)


@pytest.mark.parametrize("tag", LOCALES)
@pytest.mark.parametrize("key", PARAMS)
@pytest.mark.parametrize("n", [0, 1, 2, 5, 22, 1000])
def test_every_text_renders_with_its_number_and_without_leftovers(key, n, tag):
    rendered = render(key, locale=tag, params={**dict.fromkeys(COUNTS, n), **PARAMS[key]})
    asked = {name for text in texts(tag)[key].values() for f in forms(text).values()
             for name, _, _ in placeholders(f)}  # fmt: skip
    assert format_points(n, tag) in rendered.body or not COUNTS & asked
    assert not set("{}") & set(rendered.title + rendered.body)
    assert all(PARAMS[key][name] in rendered.title + rendered.body for name in asked - COUNTS)


@pytest.mark.parametrize(
    ("tag", "n", "words"),
    [
        ("en", 1, "1 more point and"),
        ("en", 21, "21 more points and"),
        ("pl", 1, "1 punkt i"),
        ("pl", 22, "22 punkty i"),
        ("pl", 12, "12 punktów i"),
        ("pl", 21, "21 punktów i"),
        ("ru", 21, "21 балл —"),
        ("ru", 22, "22 балла —"),
        ("ru", 11, "11 баллов —"),
        ("zh-Hant", 1, "累積 1 點"),
    ],
)
def test_the_noun_agrees_with_the_number(tag, n, words):
    assert words in render("reward", locale=tag, params={"remaining": n, "reward": "x"}).body


def test_a_formatted_amount_is_shown_as_it_is():
    remaining = format_money(1250, "PLN", "pl")
    body = render("tier", locale="pl-PL", params={"remaining": remaining, "tier": "Złoty"}).body
    assert f"brakuje Ci 12,50{NBSP}zł." in body


def test_braces_in_a_name_are_not_read_as_placeholders():
    params = {"remaining": 3, "reward": "{remaining} {0.__class__}"}
    assert "“{remaining} {0.__class__}”" in render("reward", locale="en", params=params).body


def test_an_unknown_message_is_refused_by_name():
    with pytest.raises(UnknownMessageError) as caught:
        render("far_away", locale="en", params={})
    assert caught.value.key == "far_away"


def test_a_missing_parameter_is_an_error_and_not_a_gap_in_the_text():
    with pytest.raises(KeyError):
        render("tier", locale="en", params={"remaining": 3})


def test_a_plural_needs_a_whole_number():
    with pytest.raises(TypeError):
        render("reward", locale="en", params={"remaining": "3", "reward": "x"})


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("zh-Hant-TW", "zh-Hant"),
        ("zh-TW", "zh-Hant"),
        ("zh_TW", "zh-Hant"),
        ("ZH-hant-hk", "zh-Hant"),
        ("zh-MO", "zh-Hant"),
        ("zh", "en"),
        ("zh-CN", "en"),
        ("zh-Hans-HK", "en"),
        ("pl-PL", "pl"),
        ("pl", "pl"),
        ("ru_RU", "ru"),
        ("en-GB", "en"),
        ("de-AT", "en"),
        ("plt", "en"),
        ("", "en"),
        ("-", "en"),
        ("../../secret", "en"),
        ("\x00\ud800", "en"),
        ("pl" * 10_000, "en"),
    ],
)
def test_any_language_tag_leads_to_a_locale(tag, expected):
    assert negotiate(tag) == expected


@pytest.mark.parametrize("tag", LOCALES)
def test_each_locale_leads_to_itself(tag):
    assert negotiate(tag) == tag


@pytest.mark.parametrize(
    ("minor", "currency", "tag", "expected"),
    [
        (123456, "PLN", "pl", f"1{NBSP}234,56{NBSP}zł"),
        (1250, "PLN", "en", f"PLN{NBSP}12.50"),
        (-1250, "EUR", "en-GB", "-€12.50"),
        (500, "JPY", "en", "¥500"),
        (15000, "TWD", "zh-TW", "$150.00"),
    ],
)
def test_money_is_written_in_the_manner_of_the_language(minor, currency, tag, expected):
    assert format_money(minor, currency, tag) == expected


def test_points_are_grouped_in_the_manner_of_the_language():
    assert format_points(12345, "en") == "12,345"
    assert format_points(12345, "ru-RU") == f"12{NBSP}345"
