import sqlite3
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from gamification.actions.record_purchase import PurchaseLine
from gamification.members.rules import MemberRecord
from gamification.verify.run import checks, verify
from tests.gamification.verify.damages import CASES, EARN
from tests.world import World

PASTRIES = (
    PurchaseLine(name="Szarlotka", category="pastry", quantity=5, amount=Decimal("120.00")),
)
Damage = Callable[..., str]


@pytest.fixture
def ola(world: World) -> MemberRecord:
    """Plays a world in which every kind of entry, voucher state and award occurs."""
    jan = world.enrol("Jan")
    world.buy(jan, "20.00")
    world.pass_time(days=400)
    world.expire()
    ola = world.enrol("Ola")
    world.join(ola, "three_a_week")
    world.join(ola, "pastry_month")
    first = world.buy(ola, "10.00", receipt="R-1")
    world.buy(ola, "10.00", receipt="R-2")
    world.pass_time(days=1)
    world.buy(ola, "10.00")
    world.buy(ola, "120.00", lines=PASTRIES)
    captured = world.redeem(ola, "coffee").result()["voucher_id"]
    world.capture(world.scan(ola).id, captured)
    dear = world.buy(ola, "400.00")
    world.redeem(ola, "coffee").result()
    world.pass_time(days=31)
    world.expire()
    world.redeem(ola, "coffee").result()
    world.refund(dear).result()
    world.refund(first).result()
    world.buy(ola, "10.00")
    return ola


@pytest.fixture
def damage(world: World) -> Damage:
    """Edits the database behind the program's back; answers the id that `row` selects first."""

    def edit(change: str, *, row: str = "SELECT 'x'", loosen: str | None = None) -> str:
        connection = sqlite3.connect(str(world.database.engine.url.database))
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in connection.execute(query).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        if loosen:
            # A copy of the rows alone has no keys and no constraints.
            connection.execute(f"CREATE TABLE loose AS SELECT * FROM {loosen}")  # noqa: S608 -- ours
            connection.execute(f"DROP TABLE {loosen}")
            connection.execute(f"ALTER TABLE loose RENAME TO {loosen}")
        (found,) = connection.execute(row).fetchone()
        assert connection.execute(change, {"row": found} if ":row" in change else {}).rowcount
        connection.commit()
        connection.close()
        return str(found)

    return edit


def test_a_played_world_keeps_every_promise(world: World, ola: MemberRecord) -> None:
    kinds = world.rows("SELECT DISTINCT kind FROM entry ORDER BY kind")
    assert {"earn", "prize", "reserve", "capture", "void", "expire", "take_back"} <= {*kinds}
    assert {"open", "captured", "lapsed"} <= {*world.rows("SELECT DISTINCT state FROM voucher")}
    assert world.balances(ola)["pending"] == 900
    assert world.violations() == []


def test_an_empty_ledger_keeps_every_promise(world: World) -> None:
    assert world.violations() == []


def test_progress_counts_to_its_end(world: World, ola: MemberRecord) -> None:
    seen: list[tuple[int, int]] = []

    def look(done: int, of: int) -> None:
        seen.append((done, of))

    world.read(lambda c: list(verify(c, world.programme, now=world.now, progress=look)))
    of = len(checks()) + 2
    assert seen[-1] == (of, of)
    assert all(each[1] == of for each in seen)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert ola.id


def test_every_check_promises_something_else() -> None:
    assert len({check.promise for check in checks()}) == len(checks())


@pytest.mark.parametrize(("check", "table", "row", "change"), CASES.values(), ids=CASES.keys())
@pytest.mark.usefixtures("ola")
def test_verify_names_the_row_of(
    world: World, damage: Damage, check: str, table: str, row: str, change: str
) -> None:
    broken = damage(change, row=row)
    assert (check, table, broken) in [(v.check, v.table, v.row) for v in world.violations()]


@pytest.mark.usefixtures("ola")
def test_verify_finds_a_cause_that_moved_points_twice(world: World, damage: Damage) -> None:
    damage(
        "INSERT INTO entry SELECT 'zz', kind, from_account, to_account, amount, 901, 902, cause,"
        " rule, programme_version, activity_id, occurred_at, recorded_at"
        " FROM entry WHERE id = :row",
        row=EARN,
        loosen="entry",
    )
    assert ("I7", "zz") in [(v.check, v.row) for v in world.violations()]


@pytest.mark.usefixtures("ola")
def test_verify_finds_a_receipt_that_was_claimed_twice(world: World, damage: Damage) -> None:
    row = damage(
        "UPDATE activity SET receipt_key = 'centre:R-1' WHERE id = :row",
        row="SELECT id FROM activity WHERE receipt_key = 'centre:R-2'",
        loosen="activity",
    )
    assert ("I7", row) in [(v.check, v.row) for v in world.violations()]


@pytest.mark.usefixtures("ola")
def test_verify_finds_a_purchase_that_was_refunded_twice(world: World, damage: Damage) -> None:
    row = damage(
        "UPDATE activity SET refund_of = 'same' WHERE refund_of IS NOT NULL AND id <= :row",
        row="SELECT max(id) FROM activity WHERE refund_of IS NOT NULL",
        loosen="activity",
    )
    assert ("I7", row) in [(v.check, v.row) for v in world.violations()]


@pytest.mark.usefixtures("ola")
def test_verify_finds_a_version_that_was_used_twice(world: World, damage: Damage) -> None:
    row = damage(
        "UPDATE entry SET to_version = 1 WHERE to_account = :row AND to_version = 2",
        row="SELECT to_account FROM entry WHERE kind = 'earn' AND to_version = 2",
        loosen="entry",
    )
    assert ("I9", row) in [(v.check, v.row) for v in world.violations()]


def test_a_violation_is_one_line_that_begins_with_check_table_and_row(
    world: World, ola: MemberRecord, damage: Damage
) -> None:
    account = f"{ola.id}:available"
    damage(
        "UPDATE account SET balance = balance + 1 WHERE id = :row",
        row="SELECT max(member_id) || ':available' FROM account",
    )
    balance = world.balances(ola)["available"]
    assert f"I3: account {account}: the balance is {balance}, its entries sum to {balance - 1}" in [
        str(violation) for violation in world.violations()
    ]


def test_goals_that_the_programme_no_longer_has_are_left_out(
    world: World, ola: MemberRecord
) -> None:
    assert ola.id
    world.programme = replace(world.programme, version="later", badges=(), challenges=())
    assert world.violations() == []


def test_what_an_earlier_version_awarded_stands_though_the_target_rose(
    world: World, ola: MemberRecord
) -> None:
    harder = [replace(badge, targets=(10**6,)) for badge in world.programme.badges]
    world.programme = replace(world.programme, version="later", badges=harder)
    world.buy(ola, "10.00")
    assert world.violations() == []


def test_what_the_present_version_would_have_awarded_earlier_is_not_missed(
    world: World, ola: MemberRecord
) -> None:
    easier = [replace(badge, targets=(1,)) for badge in world.programme.badges]
    world.programme = replace(world.programme, version="later", badges=easier)
    assert world.violations() == []
    world.buy(ola, "10.00")
    assert world.violations() == []


def test_activities_are_judged_in_the_order_of_their_facts_though_the_clock_stood_still(
    world: World,
) -> None:
    member = world.enrol()
    big = world.buy(member, "260.00")
    world.refund(big)
    world.buy(member, "300.00")
    assert world.violations() == []
