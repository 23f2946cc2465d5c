"""200,000 members near something are decided about and queued, on one core. Printed, not judged.

`--rounds long` for all of them; the short form has a tenth.
"""

import asyncio
import multiprocessing
import os
import resource
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
import structlog

from api import ids
from api.database import Database, database_at
from api.runner import Runner
from api.sweeps import Sweeps
from api.worker import ACTOR
from gamification.effects.occasion import Occasion
from gamification.programme.check import load_programme
from gamification.programme.values import Programme
from notifications import planner
from tests.benchmarks.crowds import multiply, willing_crowd
from tests.world import World

pytestmark = pytest.mark.benchmark

TEMPLATES = 100
MEMBERS_SHORT, MEMBERS_LONG = 20_000, 200_000
PROMISED_S, PROMISED_MB = 60, 300
MARKET = Path(__file__).parents[2] / "gamification/programmes/market.toml"


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What one process needed to look at everybody, and what it handed over."""

    took_s: float
    cpu_s: float  # of it, on a machine that has other things to do as well
    memory_mb: float
    queued: int
    jobs: int


async def look_at_everybody(database: Database, programme: Programme, now: datetime) -> list[int]:
    """The sweep, and then step after step as the worker does; the size of each job."""
    sizes: list[int] = []

    def enqueue(_: Runner, __: str, nudge_ids: list[str]) -> None:
        sizes.append(len(nudge_ids))  # the engine's own rows, one a job, are left out

    occasion = Occasion(
        programme=programme, actor=ACTOR, now=now, new_id=ids.new_id, new_code=ids.voucher_code
    )
    sweeps = Sweeps(
        database=database,
        occasion=lambda: occasion,
        is_stopping=lambda: False,
        log=structlog.get_logger(),
    )
    await sweeps.look_at_everybody()
    plan = partial(planner.plan, programme=programme, now=now, new_id=ids.new_id)
    dispatch = partial(planner.dispatch, now=now, enqueue=enqueue)
    while await database.read(partial(planner.has_work, now=now)):
        await database.write(plan)
        await database.write(dispatch)
    return sizes


def measure(url: str, now: datetime, pipe: Connection) -> None:
    """In a process of its own, on one core."""
    os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
    database, programme = database_at(url), load_programme(MARKET)
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    sizes = asyncio.run(look_at_everybody(database, programme, now))
    took_s, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    database.close()
    pipe.send(
        Measured(
            took_s=took_s,
            cpu_s=cpu_s,
            memory_mb=memory_mb,
            queued=sum(sizes),
            jobs=len(sizes),
        )
    )


def test_everybody_near_something_is_decided_about_and_queued(
    database: Database, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    is_long = request.config.getoption("--rounds") == "long"
    members = MEMBERS_LONG if is_long else MEMBERS_SHORT
    world = World(database, load_programme(MARKET))
    willing_crowd(world, [f"P{number}" for number in range(TEMPLATES)], seed=7)
    multiply(database, copies=members // TEMPLATES - 1)
    world.pass_time(hours=22)  # the purchases are news still, and it is 10:00
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(
        target=measure, args=(database.url, world.now, there)
    )
    process.start()
    there.close()
    seen: Measured = here.recv()
    process.join()
    found = Counter[str]()
    for state, reason, number in world.rows(
        "SELECT state, reason, count(*) FROM nudge GROUP BY state, reason ORDER BY 1, 2"
    ):
        found[str(reason or state)] = number
    told = len(world.rows("SELECT DISTINCT member_id FROM nudge"))
    with capsys.disabled():
        print(  # noqa: T201 -- asked for
            f"\n{told:,} of {members:,} members decided about, {seen.queued:,} nudges queued in"
            f" {seen.jobs:,} jobs: {seen.took_s:.1f} s on one core,"
            f" {seen.cpu_s:.1f} s of them its own ({seen.cpu_s / members * 1e6:.0f} µs a member;"
            f" promised: {PROMISED_S} s for {MEMBERS_LONG:,}), {seen.memory_mb:.0f} MB"
            f" (promised: {PROMISED_MB} MB);"
            f" load {os.getloadavg()[0]:.1f}; {dict(found)}"
        )
    assert told == members
    assert found["queued"] == seen.queued
    assert world.rows("SELECT count(*) FROM timeline WHERE fresh_since IS NOT NULL") == [0]
