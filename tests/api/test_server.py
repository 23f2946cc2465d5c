from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.database import Database, DatabaseBusy
from api.demo.cast import NamedMember
from api.demo.edge import lead_to_the_edge
from api.server import StartRefused, production_sender
from api.settings import load_settings
from tests.databases import only_sqlite
from tests.world import World


@pytest.mark.parametrize("content", ["root:x:0:0", "[]", '{"type": "authorized_user"}'])
def test_a_file_that_is_no_service_account_is_told_in_a_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "account.json"
    path.write_text(content, encoding="utf-8")
    settings = load_settings(env="test", data_dir=tmp_path, firebase_credentials=path)
    with pytest.raises(StartRefused, match="is no service account's file"):
        production_sender(settings)


@only_sqlite  # it damages the file
def test_a_damaged_database_is_told_as_one_that_cannot_be_used_now(database: Database) -> None:
    database.read_now(lambda connection: connection.driver.execute("SELECT 1"))
    path = Path(database.url.removeprefix("sqlite:///"))
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * (path.stat().st_size - 100))
    with pytest.raises(DatabaseBusy):
        database.read_now(
            lambda connection: connection.driver.execute("SELECT * FROM store").fetchall()
        )


def test_who_can_afford_everything_is_not_sent_shopping_at_every_start(world: World) -> None:
    member = world.enrol("Zofia", subject="zofia")
    for _ in range(10):
        world.buy(member, "500.00")
    named = NamedMember(subject="zofia", name="Zofia", locale="pl", time_zone="Europe/Warsaw")
    before = len(world.rows("SELECT id FROM activity"))
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert lead_to_the_edge(world.database, world.programme, named, now=now) == member
    assert len(world.rows("SELECT id FROM activity")) == before
