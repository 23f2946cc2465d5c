"""The worker: plans and delivers nudges, and sweeps up what time has ended.

It has a thread and an event loop of its own, so that sending never waits behind requests, and a
sender's connections stay on one loop. Its writes go through `Database.write` like any other's.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, Protocol

from structlog.typing import FilteringBoundLogger

from api import ids
from api.clock import Clock, SystemClock
from api.database import Database
from api.engine import Engine
from api.runner import Runner
from api.slots import Holding, Slot
from api.sweeps import Sweeps
from gamification.effects.occasion import Occasion
from gamification.programme.values import Programme
from gamification.staff.rules import Actor, Role
from notifications import courier, planner
from notifications.sender import OutcomeKind, Sender

LOOK_EVERY_S = 0.3
"""How soon after a purchase its nudge is planned; a look that finds nothing is two reads."""

ROUNDS_EACH_LOOK_MAX = 20
"""Steps of planning at one look: a sweep marks everybody, who would wait for 0.3 s a step."""

SWEEP_EVERY_S = 60.0
"""How late an expiry may be booked; what has run out is not spent meanwhile."""

CLEAN_EVERY_S = 3600.0
"""Often enough that a process restarted every night still gets to it; mostly there is nothing."""

WATCH_EVERY_S = 1.0
"""How long two processes may work in one slot at the most, after the first one's connection was
cut; how soon a dead worker's jobs are looked at."""

JOBS_KEPT = timedelta(days=7)
"""Finished jobs are kept so long, for whoever asks why a push came or did not."""

STOP_S_MAX = 10
"""What a send in flight gets to finish; one that meets an overloaded service takes 7 s."""

START_S_MAX = 30.0
"""A loop that does not come up within it is a fault of the machine."""

ACTOR = Actor(principal="worker", role=Role.SYSTEM)


class OwnedSender(Sender, Protocol):
    """A sender that the worker closes, on the loop that it was used on."""

    async def close(self) -> None:
        """Close the connections."""
        ...


class Worker:
    """Starts once and stops once; a process may have one after another. It owns its sender."""

    def __init__(
        self,
        *,
        database: Database,
        programme: Programme,
        sender: OwnedSender,
        clock: Clock,
        log: FilteringBoundLogger,
        slot: Slot,
        new_id: Callable[[], str] = ids.new_id,
    ) -> None:
        self._database = database
        self._programme = programme
        self._sender = sender
        self._clock = clock
        self._log = log
        self._new_id = new_id
        self._slot = slot
        self._engine = Engine(database.url, deliver=self._deliver, slot=slot)
        self._stopping = asyncio.Event()
        self._holding = asyncio.Event()  # set while the slot is ours for sure
        self._holding.set()
        self._loops: list[asyncio.Task[None]] = []
        self._is_running = False
        self._sweeps = Sweeps(
            database=database,
            occasion=self._occasion,
            is_stopping=self._stopping.is_set,
            log=log,
        )
        self.lost_slot = False  # to another process, for which this one ends

    def start(self) -> None:
        """Begin; jobs that a crash left behind are taken up. Raises when the engine cannot."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="worker", daemon=True)
        self._thread.start()
        try:
            self._engine.start()
        except BaseException:
            self._end_loop()
            raise
        self._on_loop(self._begin(), timeout_s=START_S_MAX)
        self._is_running = True

    def stop(self) -> None:
        """End the loops, then give the sends in flight `STOP_S_MAX`. Twice does no harm."""
        if not self._is_running:
            return
        self._is_running = False
        self._on_loop(self._end(), timeout_s=None)
        self._engine.stop(deadline_s=STOP_S_MAX)
        self._on_loop(self._close(), timeout_s=None)
        self._end_loop()

    def _end_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def is_ready(self) -> bool:
        """Whether it was started, and all its loops run."""
        return self._is_running and not any(loop.done() for loop in self._loops)

    def _on_loop(self, work: Coroutine[Any, Any, None], *, timeout_s: float | None) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout_s)

    async def _begin(self) -> None:
        self._loops = [
            asyncio.create_task(self._every(seconds, work), name=work.__name__)
            for seconds, work in (
                (LOOK_EVERY_S, self._plan_and_dispatch),
                *((SWEEP_EVERY_S, sweep) for sweep in self._sweeps.all()),
                (CLEAN_EVERY_S, self._clean),
                (WATCH_EVERY_S, self._watch),
            )
        ]

    async def _end(self) -> None:
        self._stopping.set()
        await asyncio.gather(*self._loops)

    async def _close(self) -> None:
        await self._sender.close()
        # Sends that outlived the deadline; the engine's thread that waits for one is let go.
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self._loop.shutdown_default_executor()

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while not self._stopping.is_set():
            try:
                await work()
            except Exception:  # noqa: BLE001 -- whatever it was, the next round may succeed
                self._log.error("worker_round_failed", reason=work.__name__, exc_info=True)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _plan_and_dispatch(self) -> None:
        # So many and no more: whom a till has locked right now is left for the next look.
        for _ in range(ROUNDS_EACH_LOOK_MAX):
            if not self._holding.is_set() or not await self._database.read(self._has_work):
                return
            if self._stopping.is_set():
                return
            await self._database.write(self._plan)
            await self._database.write(self._dispatch)

    def _has_work(self, connection: Runner) -> bool:
        return planner.has_work(connection, now=self._clock.now())

    def _plan(self, connection: Runner) -> None:
        planner.plan(
            connection, programme=self._programme, now=self._clock.now(), new_id=self._new_id
        )

    def _dispatch(self, connection: Runner) -> None:
        planner.dispatch(connection, now=self._clock.now(), enqueue=self._enqueue)

    def _enqueue(self, connection: Runner, job_id: str, nudge_ids: list[str]) -> None:
        self._engine.enqueue(connection.sqlalchemy, job_id, nudge_ids)

    def _deliver(self, nudge_ids: Sequence[str]) -> None:
        """Deliver on the worker's loop; called in a thread of the engine's."""
        self._on_loop(self._deliver_step(nudge_ids), timeout_s=None)

    async def _deliver_step(self, nudge_ids: Sequence[str]) -> None:
        # In a lost slot it waits until the slot is back, or the process ends: its next holder
        # takes the job up.
        await self._holding.wait()
        try:
            outcomes = await courier.deliver(
                nudge_ids,
                write=self._database.write,
                sender=self._sender,
                programme=self._programme,
                now=self._clock.now,
            )
        except Exception:  # noqa: BLE001 -- the job's other steps go on; the planner takes these up
            self._log.error("deliver_failed", count=len(nudge_ids), exc_info=True)
            return
        stopped = [each for each in outcomes if each.kind is OutcomeKind.LANE_STOPPED]
        if stopped:
            # The service refuses our credentials: nothing goes out until a person mends them.
            reason = stopped[0].detail
            self._log.error("lane_stopped", lane="push", count=len(stopped), reason=reason)

    def _occasion(self) -> Occasion:
        return Occasion(
            programme=self._programme,
            actor=ACTOR,
            now=self._clock.now(),
            new_id=self._new_id,
            new_code=ids.voucher_code,
        )

    async def _watch(self) -> None:
        """Keep the slot, and look after those that died with theirs."""
        holding = await asyncio.to_thread(self._slot.holds)
        if holding is not Holding.HELD:
            was_held = self._holding.is_set()
            self._holding.clear()
            if holding is Holding.UNKNOWN:
                if was_held:  # else it was said before
                    self._log.warning("slot_lost", slot=self._slot.executor_id)
            elif not self._stopping.is_set():
                # Another process runs the jobs of its name now: this one ends.
                self._log.error("slot_taken", slot=self._slot.executor_id)
                self.lost_slot = True
                self._stopping.set()
                os.kill(os.getpid(), signal.SIGTERM)
            return
        self._holding.set()
        if rescued := await asyncio.to_thread(self._engine.rescue, at_s=self._loop.time()):
            self._log.warning("jobs_rescued", slot=", ".join(rescued))

    async def _clean(self) -> None:
        # The engine writes its times by the machine's clock, which is not always ours.
        before = SystemClock().now() - JOBS_KEPT
        await asyncio.to_thread(self._engine.delete_finished, before=before)
