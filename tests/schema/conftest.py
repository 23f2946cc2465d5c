"""What tests of the contract ask for: worlds of either sample programme."""

from collections.abc import Callable

import pytest

from api.database import Database
from gamification.programme.values import Programme
from tests.world import World


@pytest.fixture
def worlds(database: Database, programme: Programme, market: Programme) -> Callable[[str], World]:
    """A world in which one of the sample programmes is played."""
    programmes = {"cafe": programme, "market": market}
    return lambda name: World(database, programmes[name])
