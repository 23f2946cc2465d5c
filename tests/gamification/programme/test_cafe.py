"""The default programme is sound, generous within reason, and speaks four languages."""

from fractions import Fraction
from pathlib import Path

import pytest

from gamification.programme.check import check_programme, load_programme
from gamification.programme.colours import CONTRAST_MIN, contrast
from gamification.programme.parse import ADJUSTMENT_POINTS_USUAL
from gamification.programme.values import Programme
from gamification.texts import Text

CAFE = Path(__file__).parents[3] / "gamification/programmes/cafe.toml"
USUAL_PURCHASE_MINOR = 750


@pytest.fixture(scope="module")
def cafe() -> Programme:
    return load_programme(CAFE)


def test_the_cafe_has_what_it_promises(cafe: Programme) -> None:
    assert [tier.threshold for tier in cafe.ladder.tiers] == [0, 250_00, 600_00, 1500_00]
    assert [len(x) for x in (cafe.badges, cafe.challenges, cafe.rewards, cafe.earning)] == [
        6,
        3,
        4,
        5,
    ]
    assert cafe.earning[0].rate == Fraction(1, 10)
    assert (cafe.currency, cafe.currency_digits, cafe.purchase_minor_max) == ("EUR", 2, 500_00)
    assert (cafe.points_expire_months, cafe.adjustment_points_max) == (12, 5000)
    assert all(nudge.within == Fraction(1, 10) for nudge in cafe.nudges)


def test_where_nothing_is_said_of_adjustments_they_have_a_limit(tmp_path: Path) -> None:
    lines = CAFE.read_text(encoding="utf-8").splitlines()
    path = tmp_path / "silent.toml"
    path.write_text("\n".join(line for line in lines if not line.startswith("largest_adj")))
    assert load_programme(path).adjustment_points_max == ADJUSTMENT_POINTS_USUAL
    assert len(path.read_text(encoding="utf-8").splitlines()) == len(lines) - 1


def test_the_first_reward_comes_after_about_ten_visits(cafe: Programme) -> None:
    a_visit = int(USUAL_PURCHASE_MINOR * cafe.earning[0].rate) + 10
    assert 9 <= min(reward.cost for reward in cafe.rewards) / a_visit <= 12


def test_every_text_is_there_in_all_four_languages(cafe: Programme) -> None:
    texts: list[Text] = [cafe.name]
    texts += [x.name for x in (*cafe.ladder.tiers, *cafe.earning)]
    texts += [segment.name for segment in cafe.segments.named.values()]
    for item in (*cafe.badges, *cafe.challenges, *cafe.rewards):
        texts += [item.name, item.description]
    assert {tuple(text) for text in texts} == {("en", "pl", "ru", "zh-Hant")}


def test_the_letters_on_every_card_can_be_read(cafe: Programme) -> None:
    for tier in cafe.ladder.tiers:
        assert contrast(tier.colours.ink, tier.colours.background) >= CONTRAST_MIN


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_version_follows_the_bytes(cafe: Programme) -> None:
    data = CAFE.read_bytes()
    again, _ = check_programme(data, "another name")
    changed, _ = check_programme(data + b"\n", "cafe.toml")
    assert again is not None
    assert changed is not None
    assert len(cafe.version) == 12
    assert again.version == cafe.version != changed.version


def test_a_bare_text_is_in_the_language_of_the_programme() -> None:
    text = CAFE.read_text(encoding="utf-8").replace('locale = "en" ', 'locale = "pl" ')
    text = text.replace('name.en = "Prelude"\nname.pl = "Preludium"\n', 'name = "Preludium"\n', 1)
    text = text.replace('name.ru = "Прелюдия"\nname.zh-Hant = "序曲"\n', "", 1)
    programme, faults = check_programme(text.encode(), "my.toml")
    assert faults == []
    assert programme is not None
    assert programme.ladder.tiers[0].name == {"pl": "Preludium"}
    assert next(iter(programme.ladder.tiers[1].name)) == "pl"
