import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.database import DatabaseRefused, database_at
from gamification.programme.values import Programme
from tests.gamification.verify.stories import every_movement
from tests.world import World

ENVIRONMENT = {"REGULARS_ENV": "test", "REGULARS_IDENTITY": "demo"}


def run(data_dir: Path, *words: str, status: int = 0) -> str:
    answer = CliRunner().invoke(
        app, words, env={**ENVIRONMENT, "REGULARS_DATA_DIR": str(data_dir)}, catch_exceptions=True
    )
    if answer.exception is not None and not isinstance(answer.exception, SystemExit):
        raise answer.exception
    assert answer.exit_code == status, answer.output
    return answer.output


def test_verify_makes_no_database_to_bless(tmp_path: Path) -> None:
    with pytest.raises(DatabaseRefused, match="there is no database"):
        run(tmp_path, "verify")
    assert list(tmp_path.iterdir()) == []


def test_verify_says_how_much_it_checked(tmp_path: Path) -> None:
    run(tmp_path, "migrate")
    assert "0 members, 0 entries" in run(tmp_path, "verify")


@pytest.fixture
def shop(migrated_file: Path, tmp_path: Path, programme: Programme) -> Iterator[World]:
    """A played shop in the folder where the verbs look for it."""
    path = tmp_path / "regulars.sqlite"
    shutil.copy(migrated_file, path)
    database = database_at(f"sqlite:///{path}")
    world = World(database, programme, now=datetime(2024, 3, 4, 11, 0, tzinfo=UTC))
    every_movement(world)
    yield world
    database.close()


def spoil(folder: Path, *changes: str) -> None:
    with closing(sqlite3.connect(folder / "regulars.sqlite")) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for change in changes:
            connection.execute(change)


@pytest.mark.usefixtures("shop")
def test_a_played_shop_is_verified_and_rebuilt(tmp_path: Path) -> None:
    assert run(tmp_path, "verify").endswith("3 members, 77 entries.\n")
    assert run(tmp_path, "verify", "--rebuild").endswith("3 members, 77 entries.\n")


@pytest.mark.usefixtures("shop")
def test_verify_names_the_rows_and_exits_with_1(tmp_path: Path) -> None:
    spoil(tmp_path, "UPDATE account SET balance = balance + 1 WHERE kind = 'available'")
    told = run(tmp_path, "verify", status=1).splitlines()
    assert len(told) == 8
    assert all(line.startswith("I3: account 0") for line in told[:6])
    assert told[6:] == [
        "I2: account (all): the balances sum to 3, not 0",
        "The ledger is not as it should be: 7 lines.",
    ]


@pytest.mark.usefixtures("shop")
def test_rebuilding_shows_a_difference_a_line_and_exits_with_1(tmp_path: Path) -> None:
    spoil(tmp_path, "UPDATE bucket SET amount = 5 WHERE measure = 'visits' AND amount = 1")
    told = run(tmp_path, "verify", "--rebuild", status=1).splitlines()
    assert told[0].startswith("bucket 0")
    assert told[0].endswith(": amount stored 5, rebuilt 1")
    assert told[-1] == f"The ledger is not as it should be: {len(told) - 1} lines."


@pytest.mark.usefixtures("shop")
def test_rebuilding_says_what_it_could_not_compare(tmp_path: Path) -> None:
    spoil(
        tmp_path,
        "DROP TRIGGER activity_refuses_update",
        "UPDATE activity SET programme_version = 'earlier'",
    )
    told = run(tmp_path, "verify", "--rebuild").splitlines()
    assert told[0] == "17 activities of another version could not be compared."
    assert told[1].startswith("Rebuilt, with no difference: 0 activities,")


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "regulars.sqlite") as other:
        other.execute("CREATE TABLE member (x)")
    other.close()
    with pytest.raises(DatabaseRefused, match="tables that are not ours"):
        run(tmp_path, "migrate")


def test_a_token_of_staff_names_staff_that_exist(tmp_path: Path) -> None:
    run(tmp_path, "migrate")
    with pytest.raises(Exception, match="no clerk has this id"):
        run(tmp_path, "token", "nobody", "--role", "clerk")
    made = run(tmp_path, "staff", "add", "--store", "old-town", "--role", "clerk")
    staff_id = made.split("key of clerk ")[1].split()[0]
    assert run(tmp_path, "token", staff_id, "--role", "clerk").count(".") == 2


@pytest.mark.parametrize("store", ["", " old ", "Old Town", "a:b", "x" * 61])
def test_a_store_has_a_short_plain_name(tmp_path: Path, store: str) -> None:
    with pytest.raises(Exception, match="--store"):
        run(tmp_path, "staff", "add", "--store", store, "--role", "clerk")
