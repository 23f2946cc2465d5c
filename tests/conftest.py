"""What every test may ask for: an empty database, the café programme, and a world to act in."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.database import Database, database_at
from api.migrate import migrate
from gamification.programme.check import load_programme
from gamification.programme.values import Programme
from tests import postgresql
from tests.databases import BOTH
from tests.drills.drill import TOLD
from tests.world import World

ROOT = Path(__file__).parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rounds", choices=("short", "long"), default="short", help="of a drill")
    parser.addoption("--seed", type=int, help="of a drill that is to be seen again")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say aloud what was left out, where a skip is easily overlooked, and what drills saw."""
    if reason := postgresql.why_not():
        terminalreporter.write_line(reason, red=True, bold=True)
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, line in report.user_properties:
                if name == TOLD and report.when == "call":
                    terminalreporter.write_line(f"{report.nodeid}: {line}")


@pytest.fixture(scope="session")
def programme() -> Programme:
    """The café's, without members who are held out: who that is depends on ids."""
    return load_programme(ROOT / "gamification/programmes/cafe.toml").telling_everybody()


@pytest.fixture(scope="session")
def market() -> Programme:
    """The sample with every way to earn."""
    return load_programme(ROOT / "gamification/programmes/market.toml")


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("database") / "empty.sqlite"
    database = database_at(f"sqlite:///{path}")
    migrate(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def migrated_url() -> Iterator[str]:
    """A database on PostgreSQL, of this process of pytest; `empty` it before use."""
    postgresql.demand_or_skip()
    with postgresql.new_database(f"regulars_test_{os.getpid()}") as url:
        database = database_at(url)
        migrate(database)
        database.close()
        yield url


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """A migrated SQLite file of this test's own."""
    path = tmp_path / "regulars.sqlite"
    shutil.copy(migrated_file, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated, empty database. A test of one alone says so by a mark of `tests.databases`."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite_url"))
    url = str(request.getfixturevalue("migrated_url"))
    postgresql.empty(url)
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = database_at(database_url)
    yield database
    database.close()


@pytest.fixture
def market_world(database: Database, market: Programme) -> World:
    """A world in which the sample with every way to earn is played."""
    return World(database, market)


@pytest.fixture
def world(database: Database, programme: Programme) -> World:
    return World(database, programme)
