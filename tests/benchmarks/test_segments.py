"""Who of 100,000 members is in which segment, on one core. Printed, not judged."""

import os
import random
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.database import Database
from api.runner import Runner
from api.tables import METADATA
from gamification.consents import store as consents
from gamification.consents.rules import MARKETING, PUSH
from gamification.goals import store as goals
from gamification.goals.rules import TOTAL
from gamification.members import store as members
from gamification.members.rules import MemberRecord
from gamification.programme.check import load_programme
from gamification.programme.values import Programme
from gamification.reads.segments import everybody_placed
from gamification.tags import store as tags
from tests.world import START

pytestmark = pytest.mark.benchmark

WRITTEN = 1_000  # members that are made up; the others are copies of them
COPIES = 100
DAYS = 730  # over which they came
VISIT_DAYS_MAX = 60
PROMISED_S = 60
CAFE = Path(__file__).parents[2] / "gamification/programmes/cafe.toml"

_COPIED = {"member": "id", "bucket": "member_id", "tag": "member_id", "consent": "member_id"}


def copying(table: str, copy: int) -> str:
    """The statement by which a copy of the first members gets its rows of a table."""
    key = _COPIED[table]
    names = [column.name for column in METADATA.tables[table].columns]
    # A copy's id begins with eight digits of its own, its number with four.
    taken = {
        key: f"'{copy:08x}' || substr({key}, 9)",
        "number": f"'{copy:04}' || substr(number, 5)",
    }
    return (
        f"INSERT INTO {table} ({', '.join(names)})"  # noqa: S608 -- our own names
        f" SELECT {', '.join(taken.get(name, name) for name in names)} FROM {table}"
        f" WHERE substr({key}, 1, 8) = '{0:08x}'"
    )


def make_up(connection: Runner, number: int, chance: random.Random) -> None:
    """A member with a rhythm of their own, who may have come to an end of it."""
    joined = START - timedelta(days=chance.randrange(DAYS))
    member = MemberRecord(
        id=f"{number:032x}",
        number=f"{number:010d}",
        locale="pl",
        time_zone="Europe/Warsaw",
        joined_at=joined,
        display_name="Ola",
    )
    unknown: dict[str, Any] = dict.fromkeys(("subject", "external_id", "email", "birthday"))
    members.add(connection, member, **unknown)
    amounts: dict[tuple[str, Any], int] = {}
    every = chance.choice((2, 4, 7, 14, 30))
    day = joined.date()
    for _ in range(chance.randrange(VISIT_DAYS_MAX)):
        day += timedelta(days=chance.randrange(1, 2 * every))
        if day > START.date():
            break
        minor = chance.randrange(300, 4000)
        for measure, amount in (("spend", minor), ("visits", 1), ("coffees", 2)):
            for each in (day, TOTAL):
                amounts[measure, each] = amounts.get((measure, each), 0) + amount
    goals.add_to_buckets(connection, member.id, [(m, d, n) for (m, d), n in amounts.items()])
    if chance.random() < 0.1:
        tags.put(connection, member.id, "vip")
    if chance.random() < 0.5:
        row = {"category": MARKETING, "channel": PUSH, "granted": True}
        more = {"text_version": "1", "source": "app", "decided_at": joined}
        consents.decide(connection, {"member_id": member.id, **row, **more})


def fill(database: Database) -> int:
    """Make up some members, and copy them. Returns how many buckets there are."""
    chance = random.Random(7)  # noqa: S311 -- every run is the same

    def write(connection: Runner) -> None:
        for number in range(WRITTEN):
            make_up(connection, number, chance)

    database.write_now(write)
    for copy in range(1, COPIES):
        for table in _COPIED:
            statement = copying(table, copy)
            database.write_now(lambda c, statement=statement: c.driver.execute(statement))  # type: ignore[misc]  # one text
    if database.url.startswith("postgresql"):
        database.write_now(lambda c: c.driver.execute("ANALYZE"))
    return int(
        database.read_now(lambda c: c.driver.execute("SELECT count(*) FROM bucket").fetchone()[0])
    )


def test_a_hundred_thousand_members_are_placed(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    programme: Programme = load_programme(CAFE)
    buckets = fill(database)
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, [min(cores)])
    began_s = time.perf_counter()
    try:
        counts: Counter[str] = database.read_all_now(
            lambda c: Counter(
                segment
                for each in everybody_placed(c, programme, now=START)
                for segment in [*each.placing.segments, "everybody"]
            )
        )
    finally:
        os.sched_setaffinity(0, cores)
    took_s = time.perf_counter() - began_s
    with capsys.disabled():
        print(  # noqa: T201 -- asked for
            f"\nsegments of {counts['everybody']:,} members with {buckets:,} buckets:"
            f" {took_s:.1f} s on one core (promised: {PROMISED_S} s); {dict(counts)}"
        )
    assert counts["everybody"] == WRITTEN * COPIES
    assert set(counts) == {"everybody", *programme.segments.named}
