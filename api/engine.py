"""The engine of jobs: DBOS, on tables of its own in the application's database.

Nothing else imports DBOS. It is one per process, and so is `Engine` while it runs.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy
from dbos import DBOS, DBOSClient

from api.database import DatabaseRefused, sqlite_path
from api.database.postgresql import CONNECT, first_line, psycopg_url, shown_url
from api.database.sqlite import BUSY_TIMEOUT_S
from api.slots import Slot
from notifications.courier import STEP_MAX

NAME = "regulars"
QUEUE = "nudges"
JOB = "deliver_nudges"

VERSION = "1"
"""Raised only when jobs written by an older version can't be run: those then lie untouched."""

JOBS_AT_ONCE = 4
"""Each sends one step of pushes at a time; more would only wait for the network's one core."""

POLL_EVERY_S = 0.2
"""How soon a job starts after its commit; a poll that finds nothing is one read."""

START_S_MAX = 20.0
"""Until then nothing is answered; its tables are made in a second or two."""

RECOVERIES_MAX = 100
"""Crashes that one job survives before it is set aside."""

CONNECTIONS = 5
"""Of the engine's own pool on PostgreSQL, and as many more for a moment; its jobs are few."""

RESCUE_AFTER_S = 10.0
"""A slot that nobody held for so long has no process any more; one that lost its connection has."""

DELETED_AT_ONCE = 200
"""Finished jobs deleted in one transaction, to keep it short."""

_FINISHED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]

_one_per_process = threading.Lock()


class Engine:
    """Runs jobs that were written in the application's own transactions.

    `deliver` is called in a thread with at most `STEP_MAX` ids, and once more with the same ids if
    the process died before it returned. The jobs that a crash left under this slot are taken up
    at the start; those of other slots by `rescue`.
    """

    def __init__(self, url: str, *, deliver: Callable[[Sequence[str]], None], slot: Slot) -> None:
        self._deliver = deliver
        self._slot = slot
        self._url = url
        self._deserted_since_s: dict[str, float] = {}
        self._counting = threading.Lock()
        self._in_flight = 0

    def start(self) -> None:
        """Make or upgrade the engine's tables, take up what a crash left, and wait for jobs.

        Raises DatabaseRefused when the database does not let it within `START_S_MAX`, and
        RuntimeError while another engine of this process runs.
        """
        if not _one_per_process.acquire(blocking=False):
            raise RuntimeError("an engine runs in this process already")
        self._engine = _open_engine(self._url)
        launched: Future[None] = Future()
        # DBOS tries again for ever what it takes for a passing trouble; its thread is left to that.
        threading.Thread(target=self._launch, args=(launched,), name="engine", daemon=True).start()
        try:
            with _refusing(self._url):
                launched.result(START_S_MAX)
        except BaseException:
            self._leave(deadline_s=0)
            raise
        finally:
            logging.getLogger("dbos").disabled = False

    def _launch(self, launched: "Future[None]") -> None:
        try:
            # Its connections come from the pool: with too few of them DBOS would start by half.
            with ExitStack() as stack:
                for _ in range(CONNECTIONS):
                    stack.enter_context(self._engine.connect())
            _quieten()
            DBOS(
                config={
                    "name": NAME,
                    "system_database_engine": self._engine,
                    "application_version": VERSION,
                    "executor_id": self._slot.executor_id,
                    "log_level": "WARNING",
                    "enable_otlp": False,
                    # Nothing here waits for its messages; stopping waits for one round of it.
                    "notification_listener_polling_interval_sec": POLL_EVERY_S,
                }
            )
            DBOS.workflow(name=JOB, max_recovery_attempts=RECOVERIES_MAX)(self._job())
            DBOS.launch()
            DBOS.register_queue(
                QUEUE, worker_concurrency=JOBS_AT_ONCE, polling_interval_sec=POLL_EVERY_S
            )
            self._client = DBOSClient(system_database_engine=self._engine, application_name=NAME)
        except BaseException as error:  # noqa: BLE001 -- raised again where it is waited for
            launched.set_exception(error)
        else:
            launched.set_result(None)

    def enqueue(
        self, connection: sqlalchemy.Connection, job_id: str, nudge_ids: Sequence[str]
    ) -> None:
        """Write a job in the transaction that is open on `connection`; it runs after the commit.

        A job id that was used before is not run again.
        """
        self._client.enqueue_in_transaction(
            connection,
            {"queue_name": QUEUE, "workflow_name": JOB, "workflow_id": job_id},
            list(nudge_ids),
        )

    def rescue(self, *, at_s: float) -> list[str]:
        """Take up the jobs of slots that nobody has held for a while; the slots' names.

        `at_s` is a time that only goes forward. Of several that look, each takes up the same jobs
        only once: what runs again is queued first, and a queue hands a job to one.
        """
        pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        deserted = {
            name
            for name in {job.executor_id for job in pending}
            if name and self._slot.has_nobody(name)
        }
        since = {name: self._deserted_since_s.get(name, at_s) for name in deserted}
        self._deserted_since_s = since
        overdue = sorted(name for name, began in since.items() if at_s - began >= RESCUE_AFTER_S)
        if overdue:
            DBOS._recover_pending_workflows(overdue)  # noqa: SLF001 -- DBOS has no public name for it
        return overdue

    def delete_finished(self, *, before: datetime) -> int:
        """Delete what is kept of jobs that ended before a moment of the machine's clock."""
        deleted = 0
        while True:
            finished = DBOS.list_workflows(
                status=_FINISHED,
                completed_before=before.isoformat(),
                limit=DELETED_AT_ONCE,
                load_input=False,
                load_output=False,
            )
            if not finished:
                return deleted
            DBOS.delete_workflows([job.workflow_id for job in finished])
            deleted += len(finished)

    def stop(self, *, deadline_s: int) -> None:
        """Take no more jobs, and give those that run until the deadline to end.

        One that does not end in time is taken up at the next start.
        """
        self._client.destroy()
        # Its wait is in whole seconds, so it is asked for only when there is something to await.
        self._leave(deadline_s=deadline_s if self._in_flight else 0)

    def _leave(self, *, deadline_s: int) -> None:
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=deadline_s)
        # What a thread of DBOS has still in hand it gives back to a pool that nobody empties.
        sqlalchemy.event.listen(self._engine, "checkin", _close)
        self._engine.dispose()
        _one_per_process.release()

    def _job(self) -> Callable[[list[str]], None]:
        def deliver_nudges(nudge_ids: list[str]) -> None:
            """Deliver in small steps, each recorded when it is done."""
            with self._counting:
                self._in_flight += 1
            try:
                for start in range(0, len(nudge_ids), STEP_MAX):
                    part = nudge_ids[start : start + STEP_MAX]
                    DBOS.run_step({"name": "deliver"}, self._deliver, part)
            finally:
                with self._counting:
                    self._in_flight -= 1

        # A function, since DBOS writes attributes on it, which a method does not take.
        return deliver_nudges


def _open_engine(url: str) -> sqlalchemy.Engine:
    """Open an engine apart from the application's, on whose hand-made BEGIN DBOS cannot start."""
    if sqlite_path(url) is None:
        return sqlalchemy.create_engine(
            psycopg_url(url),
            pool_size=CONNECTIONS,
            max_overflow=CONNECTIONS,
            pool_pre_ping=True,  # the server may have been restarted meanwhile
            connect_args=CONNECT,
        )
    engine = sqlalchemy.create_engine(url, connect_args={"check_same_thread": False})

    @sqlalchemy.event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in (
            f"busy_timeout = {BUSY_TIMEOUT_S * 1000}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine


@contextmanager
def _refusing(url: str) -> Iterator[None]:
    """Tell in one line what keeps an engine from starting."""
    name = sqlite_path(url) or shown_url(url)
    try:
        yield
    except sqlalchemy.exc.DBAPIError as error:
        why = first_line(error.orig)
        raise DatabaseRefused(f"{name}: the engine of jobs cannot start: {why}") from error
    except TimeoutError as error:
        raise DatabaseRefused(
            f"{name}: the engine of jobs did not start within {START_S_MAX:g} s"
        ) from error


def _close(connection: Any, _record: object) -> None:
    if connection is not None:  # it was lost, and let go already
        connection.close()


def _quieten() -> None:
    """Keep DBOS from writing to the console by itself, which it does when it finds no handler.

    Until it has started it says nothing at all: what keeps it from that is raised.
    """
    log = logging.getLogger("dbos")
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    log.disabled = True
