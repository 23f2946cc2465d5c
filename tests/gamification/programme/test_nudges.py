"""The sample's messages, spoilt in one place at a time: file, line and one clear sentence."""

from pathlib import Path

import pytest

from gamification.programme.check import check_programme
from gamification.programme.trial import try_file

MARKET = Path(__file__).parents[3] / "gamification/programmes/market.toml"
TEXT = MARKET.read_text(encoding="utf-8")
CONDITION = 'when = "member.spend_365 >= 10000"'
IMAGE = "https://market.example/app/badge.png"
LINK = "https://market.example/app/rewards/{target}"

# name: (what stands in the file, what is put in its place, a text on the line, its reason)
SPOILT = {
    "an unknown target": (
        'target = "tier"\n',
        'target = "teir"\n',
        'target = "teir"',
        '`target` names no target: "teir"; did you mean `tier`?',
    ),
    "no target": (
        'id = "near_tier"\ntarget = "tier"\n',
        'id = "near_tier"\n',
        "[[nudge]]",
        "this [[nudge]] has no `target`",
    ),
    "near without how near": (
        "within = 0.15\n",
        "",
        "[[nudge]]",
        "a [[nudge]] of the target `tier` has no `within`",
    ),
    "ending without when": (
        'days = 14\ncategory = "reminders"\n',
        'category = "reminders"\n',
        "[[nudge]]",
        "a [[nudge]] of the target `points` has no `days`",
    ),
    "away without a rhythm": (
        "intervals = 3\n",
        "",
        "[[nudge]]",
        "a [[nudge]] of the target `win_back` has no `intervals`",
    ),
    "near enough for everybody": ("within = 0.15", "within = 1.01", "1.01", "at most 1,"),
    "near enough for nobody": ("within = 0.15", "within = 0", "within = 0", "more than 0"),
    "an end that is months away": (
        'days = 14\ncategory = "reminders"',
        'days = 61\ncategory = "reminders"',
        "days = 61",
        "a whole number, at least 1 and at most 60",
    ),
    "an end in a part of a day": (
        'days = 14\ncategory = "reminders"',
        'days = 1.5\ncategory = "reminders"',
        "days = 1.5",
        "a whole number",
    ),
    "away for more than a year": ("days = 14\nwhen", "days = 366\nwhen", "366", "at most 365"),
    "no interval": ("intervals = 3", "intervals = 0", "intervals = 0", "at least 1"),
    "more intervals than a year has": ("intervals = 3", "intervals = 21", "= 21", "at most 20"),
    "a day for what has no end": (
        "within = 0.15",
        "within = 0.15\ndays = 3",
        "days = 3",
        "a [[nudge]] of the target `tier` knows no `days`; known are `body`, `category`",
    ),
    "an unknown key": ("link =", "lnk =", "lnk", "knows no `lnk`; did you mean `link`?"),
    "an unknown category": (
        'category = "reminders"',
        'category = "adverts"',
        '"adverts"',
        '`category` names no category: "adverts"; known are `marketing`, `reminders`',
    ),
    "a consent for what needs none": (
        'target = "spent"\n',
        'target = "spent"\ncategory = "reminders"\n',
        'category = "reminders"',
        "a [[nudge]] of the target `spent` knows no `category`",
    ),
    "service that some are not told": (
        'target = "spent"\n',
        'target = "spent"\nhold_out = 0.1\n',
        "hold_out = 0.1",
        "a [[nudge]] of the target `spent` knows no `hold_out`",
    ),
    "more who are not told than are": (
        'target = "welcome"',
        'target = "welcome"\nhold_out = 0.51',
        "hold_out = 0.51",
        "at least 0 and at most 0.5",
    ),
    "an unknown activity": (
        'activity = "surprise"\n',
        'activity = "suprise"\n',
        '"suprise"',
        '`activity` names no activity: "suprise"; did you mean `surprise`?',
    ),
    "an activity that nobody named": (
        'target = "activity"\nactivity = "surprise"\n',
        'target = "activity"\n',
        "[[nudge]]",
        "a [[nudge]] of the target `activity` has no `activity`",
    ),
    "an activity of something else": (
        'target = "purchase"',
        'target = "purchase"\nactivity = "birthday"',
        'activity = "birthday"',
        "a [[nudge]] of the target `purchase` knows no `activity`",
    ),
    "a placeholder with a slip": (
        "{points} points are",
        "{point} points are",
        "{point}",
        "`body.en` knows no {point}; did you mean `points`?",
    ),
    "a placeholder with a slip in one language": (
        "tyle punktów: {points}",
        "tyle punktów: {punkty}",
        "{punkty}",
        "`body.pl` knows no {punkty}; known are `activity`, `points`",
    ),
    "a placeholder of another target": (
        "{points} points are",
        "{reward} points are",
        "{reward}",
        "`body.en` knows no {reward}; known are `activity`, `points`",
    ),
    "a placeholder without a name": ("{points} points", "{} points", "{}", "`body.en` knows no {}"),
    "a look behind a placeholder": (
        "{points} points are",
        "{points.real} points are",
        "{points.real}",
        "`body.en` knows no {points.real}",
    ),
    "a brace that is not closed": (
        "{points} points are",
        "{points points are",
        "{points points",
        "`body.en` has a brace without its other half",
    ),
    "a brace that is not opened": (
        "{points} points are",
        "points} points are",
        "points} points",
        "`body.en` has a brace without its other half",
    ),
    "a placeholder with a width": (
        "{points} points are",
        "{points:>9} points are",
        "{points:>9}",
        "`body.en`: write {points} alone, without `!` or `:`",
    ),
    "a placeholder with a conversion": (
        "{points} points are",
        "{points!r} points are",
        "{points!r}",
        "`body.en`: write {points} alone, without `!` or `:`",
    ),
    "a text without the programme's language": (
        'title.en = "Happy birthday!"',
        'title.de = "Zum Geburtstag!"',
        "title.de",
        "`title` has no text in the programme's language, `en`",
    ),
    "an empty text": (
        'title.en = "Happy birthday!"',
        'title.en = " "',
        'title.en = " "',
        "`title.en` is",
    ),
    "a text beyond a phone": (
        'title.en = "Happy birthday!"',
        f'title.en = "{"y" * 201}"',
        "yyy",
        "`title.en` has 201 characters; at most 200 fit",
    ),
    "a link that is too long": (
        LINK,
        f"https://{'y' * 293}",
        "yyy",
        "`link` has 301 characters; 300 fit",
    ),
    "a link to what is not there": (
        LINK,
        LINK.replace("target", "reward"),
        "{reward}",
        "`link` knows no {reward}; known are `target`",
    ),
    "a picture that is too long": (
        IMAGE,
        f"https://{'y' * 293}",
        "yyy",
        "`image` has 301 characters; 300 fit",
    ),
    "a picture without a lock": (
        IMAGE,
        IMAGE.replace("https", "http"),
        "image =",
        "`image` is no https address of a picture",
    ),
    "a picture with a gap in its address": (
        IMAGE,
        IMAGE.replace("badge.png", "my badge.png"),
        "image =",
        "`image` is no https address of a picture",
    ),
    "a link that is no text": (f'"{LINK}"', "3", "link = 3", "a text that is not empty"),
    "a slip in a condition": (
        CONDITION,
        'when = "member.spnd_365 > 3"',
        "spnd",
        "`when` uses `member.spnd_365`; did you mean `spend_365`?",
    ),
    "a condition on an activity": (
        CONDITION,
        'when = "activity.amount > 3"',
        "activity.amount > 3",
        "`when` uses `activity`; known are member, now",
    ),
    "a condition that is no formula": (CONDITION, 'when = "member."', "when", "no valid CEL"),
    "a second one of an id": (
        'id = "hello"',
        'id = "near_tier"',
        'id = "near_tier"',
        'there is another nudge with the id "near_tier"',
    ),
    "too many a day": ("each_day = 1", "each_day = 11", "= 11", "at least 0 and at most 10"),
    "too many a week": ("each_week = 3", "each_week = 51", "= 51", "at least 0 and at most 50"),
    "no number a day": ("pushes_each_day = 1\n", "", "[attention]", "has no `pushes_each_day`"),
    "more who hear nothing than hear": (
        "hold_out = 0.05 ",
        "hold_out = 0.6 ",
        "hold_out = 0.6",
        "at least 0 and at most 0.5",
    ),
    "an unknown key of attention": (
        "pushes_each_day = 1\n",
        "pushes_each_day = 1\neach_month = 9\n",
        "each_month",
        "[attention] knows no `each_month`",
    ),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_spoilt_nudge_names_file_line_and_reason_and_nothing_else(what: str) -> None:
    old, new, where, reason = SPOILT[what]
    assert old in TEXT, "the test no longer fits the file"
    begins = TEXT.index(old, TEXT.index("# ── Nudges"))
    text = TEXT[:begins] + new + TEXT[begins + len(old) :]
    lines = text.splitlines()
    at = text[:begins].count("\n")
    if where == "[[nudge]]":  # what is missing is missing from the table
        line = next(n for n in range(at, 0, -1) if lines[n] == where) + 1
    elif where == "[attention]":
        line = lines.index(where) + 1
    elif what == "a second one of an id":
        line = at + 1
    else:
        line = next(n for n in range(at, len(lines)) if where in lines[n]) + 1

    programme, faults = check_programme(text.encode(), "my.toml")

    assert programme is None
    (fault,) = faults
    assert (fault.file, fault.line) == ("my.toml", line)
    assert reason in fault.reason


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("member.spend_365", "`member.spend_365` gave int, not true or false"),
        ("1 / 0 > member.days", "division by zero"),
    ],
)
def test_a_condition_that_never_could_be_is_found_by_a_trial(
    tmp_path: Path, condition: str, reason: str
) -> None:
    path = tmp_path / "my.toml"
    text = TEXT.replace(CONDITION, f'when = "{condition}"')
    path.write_text(text, encoding="utf-8")
    programme, (fault,) = try_file(path)
    assert programme is None
    assert text.splitlines()[fault.line - 1] == f'when = "{condition}"'
    assert reason in fault.reason
