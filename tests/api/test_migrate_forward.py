"""From the versions before this one, with all that a shop has in it."""

import copy
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

from api.database import Database, DatabaseRefused, database_at
from api.migrate import head, migrate, revision_of
from tests.api.described import kinds, objects
from tests.api.older_rows import ADDED, FIRST, contents, fill, old_rows, untold
from tests.databases import only_sqlite
from tests.world import World

BEFORE = tuple(f"{number:04}" for number in range(1, int(head())))  # all there were
only_from_the_first = pytest.mark.parametrize("old", [FIRST], indirect=True)
PROCESSES = 4
A_PROCESS = """
import sys
from api.database import database_at
from api.migrate import migrate
print("ready", flush=True)
for url in sys.stdin:
    database = database_at(url.strip())
    print(*migrate(database), flush=True)
    database.close()
"""


@pytest.fixture(params=BEFORE)
def old(new_url: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty database of a version before."""
    database = database_at(new_url)
    migrate(database, to=request.param)
    yield database
    database.close()


@pytest.fixture
def shop(world: World) -> World:
    """Something of everything that moves points, of two members and a guest."""
    ola, ewa, _ = world.enrol("Ola"), world.enrol("Ewa"), world.enrol("Guest")
    world.join(ola, "pastry_month")
    for _ in range(3):
        world.eat_pastries(ola, 4, each="9.90")
        world.buy(ewa, "30.00")
        world.pass_time(days=1)
    world.capture(world.scan(ola).id, world.redeem(ola, "coffee").outcome["voucher_id"])
    bought = world.buy(ewa, "80.00")
    world.redeem(ewa, "coffee")
    world.refund(bought)
    world.pass_time(days=500)
    world.expire()
    world.buy(ola)
    assert world.violations() == []
    return world


def in_(database: Database, world: World) -> World:
    """The same world, going on in another database."""
    other = copy.copy(world)
    other.database = database
    return other


def every_account_moves(world: World) -> None:
    """Earn, spend, owe and adjust, also for the guest, whose accounts had no entry."""
    for name in ("Ola", "Guest"):
        member = world.enrol(name)
        world.adjust(member, 20)
        world.adjust(member, -10)
        bought = world.buy(member, "400.00")
        voucher = world.redeem(member, "coffee").outcome["voucher_id"]
        world.capture(world.scan(member).id, voucher)
        world.refund(bought)


@only_sqlite  # where the rows come from; they go to both
def test_what_a_shop_has_is_there_afterwards_as_if_it_had_been_written_by_this_version(
    shop: World, old: Database
) -> None:
    rows = contents(shop.database)
    assert len(rows["entry"]) > 15
    fill(old, rows)
    before = revision_of(old)
    assert before in BEFORE
    assert migrate(old) == (before, head())
    assert contents(old) == untold(rows, through=before)
    if old.url.startswith("sqlite"):  # which looks at references as they are written, and not later
        assert old.read_now(lambda c: c.driver.execute("PRAGMA foreign_key_check").fetchall()) == []
    moved = in_(old, shop)
    assert moved.violations() == []
    every_account_moves(moved)
    assert moved.violations() == []


@only_sqlite
def test_nothing_tells_it_from_a_database_of_this_version(
    shop: World, old: Database, request: pytest.FixtureRequest
) -> None:
    is_file = old.url.startswith("sqlite")
    fresh = objects(request.getfixturevalue("sqlite_url" if is_file else "migrated_url"))
    fill(old, contents(shop.database))
    migrate(old)
    assert kinds(fresh, "trigger")
    assert objects(old.url) == fresh


@only_from_the_first
@only_sqlite
def test_times_that_step_back_are_lifted_and_nothing_else(shop: World, old: Database) -> None:
    """As an import left them: entries recorded at the moments of the purchases they are of."""
    rows = contents(shop.database)
    earlier = {entry["id"] for entry in rows["entry"][1::2]}
    for entry in rows["entry"]:
        if entry["id"] in earlier:
            entry["recorded_at"] -= timedelta(days=1000)
    fill(old, rows)
    migrate(old)
    after = contents(old)
    moments: dict[str, Any] = {}
    lifted = 0
    for was, entry in zip(rows["entry"], after["entry"], strict=True):
        accounts = [entry["from_account"], entry["to_account"]]
        known = [moments[account] for account in accounts if account in moments]
        assert entry["recorded_at"] == max([was["recorded_at"], *known])
        moments.update(dict.fromkeys(accounts, entry["recorded_at"]))
        lifted += entry["recorded_at"] != was["recorded_at"]
    assert 0 < lifted <= len(earlier)
    assert {account["id"]: account["moved_at"] for account in after["account"]} == {
        account["id"]: moments.get(account["id"]) for account in after["account"]
    }
    changed = {"recorded_at", "entries", *ADDED["0002"]["entry"], *ADDED["0002"]["account"]}
    for table in rows:
        assert without(after[table], changed) == without(rows[table], changed), table
    moved = in_(old, shop)
    assert moved.violations() == []
    every_account_moves(moved)
    assert moved.violations() == []


def without(rows: list[dict[str, Any]], names: set[str]) -> list[dict[str, Any]]:
    return [{name: row[name] for name in row if name not in names} for row in rows]


@only_from_the_first
@only_sqlite
@pytest.mark.parametrize("side", ["from", "to"])
def test_a_gap_in_an_accounts_versions_is_refused_and_nothing_changes(
    shop: World, old: Database, side: str
) -> None:
    rows = contents(shop.database)
    broken = max(rows["entry"], key=lambda entry: entry[f"{side}_version"])
    broken[f"{side}_version"] += 1
    fill(old, rows)
    before = objects(old.url), old_rows(old)
    with pytest.raises(DatabaseRefused) as refusal:
        migrate(old)
    line = str(refusal.value)
    assert line.startswith(f"{old.name}: ")
    assert f"account {broken[f'{side}_account']} have a gap" in line
    assert "\n" not in line
    assert revision_of(old) == FIRST
    assert (objects(old.url), old_rows(old)) == before


@only_from_the_first
def test_an_old_database_that_lost_a_table_is_refused_and_nothing_changes(old: Database) -> None:
    old.write_now(lambda c: c.driver.execute("DROP TABLE lot_use"))
    before = objects(old.url)
    with pytest.raises(DatabaseRefused) as refusal:
        migrate(old)
    assert str(refusal.value).startswith(f"{old.name}: ")
    assert "lot_use" in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert objects(old.url) == before
    assert revision_of(old) == FIRST


Process = subprocess.Popen[str]


@pytest.fixture(scope="module")
def processes() -> Iterator[list[Process]]:
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(  # noqa: S603 -- this interpreter
                    [sys.executable, "-c", A_PROCESS],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for _ in range(PROCESSES)
        ]
        assert [line_of(process) for process in started] == ["ready"] * PROCESSES
        yield started
        for process in started:
            process.communicate(timeout=60)
        assert [process.returncode for process in started] == [0] * PROCESSES


def line_of(process: Process) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def migrated_by(processes: list[Process], url: str) -> list[str]:
    """What each of some processes says that migrate at the same moment."""
    for process in processes:
        assert process.stdin
        process.stdin.write(f"{url}\n")
        process.stdin.flush()
    return sorted(line_of(process) for process in processes)


def test_of_several_processes_one_migrates_and_the_others_find_it_done(
    processes: list[Process], new_url: str
) -> None:
    *others, one = migrated_by(processes, new_url)
    assert one == f"None {head()}"
    assert others == [f"{head()} {head()}"] * (PROCESSES - 1)


@only_sqlite
def test_of_several_processes_one_migrates_what_a_shop_has(
    processes: list[Process], shop: World, old: Database
) -> None:
    rows = contents(shop.database)
    fill(old, rows)
    before = revision_of(old)
    one, *others = migrated_by(processes, old.url)
    assert one == f"{before} {head()}"
    assert others == [f"{head()} {head()}"] * (PROCESSES - 1)
    assert contents(old) == untold(rows, through=before)
