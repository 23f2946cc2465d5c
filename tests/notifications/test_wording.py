import pytest

from notifications.wording import agreeing, format_money, read_texts

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("minor", "currency", "digits", "expected"),
    [
        (150, "TWD", 0, "$150"),
        (15000, "TWD", None, "$150.00"),
        (1500, "KWD", None, f"KWD{NBSP}1.500"),
        (-5, "EUR", 2, "-€0.05"),
    ],
)
def test_an_amount_has_as_many_decimals_as_its_shop_counts_in(minor, currency, digits, expected):
    tag = "zh-Hant" if currency == "TWD" else "en"
    assert format_money(minor, currency, tag, digits=digits) == expected


def test_the_same_amount_in_other_decimals_is_not_remembered_as_the_first():
    assert format_money(700, "TWD", "en", digits=0) != format_money(700, "TWD", "en", digits=2)


def test_a_text_without_forms_agrees_with_any_number():
    assert agreeing("points", 1, tag="en") == "points"


def test_forms_are_chosen_by_the_rules_of_the_language():
    forms = {"one": "punkt", "few": "punkty", "many": "punktów"}
    assert [agreeing(forms, n, tag="pl") for n in (1, 22, 12)] == ["punkt", "punkty", "punktów"]


def test_texts_are_read_from_the_folder_of_whoever_speaks(tmp_path):
    (tmp_path / "pl.toml").write_text('[GREETING]\ntext = "Cześć"\n', encoding="utf-8")
    assert read_texts(tmp_path, "pl") == {"GREETING": {"text": "Cześć"}}
