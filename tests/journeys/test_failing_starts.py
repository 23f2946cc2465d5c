"""What keeps a server from starting, and what becomes of one whose processes die."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy

from api.database import sqlite_path
from api.database.postgresql import shown_url
from api.processes import EARLY_DEATHS_MAX
from tests import postgresql
from tests.databases import only_postgresql, only_sqlite
from tests.journeys.command import START_S_MAX, STOP_S_MAX, fails, running, service_account, stop
from tests.journeys.story import get, wait_until

# Root without this capability minds a file's mode, as everyone else does.
MINDING_MODES = ("setpriv", "--bounding-set=-dac_override") if os.geteuid() == 0 else ()
VERBS = (("serve",), ("serve", "--workers", "2"), ("work",))

each_verb = pytest.mark.parametrize("words", VERBS, ids=" ".join)
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")


@contextmanager
def read_only(url: str) -> Iterator[None]:
    """Nobody may write to the database until the block ends."""
    path = sqlite_path(url)
    if path is not None:
        path.chmod(0o444)
        yield
        return
    name = sqlalchemy.make_url(url).database
    with psycopg.connect(postgresql.ADDRESS, autocommit=True) as connection:
        setting = f"ALTER DATABASE {name} SET default_transaction_read_only"
        connection.execute(f"{setting} = on".encode())
        try:
            yield
        finally:
            connection.execute(
                f"ALTER DATABASE {name} RESET default_transaction_read_only".encode()
            )


def settings(folder: Path, url: str) -> dict[str, str]:
    return {
        "REGULARS_FIREBASE_CREDENTIALS": str(service_account(folder)),
        "REGULARS_DATABASE_URL": url,
    }


def shown(url: str) -> str:
    return str(sqlite_path(url) or shown_url(url))


def processes_of(parent: int) -> list[int]:
    """The serving processes that a process has started."""
    children = Path(f"/proc/{parent}/task/{parent}/children")
    found = [int(child) for child in children.read_text("utf-8").split()]
    return [pid for pid in found if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@each_verb
def test_a_database_that_may_only_be_read_is_told_in_a_line(
    tmp_path: Path, database_url: str, words: tuple[str, ...]
) -> None:
    with read_only(database_url):
        line = fails(
            *words, folder=tmp_path, through=MINDING_MODES, **settings(tmp_path, database_url)
        )
    assert line.startswith(f"{shown(database_url)}: ")
    assert line.endswith(("attempt to write a readonly database", "in a read-only transaction"))


def test_what_may_only_be_read_is_served_by_who_does_no_work(
    tmp_path: Path, port: int, database_url: str
) -> None:
    with (
        read_only(database_url),
        running(
            *("serve", "--no-work"),
            port=port,
            folder=tmp_path,
            through=MINDING_MODES,
            **settings(tmp_path, database_url),
        ) as (url, process),
    ):
        assert get(f"{url}/ready").json() == {"database": True, "engine": True}
        stop(process)


@only_sqlite
def test_a_verb_that_may_not_write_names_the_database(tmp_path: Path, database_url: str) -> None:
    with read_only(database_url):
        line = fails(
            *("staff", "add", "--store", "centre", "--role", "clerk"),
            folder=tmp_path,
            through=MINDING_MODES,
            **settings(tmp_path, database_url),
        )
    assert line == f"{shown(database_url)}: attempt to write a readonly database"


@only_postgresql
def test_too_few_connections_for_the_engine_are_told_in_a_line(
    tmp_path: Path, database_url: str
) -> None:
    with postgresql.new_role(database_url, connections_max=3) as url:
        line = fails("serve", folder=tmp_path, **settings(tmp_path, url))
    assert line.startswith(f"{shown(url)}: the engine of jobs cannot start: ")
    assert "too many connections" in line


@linux_only
def test_of_two_processes_one_is_killed_and_the_port_answers_on(
    tmp_path: Path, port: int, database_url: str
) -> None:
    given = settings(tmp_path, database_url)
    with running("serve", "--workers", "2", port=port, folder=tmp_path, **given) as (url, process):
        wait_until(lambda: len(processes_of(process.pid)) == 2, within_s=START_S_MAX)
        first = processes_of(process.pid)
        os.kill(first[0], signal.SIGKILL)
        wait_until(
            lambda: len(set(processes_of(process.pid)) - {first[0]}) == 2, within_s=START_S_MAX
        )
        for _ in range(10):  # shared out among both; one that starts takes a moment to answer
            assert get(f"{url}/ready").status_code == 200
        last = processes_of(process.pid)
        out, err = stop(process)
    assert out.splitlines()[-1] == "Stopped; everything in flight was finished."
    (died,) = [line for line in err.splitlines() if "process_died" in line]
    assert '"process":0' in died or '"process":1' in died
    assert f'"exit_code":{-signal.SIGKILL}' in died
    assert [pid for pid in (*first, *last) if Path(f"/proc/{pid}").exists()] == []


@linux_only
def test_a_process_that_dies_at_every_start_is_given_up(
    tmp_path: Path, port: int, database_url: str
) -> None:
    given = settings(tmp_path, database_url)
    with running("serve", "--workers", "2", port=port, folder=tmp_path, **given) as (_, process):
        wait_until(lambda: len(processes_of(process.pid)) == 2, within_s=START_S_MAX)
        victim, *others = sorted(processes_of(process.pid))
        for deaths in range(1, EARLY_DEATHS_MAX + 1):
            os.kill(victim, signal.SIGKILL)
            if deaths < EARLY_DEATHS_MAX:
                known = {victim, *others}
                wait_until(lambda: bool(set(processes_of(process.pid)) - known))  # noqa: B023 -- awaited here
                (victim,) = set(processes_of(process.pid)) - known
        _, err = process.communicate(timeout=STOP_S_MAX)
        assert process.returncode == 1
    assert err.splitlines()[-1] == (
        f"process 0 died {EARLY_DEATHS_MAX} times in a row soon after its start, "
        f"at last with exit code {-signal.SIGKILL}"
    )
    assert [pid for pid in others if Path(f"/proc/{pid}").exists()] == []
