"""A backup is taken while the shop is full, and restored: what was acknowledged before is in it."""

import asyncio
import os
import shlex
import subprocess
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.drills.client import connections
from tests.drills.cluster import Cluster
from tests.drills.databases import DatabaseUnderTest
from tests.drills.diary import Write, assert_all_there, stored_outcomes
from tests.drills.drill import Drill
from tests.drills.load import Day
from tests.drills.processes import Fleet
from tests.drills.shop import Shop

pytestmark = pytest.mark.drill

BACKUPS_SHORT, BACKUPS_LONG = 10, 100
CLIENTS = 8
GUESTS = 16
PAUSE_S_MAX = 0.5  # between two backups

Restore = Callable[[], DatabaseUnderTest]


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """A backup, and what had been acknowledged when it began and when it ended."""

    restore: Restore
    before: Sequence[Write]
    after: int


@dataclass(kw_only=True)
class Keeper:
    """Takes backups of a shop by the command that the product has, or names."""

    shop: Shop
    restored_at: Callable[[Path], str]
    taken: list[Taken] = field(default_factory=list)

    async def take(self, day: Day) -> None:
        """Take one while the day goes on."""
        before = list(day.diary.acknowledged)
        path = self.shop.installation.folder / f"backup-{len(self.taken)}"
        command = self._sqlite if self.shop.database.name == "sqlite" else self._postgresql
        restore = await asyncio.to_thread(command, path)
        after = len(day.diary.acknowledged)
        self.taken.append(Taken(restore=restore, before=before, after=after))

    def _sqlite(self, path: Path) -> Restore:
        said = self.shop.installation.run("backup", path.name)
        assert " entries, checked, in " in said
        return lambda: DatabaseUnderTest(name="sqlite", url=f"sqlite:///{path}")

    def _postgresql(self, path: Path) -> Restore:
        """The command that `regulars backup` names."""
        name = f"backup-{os.urandom(4).hex()}.txt"
        refused = self.shop.installation.start("backup", str(path), output=name)
        assert refused.end() == 1
        (line,) = refused.text().splitlines()
        command = shlex.split(line.partition(": ")[2])
        assert command[0] == "pg_dump", line
        subprocess.run(command, check=True)  # noqa: S603 -- PostgreSQL's own program

        def restore() -> DatabaseUnderTest:
            url = self.restored_at(path)
            words = ("pg_restore", "--exit-on-error", f"--dbname={url}", str(path))
            subprocess.run(words, check=True)  # noqa: S603 -- as above
            return DatabaseUnderTest(name="postgresql", url=url)

        return restore


@pytest.fixture
def keeper(shop: Shop, request: pytest.FixtureRequest) -> Keeper:
    def restored_at(path: Path) -> str:
        cluster: Cluster = request.getfixturevalue("cluster")
        return cluster.create(f"{path.name}_{os.urandom(4).hex()}")

    return Keeper(shop=shop, restored_at=restored_at)


async def busy_day(shop: Shop, day: Day, work: Callable[[], Awaitable[None]]) -> None:
    """Do something while all the clients go on."""
    over = asyncio.Event()
    ports = [shop.fleet.ports[number % len(shop.fleet.ports)] for number in range(CLIENTS)]
    clients = [asyncio.create_task(day.go_on(port, until=over)) for port in ports]
    try:
        await work()
    finally:
        over.set()
        await asyncio.gather(*clients)


async def points_at(shop: Shop, day: Day, restored: DatabaseUnderTest) -> int:
    """What the guests have earned, where a server runs on the restored database."""
    installation = replace(shop.installation, database_url=restored.url)
    fleet = Fleet(installation=installation, commands=[("serve",)])
    await asyncio.to_thread(fleet.start)
    try:
        async with connections(fleet.ports, 1) as (connection,):
            homes = [await connection.run("Home", token=guest.token) for guest in day.guests]
            # One alone may have returned all that they bought; who came later has no account yet.
            members = [home["member"] for home in homes if home["member"]]
            return sum(int(member["points"]["lifetime"]) for member in members)
    finally:
        fleet.kill(list(fleet.running))


def test_a_backup_holds_what_was_acknowledged_before_it_began(
    shop: Shop, drill: Drill, keeper: Keeper
) -> None:
    chance = drill.chance()
    day = Day(shop=shop, chance=chance)
    count = drill.rounds(short=BACKUPS_SHORT, long=BACKUPS_LONG)

    async def take_backups() -> None:
        for _ in range(count):
            await keeper.take(day)
            await asyncio.sleep(chance.uniform(0, PAUSE_S_MAX))

    async def run() -> int:
        await day.invite(GUESTS)
        await busy_day(shop, day, take_backups)
        return await points_at(shop, day, keeper.taken[0].restore())

    lifetime = asyncio.run(run())
    assert lifetime > 0
    meanwhile = 0
    for taken in keeper.taken:
        restored = taken.restore()
        assert_all_there(taken.before, stored_outcomes(restored))
        assert restored.violations(shop.programme) == []
        meanwhile += taken.after - len(taken.before)
    assert meanwhile > 0  # else nothing was tried
    assert shop.violations() == []
    assert shop.fleet.unforeseen() == []
    drill.tell(
        database=shop.database.name,
        backups=count,
        acknowledged=str(day.diary),
        of_them_while_a_backup_was_made=meanwhile,
        come_again=day.diary.unavailable,
    )
