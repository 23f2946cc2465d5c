"""`regulars segments`: who is in which, counted and listed."""

import csv
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.clock import SystemClock
from api.commands.segments import HEADER
from api.database import database_at
from api.erasure import erase
from api.files import FileRefused
from api.server import StartRefused
from gamification.members.rules import grouped_number
from gamification.programme.values import Programme
from gamification.reads import segments
from gamification.reads.segments import everybody_placed
from tests.world import World

CAFE = Path(__file__).parents[2] / "gamification/programmes/cafe.toml"
OLD = datetime(2024, 3, 4, 11, 0, tzinfo=UTC)


def run(folder: Path, *words: str, status: int = 0, programme: Path = CAFE) -> str:
    environment = {
        "REGULARS_ENV": "test",
        "REGULARS_IDENTITY": "demo",
        "REGULARS_DATA_DIR": str(folder),
        "REGULARS_PROGRAMME": str(programme),
    }
    answer = CliRunner().invoke(app, words, env=environment)
    if answer.exception is not None and not isinstance(answer.exception, SystemExit):
        raise answer.exception
    assert answer.exit_code == status, answer.output
    return answer.output


@pytest.fixture
def shop(migrated_file: Path, tmp_path: Path, programme: Programme) -> Iterator[World]:
    """Two who spent much and stayed away, one of them forgotten, and somebody new."""
    shutil.copy(migrated_file, tmp_path / "regulars.sqlite")
    database = database_at(f"sqlite:///{tmp_path / 'regulars.sqlite'}")
    world = World(database, programme, now=OLD)
    for name in ("Ola", "Jan"):
        member = world.enrol(name)
        world.buy(member, "499.00")
        world.buy(member, "499.00")
    erase(database, member.number, programme, now=world.now)
    world.now = SystemClock().now() - timedelta(days=1)
    world.enrol("Ida")
    yield world
    database.close()


def test_every_segment_is_counted(shop: World, tmp_path: Path) -> None:
    assert shop.rows("SELECT count(*) FROM member") == [3]
    assert run(tmp_path, "segments").splitlines() == [
        "        1  new: New faces",
        "        0  champion: Champions",
        "        0  at_risk: At risk of leaving",
        "        1  lapsed_big_spender: Big spenders who stay away",
        "2 members were looked at for 4 segments.",
    ]


def test_the_list_names_members_by_their_numbers(shop: World, tmp_path: Path) -> None:
    path = tmp_path / "segments.csv"
    assert run(tmp_path, "segments", "--csv", str(path)).endswith(
        f"2 members were looked at for 4 segments; 2 lines were written to {path}.\n"
    )
    with path.open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    numbers = {member.display_name: member.number for member in map(shop.enrol, ("Ola", "Ida"))}
    assert tuple(header) == HEADER
    assert lines == [
        [grouped_number(numbers["Ola"]), "lapsed_big_spender"],
        [grouped_number(numbers["Ida"]), "new"],
    ]


@pytest.mark.usefixtures("shop")
def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "segments.csv"
    path.write_text("mine")
    with pytest.raises(FileRefused, match="is there already"):
        run(tmp_path, "segments", "--csv", str(path))
    assert path.read_text() == "mine"


@pytest.mark.usefixtures("shop")
def test_a_programme_without_segments_says_so(tmp_path: Path) -> None:
    text = CAFE.read_text(encoding="utf-8")
    head, rest = text.split("# ── Segments", 1)
    path = tmp_path / "plain.toml"
    path.write_text(head + "# ── Nudges" + rest.split("# ── Nudges", 1)[1], encoding="utf-8")
    with pytest.raises(StartRefused, match=r"plain\.toml: the programme has no \[\[segment\]\]"):
        run(tmp_path, "segments", programme=path)


@pytest.mark.usefixtures("shop")
def test_a_segment_that_fails_is_told_and_the_others_are_counted(tmp_path: Path) -> None:
    text = CAFE.read_text(encoding="utf-8")
    path = tmp_path / "broken.toml"
    path.write_text(
        text.replace('"member.days < 30"', '"1 / (member.visits_90 - 0) > 0"'), encoding="utf-8"
    )
    told = run(tmp_path, "segments", status=1, programme=path)
    assert "new failed for 2 members: " in told
    assert "1  lapsed_big_spender" in told


def test_batches_leave_nobody_out_and_count_nobody_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [world.enrol(f"Guest {number}").id for number in range(7)]
    for batch in (1, 3, 7, 100):
        monkeypatch.setattr(segments, "BATCH", batch)
        found = world.read(lambda c: list(everybody_placed(c, world.programme, now=world.now)))
        assert [each.member_id for each in found] == people
