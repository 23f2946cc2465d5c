"""Which entries facts tell of: what was changed is found, and what told of none is let be."""

import json
from typing import Any

import pytest

from api.runner import Runner
from gamification.verify.run import verify
from gamification.verify.violations import Violation
from tests.gamification.verify.stories import every_movement
from tests.tampering import behind_its_back
from tests.world import World

EARNED = "kind = 'POINTS_EARNED'"
OTHERS, OTHER_FACTS, OWN = "OTHERS", "OTHER_FACTS", "OWN"

# What is written there instead, ids by whose they are.
CASES: dict[str, Any] = {
    "an entry that is not there": ["x"],
    "an entry of another member": [OTHERS],
    "an entry of which another fact tells": [OTHER_FACTS],
    "an entry twice": [OWN, OWN],
    "a word": "x",
    "a number": 7,
    "a list of numbers": [7],
    "a list of lists": [["x"]],
    "an object": {"x": 1},
    "an object of its entry": {OWN: 1},
}


def told_otherwise(world: World, member_id: str, entries: Any, where: str) -> list[Violation]:
    """What verify finds once these are the entries of a member's facts; it is undone then."""
    value = "NULL" if entries is None else f"'{json.dumps(entries)}'"
    update = f"UPDATE fact SET entries = {value} WHERE member_id = '{member_id}' AND {where}"  # noqa: S608 -- ours

    def act(connection: Runner) -> list[Violation]:
        assert connection.driver.execute(update).rowcount
        found = verify(connection, world.programme, now=world.now)
        return [violation for violation in found if violation.table != "trigger"]

    return behind_its_back(world.database, act)


def earned(world: World, member_id: str) -> list[tuple[int, list[str]]]:
    """The numbers of the facts of what was earned, and the entries of each."""
    query = (
        f"SELECT number, entries FROM fact WHERE {EARNED} AND member_id = '{member_id}'"  # noqa: S608 -- ours
        " ORDER BY number"
    )
    return [(number, json.loads(entries)) for number, entries in world.rows(query)]


def lines(found: list[Violation]) -> list[tuple[str, str, str]]:
    return [(violation.check, violation.table, violation.row) for violation in found]


@pytest.mark.parametrize("told", CASES.values(), ids=CASES.keys())
def test_verify_names_the_fact_that_tells_of(world: World, told: Any) -> None:
    jan, ola = world.enrol("Jan"), world.enrol("Ola")
    for member in (jan, ola):
        world.buy(member, "10.00")
        world.buy(member, "20.00")
    (_, other_facts), (number, own) = earned(world, ola.id)
    text = json.dumps(told).replace(OTHERS, earned(world, jan.id)[0][1][0])
    entries = json.loads(text.replace(OTHER_FACTS, other_facts[0]).replace(OWN, own[0]))
    found = told_otherwise(world, ola.id, entries, f"number = {number}")
    assert ("I9", "fact", f"{ola.id} {number}") in lines(found)
    assert {violation.row for violation in found} <= {f"{ola.id} {number}", *own}


def test_verify_names_an_entry_that_no_fact_tells_of(world: World) -> None:
    ola = every_movement(world)
    for number, entries in earned(world, ola.id)[1:]:
        found = told_otherwise(world, ola.id, None, f"number = {number}")
        assert {*lines(found)} == {("I9", "entry", entry_id) for entry_id in entries}


def test_verify_lets_be_what_was_recorded_before_facts_told_of_entries(world: World) -> None:
    ola = every_movement(world)
    for number in range(1, len(world.facts(ola)) + 1):
        assert told_otherwise(world, ola.id, None, f"number <= {number}") == []
