"""Jobs that a worker began and never finished: another one takes them up."""

import threading
from collections.abc import Sequence
from contextlib import ExitStack

from sqlalchemy import text

from api.database import Database
from api.engine import RESCUE_AFTER_S, VERSION, Engine
from api.runner import Runner
from api.slots import engine_slot
from tests.databases import only_postgresql
from tests.journeys.story import wait_until

# As a job stands that the queue handed to a slot.
BEGUN = text(
    "UPDATE dbos.workflow_status"
    " SET status = 'PENDING', executor_id = :slot, application_version = :version"
)


@only_postgresql
def test_a_job_begun_in_a_slot_that_nobody_holds_any_more_is_run_by_another_engine(
    database: Database,
) -> None:
    delivered: list[Sequence[str]] = []
    is_delivered = threading.Event()

    def deliver(nudge_ids: Sequence[str]) -> None:
        delivered.append(nudge_ids)
        is_delivered.set()

    with engine_slot(database.url) as slot, ExitStack() as held:
        other = held.enter_context(engine_slot(database.url)).executor_id
        engine = Engine(database.url, deliver=deliver, slot=slot)
        engine.start()
        try:

            def begin(connection: Runner) -> None:
                engine.enqueue(connection.sqlalchemy, "the-job", ["a-nudge"])
                connection.sqlalchemy.execute(BEGUN, {"slot": other, "version": VERSION})

            database.write_now(begin)
            # As long as somebody holds the slot, however late it is, the job is theirs.
            assert [engine.rescue(at_s=at_s) for at_s in (0, 2 * RESCUE_AFTER_S)] == [[], []]
            held.close()
            wait_until(lambda: slot.has_nobody(other))
            gone_at_s = 3 * RESCUE_AFTER_S
            for waited_s in (0, RESCUE_AFTER_S - 1):
                assert engine.rescue(at_s=gone_at_s + waited_s) == []
            assert not is_delivered.is_set()
            assert engine.rescue(at_s=gone_at_s + RESCUE_AFTER_S) == [other]
            wait_until(is_delivered.is_set)
            wait_until(lambda: engine._in_flight == 0)  # noqa: SLF001 -- where its jobs are counted
            assert engine.rescue(at_s=gone_at_s + 2 * RESCUE_AFTER_S) == []
        finally:
            engine.stop(deadline_s=5)
    assert delivered == [["a-nudge"]]
