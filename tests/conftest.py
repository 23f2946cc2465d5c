"""What every test may ask for: an empty database, the café programme, and a world to act in."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.database import Database
from api.migrate import migrate
from gamification.programme.check import load_programme
from gamification.programme.values import Programme
from tests.world import World

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def programme() -> Programme:
    return load_programme(ROOT / "gamification/programmes/cafe.toml")


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("database") / "empty.sqlite"
    database = Database(f"sqlite:///{path}")
    migrate(database.engine)
    database.close()
    return path


@pytest.fixture
def database(migrated_file: Path, tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "regulars.sqlite"
    shutil.copy(migrated_file, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def world(database: Database, programme: Programme) -> World:
    return World(database, programme)
