"""A manager gives points and takes some; the member sees that, and not why."""

from collections.abc import Iterator
from typing import Any

import pytest

from gamification.staff.rules import Role
from tests.journeys.server import Server, serving
from tests.journeys.story import enrol, expect_problem, home, nothing_changes, run
from tests.world import World

REASON = "Ola waited for an hour"


@pytest.fixture
def server(world: World) -> Iterator[Server]:
    with serving(world) as server:
        yield server


@pytest.fixture
def number(server: Server) -> str:
    return str(enrol(server, "ola")["member"]["number"])


def adjust(server: Server, number: str, points: int, *, key: str | None = None) -> Any:
    given = {
        "target": {"memberNumber": number},
        "points": points,
        "reason": REASON,
        "idempotencyKey": key or server.world.key(),
    }
    return run(server, "Adjust", {"input": given}, token=server.token(Role.MANAGER))


def test_the_member_sees_what_was_given_and_taken_and_nobody_sees_why(
    server: Server, number: str
) -> None:
    given = adjust(server, number, 1200)
    assert (given["__typename"], given["points"], given["replayed"]) == (
        "PointsAdjusted",
        1200,
        False,
    )
    assert given["facts"] == [
        {
            "kind": "POINTS_ADJUSTED",
            "text": "We added 1,200 points to your balance.",
            "points": 1200,
        }
    ]
    taken = adjust(server, number, -200)
    assert (taken["points"], taken["guest"]["points"]) == (-200, 1000)
    screen = home(server, "ola")
    assert screen["points"]["available"] == 1000
    assert screen["points"]["lifetime"] == 0
    lines = [edge["node"] for edge in screen["timeline"]["edges"][:2]]
    assert [(line["kind"], line["points"]) for line in lines] == [
        ("POINTS_ADJUSTED", -200),
        ("POINTS_ADJUSTED", 1200),
    ]
    assert lines[0]["text"] == "Odjęliśmy 200 punktów z Twojego konta."
    assert REASON not in str([given, taken, screen])


def test_the_same_key_gives_once_and_answers_the_same(server: Server, number: str) -> None:
    first = adjust(server, number, 50, key="one")
    with nothing_changes(server):
        assert adjust(server, number, 50, key="one") == {**first, "replayed": True}
        conflict = adjust(server, number, 51, key="one")
    expect_problem(conflict, "IdempotencyConflict", "IDEMPOTENCY_CONFLICT")


def test_more_than_there_is_stays_too_much_under_the_same_key(server: Server, number: str) -> None:
    adjust(server, number, 50)
    refused = adjust(server, number, -60, key="too much")
    expect_problem(refused, "NotEnoughPoints", "NOT_ENOUGH_POINTS")
    assert (refused["available"], refused["required"], refused["missing"]) == (50, 60, 10)
    adjust(server, number, 50)
    with nothing_changes(server):
        assert adjust(server, number, -60, key="too much") == refused


def test_an_adjustment_beyond_the_programmes_limit_is_told_that(
    server: Server, number: str
) -> None:
    with nothing_changes(server):
        answer = adjust(server, number, 5001)
    expect_problem(answer, "InvalidInput", "POINTS_OUT_OF_RANGE")
    assert answer["message"] == "`points` must be from -5000 to 5000, and not 0."
