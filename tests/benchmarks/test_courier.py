"""How many pushes a second the courier hands to the stand-in, on one core. Printed, not judged.

The real firebase-admin client sends, and every nudge is looked at, claimed and recorded as ever.
The stand-in answers in a process of its own, on another core where there is one.
"""

import asyncio
import multiprocessing
import os
import time
from multiprocessing.connection import Connection

import pytest

from api.loopback import serve_in_thread
from notifications import courier, planner
from notifications.courier import STEP_MAX
from notifications.fcm_standin import FcmStandIn
from notifications.firebase import FirebaseSender, stand_in_app
from tests.notifications.nudging import NEAR_COFFEE, dispatch, nudges, willing_member
from tests.world import World

pytestmark = pytest.mark.benchmark

MEMBERS = 600
STEPS_AT_ONCE = 4  # as many jobs as the engine runs at once
PROMISED = 500  # a second


def serve_stand_in(line: Connection) -> None:
    """Serve until the other end hangs up, and tell where."""
    with serve_in_thread(FcmStandIn()) as url:
        line.send(url)
        line.poll(None)


def planned_of(world: World) -> list[str]:
    """Bring members near a coffee, and hand their nudges to the engine."""
    for number in range(MEMBERS):
        world.buy(willing_member(world, f"guest-{number}"), NEAR_COFFEE)
    planned: list[str] = []
    while found := world.write(
        lambda c: planner.plan(c, programme=world.programme, now=world.now, new_id=world.new_id)
    ):
        planned += found
    while dispatch(world):
        pass
    return planned


async def deliver_all(world: World, ids: list[str], url: str) -> float:
    """Deliver them in steps; how many seconds it took."""
    sender, slots = FirebaseSender(stand_in_app(url)), asyncio.Semaphore(STEPS_AT_ONCE)

    async def step(some: list[str]) -> None:
        async with slots:
            await courier.deliver(
                some,
                write=world.database.write,
                sender=sender,
                programme=world.programme,
                now=lambda: world.now,
            )

    began_s = time.perf_counter()
    starts = range(0, len(ids), STEP_MAX)
    await asyncio.gather(*(step(ids[start : start + STEP_MAX]) for start in starts))
    took_s = time.perf_counter() - began_s
    await sender.close()
    return took_s


def test_a_second_of_the_courier(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    ids = planned_of(world)
    ours, theirs = multiprocessing.Pipe()
    stand_in = multiprocessing.get_context("spawn").Process(target=serve_stand_in, args=(theirs,))
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores - {min(cores)} or cores)
    stand_in.start()
    try:
        url = ours.recv()
        os.sched_setaffinity(0, [min(cores)])
        load = os.getloadavg()[0]
        used_s = time.process_time()
        took_s = asyncio.run(deliver_all(world, ids, url))
        used_s = time.process_time() - used_s
    finally:
        os.sched_setaffinity(0, cores)
        ours.send("over")
        stand_in.join()
    with capsys.disabled():
        print(  # noqa: T201 -- asked for
            f"\n{len(ids)} pushes on {world.database.name}: {len(ids) / took_s:.0f}/s in"
            f" {took_s:.1f} s, {len(ids) / used_s:.0f} per second of one core"
            f" (promised: {PROMISED}/s); load of the machine before: {load:.1f}"
        )
    assert len(ids) == MEMBERS
    assert {each.state for each in nudges(world)} == {"sent"}
    assert {each.reason for each in nudges(world)} == {None}
