"""`programme check` runs each expression on samples, where it can be ended."""

from pathlib import Path

import pytest

from gamification.programme.check import load_programme
from gamification.programme.trial import summary, try_file

CAFE = Path(__file__).parents[3] / "gamification/programmes/cafe.toml"
TEXT = CAFE.read_text(encoding="utf-8")


def faults_of(path: Path) -> list[str]:
    programme, faults = try_file(path)
    assert (programme is None) is bool(faults)
    return [str(fault) for fault in faults]


def lines_after(tmp_path: Path, old: str, new: str) -> tuple[int, list[str]]:
    assert old in TEXT, "the test no longer fits the file"
    path = tmp_path / "my.toml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    return TEXT[: TEXT.index(old)].count("\n") + 1, faults_of(path)


def test_a_sound_file_is_summed_up_in_one_line() -> None:
    programme = load_programme(CAFE)
    held = "4 tiers, 6 badges, 3 challenges, 4 rewards, 5 earning rules"
    assert faults_of(CAFE) == []
    assert summary(programme) == f"{held} (version {programme.version})"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"activity.hour < 9"', '"activity.hour"', "gave int, not true or false"),
        ('"activity.quantity.pastry"', '"activity.hour < 9"', "gave bool, not a whole number"),
        ('"activity.quantity.pastry"', '"activity.quantity.cake"', "cake"),
        ('"activity.quantity.pastry"', '"1 - activity.amount"', "less than 0, on a purchase"),
        (
            '"activity.quantity.pastry"',
            '"9223372036854775807"',
            "gave 9223372036854775807, more than 1000000000000, on a purchase",
        ),
        ('"activity.quantity.pastry"', '"1 / size(activity.lines)"', "zero"),
        ('"activity.hour < 9"', "'activity.lines[0].name == \"x\"'", "without lines"),
        ("rate = 0.1", "rate = 0", "more than 0"),
        ('"member.days < 30"', '"member.days"', "gave int, not true or false, on a member who"),
        ('"member.days < 30"', '"1 / member.visits > 0"', "on a member who joined today"),
        ('"member.days < 30"', '"member.tags[19] > member.spend"', "on a member who joined"),
    ],
)
def test_an_expression_that_would_fail_at_the_till_fails_here(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    line, lines = lines_after(tmp_path, old, new)
    assert len(lines) == 1
    assert lines[0].startswith(f"{tmp_path / 'my.toml'}:{line}: ")
    assert reason in lines[0]


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    assert faults_of(path) == [f"{path}:1: the file cannot be read: No such file or directory"]


def test_a_check_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gamification.programme.trial.TRIAL_S_MAX", 0.0)
    programme, faults = try_file(CAFE)
    assert programme is None
    assert "took more than" in faults[0].reason
