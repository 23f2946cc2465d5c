"""Forgetting and exporting at the command line, and what is left of it in the files."""

import json
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api import erasure
from api.cli import app
from api.clock import SystemClock
from api.database import Database, DatabaseRefused, database_at
from api.database.sqlite import sqlite_path
from api.erasure import SweepUnfinished, erase, sweep
from api.exports import find
from api.runner import Runner
from api.server import StartRefused
from gamification.actions.record_purchase import Purchase, record_purchase
from gamification.actions.targets import Target
from gamification.members.rules import grouped_number
from gamification.programme.values import Programme
from tests.world import World

NAME = "Wilhelmina Krzyzanowska"


@pytest.fixture
def shop(sqlite_url: str, programme: Programme) -> Iterator[World]:
    """On a file, where a sweep can be seen."""
    database = database_at(sqlite_url)
    yield World(database, programme)
    database.close()


def file_of(world: World) -> Path:
    path = sqlite_path(world.database.url)
    assert path is not None
    return path


def bytes_of(path: Path) -> bytes:
    beside = (path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm"))
    return b"".join(each.read_bytes() for each in beside if each.exists())


def run(world: World, *words: str, given: str | None = None) -> Result:
    environment = {
        "REGULARS_ENV": "test",
        "REGULARS_IDENTITY": "demo",
        "REGULARS_DATABASE_URL": world.database.url,
    }
    result = CliRunner().invoke(app, words, env=environment, input=given)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_forgetting_says_what_it_did_and_leaves_no_bytes(shop: World) -> None:
    member = shop.enrol(NAME)
    shop.buy(member, "100.00")
    shop.redeem(member, "coffee")
    assert NAME.encode() in bytes_of(file_of(shop))
    result = run(shop, "member", "forget", member.number, "--yes")
    assert result.stdout == (
        f"Member {grouped_number(member.number)} was forgotten, and the database's files were "
        "swept; open vouchers withdrawn: 1.\n"
    )
    assert result.exit_code == 0
    left = bytes_of(file_of(shop))
    assert NAME.encode() not in left
    assert member.number.encode() not in left
    shop.now = SystemClock().now()  # by which the command wrote
    assert shop.violations() == []


def test_pages_that_were_split_keep_no_copy(shop: World) -> None:
    # Rows between others, whose pages are split and emptied again and again by a connection that
    # does not overwrite what it deletes, as a server's may be.
    with closing(sqlite3.connect(file_of(shop), isolation_level=None)) as other:
        other.execute("PRAGMA secure_delete = OFF")
        for number in range(2000):
            key = f"{(number * 7919) % 2000:05}"
            other.execute(
                "INSERT INTO idempotency VALUES ('member:x', 'o', ?, 'f', '{}', 'now')",
                (f"{key} {NAME}",),
            )
        other.execute("DELETE FROM idempotency")
        assert NAME.encode() in bytes_of(file_of(shop))
    sweep(shop.database)
    assert NAME.encode() not in bytes_of(file_of(shop))


def test_forgetting_asks_first(shop: World) -> None:
    member = shop.enrol(NAME)
    refused = run(shop, "member", "forget", member.number, given="n\n")
    assert f"Forget member {grouped_number(member.number)}, {NAME}, for good?" in refused.stderr
    assert refused.exit_code == 1
    assert run(shop, "member", "forget", member.number, given="").exit_code == 1
    assert shop.rows("SELECT display_name FROM person") == [NAME]
    assert run(shop, "member", "forget", member.number, given="y\n").exit_code == 0
    assert shop.rows("SELECT display_name FROM person") == []


@pytest.mark.parametrize("verb", ["export", "forget"])
@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("", "'': this is no member number: a digit is wrong or missing"),
        ("1234567890", "'1234567890': this is no member number: a digit is wrong or missing"),
        ("1" * 99, f"'{'1' * 40}': this is no member number: a digit is wrong or missing"),
        ("Ola\n\x1b[2J", "'Ola[2J': this is no member number: a digit is wrong or missing"),
        ("0000000000", "'0000000000': no member has this number"),
    ],
)
def test_a_number_of_nobody_reads_one_clear_line(
    shop: World, verb: str, number: str, says: str
) -> None:
    with pytest.raises(StartRefused) as refused:
        run(shop, "member", verb, "--", number)
    assert str(refused.value) == says


def test_forgetting_names_a_number_or_sweeps(shop: World) -> None:
    for words in (["0000000000", "--sweep"], []):
        with pytest.raises(StartRefused, match="name the member's NUMBER, or --sweep alone"):
            run(shop, "member", "forget", *words)
    assert run(shop, "member", "forget", "--sweep").stdout == "The database's files were swept.\n"


def test_a_sweep_that_cannot_end_says_what_remains_to_be_done(
    shop: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "SWEEP_S_MAX", 0.3)
    member = shop.enrol(NAME)
    with closing(sqlite3.connect(file_of(shop), isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM person").fetchone()
        with pytest.raises(StartRefused) as refused:
            run(shop, "member", "forget", member.number, "--yes")
        assert str(refused.value) == (
            f"Member {grouped_number(member.number)} was forgotten, but the database's files could "
            "not be swept (another process keeps reading): old bytes may be left in them; run "
            "`regulars member forget --sweep` when the database is less busy"
        )
    assert shop.rows("SELECT count(*) FROM person") == [0]
    assert run(shop, "member", "forget", "--sweep").exit_code == 0
    assert NAME.encode() not in bytes_of(file_of(shop))


def test_a_sweep_waits_for_a_write_and_no_longer_than_its_limit(
    shop: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "SWEEP_S_MAX", 0.3)
    monkeypatch.setattr(erasure, "BUSY_TIMEOUT_S", 0.1)
    with closing(sqlite3.connect(file_of(shop), isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(SweepUnfinished, match="database is locked"):
            sweep(shop.database)
        writer.execute("ROLLBACK")
    sweep(shop.database)


@pytest.mark.parametrize("trigger", ["activity_refuses_update", "adjustment_refuses_update"])
def test_a_database_without_its_guards_is_not_touched(shop: World, trigger: str) -> None:
    member = shop.enrol()
    shop.write(lambda c: c.driver.execute(f"DROP TRIGGER {trigger}"))
    with pytest.raises(DatabaseRefused, match=f"the trigger {trigger} is missing"):
        erase(shop.database, member.number, shop.programme, now=shop.now)
    assert shop.rows("SELECT count(*) FROM person") == [1]


def test_a_purchase_under_way_is_finished_first_and_forgotten_with_the_rest(world: World) -> None:
    member = world.enrol(NAME)
    has_begun = threading.Event()

    def buy(connection: Runner) -> None:
        find(connection, member.number)
        has_begun.set()
        time.sleep(0.2)  # in which the other thread would overtake it, if it could
        request = Purchase(
            target=Target(member_number=member.number),
            total=Decimal("10.00"),
            receipt=NAME,
            idempotency_key=NAME,
        )
        record_purchase(connection, request, world.occasion())

    with ThreadPoolExecutor(1) as till:
        buying = till.submit(world.write, buy)
        assert has_begun.wait(10)
        erase(world.database, member.number, world.programme, now=world.now)
        buying.result()
    assert world.rows("SELECT count(*) FROM activity") == [1]
    assert NAME not in str(world.contents())
    assert world.violations() == []


def test_statistics_of_an_emptied_table_quote_nobody(world: World) -> None:
    people = [world.enrol(f"{NAME} {number}") for number in range(4)]
    analyse(world.database)
    for member in people:
        erase(world.database, member.number, world.programme, now=world.now)
    sweep(world.database)
    assert NAME not in statistics_of(world.database)
    again = world.enrol(NAME)
    assert world.rows("SELECT member_id FROM person") == [again.id]
    assert world.violations() == []


def analyse(database: Database) -> None:
    with database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("ANALYZE")
    if database.engine.dialect.name == "postgresql":
        assert NAME in statistics_of(database)


def statistics_of(database: Database) -> str:
    table = {"postgresql": "pg_stats", "sqlite": "sqlite_stat1"}[database.engine.dialect.name]
    with database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        return str(driver.execute(f"SELECT * FROM {table}").fetchall())  # noqa: S608 -- as above


def test_an_export_is_json_on_standard_output_and_its_closing_line_is_not(shop: World) -> None:
    member = shop.enrol(NAME)
    result = run(shop, "member", "export", member.number)
    assert json.loads(result.stdout)["who you are"][0]["name"] == NAME
    assert result.stderr.startswith(
        f"All that is kept about member {grouped_number(member.number)}, "
    )
    assert result.stderr.endswith(" rows, was written to standard output.\n")


def test_an_export_makes_a_file_once(shop: World, tmp_path: Path) -> None:
    member = shop.enrol(NAME)
    path = tmp_path / "ola.json"
    run(shop, "member", "export", member.number, "--output", str(path))
    assert json.loads(path.read_text("utf-8"))["membership"][0]["number"] == member.number
    with pytest.raises(Exception, match=r"ola\.json: is there already; name another file"):
        run(shop, "member", "export", member.number, "--output", str(path))


def test_a_refusal_at_the_command_line_is_one_line_and_no_success(shop: World) -> None:
    done = subprocess.run(
        (sys.executable, "-c", "from api.cli import main; main()", "member", "export", "1"),
        env={"REGULARS_DATABASE_URL": shop.database.url, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "'1': this is no member number: a digit is wrong or missing\n"


def test_a_backup_at_the_command_line_says_what_it_holds(shop: World, tmp_path: Path) -> None:
    shop.buy(shop.enrol(), "100.00")
    (entries,) = shop.rows("SELECT count(*) FROM entry")
    result = run(shop, "backup", str(tmp_path / "copy.sqlite"))
    assert result.exit_code == 0
    assert f" MB with {entries:,} entries, checked, in " in result.stdout
    with pytest.raises(Exception, match="is there already"):
        run(shop, "backup", str(tmp_path / "copy.sqlite"))
