"""The café's programme, spoilt in one place at a time: the fault is named on its line."""

from pathlib import Path

import pytest

from gamification.programme.check import check_programme, load_programme
from gamification.programme.faults import ProgrammeRefused
from gamification.programme.source import BYTES_MAX

CAFE = Path(__file__).parents[3] / "gamification/programmes/cafe.toml"
TEXT = CAFE.read_text(encoding="utf-8")

# name: (what stands in the file, what is put in its place, where the fault is, its reason).
# Where: a text on the line of the fault, after the replacement.
SPOILT = {
    "an unknown key": ("zone =", "zonne =", "zonne", "did you mean `zone`?"),
    "an unknown table": ("[[nudge]]", "[[nugde]]", "[[nugde]]", "did you mean `nudge`?"),
    "a missing key": ('unit = "money"\namount = "activity.amount"', "", '"spend"', "no `amount`"),
    "a text in place of a number": ("cost = 900", 'cost = "900"', "cost = ", "whole number"),
    "an empty text": ('name.en = "Prelude"', 'name.en = " "', 'name.en = " "', "not empty"),
    "a text without the own language": (
        'name.en = "Prelude"',
        "",
        'name.pl = "Preludium"',
        "no text in the programme's language, `en`",
    ),
    "a language that is none": ("name.pl =", "name.Polish =", "name.Polish", "is no language"),
    "a language of the programme that is none": (
        'locale = "en" ',
        'locale = "English" ',
        '"English"',
        "must be a language",
    ),
    "a second one of an id": ('id = "sonata"', 'id = "serenade"', "from = 600", "another tier"),
    "an id with a capital": ('id = "coffee"', 'id = "Coffee"', '"Coffee"', "is no id"),
    "a measure that is not there": (
        'measure = "mornings"',
        'measure = "morning"',
        '"morning"',
        "did you mean `mornings`?",
    ),
    "a reward that is not there": (
        'prize_reward = "pastry"',
        'prize_reward = "pastri"',
        "pastri",
        "names no reward",
    ),
    "an expression that is no CEL": ('"activity.hour < 9"', '"activity.hour <"', "hour <", "early"),
    "an expression with a slip": (
        '"activity.hour < 9"',
        '"activity.hours < 9"',
        "hours",
        "`hour`?",
    ),
    "an expression that is too deep": (
        '"activity.hour < 9"',
        f'"{"(" * 17}true{")" * 17}"',
        "(((",
        "nested 17 deep",
    ),
    "a window that is none": ('"rolling 365 days"\n\n', '"each day"\n\n', "each day", "no window"),
    "a first tier that is not everyone's": (
        "from = 0\nmultiplier",
        "from = 10\nmultiplier",
        "from = 10",
        "must be 0",
    ),
    "tiers that fall": ("from = 600", "from = 250.00", "from = 250.00", "more than that of"),
    "more decimals than the currency": ("from = 600", "from = 600.001", "600.001", "2 decimals"),
    "badge levels that fall": ("[4, 12, 40]", "[4, 12, 12]", "[4, 12, 12]", "must rise"),
    "a badge level that is no number": ("[4, 12, 40]", '["4"]', '["4"]', "a whole number"),
    "a reward for nothing": ("cost = 900", "cost = 0", "cost = 0", "at least 1"),
    "a multiplier below one": ("multiplier = 1.25", "multiplier = 0.9", "0.9", "at least 1"),
    "a multiplier beyond ten": ("multiplier = 1.25", "multiplier = 12.5", "12.5", "at most 10"),
    "a rate below zero": ("rate = 0.1", "rate = -0.1", "-0.1", "more than 0"),
    "a rate that fills the memory": ("rate = 0.1", "rate = 1e-999999999", "1e-9", "a number"),
    "currency digits that no currency has": (
        "currency_digits = 2",
        "currency_digits = 1",
        "digits = 1",
        "0, 2 or 3",
    ),
    "an adjustment by nothing at most": (
        "largest_adjustment = 5000",
        "largest_adjustment = 0",
        "adjustment = 0",
        "at least 1",
    ),
    "an adjustment beyond any balance": (
        "largest_adjustment = 5000",
        "largest_adjustment = 2_000_000_001",
        "2_000_000_001",
        "at most 2000000000",
    ),
    "an adjustment by a part of a point": (
        "largest_adjustment = 5000",
        "largest_adjustment = 0.5",
        "adjustment = 0.5",
        "a whole number",
    ),
    "a zone that is none": ("Europe/Warsaw", "Europe/Warszawa", "Warszawa", "`Europe/Warsaw`?"),
    "a colour that is none": ('"#3b2a20"', '"brown"', '"brown"', "such as #1f2a44"),
    "letters nobody can read": ('"#3b2a20"', '"#c0b0a0"', '"#c0b0a0"', "contrast of 1.8"),
    "a challenge without a prize": ("prize_points = 1000\n", "", "", "has no prize"),
    "a challenge with two prizes": (
        "prize_points = 1000",
        'prize_points = 1000\nprize_reward = "coffee"',
        'reward = "coffee"',
        "one prize",
    ),
    "a voucher without days": ("voucher_days = 90", "voucher_days = 0", "days = 0", "at least 1"),
    "a voucher of two years": ("voucher_days = 90", "voucher_days = 730", "730", "at most 365"),
    "points that expire in an age": ("months = 12", "months = 121", "months = 121", "at most 120"),
    "a nudge for everyone": ("within = 0.10", "within = 1.5", "within = 1.5", "at most 1"),
    "a nudge for nobody": ("within = 0.10", "within = 0", "within = 0", "more than 0"),
    "an activity of no kind": (
        '["purchase", "visit"]',
        '["purchase", "refund"]',
        "refund",
        "known",
    ),
    "a flag that is a number": ("tier_multiplies = true", "tier_multiplies = 1", "= 1", "true or"),
    "segments by no measure": ('spend = "spend"', 'spend = "spent"', '"spent"', "no measure"),
    "money that is counted in visits": (
        'spend = "spend"\nvisits',
        'spend = "visits"\nvisits',
        'spend = "visits"',
        "must be a measure of the unit `money`",
    ),
    "visits that are counted in money": (
        'visits = "visits"',
        'visits = "spend"',
        'visits = "spend"',
        "must be a measure of the unit `count`",
    ),
    "a segment of an activity": (
        '"member.days < 30"',
        '"activity.amount < 30"',
        "activity.amount < 30",
        "known are member, now",
    ),
    "a segment of a slip": ("member.days < 30", "member.day < 30", "day <", "`days`?"),
    "a second segment of an id": ('id = "champion"', 'id = "new"', 'id = "new"', "another segment"),
    "a broken line": ("from = 600", "from 600", "from 600", "no valid TOML"),
    "a key twice": ("from = 600", "from = 600\nfrom = 601", "from = 601", "no valid TOML"),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_spoilt_programme_names_the_line_and_the_reason(what: str) -> None:
    old, new, where, reason = SPOILT[what]
    assert old in TEXT, "the test no longer fits the file"
    text = TEXT.replace(old, new, 1)
    # Among equal lines, the one at the replacement.
    lines = text.splitlines()
    at = TEXT[: TEXT.index(old)].count("\n")
    if what == "a challenge without a prize":
        line = TEXT[: TEXT.rindex("[[challenge]]\n")].count("\n") + 1
    elif what == "a missing key":
        line = TEXT[: TEXT.index("[[measure]]\n")].count("\n") + 1
    elif what == "a second one of an id":
        line = at + 1
    else:
        line = next(n for n in range(at, len(lines)) if where in lines[n]) + 1

    programme, faults = check_programme(text.encode(), "my.toml")

    assert programme is None
    assert [f for f in faults if (f.line, reason in f.reason) == (line, True)], faults
    if "language of the programme" not in what:  # of which every text is then missing
        assert len(faults) <= 2  # a misspelt key is also a missing one


def test_every_fault_is_reported_at_once_and_by_line() -> None:
    text = TEXT
    for old, new in [("rate = 0.1", "rate = 0"), ("cost = 900", "cost = 0"), ("from = 600", "")]:
        text = text.replace(old, new, 1)
    _, faults = check_programme(text.encode(), "my.toml")
    assert [fault.reason.split("`")[1] for fault in faults] == ["rate", "from", "cost"]
    assert [fault.line for fault in faults] == sorted(fault.line for fault in faults)


def test_segments_need_to_be_told_what_counts_money_and_visits() -> None:
    table = '[segments]\nspend = "spend"\nvisits = "visits"\n'
    assert table in TEXT
    _, faults = check_programme(TEXT.replace(table, "").encode(), "my.toml")
    assert [fault.reason for fault in faults] == ["the file has no `segments`"]


def test_a_programme_may_have_no_segments_at_all() -> None:
    head, rest = TEXT.split("[segments]", 1)
    programme, faults = check_programme((head + rest[rest.index("# ── Nudges") :]).encode(), "my")
    assert faults == []
    assert programme is not None
    assert dict(programme.segments.named) == {}


def test_loading_a_spoilt_programme_is_refused_with_its_faults(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text(TEXT.replace("cost = 900", "cost = 0"), encoding="utf-8")
    with pytest.raises(ProgrammeRefused) as refused:
        load_programme(path)
    assert [fault.file for fault in refused.value.faults] == [str(path)]


def test_a_file_that_is_not_utf_8_names_the_line_of_the_byte() -> None:
    _, faults = check_programme(b"# caf\n# caf\xe9\n", "my.toml")
    assert [str(f) for f in faults] == ["my.toml:2: the file is not UTF-8 text; save it as UTF-8"]


def test_a_file_beyond_the_limit_is_not_read() -> None:
    _, faults = check_programme(b"#" * (BYTES_MAX + 1), "my.toml")
    assert [(fault.line, "256 KiB" in fault.reason) for fault in faults] == [(1, True)]


def test_an_empty_file_names_everything_that_a_programme_needs() -> None:
    _, faults = check_programme(b"", "my.toml")
    missing = {fault.reason.split("`")[1] for fault in faults}
    assert {"programme", "measure", "earning", "tiers", "tier", "reward"} <= missing


def test_a_fault_is_one_line_whatever_the_file_says() -> None:
    _, faults = check_programme(TEXT.encode() + b'\n"a\\nb\\u202e" = 1\n', "my.toml")
    assert len(faults) == 1
    assert "\n" not in str(faults[0])
    assert "\u202e" not in str(faults[0])


def test_faults_beyond_what_anyone_reads_are_not_listed() -> None:
    _, faults = check_programme("".join(f"key{n} = 1\n" for n in range(5000)).encode(), "my.toml")
    assert len(faults) == 201
    assert "more faults" in faults[-1].reason
