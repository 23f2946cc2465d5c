"""What verify and rebuild say of points that cool off, and of edits behind the program's back."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from api.ids import new_id_at
from api.runner import Runner
from gamification.verify.rebuild.run import rebuild
from tests.gamification.verify.damaging import damage_to
from tests.slow_points import DAYS, MOVEMENTS, a_slow_story, buy_on_the_web, slow_world
from tests.tampering import behind_its_back
from tests.world import World

COOLING = "SELECT max(id) FROM lot WHERE cooling AND remaining > 0"
RELEASED = "SELECT min(id) FROM lot WHERE due_at IS NOT NULL AND NOT cooling"
AT_ONCE = "SELECT min(id) FROM lot WHERE due_at IS NULL"
RELEASE = "SELECT min(id) FROM entry WHERE kind = 'release'"
CALL_OFF = "SELECT min(id) FROM entry WHERE kind = 'call_off'"

# What was broken: (check, table, which row, the edit).
CASES = {
    "a lot that cools off for ever": (
        "I11",
        "lot",
        RELEASED,
        "UPDATE lot SET cooling = true WHERE id = :row",
    ),
    "a lot that cooled off in silence": (
        "I11",
        "lot",
        COOLING,
        "UPDATE lot SET cooling = false WHERE id = :row",
    ),
    "a lot that cools off and was to be spent at once": (
        "I5",
        "lot",
        AT_ONCE,
        "UPDATE lot SET due_at = earned_at, cooling = true WHERE id = :row",
    ),
    "a lot that cools off and never says until when": (
        "I5",
        "lot",
        AT_ONCE,
        "UPDATE lot SET cooling = true WHERE id = :row",
    ),
    "a lot that forgot until when it cools off": (
        "I5",
        "lot",
        COOLING,
        "UPDATE lot SET due_at = NULL, cooling = false WHERE id = :row",
    ),
    "a lot that cools off for a shorter time": (
        "I8",
        "entry",
        "SELECT entry_id FROM lot WHERE cooling ORDER BY id DESC",
        "UPDATE lot SET due_at = earned_at WHERE entry_id = :row",
    ),
    "a lot that was released before its time": (
        "I6",
        "entry",
        RELEASE,
        (
            "UPDATE lot SET due_at = '2030-01-01T00:00:00.000000Z'"
            " WHERE 'release:' || id = (SELECT cause FROM entry WHERE id = :row)"
        ),
    ),
    "a lot of which less cools off": (
        "I11",
        "lot",
        COOLING,
        "UPDATE lot SET remaining = remaining - 1, spent = spent + 1 WHERE id = :row",
    ),
    "a release of more than cooled off": (
        "I5",
        "entry",
        RELEASE,
        "UPDATE entry SET amount = amount + 1 WHERE id = :row",
    ),
    "a release of another lot": (
        "I5",
        "entry",
        RELEASE,
        "UPDATE entry SET cause = 'release:other' WHERE id = :row",
    ),
    "more called off than cooled off": (
        "I5",
        "entry",
        CALL_OFF,
        "UPDATE lot_use SET amount = amount + 5000 WHERE entry_id = :row",
    ),
    "something called off of no lot": (
        "I5",
        "entry",
        CALL_OFF,
        "DELETE FROM lot_use WHERE entry_id = :row",
    ),
    "points that cool off in no lot": (
        "I11",
        "account",
        "SELECT max(member_id) || ':pending' FROM lot WHERE cooling",
        "DELETE FROM lot WHERE cooling AND member_id || ':pending' = :row",
    ),
    "an earning of another activity": (
        "I7",
        "entry",
        "SELECT min(id) FROM entry WHERE kind = 'cool'",
        "UPDATE entry SET activity_id = 'x' WHERE id = :row",
    ),
}

# What was planted: (which row, the edit, the line).
PLANTED = {
    "a lot that was not released": (
        RELEASED,
        "UPDATE lot SET cooling = true WHERE id = :row",
        "lot :row: cooling stored True, rebuilt False",
    ),
    "a lot that cools off for longer": (
        COOLING,
        "UPDATE lot SET due_at = '2030-01-01T00:00:00.000000Z' WHERE id = :row",
        (
            "lot :row: end of cooling stored 2030-01-01 00:00:00+00:00,"
            " rebuilt 2026-04-16 11:00:00+00:00"
        ),
    ),
    "what was called off of a lot": (
        COOLING,
        "UPDATE lot SET remaining = original, spent = 0 WHERE id = :row",
        "lot :row: remaining stored 800, rebuilt 750",
    ),
    "a release of more than cooled off": (
        RELEASE,
        "UPDATE entry SET amount = 301 WHERE id = :row",
        "entry :row: amount stored 301, rebuilt 300 that cooled off",
    ),
    "points that were there at once": (
        "SELECT max(id) FROM entry WHERE kind = 'cool'",
        "UPDATE entry SET kind = 'earn' WHERE id = :row",
        "entry :row: kind stored earn, rebuilt cool",
    ),
}


@pytest.fixture
def world(world: World) -> World:
    a_slow_story(slow_world(world))
    return world


def differences(connection: Runner, world: World) -> list[str]:
    return [str(each) for each in rebuild(connection, world.programme, seen=Counter())]


def test_a_story_with_every_way_of_cooling_off_is_sound_and_can_be_rebuilt(world: World) -> None:
    assert {*world.rows("SELECT DISTINCT kind FROM entry")} >= {kind.value for kind in MOVEMENTS}
    assert world.rows("SELECT count(*) FROM entry WHERE cause LIKE 'settle:release:%'") == [1]
    assert world.violations() == []
    assert world.read(lambda c: differences(c, world)) == []


def test_what_an_import_releases_behind_what_cools_off_already_is_sound(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gives ids of the past: of an account's entries the first then has the last id."""
    ida, today = world.enrol("Ida"), world.now + timedelta(days=90)
    monkeypatch.setattr(world, "new_id", lambda: new_id_at(world.now))
    for days_ago in (0, 60):
        world.now = today - timedelta(days=days_ago)
        buy_on_the_web(world, ida)
    world.now = today - timedelta(days=60 - DAYS)
    world.expire()
    world.now = today
    assert world.balances(ida) == {"available": 500, "pending": 500, "debt": 0}
    assert world.violations() == []
    assert world.read(lambda c: differences(c, world)) == []


def test_verify_names_the_row_of_each_damage(world: World) -> None:
    damage, missed = damage_to(world), []
    for name, (check, table, row, change) in CASES.items():
        broken, found = damage(change, row=row)
        if (check, table, broken) not in [(v.check, v.table, v.row) for v in found]:
            missed.append((name, broken, [str(violation) for violation in found]))
    assert missed == []


def test_each_difference_that_was_planted_is_shown(world: World) -> None:
    missed = []
    for name, (row, change, line) in PLANTED.items():

        def act(connection: Runner, row: str = row, change: str = change) -> tuple[str, list[str]]:
            [row_id] = connection.driver.execute(row).fetchone()
            assert connection.driver.execute(change.replace(":row", f"'{row_id}'")).rowcount > 0
            return row_id, differences(connection, world)

        row_id, found = behind_its_back(world.database, act)
        if line.replace(":row", row_id) not in found:
            missed.append((name, line.replace(":row", row_id), found))
    assert missed == []


def test_what_another_version_cooled_off_for_another_time_is_believed(world: World) -> None:
    slower = replace(world.programme.earning[0], cool_off_days=DAYS + 1)
    world.programme = replace(
        world.programme, version="later", earning=[slower, *world.programme.earning[1:]]
    )
    assert world.violations() == []
    assert world.read(lambda c: differences(c, world)) == []


def test_a_rule_that_changed_without_a_version_is_shown(world: World) -> None:
    quick = replace(world.programme.earning[0], cool_off_days=0)
    world.programme = replace(world.programme, earning=[quick, *world.programme.earning[1:]])
    found = world.read(lambda c: differences(c, world))
    [last] = world.rows("SELECT max(id) FROM entry WHERE kind = 'cool'")
    assert f"entry {last}: kind stored cool, rebuilt earn" in found
