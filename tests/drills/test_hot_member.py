"""One member for whom every till writes at once: each till gets its share, and nothing is lost."""

import asyncio
import time
from dataclasses import dataclass, field

import psycopg
import pytest

from tests.drills.client import Connection, connections
from tests.drills.databases import DatabaseUnderTest
from tests.drills.diary import Diary, Write, assert_exactly_once
from tests.drills.drill import Drill
from tests.drills.shop import Guest, Shop

pytestmark = pytest.mark.drill

TILLS = 16  # over two processes
# Purchases of a till in a round, if all get the same. In the long run SQLite's own waiting is fair
# as well; PostgreSQL's is in the long run alone, since who comes late may be first at a new row.
EACH = {"sqlite": 20, "postgresql": 40}
ROUNDS_SHORT, ROUNDS_LONG = 2, 50
SHARE_MIN = 0.5  # of what each would have if all got the same
_DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


@dataclass(kw_only=True)
class Rush:
    """Tills that record purchases of one member without a pause, until there are enough."""

    shop: Shop
    diary: Diary = field(default_factory=Diary)
    shares: list[float] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)

    async def go(self, tills: list[Connection], guest: Guest) -> None:
        """One round; what each till got is in `shares`, as a part of what it should have."""
        counts = [0] * len(tills)
        wanted = len(tills) * EACH[self.shop.database.name]

        async def record(till: int) -> None:
            while sum(counts) < wanted:
                write = self._purchase(guest, f"{guest.subject}-{till}-{counts[till]}")
                began_s = time.perf_counter()
                self.diary.note(write, await tills[till].ask(write.token, write.body()))
                self.waits_s.append(time.perf_counter() - began_s)
                assert write.succeeded, write
                counts[till] += 1

        await asyncio.gather(*(record(till) for till in range(len(tills))))
        self.shares += [count * len(tills) / sum(counts) for count in counts]

    def _purchase(self, guest: Guest, key: str) -> Write:
        given = {"target": {"memberNumber": guest.number}, "total": "3.20", "idempotencyKey": key}
        write = Write(
            operation="Purchase", variables={"input": given}, token=self.shop.system_key, key=key
        )
        self.diary.writes.append(write)
        return write


def deadlocks(database: DatabaseUnderTest) -> int:
    """How many the database has broken up so far; SQLite has one writer, and none."""
    if database.name == "sqlite":
        return 0
    with psycopg.connect(database.url) as connection:
        row = connection.execute(_DEADLOCKS).fetchone()
    assert row is not None
    return int(row[0])


def test_each_till_gets_its_share_of_a_member_for_whom_all_write(shop: Shop, drill: Drill) -> None:
    before = deadlocks(shop.database)
    rush = Rush(shop=shop)

    async def run() -> None:
        async with connections(shop.fleet.ports, TILLS) as tills:
            for number in range(drill.rounds(short=ROUNDS_SHORT, long=ROUNDS_LONG)):
                guest = await shop.enrol(tills[0], f"hot-{number}")
                await rush.go(tills, guest)

    began_s = time.perf_counter()
    asyncio.run(run())
    took_s = time.perf_counter() - began_s
    assert_exactly_once(rush.diary, shop.database)
    assert shop.violations() == []
    assert shop.fleet.unforeseen() == []
    shop.fleet.kill(list(shop.fleet.running))  # what its connections counted is told at their end
    broken_up = deadlocks(shop.database) - before
    drill.tell(
        database=shop.database.name,
        processes=shop.fleet,
        acknowledged=rush.diary,
        per_second=round(len(rush.diary.writes) / took_s),
        shares=f"{min(rush.shares):.2f} to {max(rush.shares):.2f}",
        longest_wait_s=f"{max(rush.waits_s):.2f}",
        deadlocks=broken_up,
    )
    assert broken_up == 0
    assert min(rush.shares) >= SHARE_MIN
