from pathlib import Path

import pytest

from api.database import DatabaseRefused
from api.lock import sole_user


def test_a_database_has_one_server_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "regulars.sqlite"
    with (
        sole_user(path),
        pytest.raises(DatabaseRefused, match="another server of ours"),
        sole_user(path),
    ):
        pass
    with sole_user(path):
        assert path.with_name("regulars.sqlite.lock").exists()
