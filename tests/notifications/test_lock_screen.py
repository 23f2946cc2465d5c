"""What others may read on a phone that lies on a table: no name, and nobody's balance."""

from string import Formatter

import pytest

from gamification.programme.nudges import PLACEHOLDERS
from notifications.messages import LOCALES, texts
from tests.notifications.nudging import (
    NEAR_COFFEE,
    RecordingSender,
    go_round,
    near_tier_and_coffee,
    willing_member,
)

HARMLESS = {
    "reward",
    "tier",
    "badge",
    "challenge",
    "activity",
    "programme",  # names of the programme's own things
    "remaining",  # what is missing
    "points",  # that one thing brought, cost or is about to take
    "day",
}


def placeholders(text):
    forms = [text] if isinstance(text, str) else text.values()
    return {name for form in forms for _, name, _, _ in Formatter().parse(form) if name}


def test_what_a_programme_may_name_in_its_texts_says_nothing_of_a_person_or_a_balance():
    assert set().union(*PLACEHOLDERS.values()) == HARMLESS


@pytest.mark.parametrize("tag", LOCALES)
def test_the_usual_texts_name_nothing_else(tag):
    named = {
        key: set().union(*(placeholders(text) for text in message.values()))
        for key, message in texts(tag).items()
    }
    assert named
    assert {key: names - HARMLESS for key, names in named.items() if names - HARMLESS} == {}


@pytest.mark.parametrize("near", [near_tier_and_coffee, lambda w, m: w.buy(m, NEAR_COFFEE)])
def test_a_push_holds_neither_the_members_name_nor_what_they_have(world, near):
    member = willing_member(world, "Wilhelmina")
    near(world, member)
    sender = RecordingSender()
    go_round(world, sender)
    balance = world.balances(member)["available"]
    assert balance > 0
    (push,) = sender.sent
    shown = f"{push.title} {push.body} {push.data} {push.collapse_key} {push.category}"
    assert "Wilhelmina" not in shown
    assert str(balance) not in shown
