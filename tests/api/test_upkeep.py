import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.database import DatabaseRefused

ENVIRONMENT = {"REGULARS_ENV": "test", "REGULARS_IDENTITY": "demo"}


def run(data_dir: Path, *words: str) -> str:
    answer = CliRunner().invoke(
        app, words, env={**ENVIRONMENT, "REGULARS_DATA_DIR": str(data_dir)}, catch_exceptions=True
    )
    if answer.exception is not None and not isinstance(answer.exception, SystemExit):
        raise answer.exception
    return answer.output


def test_verify_makes_no_database_to_bless(tmp_path: Path) -> None:
    with pytest.raises(DatabaseRefused, match="there is no database"):
        run(tmp_path, "verify")
    assert list(tmp_path.iterdir()) == []


def test_verify_says_how_much_it_checked(tmp_path: Path) -> None:
    run(tmp_path, "migrate")
    assert "0 members, 0 entries" in run(tmp_path, "verify")


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
