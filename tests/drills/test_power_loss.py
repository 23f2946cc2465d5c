"""The power goes: what was acknowledged is there when it comes back."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.drills.client import Connection
from tests.drills.cluster import private_cluster
from tests.drills.databases import DatabaseUnderTest
from tests.drills.diary import (
    Write,
    assert_all_there,
    assert_exactly_once,
    missing,
    stored_outcomes,
)
from tests.drills.drill import Drill
from tests.drills.load import Day
from tests.drills.phones import Phones
from tests.drills.shop import Shop
from tests.drills.wal import DAMAGES, Disk, after_power_cut, extent, frozen

pytestmark = pytest.mark.drill

CUTS_SHORT, CUTS_LONG = 15, 500
CRASHES_SHORT, CRASHES_LONG = 6, 100
CLIENTS = 6
GUESTS = 10
BURST_S_MAX = 0.25  # some dozens of commits: the cut comes in the middle of one, or of a checkpoint
LIFE_S_MAX = 1.5
TRIES_MAX = 20


@pytest.fixture
def sqlite_shop(tmp_path: Path, phones: Phones, programme_file: Path) -> Iterator[Shop]:
    database = DatabaseUnderTest(name="sqlite", url=f"sqlite:///{tmp_path / 'shop.sqlite'}")
    with Shop.opened(database, phones, tmp_path, programme_file, commands=[["serve"]]) as shop:
        yield shop


async def write_in_peace(day: Day, count: int) -> None:
    async with Connection(day.shop.fleet.ports[0]) as connection:
        for _ in range(count):
            await day.step(connection)


async def cut_in_a_burst(day: Day) -> tuple[Disk, list[Write]]:
    """The disk at a moment in the middle of a burst, and what was acknowledged before it."""
    (port,) = day.shop.fleet.ports
    over = asyncio.Event()
    clients = [asyncio.create_task(day.go_on(port, until=over)) for _ in range(CLIENTS)]
    await asyncio.sleep(day.chance.uniform(0, BURST_S_MAX))
    acknowledged = day.diary.acknowledged
    with frozen(day.shop.fleet.running[0].pid):
        disk = Disk.read(day.shop.database.file)
    over.set()
    await asyncio.gather(*clients)
    return disk, acknowledged


def recovered(disk: Disk, file: Path) -> DatabaseUnderTest:
    """The database that SQLite makes of what is left; it must be whole."""
    disk.write(file)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    return DatabaseUnderTest(name="sqlite", url=f"sqlite:///{file}")


def test_a_power_cut_takes_nothing_that_was_acknowledged(
    sqlite_shop: Shop, drill: Drill, tmp_path: Path
) -> None:
    shop, chance = sqlite_shop, drill.chance()
    day = Day(shop=shop, chance=chance)
    seen: Counter[str] = Counter()

    asyncio.run(day.invite(GUESTS))
    for number in range(drill.rounds(short=CUTS_SHORT, long=CUTS_LONG)):
        asyncio.run(write_in_peace(day, count=chance.randint(1, 5)))
        told = day.diary.acknowledged
        with frozen(shop.fleet.running[0].pid):
            at_rest = Disk.read(shop.database.file)
        cut, told_by_the_cut = asyncio.run(cut_in_a_burst(day))
        whole = recovered(cut, tmp_path / f"whole-{number}.sqlite")
        assert_all_there(told_by_the_cut, stored_outcomes(whole))
        for damage in DAMAGES:
            left = after_power_cut(acknowledged=at_rest, cut=cut, damage=damage, chance=chance)
            database = recovered(left, tmp_path / f"{number}{damage.__name__}.sqlite")
            stored = stored_outcomes(database)
            assert_all_there(told, stored)
            assert database.violations(shop.programme) == [], damage
            seen["damaged_copies"] += 1
            seen["damaged_logs"] += left.log != cut.log
            seen["torn_databases"] += left.database != cut.database
            seen["lost_though_unheard"] += len(missing(told_by_the_cut, stored))
        for copy in tmp_path.glob(f"*{number}*.sqlite*"):
            copy.unlink()
    assert seen["damaged_logs"] > seen["damaged_copies"] / 2
    assert shop.violations() == []
    assert shop.fleet.unforeseen() == []
    drill.tell(acknowledged=day.diary, **seen)


def test_a_cut_before_an_acknowledged_write_is_noticed(
    sqlite_shop: Shop, drill: Drill, tmp_path: Path
) -> None:
    shop = sqlite_shop
    day = Day(shop=shop, chance=drill.chance())

    for attempt in range(TRIES_MAX):
        before = extent(Disk.read(shop.database.file).log)
        asyncio.run(day.invite(1))
        write = day.diary.writes[-1]
        disk = Disk.read(shop.database.file)
        if before.generation != extent(disk.log).generation or before.end == 0:
            continue  # a checkpoint came between
        earlier = Disk(database=disk.database, log=disk.log[: before.end])
        database = recovered(earlier, tmp_path / f"earlier-{attempt}.sqlite")
        assert missing([write], stored_outcomes(database)) == [write]
        later = recovered(disk, tmp_path / f"later-{attempt}.sqlite")
        assert missing([write], stored_outcomes(later)) == []
        drill.tell(noticed=1, attempts=attempt + 1)
        return
    pytest.fail("there was a checkpoint each time")


def test_a_crashed_postgresql_has_all_that_was_acknowledged(
    drill: Drill, phones: Phones, tmp_path: Path, programme_file: Path
) -> None:
    """An immediate stop is a crash of the database, not of the disk: fsync is taken on trust."""
    crashes = drill.rounds(short=CRASHES_SHORT, long=CRASHES_LONG)
    with private_cluster() as cluster:
        database = DatabaseUnderTest(name="postgresql", url=cluster.create("shop"))
        with Shop.opened(database, phones, tmp_path, programme_file) as shop:
            day = Day(shop=shop, chance=drill.chance())

            async def serve_and_crash() -> None:
                over = asyncio.Event()
                ports = [shop.fleet.ports[each % len(shop.fleet.ports)] for each in range(CLIENTS)]
                clients = [asyncio.create_task(day.go_on(port, until=over)) for port in ports]
                await asyncio.sleep(day.chance.uniform(0.1, LIFE_S_MAX))
                await asyncio.to_thread(cluster.stop, "immediate")
                over.set()
                await asyncio.gather(*clients)

            asyncio.run(day.invite(GUESTS))
            for _ in range(crashes):
                asyncio.run(serve_and_crash())
                cluster.start()
                assert_all_there(day.diary.acknowledged, stored_outcomes(database))
                asyncio.run(day.catch_up(shop.fleet.ports))
                assert_exactly_once(day.diary, database)
                assert shop.violations() == []
            assert shop.fleet.unforeseen() == []
            drill.tell(
                crashes=crashes,
                acknowledged=day.diary,
                asked_to_come_again=day.diary.unavailable,
            )
