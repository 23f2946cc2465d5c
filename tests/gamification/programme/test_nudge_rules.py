"""What the sample says of messages, as the program reads it."""

from dataclasses import fields
from fractions import Fraction
from pathlib import Path

from gamification.programme.check import check_programme
from gamification.programme.nudge_rules import SERVICE, Attention, NudgeTarget

MARKET = Path(__file__).parents[3] / "gamification/programmes/market.toml"
TEXT = MARKET.read_text(encoding="utf-8")


def test_every_target_is_in_the_sample_and_service_has_no_limits() -> None:
    programme, faults = check_programme(TEXT.encode(), "my.toml")
    assert programme is not None, faults
    assert {rule.target for rule in programme.nudges} == set(NudgeTarget)
    for rule in programme.nudges:
        assert rule.is_service == (rule.target in SERVICE)
        assert rule.hold_out == (0 if rule.is_service else Fraction(1, 10))


def test_without_a_word_on_attention_the_usual_holds() -> None:
    begins, ends = TEXT.index("[attention]\npushes"), TEXT.index('[[nudge]]\nid = "voucher_spent"')
    programme, faults = check_programme((TEXT[:begins] + TEXT[ends:]).encode(), "my.toml")
    assert programme is not None, faults
    usual = Attention()
    assert {each.name: getattr(programme.attention, each.name) for each in fields(Attention)} == {
        each.name: getattr(usual, each.name) for each in fields(Attention)
    }
    assert (usual.pushes_each_day, usual.pushes_each_week) == (1, 3)


def test_a_brace_may_be_written_twice_to_stand_for_itself() -> None:
    text = TEXT.replace("{points} points are", "{{{points}}} points are")
    programme, faults = check_programme(text.encode(), "my.toml")
    assert programme is not None, faults
