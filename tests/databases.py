"""For tests that are about one of the databases alone; all others run on both."""

import pytest

BOTH = ("sqlite", "postgresql")


def only(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("database_url", [name], indirect=True)


only_sqlite = only("sqlite")
only_postgresql = only("postgresql")
