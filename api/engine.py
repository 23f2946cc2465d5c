"""The engine of jobs: DBOS, on tables of its own in the application's database.

Nothing else imports DBOS. It is one per process, and so is `Engine` while it runs.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from datetime import datetime

import sqlalchemy
from dbos import DBOS, DBOSClient

from api.database import BUSY_TIMEOUT_S
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

RECOVERIES_MAX = 100
"""Crashes that one job survives before it is set aside."""

DELETED_AT_ONCE = 200
"""Finished jobs deleted in one transaction, to keep it short."""

_FINISHED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]

_one_per_process = threading.Lock()


class Engine:
    """Runs jobs that were written in the application's own transactions.

    `deliver` is called in a thread with at most `STEP_MAX` ids, and once more with the same ids if
    the process died before it returned. `executor_id` must be the same when the process comes
    back, and no other's while it lives: two that share one would run each other's jobs.
    """

    def __init__(
        self, url: str, *, deliver: Callable[[Sequence[str]], None], executor_id: str
    ) -> None:
        self._deliver = deliver
        self._executor_id = executor_id
        self._url = url
        self._counting = threading.Lock()
        self._in_flight = 0

    def start(self) -> None:
        """Make or upgrade the engine's tables, take up what a crash left, and wait for jobs.

        Raises RuntimeError while another engine of this process runs.
        """
        if not _one_per_process.acquire(blocking=False):
            raise RuntimeError("an engine runs in this process already")
        self._engine = _open_engine(self._url)
        try:
            _quieten()
            DBOS(
                config={
                    "name": NAME,
                    "system_database_engine": self._engine,
                    "application_version": VERSION,
                    "executor_id": self._executor_id,
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
        except BaseException:
            self._leave(deadline_s=0)
            raise

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


def _quieten() -> None:
    """Keep DBOS from writing to the console by itself, which it does when it finds no handler."""
    log = logging.getLogger("dbos")
    if not log.handlers:
        log.addHandler(logging.NullHandler())
