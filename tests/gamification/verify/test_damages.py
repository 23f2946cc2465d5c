"""Every kind of damage is found. The world is played once, since each edit is undone."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.database import database_at
from gamification.programme.values import Programme
from tests import postgresql
from tests.databases import BOTH
from tests.gamification.verify.damages import CASES, EARN
from tests.gamification.verify.damaging import Damage, damage_to
from tests.gamification.verify.stories import every_movement
from tests.world import World


@pytest.fixture(params=BOTH, scope="module")
def world(
    request: pytest.FixtureRequest,
    migrated_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
    programme: Programme,
) -> Iterator[World]:
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("damages") / "regulars.sqlite"
        shutil.copy(migrated_file, path)
        url = f"sqlite:///{path}"
    else:
        url = request.getfixturevalue("migrated_url")
        postgresql.empty(url)
    database = database_at(url)
    played = World(database, programme)
    every_movement(played)
    yield played
    database.close()


@pytest.fixture
def damage(world: World) -> Damage:
    return damage_to(world)


@pytest.mark.parametrize(("check", "table", "row", "change"), CASES.values(), ids=CASES.keys())
def test_verify_names_the_row_of(
    damage: Damage, check: str, table: str, row: str, change: str
) -> None:
    broken, found = damage(change, row=row)
    assert (check, table, broken) in [(v.check, v.table, v.row) for v in found]


def test_verify_finds_a_cause_that_moved_points_twice(damage: Damage) -> None:
    _, found = damage(
        "INSERT INTO entry (id, kind, from_account, to_account, amount, from_version, to_version,"
        " cause, rule, programme_version, activity_id, occurred_at, recorded_at,"
        " from_hash, to_hash)"
        " SELECT 'zz', kind, from_account, to_account, amount, 901, 902, cause,"
        " rule, programme_version, activity_id, occurred_at, recorded_at,"
        " from_hash, to_hash"
        " FROM entry WHERE id = :row",
        row=EARN,
    )
    assert ("I7", "zz") in [(v.check, v.row) for v in found]


def test_verify_finds_a_receipt_that_was_claimed_twice(damage: Damage) -> None:
    row, found = damage(
        "UPDATE activity SET receipt_key = 'centre:R-1' WHERE id = :row",
        row="SELECT id FROM activity WHERE receipt_key = 'centre:R-2'",
    )
    assert ("I7", row) in [(v.check, v.row) for v in found]


def test_verify_finds_a_purchase_that_was_refunded_twice(damage: Damage) -> None:
    row, found = damage(
        "UPDATE activity SET refund_of = :row WHERE refund_of IN (SELECT other.id FROM activity"
        " AS other JOIN activity AS one ON one.member_id = other.member_id AND one.id = :row)",
        row="SELECT max(refund_of) FROM activity",
    )
    assert ("I7", row) in [(v.check, v.row) for v in found]


def test_verify_finds_a_version_that_was_used_twice(damage: Damage) -> None:
    row, found = damage(
        "UPDATE entry SET to_version = 1 WHERE to_account = :row AND to_version = 2",
        row="SELECT to_account FROM entry WHERE kind = 'earn' AND to_version = 2",
    )
    assert ("I9", row) in [(v.check, v.account) for v in found]


def test_a_violation_is_one_line_that_names_check_table_row_account_and_entry(
    world: World, damage: Damage
) -> None:
    [account] = world.rows("SELECT max(member_id) || ':available' FROM account")
    newest = world.rows(
        f"SELECT max(id) FROM entry WHERE '{account}' IN (from_account, to_account)"  # noqa: S608 -- ours
    )[0]
    [balance] = world.rows(f"SELECT balance FROM account WHERE id = '{account}'")  # noqa: S608 -- ours
    _, found = damage(f"UPDATE account SET balance = balance + 1 WHERE id = '{account}'")  # noqa: S608 -- ours
    assert (
        f"I3: account {account}, entry {newest}: the balance is {balance + 1},"
        f" its entries sum to {balance}"
    ) in [str(violation) for violation in found]


def test_every_violation_of_the_ledger_names_an_account_and_its_entry_if_it_has_one(
    world: World, damage: Damage
) -> None:
    idle = {*world.rows("SELECT id FROM account WHERE version = 0"), "ghost:debt", "(all)"}
    found = [
        violation
        for _, _, row, change in CASES.values()
        for violation in damage(change, row=row)[1]
        if violation.table in {"account", "entry", "lot", "lot_use"} and violation.row not in idle
    ]
    assert len(found) > len(CASES) / 2
    assert [str(v) for v in found if v.table != "account" and v.account is None] == []
    assert [str(v) for v in found if v.table != "entry" and v.entry is None] == []
