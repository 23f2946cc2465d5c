"""A worker whose slot is lost: it waits while nobody can tell, and ends when another has it."""

import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psycopg
import pytest

from api import worker as workers
from api.database import DatabaseRefused
from api.database.postgresql import LOCK_FAMILY, connect
from api.server import ignoring, running_worker
from api.slots import Holding, OnlySlot, Slot, engine_slot
from api.worker import Worker
from notifications import planner
from tests.api.log_capture import captured_logs, lines_of, structured_log
from tests.databases import only_postgresql
from tests.journeys.story import wait_until
from tests.movable_clock import MovableClock
from tests.notifications.nudging import NEAR_COFFEE, RecordingSender, nudges, willing_member
from tests.world import World

Start = Callable[[Slot], tuple[Worker, "ClosableSender"]]

OURS = f"FROM pg_locks WHERE locktype = 'advisory' AND classid = {LOCK_FAMILY}"
CUT = f"SELECT pg_terminate_backend(pid) {OURS} AND granted"
WAITERS = f"SELECT 1 {OURS} AND NOT granted"


class ClosableSender(RecordingSender):  # type: ignore[misc]  # it has no types
    async def close(self) -> None:
        """Nothing to close."""


class MovedSlot(OnlySlot):
    """As it is told."""

    holding = Holding.HELD

    def holds(self) -> Holding:
        return self.holding


@pytest.fixture
def out() -> Iterator[Any]:
    with captured_logs() as stream:
        yield stream


@pytest.fixture
def start(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    monkeypatch.setattr(workers, "WATCH_EVERY_S", 0.05)
    started: list[Worker] = []

    def start(slot: Slot) -> tuple[Worker, ClosableSender]:
        sender = ClosableSender()
        worker = Worker(
            database=world.database,
            programme=world.programme,
            sender=sender,
            clock=MovableClock(world.now),
            log=structured_log(),
            slot=slot,
        )
        worker.start()
        started.append(worker)
        return worker, sender

    yield start
    for worker in started:
        worker.stop()


def events(out: Any, *names: str) -> list[str]:
    return [line["event"] for line in lines_of(out) if line["event"] in names]


def lose(slot: MovedSlot, out: Any) -> None:
    slot.holding = Holding.UNKNOWN
    wait_until(lambda: events(out, "slot_lost"))


def test_while_nobody_can_tell_nothing_is_planned_and_it_goes_on_afterwards(
    world: World, start: Start, out: Any
) -> None:
    slot = MovedSlot()
    worker, sender = start(slot)
    looked = threading.Event()
    lose(slot, out)
    world.buy(willing_member(world), NEAR_COFFEE)
    assert not looked.wait(3 * workers.LOOK_EVERY_S)  # rounds in which it would have been planned
    assert nudges(world) == []
    assert worker.is_ready()
    slot.holding = Holding.HELD
    wait_until(lambda: sender.sent)
    assert events(out, "slot_lost", "slot_taken") == ["slot_lost"]
    assert [line["slot"] for line in lines_of(out) if line["event"] == "slot_lost"] == ["embedded"]


def test_while_nobody_can_tell_a_job_waits_before_it_sends(
    world: World, start: Start, out: Any
) -> None:
    slot = MovedSlot()
    worker, sender = start(slot)
    lose(slot, out)
    world.buy(willing_member(world), NEAR_COFFEE)
    world.write(worker._plan)  # noqa: SLF001 -- as a round that had begun before
    world.write(
        lambda c: planner.dispatch(c, now=world.now, enqueue=worker._enqueue)  # noqa: SLF001 -- as above
    )
    wait_until(lambda: worker._engine._in_flight == 1)  # noqa: SLF001 -- where its jobs are counted
    assert sender.sent == []
    slot.holding = Holding.HELD
    wait_until(lambda: sender.sent)


def test_a_worker_whose_slot_another_has_ends_its_process(
    world: World, start: Start, out: Any
) -> None:
    slot = MovedSlot()
    ended = threading.Event()
    with ignoring(signal.SIGTERM, instead=ended.set):
        worker, sender = start(slot)
        slot.holding = Holding.TAKEN
        wait_until(ended.is_set)
    world.buy(willing_member(world), NEAR_COFFEE)
    wait_until(lambda: not worker.is_ready())
    worker.stop()
    assert (sender.sent, nudges(world)) == ([], [])
    assert events(out, "slot_lost", "slot_taken") == ["slot_taken"]


def test_a_process_whose_slot_another_has_does_not_end_as_if_all_were_well(
    world: World, out: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "WATCH_EVERY_S", 0.05)
    slot = MovedSlot()
    slot.holding = Holding.TAKEN
    ended = threading.Event()
    worker = running_worker(
        slot,
        world.database,
        world.programme,
        sender=ClosableSender(),
        clock=MovableClock(world.now),
        log=structured_log(),
    )
    with (
        ignoring(signal.SIGTERM, instead=ended.set),
        pytest.raises(DatabaseRefused) as refused,
        worker,
    ):
        wait_until(ended.is_set)
    assert str(refused.value) == (
        f"{world.database.name}: another process took embedded, the engine slot of this one"
    )
    assert events(out, "slot_taken") == ["slot_taken"]


@only_postgresql
def test_a_connection_that_is_cut_costs_a_worker_nothing(
    world: World, start: Start, out: Any
) -> None:
    with engine_slot(world.database.url) as slot, closing(connect(world.database.url)) as other:
        worker, sender = start(slot)
        [before] = holders(other)
        other.execute(CUT.encode())
        wait_until(lambda: holders(other) not in ([], [before]))
        world.buy(willing_member(world), NEAR_COFFEE)
        wait_until(lambda: sender.sent)
        assert worker.is_ready()
        worker.stop()
    assert events(out, "slot_taken") == []


def holders(connection: psycopg.Connection[Any]) -> list[Any]:
    return connection.execute(f"SELECT pid {OURS} AND granted".encode()).fetchall()


@only_postgresql
def test_a_worker_whose_connection_is_cut_and_whose_slot_is_taken_ends_at_the_next_look(
    world: World, start: Start, out: Any
) -> None:
    url, ended = world.database.url, threading.Event()
    with (
        ThreadPoolExecutor(1) as thread,
        engine_slot(url) as slot,
        closing(connect(url)) as other,
        closing(connect(url)) as watcher,
        ignoring(signal.SIGTERM, instead=ended.set),
    ):
        worker, _ = start(slot)
        number = int(slot.executor_id.removeprefix("slot-"))
        # Whoever waits for a lock is faster than whoever has to connect first.
        taking = thread.submit(
            other.execute, f"SELECT pg_advisory_lock({LOCK_FAMILY}, {number})".encode()
        )
        wait_until(lambda: watcher.execute(WAITERS.encode()).fetchone())
        watcher.execute(CUT.encode())
        taking.result()
        wait_until(ended.is_set)
        worker.stop()
    assert events(out, "slot_taken") == ["slot_taken"]
