"""Databases of the benchmark's own, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.bench.databases import Databases, own_databases
from tests import postgresql
from tests.databases import BOTH


@pytest.fixture(params=BOTH)
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Databases]:
    if request.param == "postgresql":
        postgresql.demand_or_skip()
    address = postgresql.ADDRESS if request.param == "postgresql" else None
    with own_databases(address, tmp_path) as found:
        yield found
