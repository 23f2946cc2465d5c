"""The sample with every way to earn, and what it says of a slip in what only it has."""

from pathlib import Path

import pytest

from gamification.programme.check import check_programme
from gamification.programme.trial import check_file

MARKET = Path(__file__).parents[3] / "gamification/programmes/market.toml"
TEXT = MARKET.read_text(encoding="utf-8")

# name: (what stands in the file, what is put in its place, a text on the line, its reason)
SPOILT = {
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
    "a type that is none": ('type = "whole"', 'type = "number"', '"number"', "names no type"),
    "a range the wrong way round": ("to = 10", "to = -1", "to = -1", "at least 0"),
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
        "make `table` optional",
    ),
    "an activity that nobody named": ('["tasting"]', '["tastings"]', "tastings", "did you mean"),
    "a factor that changes nothing": ("factor = 2", "factor = 1", "factor = 1", "more than 1"),
    "a rule that is not there": ('["spend"]\nwindow', '["spent"]\nwindow', "spent", "did you mean"),
    "a period that comes again": ("2026-12-01 to 2026-12-07", "each week", "each week", "say"),
    "a most of nothing": ("at_most = 100", "at_most = 0", "at_most = 0", "at least 1"),
    "a cap below one": ("multiplied_at_most = 3", "multiplied_at_most = 0", "= 0", "at least 1"),
}


def test_the_sample_has_no_faults() -> None:
    [line] = check_file(MARKET)
    assert "no faults" in line


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


def test_an_attribute_that_a_kind_does_not_have_is_found_before_anybody_buys(
    tmp_path: Path,
) -> None:
    path = tmp_path / "market.toml"
    path.write_text(TEXT.replace("activity.attributes.wish ==", "activity.attributes.wishes =="))
    [line] = check_file(path)
    assert "wishes" in line
