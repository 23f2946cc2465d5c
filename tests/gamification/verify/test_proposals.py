"""Edits behind the program's back to what a second manager approved, and what verify says."""

from collections import Counter
from dataclasses import replace

import pytest

from gamification.verify.rebuild.run import rebuild
from tests.gamification.verify.damaging import damage_to
from tests.second_manager import decide, propose, two_managers
from tests.world import World

APPROVED = "SELECT id FROM proposal WHERE state = 'approved' ORDER BY id"
REFUSED = "SELECT id FROM proposal WHERE state = 'refused'"
WAITING = "SELECT id FROM proposal WHERE state = 'waiting'"

# What was done: (the table and row that verify names, the edit).
CASES = {
    "a proposal that is gone": ("adjustment", APPROVED, "DELETE FROM proposal WHERE id = :row"),
    "one that somebody else approved": (
        "adjustment",
        APPROVED,
        "UPDATE proposal SET decided_by = 'clerk' WHERE id = :row",
    ),
    "one's own that was approved": (
        "proposal",
        APPROVED,
        "UPDATE proposal SET decided_by = staff_id WHERE id = :row",
    ),
    "one that nobody approved": (
        "proposal",
        APPROVED,
        "UPDATE proposal SET decided_by = NULL WHERE id = :row",
    ),
    "one that was refused and moved points": (
        "proposal",
        APPROVED,
        "UPDATE proposal SET state = 'refused' WHERE id = :row",
    ),
    "one that waits and moved points": (
        "adjustment",
        APPROVED,
        "UPDATE proposal SET state = 'waiting', decided_at = NULL WHERE id = :row",
    ),
    "one that was approved and moved nothing": (
        "proposal",
        REFUSED,
        "UPDATE proposal SET state = 'approved' WHERE id = :row",
    ),
    "one approved by a stroke of the pen": (
        "proposal",
        WAITING,
        (
            "UPDATE proposal SET state = 'approved', decided_by = 'second',"
            " decided_at = '2026-03-02T11:00:00.000000Z' WHERE id = :row"
        ),
    ),
    "one of fewer points": (
        "proposal",
        APPROVED,
        "UPDATE proposal SET points = points - 1 WHERE id = :row",
    ),
    "one by somebody else": (
        "proposal",
        APPROVED,
        "UPDATE proposal SET staff_id = 'clerk' WHERE id = :row",
    ),
    "one of another member": (
        "proposal",
        APPROVED,
        "UPDATE proposal SET member_id = (SELECT max(id) FROM member) WHERE id = :row",
    ),
    "one approved at another time": (
        "proposal",
        APPROVED,
        "UPDATE proposal SET decided_at = '2026-01-01T00:00:00.000000Z' WHERE id = :row",
    ),
}


@pytest.fixture
def world(world: World) -> World:
    """Of three proposals one is approved, one refused, and one waits."""
    ola = two_managers(world).enrol()
    world.adjust(ola, 50)
    decide(world, propose(world, ola, 700))
    decide(world, propose(world, ola, 300), approve=False)
    propose(world, ola, -200)
    world.enrol("Jan")
    return world


def test_what_was_played_is_sound_and_can_be_rebuilt(world: World) -> None:
    assert world.violations() == []
    assert world.read(lambda c: list(rebuild(c, world.programme, seen=Counter()))) == []


@pytest.mark.parametrize(("table", "row", "change"), CASES.values(), ids=CASES.keys())
def test_verify_names_the_row_of(world: World, table: str, row: str, change: str) -> None:
    broken, found = damage_to(world)(change, row=row)
    assert ("I7", table, broken) in [(v.check, v.table, v.row) for v in found]


def test_what_the_programme_did_not_allow_one_manager_alone_is_found(world: World) -> None:
    world.programme = replace(world.programme, second_look_above=49)
    [violation] = world.violations()
    [adjusted] = world.rows("SELECT id FROM adjustment WHERE points = 50")
    assert str(violation).startswith(f"I7: adjustment {adjusted}, account ")
    assert violation.detail == "is of 50 points, above 49, and no other manager approved it"
