"""A manager gives points and takes some; the member sees that, and not why."""

from collections.abc import Iterator
from typing import Any

import pytest

from gamification.staff.rules import Role
from tests.journeys.server import Server, serving
from tests.journeys.story import enrol, expect_problem, home, nothing_changes, run
from tests.second_manager import LIMIT, OTHER, two_managers
from tests.world import World

REASON = "Ola waited for an hour"


@pytest.fixture
def server(world: World) -> Iterator[Server]:
    with serving(world) as server:
        yield server


@pytest.fixture
def number(server: Server) -> str:
    return str(enrol(server, "ola")["member"]["number"])


@pytest.fixture
def strict(world: World) -> Iterator[Server]:
    """Where a second manager looks at what is above LIMIT."""
    with serving(two_managers(world)) as server:
        yield server


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


def decide(server: Server, adjustment: str, *, approve: bool, token: str) -> Any:
    given = {
        "adjustmentId": adjustment,
        "approve": approve,
        "idempotencyKey": server.world.key(),
    }
    return run(server, "DecideAdjustment", {"input": given}, token=token)


def waiting(server: Server, token: str) -> Any:
    return run(server, "Waiting", token=token)["staff"]["adjustments"]


def test_a_second_manager_sees_what_waits_and_lets_it_move(strict: Server) -> None:
    number = str(enrol(strict, "ola")["member"]["number"])
    first, second = strict.token(Role.MANAGER), strict.staff_key(OTHER)
    proposed = adjust(strict, number, LIMIT + 1, key="one")
    assert proposed["__typename"] == "AdjustmentProposed"
    assert proposed["points"] == LIMIT + 1
    assert home(strict, "ola")["points"]["available"] == 0
    with nothing_changes(strict):
        again = adjust(strict, number, LIMIT + 1, key="one")
        assert again == {**proposed, "replayed": True}
        own = decide(strict, proposed["adjustmentId"], approve=True, token=first)
        expect_problem(own, "NotAllowed", "OWN_PROPOSAL")
        unknown = decide(strict, "adj_1", approve=True, token=second)
        expect_problem(unknown, "NotFound", "PROPOSAL_UNKNOWN")
    [mine], [theirs] = waiting(strict, first), waiting(strict, second)
    assert (mine.pop("isOwn"), theirs.pop("isOwn")) == (True, False)
    assert mine == theirs
    assert theirs == {
        "id": proposed["adjustmentId"],
        "displayName": "Ola Żuk",
        "memberNumber": number,
        "points": LIMIT + 1,
        "reason": REASON,
        "proposedBy": "manager",
        "proposedAt": "2026-03-02T11:00:00+00:00",
        "expiresAt": "2026-04-01T11:00:00+00:00",
    }
    for role, count in ((Role.MANAGER, 1), (Role.CLERK, 0), (Role.SYSTEM, 0)):
        seen = run(strict, "Waiting", token=strict.token(role))["staff"]
        assert seen["adjustmentsWaiting"] == len(seen["adjustments"]) == count
    decided = decide(strict, theirs["id"], approve=True, token=second)
    assert (decided["__typename"], decided["approved"]) == ("AdjustmentDecided", True)
    assert [fact["kind"] for fact in decided["facts"]] == ["POINTS_ADJUSTED"]
    assert decided["guest"]["points"] == home(strict, "ola")["points"]["available"] == LIMIT + 1
    assert waiting(strict, second) == []
    late = decide(strict, theirs["id"], approve=False, token=second)
    expect_problem(late, "AlreadyDecided", "PROPOSAL_DECIDED")


def test_what_a_second_manager_refuses_is_gone(strict: Server) -> None:
    number = str(enrol(strict, "ola")["member"]["number"])
    before = home(strict, "ola")["timeline"]
    proposed = adjust(strict, number, -LIMIT - 1)
    second = strict.staff_key(OTHER)
    too_little = decide(strict, proposed["adjustmentId"], approve=True, token=second)
    expect_problem(too_little, "NotEnoughPoints", "NOT_ENOUGH_POINTS")
    assert len(waiting(strict, second)) == 1
    decided = decide(strict, proposed["adjustmentId"], approve=False, token=second)
    assert (decided["approved"], decided["facts"]) == (False, [])
    assert waiting(strict, second) == []
    assert home(strict, "ola")["timeline"] == before
