"""What every drill asks for: a database of each kind, a seed, and an installation on it."""

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from gamification.programme.check import load_programme
from gamification.programme.values import Programme
from tests.drills.cluster import Cluster, private_cluster
from tests.drills.databases import NAMES, DatabaseUnderTest
from tests.drills.drill import TOLD, Drill
from tests.drills.phones import Phones, phones_ringing
from tests.drills.shop import Shop

ROOT = Path(__file__).parents[2]
CAFE = ROOT / "gamification/programmes/cafe.toml"
ADDITIONS = ROOT / "tests/drills/additions.toml"


@pytest.fixture(scope="session")
def programme_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The café's programme with what drills add to it, and large adjustments by two managers."""
    begin = "[programme]\n"
    # Who is held out of messages depends on ids: here nobody is.
    cafe = re.sub(r"(?m)^hold_out = .*$", "hold_out = 0", CAFE.read_text("utf-8"))
    whole = cafe + ADDITIONS.read_text("utf-8")
    assert whole.count(begin) == 1
    path = tmp_path_factory.mktemp("programme") / "everything.toml"
    path.write_text(whole.replace(begin, f"{begin}second_look_above = 2000\n"), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def programme(programme_file: Path) -> Programme:
    return load_programme(programme_file)


@pytest.fixture
def drill(request: pytest.FixtureRequest) -> Drill:
    given = request.config.getoption("--seed")
    rounds = request.config.getoption("--rounds")
    seed = int.from_bytes(os.urandom(4)) if given is None else given
    node = shlex.quote(request.node.nodeid)
    told = len(request.node.user_properties)

    def say(line: str) -> None:
        request.node.user_properties[told:] = [(TOLD, line)]

    drill = Drill(
        seed=seed,
        is_long=rounds == "long",
        again=f"pytest -n 0 -m drill --rounds {rounds} --seed {seed} {node}",
        say=say,
    )
    drill.begin()
    return drill


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One for all drills that do not stop it: so it may write to the disk when it likes."""
    with private_cluster(settings={"fsync": "off"}) as cluster:
        yield cluster


@pytest.fixture(params=NAMES)
def database_under_test(request: pytest.FixtureRequest, tmp_path: Path) -> DatabaseUnderTest:
    name = request.param
    if name == "sqlite":
        return DatabaseUnderTest(name=name, url=f"sqlite:///{tmp_path / 'shop.sqlite'}")
    cluster: Cluster = request.getfixturevalue("cluster")
    url = cluster.create(f"drill_{os.urandom(4).hex()}")
    return DatabaseUnderTest(name=name, url=url, server_log=cluster.log)


@pytest.fixture
def phones(drill: Drill) -> Iterator[Phones]:
    with phones_ringing(drill.chance()) as phones:
        yield phones


@pytest.fixture
def shop(
    database_under_test: DatabaseUnderTest, phones: Phones, tmp_path: Path, programme_file: Path
) -> Iterator[Shop]:
    """An open shop on the database under test."""
    with Shop.opened(database_under_test, phones, tmp_path, programme_file) as shop:
        yield shop
