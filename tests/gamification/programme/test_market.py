"""The sample with every way to earn, and what it says of a slip in what only it has."""

from pathlib import Path

import pytest

from gamification.programme.check import check_programme
from gamification.programme.trial import try_file

MARKET = Path(__file__).parents[3] / "gamification/programmes/market.toml"
TEXT = MARKET.read_text(encoding="utf-8")

# name: (what stands in the file, what is put in its place, a text on the line, its reason)
SPOILT = {
    "referrals that nobody settles": (
        "[referral]\non_purchase = 2\nwithin_days = 60\nleast = 5\n",
        "",
        "",
        "add [referral]",
    ),
    "a smallest purchase with too many decimals": (
        "least = 5",
        "least = 5.001",
        "5.001",
        "decimals",
    ),
    "a referral on no purchase": ("on_purchase = 2", "on_purchase = 0", "= 0", "at least 1"),
    "a recorder that is none": ('["joining"]', '["joinning"]', "joinning", "did you mean"),
    "a kind that every programme has": (
        'id = "tasting"\nname',
        'id = "visit"\nname',
        '"visit"',
        "already",
    ),
    "a window that rolls": (
        'once = "each month"',
        'once = "rolling 30 days"',
        "rolling",
        "no rolling",
    ),
    "a window of dates": (
        'once = "each month"',
        'once = "2026-12-01 to 2026-12-07"',
        "2026-12-01",
        "no dates",
    ),
    "a number that nobody can send": (
        "to = 10\n",
        "to = 2147483648\n",
        "to = 2147483648",
        "at most 2147483647",
    ),
    "a number that begins where none can be sent": (
        "from = 0\nto = 10\n",
        "from = 2147483648\nto = 2147483649\n",
        "from = 2147483648",
        "at most 2147483647",
    ),
    "a note that not everybody can read": (
        "note.en",
        "note.de",
        "note.de",
        "no text in the programme's language",
    ),
    "a type that is none": ('type = "whole"', 'type = "number"', '"number"', "names no type"),
    "a range the wrong way round": ("to = 10\n", "to = -1\n", "to = -1", "at least 0"),
    "a choice that is no id": (
        '"cheese", "wine"]',
        '"cheese", "Red wine"]',
        "Red wine",
        "is no id",
    ),
    "an attribute that is there twice": ('id = "wish"', 'id = "score"', 'id = "score"', "another"),
    "something to tell on joining": (
        'recorded_by = ["staff"]',
        'recorded_by = ["joining"]',
        "joining",
        "make `points` optional",
    ),
    "an activity that nobody named": ('["tasting"]', '["tastings"]', "tastings", "did you mean"),
    "a factor that changes nothing": ("factor = 2", "factor = 1", "factor = 1", "more than 1"),
    "a rule that is not there": ('["spend"]\nwindow', '["spent"]\nwindow', "spent", "did you mean"),
    "a period that comes again": ("2026-12-01 to 2026-12-07", "each week", "each week", "say"),
    "a review of nothing": (
        'id = "product"\ntype = "text"',
        'id = "products"\ntype = "text"',
        "is_review",
        "needs a `product`",
    ),
    "a review of what may be left out": (
        "characters = 60\n",
        "characters = 60\noptional = true\n",
        "is_review",
        "that is not optional",
    ),
    "a product that no shelf holds": (
        "characters = 60\n",
        "characters = 121\n",
        "is_review",
        "`product` of a review must be a text of at most 120",
    ),
    "a review of ten stars": ("to = 5\n", "to = 10\n", "is_review", "`rating` from 1 to 5"),
    "a review without stars": (
        'id = "rating"',
        'id = "ratings"',
        "is_review",
        "`rating` from 1 to 5",
    ),
    "a picture that is no text": (
        'id = "picture"\ntype = "text"\ncharacters = 500',
        'id = "picture"\ntype = "flag"',
        "is_review",
        "`picture` of a review must be a text",
    ),
    "a picture with a long address": (
        'characters = 500\noptional = true\n\n[[activity]]\nid = "shared',
        'characters = 501\noptional = true\n\n[[activity]]\nid = "shared',
        "is_review",
        "at most 500 characters",
    ),
    "a review that counts once a month": (
        "is_review = true",
        'is_review = true\nonce = "each month"',
        "once",
        "counts once for each product",
    ),
    "a review or not": ("is_review = true", "is_review = 1", "is_review", "true or false"),
    "a second look at what nobody may do": (
        "second_look_above = 1000",
        "second_look_above = 5001",
        "5001",
        "at least 1 and at most 5000",
    ),
    "a second look at nothing": (
        "second_look_above = 1000",
        "second_look_above = 0",
        "above = 0",
        "at least 1 and at most 5000",
    ),
    "a most of nothing": ("at_most = 100", "at_most = 0", "at_most = 0", "at least 1"),
    "a segment that nobody named": (
        'segment = "connoisseur"',
        'segment = "conoisseur"',
        "conoisseur",
        "did you mean `connoisseur`?",
    ),
    "a stamp card for nothing": ('prize_reward = "bread"\n', "", "", "has no prize"),
    "two prizes of a card": (
        'prize_reward = "bread"',
        'prize_reward = "bread"\nprize_points = 5',
        "prize_reward",
        "this [[stamps]] has one prize",
    ),
    "a prize that is not there": (
        'prize_reward = "bread"',
        'prize_reward = "brad"',
        "brad",
        "did you mean `bread`",
    ),
    "a card that every piece fills": ("every = 10", "every = 1", "every = 1", "at least 2"),
    "a card that nobody fills": ("every = 10", "every = 1001", "1001", "at most 1000"),
    "a card for money": (
        'measure = "loaves"',
        'measure = "spend"',
        '"spend"',
        "no measure of pieces",
    ),
    "points that cool off for no time": (
        "cool_off_days = 14",
        "cool_off_days = 0",
        "cool_off_days",
        "at least 1 and at most 90",
    ),
    "points that cool off for too long": (
        "cool_off_days = 14",
        "cool_off_days = 91",
        "cool_off_days",
        "at least 1 and at most 90",
    ),
    "a cap below one": ("multiplied_at_most = 3", "multiplied_at_most = 0", "= 0", "at least 1"),
}


def test_the_sample_has_no_faults() -> None:
    _, faults = try_file(MARKET)
    assert faults == []


@pytest.mark.parametrize("name", SPOILT)
def test_a_slip_is_named_on_its_line(name: str) -> None:
    stands, instead, where, reason = SPOILT[name]
    assert stands in TEXT
    text = TEXT.replace(stands, instead, 1)
    programme, faults = check_programme(text.encode(), "market.toml")
    assert programme is None
    lines = text.splitlines()
    assert [
        fault for fault in faults if reason in fault.reason and where in lines[fault.line - 1]
    ], faults


@pytest.mark.parametrize(("days", "is_fault"), [(27, False), (28, True)])
def test_points_cool_off_for_less_time_than_they_are_good(days: int, is_fault: bool) -> None:  # noqa: FBT001 -- a parameter
    text = TEXT.replace("points_expire_months = 24", "points_expire_months = 1")
    text = text.replace("cool_off_days = 14", f"cool_off_days = {days}")
    _, faults = check_programme(text.encode(), "market.toml")
    assert [fault.reason for fault in faults] == [
        f"`cool_off_days` is {days}; points expire after 1 months"
    ] * is_fault


def test_the_largest_number_that_can_be_sent_is_no_fault() -> None:
    text = TEXT.replace("to = 10\n", "to = 2147483647\n", 1)
    _, faults = check_programme(text.encode(), "market.toml")
    assert faults == []


def test_an_attribute_that_a_kind_does_not_have_is_found_before_anybody_buys(
    tmp_path: Path,
) -> None:
    path = tmp_path / "market.toml"
    path.write_text(TEXT.replace("activity.attributes.wish ==", "activity.attributes.wishes =="))
    _, [fault] = try_file(path)
    assert "wishes" in str(fault)
