import string
from dataclasses import replace

import pytest
from babel import Locale

from gamification.facts import FactKind
from notifications.wording import LOCALES
from schema.facts import VARIANTS, fact_points, fact_text, texts

NBSP = "\N{NO-BREAK SPACE}"

# Params as the actions store them: at least one fact for every sentence.
STORED = [
    (FactKind.MEMBER_ENROLLED, {}),
    (FactKind.PURCHASE_RECORDED, {"amount_minor": 1250}),
    (FactKind.VISIT_RECORDED, {"amount_minor": 0}),
    (FactKind.ACTIVITY_WITHDRAWN, {"activity": "survey"}),
    (FactKind.ACTIVITY_RECORDED, {"activity": "survey"}),
    (FactKind.PURCHASE_REFUNDED, {"purchase": "0f", "amount_minor": 1250}),
    (FactKind.PURCHASE_REFUNDED, {"purchase": "0f", "amount_minor": 450, "of_minor": 1250}),
    (FactKind.CLAIM_REFUSED, {"activity": "survey"}),
    (FactKind.POINTS_EARNED, {"points": 22, "parts": [["spend", 22]], "tier": "prelude"}),
    (FactKind.POINTS_RELEASED, {"points": 22}),
    (FactKind.POINTS_EXPIRED, {"points": 22}),
    (FactKind.POINTS_TAKEN_BACK, {"points": 22}),
    (FactKind.POINTS_ADJUSTED, {"points": 22}),
    (FactKind.POINTS_ADJUSTED, {"points": -22}),
    (FactKind.DEBT_SETTLED, {"points": 22}),
    (FactKind.TIER_REACHED, {"tier": "serenade", "before": "prelude"}),
    (FactKind.TIER_LOST, {"tier": "prelude", "before": "serenade"}),
    (FactKind.BADGE_AWARDED, {"badge": "early_bird", "level": 1, "points": 0}),
    (FactKind.BADGE_AWARDED, {"badge": "early_bird", "level": 1, "points": 22}),
    (FactKind.BADGE_AWARDED, {"badge": "early_bird", "level": 2, "points": 0}),
    (FactKind.BADGE_AWARDED, {"badge": "early_bird", "level": 2, "points": 22}),
    (FactKind.BADGE_WITHDRAWN, {"badge": "early_bird", "level": 1}),
    (FactKind.BADGE_WITHDRAWN, {"badge": "early_bird", "level": 2}),
    (FactKind.CHALLENGE_JOINED, {"challenge": "three_a_week"}),
    (FactKind.CHALLENGE_COMPLETED, {"challenge": "three_a_week", "points": 0, "reward": None}),
    (FactKind.CHALLENGE_COMPLETED, {"challenge": "three_a_week", "points": 22, "reward": None}),
    (FactKind.CHALLENGE_COMPLETED, {"challenge": "pastry_month", "points": 0, "reward": "pastry"}),
    (FactKind.CHALLENGE_WITHDRAWN, {"challenge": "three_a_week"}),
    (FactKind.STAMPS_FILLED, {"stamps": "tenth_coffee", "points": 0, "reward": None}),
    (FactKind.STAMPS_FILLED, {"stamps": "tenth_coffee", "points": 22, "reward": None}),
    (FactKind.STAMPS_FILLED, {"stamps": "tenth_coffee", "points": 0, "reward": "coffee"}),
    (FactKind.STAMPS_WITHDRAWN, {"stamps": "tenth_coffee"}),
    (FactKind.REWARD_REDEEMED, {"reward": "coffee", "points": 22}),
    (FactKind.VOUCHER_CAPTURED, {"reward": "coffee"}),
    (FactKind.VOUCHER_LAPSED, {"reward": "coffee", "points": 0}),
    (FactKind.VOUCHER_LAPSED, {"reward": "coffee", "points": 22}),
    (FactKind.VOUCHER_WITHDRAWN, {"reward": "coffee"}),
    (FactKind.DEVICE_REGISTERED, {"platform": "ios"}),
]


def names_of(params, programme, tag):
    found = [
        programme.badge(params.get("badge")),
        programme.challenge(params.get("challenge")),
        programme.reward(params.get("reward")),
        programme.ladder.tier(params["tier"]) if "before" in params else None,
    ]
    return [one.name[tag] for one in found if one]


def forms(text):
    return {"": text} if isinstance(text, str) else dict(text)


def placeholders(text):
    return {part[1:] for part in string.Formatter().parse(text) if part[1] is not None}


@pytest.mark.parametrize("tag", LOCALES)
def test_every_kind_of_fact_has_the_sentences_of_english(tag):
    assert set(texts(tag)) == set(FactKind)
    for kind, sentences in texts(tag).items():
        assert set(sentences) == set(texts("en")[kind])
        assert "text" in sentences
        assert set(sentences) <= set(VARIANTS)


@pytest.mark.parametrize("tag", LOCALES)
def test_every_form_has_the_placeholders_of_english(tag):
    for kind, sentences in texts(tag).items():
        for variant, text in sentences.items():
            (expected, *_) = map(placeholders, forms(texts("en")[kind][variant]).values())
            for form in forms(text).values():
                assert placeholders(form) == expected, (kind, variant, form)


@pytest.mark.parametrize("tag", LOCALES)
def test_a_sentence_with_points_has_the_categories_that_whole_numbers_need(tag):
    plural_form = Locale.parse(tag, sep="-").plural_form
    needed = {plural_form(n) for n in range(1001)}
    for kind, sentences in texts(tag).items():
        for variant, text in sentences.items():
            counts = any("{points}" in form for form in forms(text).values())
            assert set(forms(text)) == (needed if counts else {""}), (kind, variant)


def test_the_stored_facts_of_these_tests_cover_every_sentence(programme):
    told = {
        (kind, fact_text(kind=kind, params=params, programme=programme, locale="en"))
        for kind, params in STORED
    }
    assert len(told) == sum(map(len, texts("en").values()))


@pytest.mark.parametrize("tag", LOCALES)
@pytest.mark.parametrize(("kind", "params"), STORED)
def test_every_stored_fact_names_what_it_is_about_and_leaves_no_gap(kind, params, tag, programme):
    text = fact_text(kind=kind, params=params, programme=programme, locale=tag)
    assert not set("{}") & set(text)
    assert "None" not in text
    assert all(name in text for name in names_of(params, programme, tag))
    assert ("22" in text) == (params.get("points") in {22, -22})
    assert "-" not in text.replace("zh-Hant", "")


@pytest.mark.parametrize("tag", LOCALES)
@pytest.mark.parametrize(("kind", "params"), STORED)
def test_what_the_programme_no_longer_has_is_shown_by_its_id(kind, params, tag, programme):
    gone = {
        name: f"gone_{name}" if isinstance(value, str) else value for name, value in params.items()
    }
    text = fact_text(kind=kind, params=gone, programme=programme, locale=tag)
    shown = {"badge", "challenge", "reward", *(["tier"] if "before" in params else [])}
    assert all(gone[name] in text for name in shown & set(gone) if gone[name])


@pytest.mark.parametrize(
    ("locale", "points", "sentence"),
    [
        ("pl", 1, "Na Twoje konto trafił 1 punkt!"),
        ("pl", 2, "Na Twoje konto trafiły 2 punkty!"),
        ("pl", 5, "Na Twoje konto trafiło 5 punktów!"),
        ("pl", 22, "Na Twoje konto trafiły 22 punkty!"),
        ("pl-PL", 1000, f"Na Twoje konto trafiło 1{NBSP}000 punktów!"),
        ("ru", 1, "Вы получили 1 балл!"),
        ("ru", 2, "Вы получили 2 балла!"),
        ("ru", 5, "Вы получили 5 баллов!"),
        ("ru", 22, "Вы получили 22 балла!"),
        ("ru", 1000, f"Вы получили 1{NBSP}000 баллов!"),
        ("ru", 21, "Вы получили 21 балл!"),
        ("en", 1, "You earned 1 point!"),
        ("en-GB", 1000, "You earned 1,000 points!"),
        ("zh-TW", 1, "你獲得了 1 點！"),
    ],
)
def test_the_sentence_agrees_with_the_number_of_points(locale, points, sentence, programme):
    params = {"points": points, "parts": [["spend", points]], "tier": "prelude"}
    kind = FactKind.POINTS_EARNED
    assert fact_text(kind=kind, params=params, programme=programme, locale=locale) == sentence


@pytest.mark.parametrize(
    ("locale", "kind", "params", "sentence"),
    [
        ("en", "PURCHASE_RECORDED", {"amount_minor": 1250}, "You spent €12.50 with us. Thank you!"),
        (
            "en",
            "BADGE_AWARDED",
            {"badge": "early_bird", "level": 2, "points": 40},
            "Your badge “Early Bird” rose to level 2 and brought you 40 points!",
        ),
        (
            "pl",
            "PURCHASE_REFUNDED",
            {"purchase": "0f", "amount_minor": 123456},
            f"Zwróciliśmy Ci 1{NBSP}234,56{NBSP}€ za zakupy.",
        ),
        (
            "en",
            "PURCHASE_REFUNDED",
            {"purchase": "0f", "amount_minor": 450, "of_minor": 1250},
            "€4.50 of your purchase of €12.50 was refunded.",
        ),
        (
            "ru",
            "PURCHASE_REFUNDED",
            {"purchase": "0f", "amount_minor": 450, "of_minor": 1250},
            f"Мы вернули вам 4,50{NBSP}€ из покупки на 12,50{NBSP}€.",
        ),
        (
            "pl",
            "REWARD_REDEEMED",
            {"reward": "coffee", "points": 102},
            "102 punkty zamieniły się w nagrodę „Dowolna kawa”. Dobry wybór!",
        ),
        (
            "ru",
            "TIER_LOST",
            {"tier": "prelude", "before": "serenade"},
            "Ваш уровень сменился с «Серенада» на «Прелюдия». Будем рады вашему возвращению!",
        ),
        (
            "ru",
            "VOUCHER_LAPSED",
            {"reward": "coffee", "points": 101},
            "Срок купона на награду «Кофе на ваш выбор» истёк, и мы вернули вам 101 балл.",
        ),
        ("en", "POINTS_ADJUSTED", {"points": 1}, "We added 1 point to your balance."),
        ("en", "POINTS_ADJUSTED", {"points": -1}, "We took 1 point off your balance."),
        ("pl", "POINTS_ADJUSTED", {"points": -22}, "Odjęliśmy 22 punkty z Twojego konta."),
        ("ru", "POINTS_ADJUSTED", {"points": -5}, "Мы списали с вашего счёта 5 баллов."),
        ("zh-Hant", "MEMBER_ENROLLED", {}, "你加入了「Octave 咖啡館熟客會」，歡迎！"),
        ("zh-TW", "VOUCHER_CAPTURED", {"reward": "coffee"}, "你領取了「任選咖啡一杯」，好好享受！"),
        ("zh-Hant", "TIER_REACHED", {"tier": "gone", "before": "x"}, "你升上了「gone」，恭喜！"),
    ],
)
def test_facts_read_as_a_person_would_say_them(locale, kind, params, sentence, programme):
    assert fact_text(kind=kind, params=params, programme=programme, locale=locale) == sentence


@pytest.mark.parametrize("kind", [FactKind.BADGE_AWARDED, FactKind.BADGE_WITHDRAWN])
def test_only_the_levels_above_the_first_are_spoken_of(kind, programme):
    first, second = (
        fact_text(
            kind=kind,
            params={"badge": "early_bird", "level": level},
            programme=programme,
            locale="en",
        )
        for level in (1, 2)
    )
    assert "level" not in first
    assert "level 2" in second


def test_money_has_the_decimals_of_the_programme(programme):
    whole = replace(programme, currency="TWD", currency_digits=0)
    params = {"amount_minor": 150}
    text = fact_text(kind="PURCHASE_RECORDED", params=params, programme=whole, locale="zh-Hant")
    assert text == "你消費了 $150，謝謝惠顧！"


def test_braces_in_a_name_are_not_read_as_placeholders(programme):
    text = fact_text(
        kind="CHALLENGE_JOINED",
        params={"challenge": "{programme.id}"},
        programme=programme,
        locale="en",
    )
    assert "“{programme.id}”" in text


def test_a_kind_that_is_not_a_fact_is_refused(programme):
    with pytest.raises(KeyError):
        fact_text(kind="MOON_REACHED", params={}, programme=programme, locale="en")


@pytest.mark.parametrize(
    ("kind", "params", "points"),
    [
        (FactKind.POINTS_EARNED, {"points": 22}, 22),
        (FactKind.REWARD_REDEEMED, {"reward": "coffee", "points": 150}, 150),
        (FactKind.POINTS_ADJUSTED, {"points": -22}, -22),
        (FactKind.BADGE_AWARDED, {"badge": "early_bird", "level": 1, "points": 0}, None),
        (FactKind.VOUCHER_CAPTURED, {"reward": "coffee"}, None),
        (FactKind.MEMBER_ENROLLED, {}, None),
    ],
)
def test_a_fact_tells_the_points_it_was_about(kind, params, points):
    assert fact_points(kind, params) == points
