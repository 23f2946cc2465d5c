"""A database before its first migration."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgresql
from tests.databases import BOTH


@pytest.fixture(params=BOTH)
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database of this test's own, with no table in it."""
    if request.param == "sqlite":
        folder = tmp_path / "new"
        folder.mkdir()
        yield f"sqlite:///{folder / 'regulars.sqlite'}"
        return
    postgresql.demand_or_skip()
    with postgresql.new_database(f"regulars_test_{os.getpid()}_new") as url:
        yield url
