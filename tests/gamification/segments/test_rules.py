"""What is worked out of counts, and who is in which segment."""

from datetime import UTC, date, datetime, timedelta

import pytest

from gamification.expressions import MEMBER_FIELDS, ExpressionFault, compile_expression
from gamification.segments.rules import (
    NEVER,
    Facts,
    Segment,
    Segments,
    context_of,
    days_since,
    first_day,
    interval_days,
    segments_of,
)

NOW = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
TODAY = NOW.date()
FACTS = Facts(
    tier="gold", days=40, locale="pl", spend=1000, tags=("vip",), consents=("marketing:push",)
)


def segment(name: str, when: str) -> Segment:
    return Segment(
        id=name, name={"en": name}, condition=compile_expression(when, fields=MEMBER_FIELDS)
    )


def segments(**whens: str) -> Segments:
    return Segments(named={name: segment(name, when) for name, when in whens.items()})


def test_the_last_days_are_so_many_with_today() -> None:
    assert first_day(TODAY, days=1) == TODAY
    assert first_day(TODAY, days=90) == date(2025, 12, 3)


def test_who_came_today_was_here_no_day_ago_and_who_never_came_never() -> None:
    assert days_since(TODAY, today=TODAY) == 0
    assert days_since(TODAY - timedelta(days=400), today=TODAY) == 400
    assert days_since(None, today=TODAY) == NEVER


@pytest.mark.parametrize(
    ("days_back", "mean"), [((), 0), ((5,), 0), ((5, 4), 1), ((10, 9, 0), 5), ((10, 8, 7, 0), 3)]
)
def test_a_rhythm_is_the_mean_between_days_rounded_down(
    days_back: tuple[int, ...], mean: int
) -> None:
    days = [TODAY - timedelta(days=back) for back in days_back]
    first, last = min(days, default=None), max(days, default=None)
    assert interval_days(first=first, last=last, visit_days=len(days)) == mean


def test_a_member_is_in_every_segment_whose_expression_holds() -> None:
    asked = segments(
        rich="member.spend >= 1000",
        poor="member.spend < 1000",
        vip='"vip" in member.tags',
        told='"marketing:push" in member.consents && member.tier == "gold"',
        later='now > timestamp("2026-03-02T10:59:00Z")',
    )
    placing = segments_of(asked, FACTS, now=NOW)
    assert placing.segments == {"rich", "vip", "told", "later"}
    assert placing.failed == ()


def test_a_segment_that_fails_has_nobody_in_it_and_spoils_no_other() -> None:
    placing = segments_of(
        segments(broken="1 / member.visits > 0", number="member.spend", rich="member.spend > 1"),
        FACTS,
        now=NOW,
    )
    assert placing.segments == {"rich"}
    (broken, why), (number, what) = placing.failed
    assert (broken, number) == ("broken", "number")
    assert "division by zero" in why
    assert "not true or false" in what


@pytest.mark.parametrize("name", sorted(MEMBER_FIELDS["member"]))
def test_every_field_that_is_known_is_there(name: str) -> None:
    has = compile_expression(f"has(member.{name})", fields=MEMBER_FIELDS)
    assert has.truth(context_of(FACTS, now=NOW)) is True


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ("activity.amount > 1", "uses `activity`; known are member, now"),
        ("member.spent > 1", "did you mean `spend`?"),
        ("(" * 17 + "true" + ")" * 17, "nested 17 deep"),
        ("member.tags.map(t, t) == []", "cannot use `map`"),
    ],
)
def test_a_segment_knows_the_member_alone_within_the_same_limits(when: str, reason: str) -> None:
    with pytest.raises(ExpressionFault) as refused:
        segment("wrong", when)
    assert reason in str(refused.value)


def test_a_rule_about_an_activity_knows_no_more_of_the_member_than_before() -> None:
    with pytest.raises(ExpressionFault, match=r"member\.tags"):
        compile_expression('"vip" in member.tags')
