"""An engine that cannot start says so, soon, and leaves room for the next."""

import threading

import pytest
from dbos import DBOS

from api import engine
from api.database import Database, DatabaseRefused
from api.engine import Engine
from api.slots import OnlySlot


def an_engine(database: Database) -> Engine:
    return Engine(database.url, deliver=lambda _: None, slot=OnlySlot())


def test_a_start_that_hangs_is_given_up_and_another_may_follow(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging, is_over = threading.Event(), threading.Event()

    def launch() -> None:
        is_over.wait()
        raise RuntimeError("over")

    monkeypatch.setattr(DBOS, "launch", lambda: (hanging.set(), launch()))
    monkeypatch.setattr(engine, "START_S_MAX", 0.5)
    with pytest.raises(DatabaseRefused) as refusal:
        an_engine(database).start()
    assert hanging.is_set()
    is_over.set()
    line = f"{database.name}: the engine of jobs did not start within 0.5 s"
    assert str(refusal.value) == line
    monkeypatch.undo()
    second = an_engine(database)
    second.start()
    second.stop(deadline_s=0)
