"""FCM answers whatever it likes and is away for a while: every nudge arrives, or says why not."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from api.database import database_at
from api.loopback import serve_in_thread
from api.migrate import migrate
from api.slots import OnlySlot
from api.worker import Worker
from gamification.database import table_of
from gamification.programme.values import Programme
from notifications.fcm_faults import DEAD, Mix
from notifications.fcm_standin import FcmStandIn, Message
from notifications.firebase import FirebaseSender, firebase_app, send_to_stand_in
from notifications.oauth_standin import OauthStandIn
from notifications.tables import Device, Nudge
from tests.api.log_capture import structured_log
from tests.drills.databases import DatabaseUnderTest
from tests.drills.drill import Drill
from tests.movable_clock import MovableClock
from tests.notifications.nudging import NEAR_COFFEE, device, willing_member
from tests.notifications.sending import EMAIL, PROJECT, account_file, new_key, public_pem
from tests.world import START, World

pytestmark = pytest.mark.drill

MEMBERS_SHORT, MEMBERS_LONG = 120, 2_000
OUTAGE = timedelta(seconds=90)  # costs each nudge an attempt or two, of eight
SETTLED_S_MAX = 600.0
LOOK_EVERY_S = 0.05
DEAD_PHONE_EVERY = 4  # of members: the phone they had before

SHARES = {
    "unregistered": 0.02,
    "mismatch": 0.02,
    "invalid": 0.02,
    "badpayload": 0.02,
    "quota": 0.03,
    "internal": 0.03,
    "unavailable": 0.03,
    "thirdparty": 0.01,
    "slow": 0.05,
    "cutoff": 0.02,
    "unanswered": 0.01,
}

_nudge = table_of(Nudge)
_NUDGES = select(_nudge.c.id, _nudge.c.state, _nudge.c.reason, _nudge.c.not_before)
_ADDRESSES = select(table_of(Device).c.address)


@dataclass(kw_only=True)
class Arrivals:
    """What FCM saw: how often it took each push, and whom it told that a phone is gone."""

    taken: Counter[tuple[str, str]] = field(default_factory=Counter)
    collapse_keys: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    dead: set[str] = field(default_factory=set)
    asked_again: set[str] = field(default_factory=set)
    refusals: Counter[str] = field(default_factory=Counter)

    def take(self, message: Message) -> None:
        self._see(message)
        nudge_id = message["data"]["nudge_id"]
        self.taken[nudge_id, message["token"]] += 1
        self.collapse_keys[nudge_id].add(message["android"]["collapse_key"])

    def refuse(self, message: Message, word: str) -> None:
        self._see(message)
        self.refusals[word] += 1
        if word in DEAD:
            self.dead.add(message["token"])

    def _see(self, message: Message) -> None:
        if message["token"] in self.dead:
            self.asked_again.add(message["token"])


@pytest.fixture
def world(database_under_test: DatabaseUnderTest, programme: Programme) -> Iterator[World]:
    with closing(database_at(database_under_test.url)) as database:
        migrate(database)
        yield World(database, programme.telling_everybody())


def invite(world: World, count: int) -> None:
    """Let members come near a coffee; some of them have an old phone as well."""
    for number in range(count):
        member = willing_member(world, f"guest-{number}")
        if number % DEAD_PHONE_EVERY == 0:
            word = sorted(DEAD)[number // DEAD_PHONE_EVERY % len(DEAD)]
            device(world, member, f"{word}-{number}")
        world.buy(member, NEAR_COFFEE)


def go_on(rows: list[Any], clock: MovableClock) -> None:
    """Move the clock to the next moment at which something is due, when nothing is now."""
    if any(row.state == "queued" for row in rows):
        return
    waiting = [row.not_before for row in rows if row.state == "planned"]
    if waiting and min(waiting) > clock.now():
        clock.set(min(waiting))


def work_through(world: World, sender: FirebaseSender, fcm: FcmStandIn, members: int) -> list[Any]:
    """Let a worker work until every member's nudge is decided; the nudges."""
    clock = MovableClock(world.now)
    worker = Worker(
        database=world.database,
        programme=world.programme,
        sender=sender,
        clock=clock,
        log=structured_log(),
        slot=OnlySlot(),
    )
    worker.start()
    try:
        for _ in range(int(SETTLED_S_MAX / LOOK_EVERY_S)):
            rows = world.read(lambda c: c.all(_NUDGES))
            if len(rows) == members and {row.state for row in rows} <= {"sent", "suppressed"}:
                return rows
            fcm.is_out = clock.now() < START + OUTAGE
            go_on(rows, clock)
            time.sleep(LOOK_EVERY_S)
    finally:
        worker.stop()
    raise AssertionError(f"not settled within {SETTLED_S_MAX:.0f} s")


def test_no_nudge_is_lost_and_none_is_repeated_without_a_cause(
    world: World,
    database_under_test: DatabaseUnderTest,
    drill: Drill,
    tmp_path: Path,
) -> None:
    arrivals, key = Arrivals(), new_key()
    members = drill.rounds(short=MEMBERS_SHORT, long=MEMBERS_LONG)
    invite(world, members)
    fcm = FcmStandIn(
        arrivals.take,
        on_refusal=arrivals.refuse,
        mix=Mix(SHARES, seed=drill.seed),
        oauth=OauthStandIn({EMAIL: public_pem(key)}),
        project=PROJECT,
        slow_s=0.3,
    )
    fcm.is_out = True
    with serve_in_thread(fcm) as url:
        app = firebase_app(account_file(tmp_path, key, f"{url}/token"))
        send_to_stand_in(app, url)
        rows = work_through(world, FirebaseSender(app), fcm, members)

    rung = {row.id for row in rows if (row.state, row.reason) == ("sent", None)}
    taken = {nudge_id for nudge_id, _ in arrivals.taken}
    assert rung - taken == set()  # lost: none
    assert {row.reason for row in rows} <= {None, "no device", "refused"}  # none was given up

    kept = {row.address for row in world.read(lambda c: c.all(_ADDRESSES))}
    assert arrivals.dead
    assert kept & arrivals.dead == set()
    assert arrivals.asked_again == set()

    unanswered = {(each["data"]["nudge_id"], each["token"]) for each in fcm.unanswered}
    repeated = {push for push, times in arrivals.taken.items() if times > 1}
    assert repeated <= unanswered
    assert {len(keys) for keys in arrivals.collapse_keys.values()} == {1}
    drill.tell(
        database=database_under_test.name,
        nudges=len(rows),
        rung=len(rung),
        inbox_only=sum(row.reason == "no device" for row in rows),
        refused_for_good=sum(row.reason == "refused" for row in rows),
        lost=len(rung - taken),
        pushes_taken=arrivals.taken.total(),
        faults_answered=dict(arrivals.refusals),
        dead_phones_forgotten=len(arrivals.dead),
        answers_lost=len(fcm.unanswered),
        repeated_after_a_lost_answer=len(repeated),
        repeated_without_a_cause=len(repeated - unanswered),
    )
