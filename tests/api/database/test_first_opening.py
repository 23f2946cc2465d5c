"""A file that another process uses at the moment in which it gets its log."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from api.database import DatabaseRefused, database_at
from api.database import sqlite as module


def test_a_new_file_that_another_process_writes_is_opened_when_that_ends(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite"
    opened = threading.Event()

    def open_it() -> None:
        database_at(f"sqlite:///{path}").close()
        opened.set()

    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        opening = threading.Thread(target=open_it)
        opening.start()
        assert not opened.wait(0.2)
        other.execute("COMMIT")
        opening.join(module.BUSY_TIMEOUT_S)
    assert opened.is_set()


def test_one_that_stays_in_use_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUSY_TIMEOUT_S", 0.1)
    path = tmp_path / "new.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseRefused, match=r"new\.sqlite: database is locked"):
            database_at(f"sqlite:///{path}")
