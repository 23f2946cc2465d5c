"""No room on the disk, or no database: clients are asked to come again, and it heals by itself."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.drills.client import Connection, Unavailable
from tests.drills.cluster import private_cluster
from tests.drills.databases import DatabaseUnderTest
from tests.drills.diary import assert_exactly_once
from tests.drills.drill import Drill
from tests.drills.load import Day
from tests.drills.phones import Phones
from tests.drills.shop import Shop
from tests.drills.small_disk import small_disk
from tests.journeys.story import wait_until

pytestmark = pytest.mark.drill

CLIENTS = 6
GUESTS = 10
SQLITE_DISK_MB = 16
POSTGRESQL_DISK_MB = 128  # an empty PostgreSQL takes half of it
REFUSALS_WANTED = 100
FULL_S_MAX = 60.0  # until what was reserved before is used up
GONE_S = 12.0  # beyond every deadline: 10 s
HEALED_S_MAX = 20.0
PUSH_S_MAX = 30.0
CALM_S = 0.3  # between two looks at the home screen


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """A shop, and a way to take its database's ground away for as long as a block lasts."""

    shop: Shop
    strikes: Callable[[], AbstractContextManager[None]]
    can_read: bool


@dataclass(kw_only=True, slots=True)
class Seen:
    """What clients saw while the trouble lasted."""

    reads: int = 0
    reads_refused: int = 0


async def look(day: Day, over: asyncio.Event, seen: Seen) -> None:
    """Look at the home screen again and again."""
    async with Connection(day.shop.fleet.ports[0]) as connection:
        while not over.is_set():
            try:
                home = await connection.run("Home", token=day.guests[0].token)
                assert home["member"]["points"]["available"] >= 0
                seen.reads += 1
            except Unavailable:
                seen.reads_refused += 1
            await asyncio.sleep(CALM_S)


async def with_clients(day: Day, doing: Callable[[], Awaitable[None]]) -> Seen:
    """Let the day go on while something is done."""
    over, seen = asyncio.Event(), Seen()
    ports = [day.shop.fleet.ports[each % len(day.shop.fleet.ports)] for each in range(CLIENTS)]
    clients = [asyncio.create_task(day.go_on(port, until=over)) for port in ports]
    clients.append(asyncio.create_task(look(day, over, seen)))
    try:
        await doing()
    finally:
        over.set()
        await asyncio.gather(*clients)
    return seen


def go_through(trouble: Trouble, drill: Drill, wait: Callable[[Day], Awaitable[None]]) -> None:
    """Work, strike, wait, heal, and see that nothing was lost and pushes go out again."""
    shop = trouble.shop
    day = Day(shop=shop, chance=drill.chance())

    async def strike() -> None:
        with trouble.strikes():
            await wait(day)

    asyncio.run(day.invite(GUESTS))
    assert day.diary.unavailable == 0
    seen = asyncio.run(with_clients(day, strike))
    assert day.diary.unavailable >= 1
    assert day.diary.lost == 0
    if trouble.can_read:
        assert seen.reads >= 1
        assert seen.reads_refused == 0

    async def wake_up() -> None:
        async with asyncio.timeout(HEALED_S_MAX):
            await day.catch_up(shop.fleet.ports)

    asyncio.run(wake_up())
    assert_exactly_once(day.diary, shop.database)
    assert shop.violations() == []
    if shop.database.name == "sqlite":
        assert damages(shop.database.file) == ["ok"]
    waiting = set(day.joining)
    wait_until(lambda: waiting <= shop.phones.addresses, within_s=PUSH_S_MAX)
    assert shop.fleet.unforeseen() == []
    drill.tell(
        database=shop.database.name,
        acknowledged=day.diary,
        asked_to_come_again=day.diary.unavailable,
        reads=seen.reads,
        reads_refused=seen.reads_refused,
        pushes_delivered=len(shop.phones.received),
    )


def damages(file: Path) -> list[str]:
    """What SQLite finds wrong with every page and index of a file; "ok" when nothing is."""
    with closing(sqlite3.connect(file)) as connection:
        return [line for (line,) in connection.execute("PRAGMA integrity_check")]


async def until_refused(day: Day) -> None:
    """Go on until enough writes were refused."""
    async with asyncio.timeout(FULL_S_MAX):
        while day.diary.unavailable < REFUSALS_WANTED:  # noqa: ASYNC110 -- a count, not an event
            await asyncio.sleep(CALM_S)


async def until_deadlines_pass(day: Day) -> None:
    """Go on for longer than any deadline."""
    await asyncio.sleep(GONE_S)
    assert day.diary.unavailable >= 1


@pytest.fixture
def full_disk(
    request: pytest.FixtureRequest, tmp_path: Path, phones: Phones, programme_file: Path
) -> Iterator[Trouble]:
    size_mb = SQLITE_DISK_MB if request.param == "sqlite" else POSTGRESQL_DISK_MB
    with small_disk(size_mb=size_mb) as disk:

        @contextmanager
        def strikes() -> Iterator[None]:
            disk.fill()
            yield
            disk.free()

        if request.param == "sqlite":
            database = DatabaseUnderTest(name="sqlite", url=f"sqlite:///{disk.path}/shop.sqlite")
            with Shop.opened(database, phones, tmp_path, programme_file) as shop:
                yield Trouble(shop=shop, strikes=strikes, can_read=True)
            return
        with private_cluster(data=disk.path / "data") as cluster:
            database = DatabaseUnderTest(name="postgresql", url=cluster.create("shop"))
            with Shop.opened(database, phones, tmp_path, programme_file) as shop:
                yield Trouble(shop=shop, strikes=strikes, can_read=True)


@pytest.fixture
def gone_database(
    request: pytest.FixtureRequest, tmp_path: Path, phones: Phones, programme_file: Path
) -> Iterator[Trouble]:
    if request.param == "sqlite":
        database = DatabaseUnderTest(name="sqlite", url=f"sqlite:///{tmp_path / 'shop.sqlite'}")

        @contextmanager
        def locked() -> Iterator[None]:
            with closing(sqlite3.connect(database.file, isolation_level=None)) as connection:
                connection.execute("PRAGMA busy_timeout = 10000")
                connection.execute("BEGIN EXCLUSIVE")
                yield
                connection.execute("ROLLBACK")

        with Shop.opened(database, phones, tmp_path, programme_file) as shop:
            yield Trouble(shop=shop, strikes=locked, can_read=True)
        return
    with private_cluster() as cluster:
        database = DatabaseUnderTest(name="postgresql", url=cluster.create("shop"))

        @contextmanager
        def stopped() -> Iterator[None]:
            cluster.stop()
            yield
            cluster.start()

        with Shop.opened(database, phones, tmp_path, programme_file) as shop:
            yield Trouble(shop=shop, strikes=stopped, can_read=False)


@pytest.mark.parametrize("full_disk", ["sqlite", "postgresql"], indirect=True)
def test_on_a_full_disk_writes_come_again_later_and_reads_go_on(
    full_disk: Trouble, drill: Drill
) -> None:
    go_through(full_disk, drill, until_refused)


@pytest.mark.parametrize("gone_database", ["sqlite", "postgresql"], indirect=True)
def test_without_a_database_writes_come_again_later(gone_database: Trouble, drill: Drill) -> None:
    go_through(gone_database, drill, until_deadlines_pass)
