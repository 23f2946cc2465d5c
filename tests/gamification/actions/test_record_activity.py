"""Activities of the kinds that a programme names; the market's are in `programmes/market.toml`."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from gamification.actions.record_activity import ActivityToRecord, record_activity
from gamification.actions.targets import Target
from gamification.verify.rebuild.run import rebuild
from tests.world import CLERK, MANAGER, SYSTEM, World

WELCOME = 200  # points for joining


@pytest.fixture
def world(market_world: World) -> World:
    return market_world


def points(world: World, member: Any) -> int:
    return world.balances(member)["available"] - WELCOME


def test_joining_is_an_activity_that_may_earn(world: World) -> None:
    member = world.enrol()
    assert world.balances(member)["available"] == WELCOME
    assert world.facts(member)[1:] == [
        ("ACTIVITY_RECORDED", {"activity": "welcome"}),
        ("POINTS_EARNED", {"points": 200, "parts": [["welcome", 200]], "tier": "basket"}),
    ]
    world.enrol()  # the same again
    assert world.balances(member)["available"] == WELCOME
    assert world.violations() == []


@pytest.mark.parametrize(("told", "earned"), [({}, 50), ({"wish": "More figs"}, 80)])
def test_formulas_see_what_was_told_and_nothing_for_what_was_not(
    world: World, told: dict[str, str], earned: int
) -> None:
    member = world.enrol()
    assert world.do(member, "survey", score=9, **told).result()["points"] == earned
    assert world.rows("SELECT attributes FROM activity WHERE kind = 'survey'")
    assert points(world, member) == earned
    assert world.violations() == []


def test_what_is_counted_wins_badges_as_purchases_do(world: World) -> None:
    member = world.enrol()
    world.do(member, "tasting", actor=MANAGER, table="wine", brought_a_friend=True)
    assert world.awards(member) == [("badge:taster", 1, "ever")]
    assert points(world, member) == 60 + 50
    assert world.violations() == []


def test_what_counts_once_in_a_month_counts_again_in_the_next(world: World) -> None:
    member = world.enrol()
    world.do(member, "survey", score=1)
    with world.refuses("ALREADY_COUNTED", sticky=True):
        world.do(member, "survey", score=2).result()
    world.pass_time(days=31)
    assert world.do(member, "survey", score=3).result()["points"] == 50
    ewa = world.enrol("Ewa")
    assert world.do(ewa, "survey", score=3).result()["points"] == 50


def test_the_same_key_is_the_same_activity(world: World) -> None:
    member = world.enrol()
    first = world.do(member, "tasting", actor=MANAGER, key="k", table="wine")
    again = world.do(member, "tasting", actor=MANAGER, key="k", table="wine")
    assert again.replayed
    assert again.outcome == first.outcome
    with world.refuses("IDEMPOTENCY_CONFLICT"):
        world.do(member, "tasting", actor=MANAGER, key="k", table="cheese")


@pytest.mark.parametrize(
    ("kind", "told", "code", "where"),
    [
        ("dancing", {}, "KIND_UNKNOWN", None),
        ("purchase", {}, "KIND_UNKNOWN", None),
        ("survey", {}, "ATTRIBUTE_MISSING", "attributes.score"),
        ("survey", {"score": 5, "colour": "red"}, "ATTRIBUTE_UNKNOWN", "attributes"),
        ("survey", {"score": 11}, "ATTRIBUTE_WRONG", "attributes.score"),
        ("survey", {"score": -1}, "ATTRIBUTE_WRONG", "attributes.score"),
        ("survey", {"score": "9"}, "ATTRIBUTE_WRONG", "attributes.score"),
        ("survey", {"score": True}, "ATTRIBUTE_WRONG", "attributes.score"),
        ("survey", {"score": 5, "wish": 7}, "ATTRIBUTE_WRONG", "attributes.wish"),
        ("survey", {"score": 5, "wish": ""}, "TEXT_LENGTH", "attributes.wish"),
        ("survey", {"score": 5, "wish": "a\0b"}, "TEXT_UNPRINTABLE", "attributes.wish"),
        ("survey", {"score": 5, "wish": "a" * 501}, "TEXT_LENGTH", "attributes.wish"),
    ],
)
def test_what_the_kind_does_not_have_is_refused_and_nothing_is_written(
    world: World, kind: str, told: dict[str, Any], code: str, where: str | None
) -> None:
    member = world.enrol()
    with world.refuses(code, field=where):
        world.do(member, kind, **told)


@pytest.mark.parametrize(
    "told", [{"table": "beer"}, {"table": 1}, {"table": "wine", "brought_a_friend": 1}]
)
def test_choices_and_flags_are_what_they_say(world: World, told: dict[str, Any]) -> None:
    member = world.enrol()
    with world.refuses("ATTRIBUTE_WRONG"):
        world.do(member, "tasting", actor=MANAGER, **told)


def test_a_kind_is_recorded_by_those_it_names(world: World) -> None:
    member = world.enrol()
    with world.refuses("FORBIDDEN"):
        world.do(member, "tasting", actor=SYSTEM, table="wine")
    with world.refuses("FORBIDDEN"):
        world.do(member, "welcome")
    with world.refuses("FORBIDDEN"):
        world.do(member, "tasting", actor=world.as_member(member), table="wine")


def test_a_clerk_records_it_in_a_visit(world: World) -> None:
    visit = world.scan(world.enrol())
    request = ActivityToRecord(
        target=Target(visit_id=visit.id),
        kind="tasting",
        attributes={"table": "cheese"},
        idempotency_key="k",
    )
    answer = world.write(lambda c: record_activity(c, request, world.occasion(CLERK)))
    assert answer.result()["points"] == 40
    assert world.rows("SELECT visit_id FROM activity WHERE kind = 'tasting'") == [visit.id]


def test_nothing_happens_in_the_future_or_before_joining(world: World) -> None:
    member = world.enrol()
    with world.refuses("OCCURRED_IN_FUTURE"):
        world.do(member, "survey", score=1, occurred_at=world.now + timedelta(hours=1))
    with world.refuses("OCCURRED_BEFORE_JOINING"):
        world.do(member, "survey", score=1, occurred_at=world.now - timedelta(hours=1))
    with world.refuses("OCCURRED_BEFORE_JOINING"):
        world.buy(member, occurred_at=world.now - timedelta(hours=1))


def test_it_is_rebuilt_as_it_is(world: World) -> None:
    member = world.enrol()
    world.do(member, "survey", score=1, wish="Quinces")
    world.do(member, "tasting", actor=MANAGER, table="wine")
    assert world.read(lambda c: list(rebuild(c, world.programme, seen=Counter()))) == []
