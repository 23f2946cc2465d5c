import asyncio
import threading
import time
from datetime import timedelta
from functools import partial

import pytest

from api import worker as workers
from api.clock import SystemClock
from api.loopback import serve_in_thread
from api.slots import OnlySlot
from api.worker import Worker
from notifications import planner
from notifications.courier import COLLAPSE_KEY
from notifications.fcm_standin import FcmStandIn
from notifications.firebase import FirebaseSender, stand_in_app
from tests.api.log_capture import captured_logs, lines_of, structured_log
from tests.movable_clock import MovableClock
from tests.notifications.nudging import (
    NEAR_COFFEE,
    RecordingSender,
    at,
    consent,
    device,
    devices,
    near_tier_and_coffee,
    nudges,
    only_nudge,
    willing_member,
)

WAIT_S_MAX = 20


class ClosableSender(RecordingSender):
    closed = False

    async def close(self):
        self.closed = True


@pytest.fixture(scope="module")
def fcm():
    fcm = FcmStandIn()
    with serve_in_thread(fcm) as url:
        fcm.url = url
        yield fcm


@pytest.fixture
def clock(world):
    return MovableClock(world.now)


@pytest.fixture
def start(world, clock):
    """Start a worker with a sender; it is stopped at the end."""
    started = []

    def start(sender):
        worker = Worker(
            database=world.database,
            programme=world.programme,
            sender=sender,
            clock=clock,
            log=structured_log(),
            slot=OnlySlot(),
        )
        worker.start()
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.stop()


@pytest.fixture
def received(fcm, start):
    """What phones get from a worker over the real client; oldest first."""
    fcm.received.clear()
    fcm.refused.clear()
    start(FirebaseSender(stand_in_app(fcm.url)))
    return fcm.received


def wait_until(condition):
    deadline = time.monotonic() + WAIT_S_MAX
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def is_settled(world, clock):
    """Nothing is new, nothing due, and nothing with the engine."""
    return not world.read(lambda c: planner.has_work(c, now=clock.now())) and not any(
        nudge.state == "queued" for nudge in nudges(world)
    )


def move(world, clock, moment):
    world.now = at(moment)
    clock.set(world.now)


def test_a_purchase_brings_one_push_in_polish_over_the_real_client(world, clock, received):
    ola = willing_member(world)
    world.buy(ola, NEAR_COFFEE, key="till-1")
    wait_until(lambda: len(received) == 1)
    wait_until(lambda: only_nudge(world).state == "sent")
    world.buy(ola, NEAR_COFFEE, key="till-1")
    world.buy(ola, "0.50")
    wait_until(lambda: is_settled(world, clock))
    (message,) = received
    assert message["token"] == "Ola"
    assert message["notification"] == {
        "title": "Już blisko: Dowolna kawa",
        "body": "Jeszcze 50 punktów i nagroda „Dowolna kawa” jest Twoja.",
    }
    assert message["data"]["nudge_id"] == only_nudge(world).id
    assert message["android"]["collapse_key"] == COLLAPSE_KEY


def test_everybody_who_waits_is_planned_for_in_one_look(world, start, monkeypatch):
    for name in ("Ola", "Jan", "Ewa"):
        world.buy(willing_member(world, name), NEAR_COFFEE)
    monkeypatch.setattr(workers, "LOOK_EVERY_S", 3600.0)
    monkeypatch.setattr(planner, "plan", partial(planner.plan, most=1))
    sender = ClosableSender()
    start(sender)
    wait_until(lambda: {push.address for push in sender.sent} == {"Ola", "Jan", "Ewa"})


def test_the_second_nudge_of_a_day_comes_when_the_clock_says_the_next_morning(
    world, clock, received
):
    ola = willing_member(world)
    near_tier_and_coffee(world, ola)
    wait_until(lambda: [nudge.state for nudge in nudges(world)] == ["sent", "suppressed"])
    world.buy(ola, "0.50")
    wait_until(lambda: [nudge.state for nudge in nudges(world)] == ["sent", "planned"])
    move(world, clock, "2026-03-03T07:59:59+00:00")
    wait_until(lambda: is_settled(world, clock))
    assert len(received) == 1
    move(world, clock, "2026-03-03T08:00:00+00:00")
    wait_until(lambda: len(received) == 2)
    assert [message["data"]["kind"] for message in received] == ["near_tier", "near_reward"]


def test_a_dead_device_is_dropped_and_the_living_one_gets_it(world, received, fcm):
    ola = world.enrol()
    consent(world, ola)
    device(world, ola, "unregistered-phone")
    device(world, ola, "living-phone")
    world.buy(ola, NEAR_COFFEE)
    wait_until(lambda: [nudge.state for nudge in nudges(world)] == ["sent"])
    assert [row.address for row in devices(world)] == ["living-phone"]
    assert [message["token"] for message in received] == ["living-phone"]
    assert list(fcm.refused) == ["UNREGISTERED"]


def test_in_the_night_a_push_is_held_until_nine_in_the_morning(world, clock, received):
    move(world, clock, "2026-03-02T20:30:00+00:00")
    world.buy(willing_member(world), NEAR_COFFEE)
    wait_until(lambda: len(nudges(world)) == 1)
    move(world, clock, "2026-03-03T07:59:00+00:00")
    wait_until(lambda: is_settled(world, clock))
    assert len(received) == 0
    move(world, clock, "2026-03-03T08:00:00+00:00")
    wait_until(lambda: len(received) == 1)


def test_without_consent_nothing_is_sent(world, clock, received):
    ola = world.enrol()
    device(world, ola)
    world.buy(ola, NEAR_COFFEE)
    wait_until(lambda: is_settled(world, clock))
    assert (only_nudge(world).state, only_nudge(world).reason) == ("suppressed", "no consent")
    assert len(received) == 0


def test_what_happened_while_no_worker_ran_is_made_up_for_by_the_next(world, start):
    first, second = ClosableSender(), ClosableSender()
    worker = start(first)
    assert worker.is_ready()
    worker.stop()
    assert not worker.is_ready()
    assert first.closed
    world.buy(willing_member(world), NEAR_COFFEE)
    start(second)
    wait_until(lambda: second.sent)
    assert first.sent == []


def test_stopping_waits_for_a_send_in_flight_and_its_record(world, start):
    is_sending, may_end = threading.Event(), threading.Event()

    class SlowSender(ClosableSender):
        async def send(self, pushes):
            is_sending.set()
            await asyncio.to_thread(may_end.wait, WAIT_S_MAX)
            return await super().send(pushes)

    worker = start(SlowSender())
    world.buy(willing_member(world), NEAR_COFFEE)
    assert is_sending.wait(WAIT_S_MAX)
    # Longer than a stop takes that waits for nothing.
    threading.Timer(1.0, may_end.set).start()
    worker.stop()
    assert only_nudge(world).state == "sent"


def test_two_workers_at_once_in_a_process_are_refused(start):
    start(ClosableSender())
    with pytest.raises(RuntimeError, match="already"):
        start(ClosableSender())


def test_a_round_that_fails_is_logged_and_the_next_one_goes_on(world, start, monkeypatch):
    # A write that fails among others is tried once more alone, so it has to fail twice.
    plan, faults = planner.plan, iter([ZeroDivisionError(), ZeroDivisionError()])

    def fail_first(*arguments, **named):
        for fault in faults:
            raise fault
        return plan(*arguments, **named)

    monkeypatch.setattr(planner, "plan", fail_first)
    sender = ClosableSender()
    world.buy(willing_member(world), NEAR_COFFEE)
    with captured_logs() as out:
        start(sender)
        wait_until(lambda: sender.sent)
    line = next(line for line in lines_of(out) if line["event"] == "worker_round_failed")
    assert (line["error"], line["reason"]) == ("ZeroDivisionError", "_plan_and_dispatch")


def test_a_sender_that_fails_costs_its_own_nudges_only_a_wait(world, clock, start):
    class FailingSender(ClosableSender):
        async def send(self, pushes):
            if not self.sent:
                self.sent += pushes
                raise ZeroDivisionError
            return await super().send(pushes)

    sender = FailingSender()
    world.buy(willing_member(world), NEAR_COFFEE)
    with captured_logs() as out:
        start(sender)
        wait_until(lambda: any(line["event"] == "deliver_failed" for line in lines_of(out)))
        clock.advance(planner.LEASE)
        wait_until(lambda: only_nudge(world).state == "sent")


def test_what_has_run_out_is_swept_up(world, clock, start):
    ola = world.enrol()
    world.buy(ola, "82.00")
    world.redeem(ola, "coffee")
    clock.advance(timedelta(days=31))
    start(ClosableSender())
    wait_until(lambda: world.balances(ola)["pending"] == 0)
    assert world.balances(ola)["available"] >= 900


def test_occasions_come_by_themselves(world, market, clock, start):
    world.programme = market
    ola = world.enrol("Ola", birthday=clock.now().date())
    ewa = world.enrol("Ewa", referred_by=ola.number)
    for _ in range(2):
        world.buy(ewa, "5.00")
    start(ClosableSender())
    wanted = ["brought_a_friend", "birthday"]
    recorded = "SELECT kind FROM activity WHERE kind IN ('birthday', 'brought_a_friend')"
    wait_until(lambda: sorted(world.rows(recorded)) == sorted(wanted))


def test_finished_jobs_are_deleted_once_they_are_old(world, start):
    sender = ClosableSender()
    worker = start(sender)
    world.buy(willing_member(world), NEAR_COFFEE)
    wait_until(lambda: sender.sent)
    now = SystemClock().now()
    engine = worker._engine  # noqa: SLF001 -- what it keeps is its own
    assert engine.delete_finished(before=now - timedelta(days=7)) == 0
    wait_until(lambda: engine.delete_finished(before=now + timedelta(days=1)) == 1)
