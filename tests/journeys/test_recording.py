"""The shop's own systems record what members do besides buying."""

from collections.abc import Iterator
from typing import Any

import pytest

from gamification.staff.rules import Role
from tests.journeys.server import Server, serving
from tests.journeys.story import enrol, expect_problem, home, nothing_changes, run
from tests.world import World

MOST = 500


@pytest.fixture
def server(world: World) -> Iterator[Server]:
    with serving(world) as server:
        yield server


def survey(number: str, key: str | None, **told: Any) -> dict[str, Any]:
    return {
        "target": {"memberNumber": number},
        "kind": "survey",
        "attributes": [{"name": name, "value": value} for name, value in told.items()],
        "idempotencyKey": key,
    }


def record(server: Server, *activities: dict[str, Any], role: Role = Role.SYSTEM) -> Any:
    given = {"input": {"activities": list(activities)}}
    return run(server, "Activity", given, token=server.token(role))


def number_of(server: Server, subject: str) -> str:
    return str(enrol(server, subject)["member"]["number"])


def test_a_member_reads_what_they_did_and_earned(server: Server) -> None:
    [answer] = record(server, survey(number_of(server, "ola"), "one", score={"whole": 9}))[
        "answers"
    ]
    assert (answer["__typename"], answer["pointsEarned"], answer["replayed"]) == (
        "ActivityRecorded",
        30,
        False,
    )
    assert answer["facts"] == [
        {
            "kind": "ACTIVITY_RECORDED",
            "text": "You answered our survey. Thank you!",
            "points": None,
        },
        {"kind": "POINTS_EARNED", "text": "You earned 30 points!", "points": 30},
    ]
    screen = home(server, "ola")
    assert screen["points"]["available"] == 30
    texts = [edge["node"]["text"] for edge in screen["timeline"]["edges"]]
    assert "Ankieta wypełniona. Dziękujemy!" in texts


def test_each_of_a_batch_is_answered_for_itself(server: Server) -> None:
    ola, ewa = number_of(server, "ola"), number_of(server, "ewa")
    answers = record(
        server,
        survey(ola, "one", score={"whole": 9}),
        survey(ewa, "two", score={"whole": 11}),
        survey(ewa, "three", score={"text": "9"}),
        survey(ewa, "four"),
        survey(ewa, "five", score={"whole": 9}, mood={"flag": True}),
        {**survey(ewa, "six"), "kind": "dance"},
        survey("1234567890", "seven", score={"whole": 9}),
        survey(ola, "eight", score={"whole": 9}),
        survey(ewa, None, score={"whole": 9}),
        {**survey(ewa, "nine", score={"whole": 1}), "occurredAt": "2030-01-01T00:00:00Z"},
        {**survey(ewa, "ten", score={"whole": 1}), "occurredAt": "2026-01-01T00:00:00Z"},
        survey(ewa, "eleven", score={"whole": 0}),
    )["answers"]
    assert [answer.get("code", answer["__typename"]) for answer in answers] == [
        "ActivityRecorded",
        "ATTRIBUTE_WRONG",
        "ATTRIBUTE_WRONG",
        "ATTRIBUTE_MISSING",
        "ATTRIBUTE_UNKNOWN",
        "KIND_UNKNOWN",
        "NUMBER_MISTYPED",
        "ALREADY_COUNTED",
        "IDEMPOTENCY_KEY_REQUIRED",
        "OCCURRED_IN_FUTURE",
        "OCCURRED_BEFORE_JOINING",
        "ActivityRecorded",
    ]
    assert answers[1]["message"] == "`attributes.score` must be a whole number from 0 to 10."
    assert answers[1]["field"] == "attributes.score"
    assert (
        answers[5]["message"] == "The programme names no such activity; known are: survey, review."
    )


def test_the_same_batch_again_is_answered_alike_and_changes_nothing(server: Server) -> None:
    batch = [survey(number_of(server, name), name, score={"whole": 5}) for name in ("ola", "ewa")]
    first = record(server, *batch)["answers"]
    with nothing_changes(server):
        again = record(server, *batch)["answers"]
    assert again == [{**answer, "replayed": True} for answer in first]


def test_five_hundred_at_once_are_taken_and_one_more_is_not(server: Server) -> None:
    world = server.world
    numbers = [world.enrol(f"Guest {n}", subject=f"guest {n}").number for n in range(MOST)]
    batch = [survey(number, f"key {number}", score={"whole": 7}) for number in numbers]
    answers = record(server, *batch)["answers"]
    assert {answer["__typename"] for answer in answers} == {"ActivityRecorded"}
    assert len(answers) == MOST
    assert world.rows("SELECT count(*) FROM activity") == [MOST]
    with nothing_changes(server):
        expect_problem(record(server, *batch, batch[0]), "InvalidInput", "LIST_LENGTH")
        expect_problem(record(server), "InvalidInput", "LIST_LENGTH")
    assert world.violations() == []


def test_what_is_told_twice_is_refused(server: Server) -> None:
    twice = survey(number_of(server, "ola"), "one", score={"whole": 9})
    twice["attributes"] *= 2
    with nothing_changes(server):
        [answer] = record(server, twice)["answers"]
    expect_problem(answer, "InvalidInput", "ATTRIBUTE_TWICE")
