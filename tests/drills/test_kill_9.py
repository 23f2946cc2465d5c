"""Servers die at any moment, and nothing that anybody was told is lost or done twice."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import or_, select

from api.clock import SystemClock
from api.engine import JOBS_AT_ONCE
from gamification.activities.tables import Activity
from gamification.database import table_of
from gamification.referrals.rules import State
from gamification.referrals.tables import Referral
from notifications.courier import STEP_MAX
from notifications.tables import Nudge
from tests.drills.diary import (
    Write,
    assert_all_there,
    assert_exactly_once,
    imported_count,
    stored_outcomes,
)
from tests.drills.drill import Drill
from tests.drills.load import Day
from tests.drills.processes import Running
from tests.drills.shop import Shop
from tests.journeys.story import wait_until

pytestmark = pytest.mark.drill

KILLS_SHORT, KILLS_LONG = 50, 500
VERIFY_EVERY = 10
CLIENTS = 8
GUESTS = 16
LIFE_S_MAX = 0.9  # of a server that serves; one in five starts ends early
START_S_USUAL = 0.8
DYING_EARLY = 0.2
IMPORTING = 0.3  # how often an import is begun, and how often it dies with the server
IMPORTED = 1_000
SETTLED_S_MAX = 60.0
IN_FLIGHT_S_MAX = 10.0

_nudge = table_of(Nudge)
_activity = table_of(Activity)
_NUDGES = select(_nudge.c.id, _nudge.c.state, _nudge.c.reason, _nudge.c.not_before)
_REFERRALS = select(table_of(Referral).c.state, table_of(Referral).c.times)
SIDES = ("brought_a_friend", "was_brought")  # of a referral
_FOR_FRIENDS = select(_activity.c.kind).where(or_(*(_activity.c.kind == side for side in SIDES)))


@dataclass(kw_only=True)
class Rampage:
    """Kills, and what they came to.

    `kills` are processes that died at one of the `moments`, at each of which writes were in
    flight; `kills_while_starting` are others.
    """

    shop: Shop
    day: Day
    chance: random.Random
    log: Path
    kills: int = 0
    moments: int = 0
    in_flight: int = 0
    workers_killed: int = 0
    kills_while_starting: int = 0
    in_doubt: int = 0
    done_in_doubt: int = 0
    imports_killed: int = 0
    imports: list[Running] = field(default_factory=list)

    def go(self) -> None:
        """Serve for a while, kill, and see what is left; then serve again and catch up."""
        if not self.imports and (not self.imports_killed or self.chance.random() < IMPORTING):
            self.imports.append(self.shop.installation.start(*self._import(), output="import.txt"))
        asyncio.run(self._serve_and_kill())
        self.imports = [each for each in self.imports if each.is_alive]
        doubtful = self.day.diary.unanswered
        stored = stored_outcomes(self.shop.database)
        assert_all_there(self.day.diary.acknowledged, stored)
        self._die_early()
        self.shop.fleet.start()
        asyncio.run(self.day.catch_up(self.shop.fleet.ports))
        self._see_into(doubtful, stored)

    def finish_import(self) -> None:
        """Run the import to its end."""
        for each in self.imports:
            each.end()
        self.shop.installation.run(*self._import())

    def sweep_once_more(self) -> None:
        """Kill all and start all: a sweep is the first thing that a worker does."""
        self._kill(sorted(self.shop.fleet.running))
        self.shop.fleet.start()

    def _import(self) -> Sequence[str]:
        return ("import", "purchases", str(self.log))

    async def _serve_and_kill(self) -> None:
        fleet, over = self.shop.fleet, asyncio.Event()
        ports = [fleet.ports[number % len(fleet.ports)] for number in range(CLIENTS)]
        clients = [asyncio.create_task(self.day.go_on(port, until=over)) for port in ports]
        await asyncio.sleep(self.chance.uniform(0.02, LIFE_S_MAX))
        victims = self.chance.sample(
            sorted(fleet.running), self.chance.randint(1, len(fleet.running))
        )
        # Mostly there are some: eight clients do nothing else. The rest of them cannot move on
        # before the last victim is gone.
        await wait_for_some(self.day.in_flight)
        self.moments += 1
        self.in_flight += self.day.in_flight.total()
        self.workers_killed += sum(fleet.commands[number][0] == "work" for number in victims)
        self.kills += len(victims)
        self._kill(victims)
        self._kill_import()
        over.set()
        await asyncio.gather(*clients)

    def _kill_import(self) -> None:
        """With the servers; the first one for certain."""
        if any(each.is_alive for each in self.imports) and (
            not self.imports_killed or self.chance.random() < IMPORTING
        ):
            self.imports.pop().kill()
            self.imports_killed += 1

    def _die_early(self) -> None:
        while self.chance.random() < DYING_EARLY:
            starting = self.shop.fleet.begin()
            asyncio.run(asyncio.sleep(self.chance.uniform(0, START_S_USUAL)))
            self.kills_while_starting += len(starting)
            self._kill(starting)

    def _kill(self, numbers: Sequence[int]) -> None:
        self.shop.fleet.kill(numbers)
        self.shop.phones.kills += len(numbers)

    def _see_into(self, doubtful: Sequence[Write], stored: Any) -> None:
        """What was done without an answer is answered as done, and the rest is done now."""
        for write in doubtful:
            for pair, part in write.answered:
                was_done = pair in stored
                self.in_doubt += 1
                self.done_in_doubt += was_done
                if was_done and pair in write.done:
                    assert part["replayed"] is True, write


async def wait_for_some(in_flight: Counter[int]) -> None:
    """Until a write is in flight."""
    async with asyncio.timeout(IN_FLIGHT_S_MAX):
        while not in_flight.total():  # noqa: ASYNC110 -- a count, not an event
            await asyncio.sleep(0)


@pytest.fixture
def purchase_log(tmp_path: Path, drill: Drill) -> Path:
    """A log of purchases in the past, by members of whom only it knows."""
    chance = drill.chance()
    lines = ["member,date,amount,receipt"]
    lines += [
        f"c-{chance.randrange(100)},2026-0{chance.randint(1, 9)}-{chance.randint(10, 28)},"
        f"{chance.randint(3, 40)}.{chance.randint(10, 99)},receipt-{number}"
        for number in range(IMPORTED)
    ]
    path = tmp_path / "purchases.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def is_settled(shop: Shop) -> bool:
    """No nudge is due, none is on its way, and no referral waits."""
    if any(row.state == State.WAITING for row in shop.database.rows(_REFERRALS)):
        return False
    now = SystemClock().now()
    rows = shop.database.rows(_NUDGES)
    return not any(
        row.state == "queued" or (row.state == "planned" and row.not_before <= now) for row in rows
    )


def test_nothing_acknowledged_is_lost_or_done_twice(
    shop: Shop, drill: Drill, purchase_log: Path
) -> None:
    chance = drill.chance()
    day = Day(shop=shop, chance=chance)
    rampage = Rampage(shop=shop, day=day, chance=chance, log=purchase_log)

    asyncio.run(day.invite(GUESTS))
    verified = 0
    while rampage.kills < drill.rounds(short=KILLS_SHORT, long=KILLS_LONG):
        rampage.go()
        assert_exactly_once(day.diary, shop.database)
        if rampage.kills // VERIFY_EVERY > verified:
            verified = rampage.kills // VERIFY_EVERY
            assert shop.violations() == []
    rampage.finish_import()
    rampage.sweep_once_more()
    assert imported_count(shop.database) == IMPORTED
    wait_until(lambda: is_settled(shop), within_s=SETTLED_S_MAX)
    assert_exactly_once(day.diary, shop.database)
    assert shop.violations() == []
    assert shop.fleet.unforeseen() == []

    # Whoever joined was brought, and has bought once.
    friends = [tuple(row) for row in shop.database.rows(_REFERRALS)]
    assert friends == [(State.REWARDED, 1)] * len(day.joining)
    sides = Counter(row.kind for row in shop.database.rows(_FOR_FRIENDS))
    assert sides == {kind: len(friends) for kind in SIDES}

    rung = {
        row.id for row in shop.database.rows(_NUDGES) if (row.state, row.reason) == ("sent", None)
    }
    assert rung == set(shop.phones.received)
    assert shop.phones.addresses == set(day.joining)
    repeats = shop.phones.repeats()
    # A repeat has a crash between the two, and one crash repeats what was being sent at most.
    assert all(before < after for before, after in repeats), repeats
    assert len(repeats) <= STEP_MAX * JOBS_AT_ONCE * shop.phones.kills
    assert rampage.imports_killed > 0
    drill.tell(
        database=shop.database.name,
        processes=shop.fleet,
        kills=f"{rampage.kills} (of them workers {rampage.workers_killed})",
        moments=rampage.moments,
        writes_in_flight_then=rampage.in_flight,
        kills_while_starting=rampage.kills_while_starting,
        imports_killed=rampage.imports_killed,
        acknowledged=day.diary,
        in_doubt=f"{rampage.in_doubt} (of them done {rampage.done_in_doubt})",
        asked_to_come_again=day.diary.unavailable,
        referrals_rewarded=len(friends),
        slots_rescued=shop.fleet.logs().count("jobs_rescued"),
        pushes_delivered=len(rung),
        pushes_repeated=len(repeats),
    )
