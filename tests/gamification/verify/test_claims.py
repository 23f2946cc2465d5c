"""Edits behind the program's back to claims and reviews, and what verify says."""

import pytest

from tests.claiming import decide, review
from tests.gamification.verify.damaging import damage_to
from tests.world import World

APPROVED = "SELECT id FROM claim WHERE state = 'approved'"
SHOWN = "SELECT activity_id FROM review"
JAN = "(SELECT max(id) FROM member)"

# What was done: (what verify names, which row, the edit).
CASES = {
    "a claim of another member": (
        ("I7", "claim"),
        APPROVED,
        f"UPDATE claim SET member_id = {JAN} WHERE id = :row",  # noqa: S608 -- ours
    ),
    "a claim of another kind": (
        ("I7", "claim"),
        APPROVED,
        "UPDATE claim SET kind = 'shared_on_social' WHERE id = :row",
    ),
    "a claim at another time": (
        ("I7", "claim"),
        APPROVED,
        "UPDATE claim SET claimed_at = '2026-01-01T00:00:00.000000Z' WHERE id = :row",
    ),
    "a claim that became a welcome": (
        ("I7", "claim"),
        APPROVED,
        (
            "UPDATE claim SET activity_id = (SELECT min(id) FROM activity WHERE kind = 'welcome')"
            " WHERE id = :row"
        ),
    ),
    "a claim whose activity is gone": (
        ("I7", "claim"),
        APPROVED,
        "DELETE FROM activity WHERE id = (SELECT activity_id FROM claim WHERE id = :row)",
    ),
    "a star more": (
        ("I11", "review"),
        SHOWN,
        "UPDATE review SET rating = rating + 1 WHERE activity_id = :row",
    ),
    "a review of another member": (
        ("I11", "review"),
        SHOWN,
        f"UPDATE review SET member_id = {JAN} WHERE activity_id = :row",  # noqa: S608 -- ours
    ),
    "a review that nobody wrote": (
        ("I11", "review"),
        SHOWN,
        "DELETE FROM activity WHERE id = :row",
    ),
}


@pytest.fixture
def world(market_world: World) -> World:
    ola = market_world.enrol()
    decide(market_world, review(market_world, ola))
    decide(market_world, review(market_world, ola, "Brie"), approve=False)
    review(market_world, ola, "Edam")
    market_world.enrol("Jan")
    return market_world


@pytest.mark.parametrize(("named", "row", "change"), CASES.values(), ids=CASES.keys())
def test_verify_names_the_row_of(
    world: World, named: tuple[str, str], row: str, change: str
) -> None:
    assert world.violations() == []
    broken, found = damage_to(world)(change, row=row)
    assert (*named, broken) in [(v.check, v.table, v.row) for v in found]
