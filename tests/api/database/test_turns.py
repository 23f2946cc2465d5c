"""Turns among processes: who waits comes before who has just written, and nobody waits for ever."""

import asyncio
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from api.database import DatabaseBusy, database_at, sqlite_path
from api.database.sqlite import SqliteDatabase
from api.database.turns import SUFFIXES, Turns
from tests.api.database.at_once import TOGETHER_S_MAX, adding, stores_of
from tests.journeys.story import wait_until

# Takes a turn whenever it is told to, and says so; ends it when it is told that.
OTHER_PROCESS = """
import sys
from pathlib import Path
from api.database.turns import Turns
turns = Turns(Path(sys.argv[1]), wait_s_max=60)
print("here", flush=True)
for _ in sys.stdin:
    with turns.taken():
        print("writes", flush=True)
        sys.stdin.readline()
"""
ROOT = Path(__file__).parents[3]
SHORT_S = 0.1
TIMES = 20


class Other:
    """Another process that takes turns."""

    def __init__(self, path: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603 -- this interpreter
            [sys.executable, "-c", OTHER_PROCESS, str(path)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._hear("here")

    def ask(self) -> None:
        """Let it ask for a turn."""
        self._say()

    def has_it(self) -> None:
        """Wait until it has its turn."""
        self._hear("writes")

    def end(self) -> None:
        """Let it end its turn, or the next as soon as it comes."""
        self._say()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _say(self) -> None:
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def _hear(self, word: str) -> None:
        assert self._process.stdout
        assert self._process.stdout.readline() == f"{word}\n"


@pytest.fixture
def path(sqlite_url: str) -> Path:
    found = sqlite_path(sqlite_url)
    assert found is not None
    return found


@pytest.fixture
def other(path: Path) -> Iterator[Other]:
    other = Other(path)
    yield other
    other.kill()


@pytest.fixture
def database(sqlite_url: str) -> Iterator[SqliteDatabase]:
    """One whose writes do not wait long for their turn."""
    database = SqliteDatabase(sqlite_url, turn_s_max=SHORT_S)
    yield database
    database.close()


def is_waited_for(path: Path) -> bool:
    """Whether somebody waits for the end of a turn."""
    handle = os.open(path.with_name(path.name + ".next"), os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def take_one(path: Path, *, wait_s_max: float = TOGETHER_S_MAX) -> str:
    """Take a turn as another program would."""
    with closing(Turns(path, wait_s_max=wait_s_max)) as turns, turns.taken():
        return "taken"


def test_who_waits_comes_before_who_has_just_written(path: Path, other: Other) -> None:
    with closing(Turns(path, wait_s_max=TOGETHER_S_MAX)) as turns:
        for _ in range(TIMES):
            with turns.taken():
                other.ask()
                wait_until(lambda: is_waited_for(path))
                other.end()
            with turns.taken():  # it had its turn meanwhile, or it still stands in the line
                assert not is_waited_for(path)
            other.has_it()


def test_a_process_that_dies_gives_its_turn_up(path: Path, other: Other) -> None:
    other.ask()
    other.has_it()
    with ThreadPoolExecutor(1) as threads:
        taken = threads.submit(take_one, path)
        wait_until(lambda: is_waited_for(path))
        assert not taken.done()
        other.kill()
        assert taken.result(TOGETHER_S_MAX) == "taken"


def test_a_write_whose_turn_does_not_come_is_told_to_come_again(
    database: SqliteDatabase, other: Other
) -> None:
    other.ask()
    other.has_it()
    for _ in range(3):  # the second and third ask from the place that the first has in the line
        with pytest.raises(DatabaseBusy, match=r"another process has written for 0\.1 s"):
            database.write_now(adding("ours"))
    assert stores_of(database) == []
    other.end()
    # What comes when nobody wants it any more is passed on.
    assert take_one(Path(database.name)) == "taken"
    assert database.write_now(adding("ours")) == "ours"


def test_writes_that_wait_together_wait_for_one_turn(
    database: SqliteDatabase, other: Other
) -> None:
    other.ask()
    other.has_it()

    async def write() -> list[object]:
        writes = (database.write(adding(name)) for name in ("one", "two", "three"))
        return await asyncio.gather(*writes, return_exceptions=True)

    told = asyncio.run(write())
    assert [type(each) for each in told] == [DatabaseBusy] * 3
    assert told[1] is told[2]  # the first may have gone before the others came
    assert stores_of(database) == []


def test_a_closed_database_passes_on_the_turn_that_it_waited_for(
    sqlite_url: str, path: Path, other: Other
) -> None:
    other.ask()
    other.has_it()
    database = SqliteDatabase(sqlite_url, turn_s_max=SHORT_S)
    with pytest.raises(DatabaseBusy):
        database.write_now(adding("ours"))
    database.close()
    with pytest.raises(DatabaseBusy):
        take_one(path, wait_s_max=SHORT_S)
    other.end()
    assert take_one(path) == "taken"


def test_a_write_takes_its_turn_and_ends_it_even_when_it_fails(
    database: SqliteDatabase, path: Path
) -> None:
    def fails(_runner: object) -> None:
        with pytest.raises(DatabaseBusy):
            take_one(path, wait_s_max=SHORT_S)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        database.write_now(fails)
    assert take_one(path) == "taken"


def test_the_files_are_empty_and_for_those_who_may_open_the_database(
    sqlite_url: str, path: Path
) -> None:
    path.chmod(0o640)
    with closing(database_at(sqlite_url)) as database:
        assert stores_of(database) == []
        assert [path.with_name(path.name + each).exists() for each in SUFFIXES] == [False, False]
        database.write_now(adding("ours"))
    for suffix in SUFFIXES:
        status = path.with_name(path.name + suffix).stat()
        assert (status.st_size, status.st_blocks, status.st_mode & 0o777) == (0, 0, 0o640)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_where_the_files_cannot_be_made_writes_go_on_without_turns(
    database: SqliteDatabase, path: Path, suffix: str
) -> None:
    in_the_way = path.with_name(path.name + suffix)
    in_the_way.mkdir()
    assert database.write_now(adding("ours")) == "ours"
    in_the_way.rmdir()
    assert database.write_now(adding("another")) == "another"
    assert in_the_way.is_file()
