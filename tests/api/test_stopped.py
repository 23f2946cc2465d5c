"""Ctrl+C at the terminal: one clear line, soon, and nothing is half done in silence."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg

from gamification.members.rules import grouped_number
from tests.databases import only_postgresql
from tests.journeys.story import wait_until
from tests.world import World

ROOT = Path(__file__).parents[2]
# A shell lets what it starts in the background ignore Ctrl+C, and so may whoever runs the tests.
COMMAND = (
    sys.executable,
    "-c",
    "from signal import *; signal(SIGINT, default_int_handler); from api.cli import main; main()",
)
START_S_MAX = 60  # a process takes three seconds, on a busy machine ten
STOP_S_MAX = 6  # a statement waits ten for a lock
WAITING = "SELECT 1 FROM pg_locks WHERE relation = 'entry'::regclass AND NOT granted"

pytestmark = only_postgresql


def start(world: World, *words: str) -> "subprocess.Popen[str]":
    settings = {
        "REGULARS_ENV": "test",
        "REGULARS_IDENTITY": "demo",
        "REGULARS_DATABASE_URL": world.database.url,
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.Popen(  # noqa: S603 -- our own command
        (*COMMAND, *words), env={**os.environ, **settings}, stderr=subprocess.PIPE, text=True
    )


def stopped(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """The exit code and what is said after Ctrl+C."""
    process.send_signal(signal.SIGINT)
    try:
        said = process.communicate(timeout=STOP_S_MAX)[1]
    finally:
        process.kill()
        process.communicate()
    return process.returncode, said


def test_ctrl_c_while_a_statement_runs_ends_with_one_line(world: World) -> None:
    url = world.database.url
    with psycopg.connect(url) as other, psycopg.connect(url, autocommit=True) as watcher:
        other.execute("LOCK TABLE entry IN ACCESS EXCLUSIVE MODE")
        process = start(world, "verify")
        wait_until(lambda: watcher.execute(WAITING).fetchone(), within_s=START_S_MAX)
        code, said = stopped(process)
    assert (code, said) == (130, "Stopped; what was not finished is not kept.\n")


def test_ctrl_c_in_a_sweep_says_what_remains_to_be_done(world: World) -> None:
    member = world.enrol()
    with psycopg.connect(world.database.url) as reader:
        reader.execute("SELECT 1 FROM store")  # for whose end a sweep waits
        process = start(world, "member", "forget", member.number, "--yes")
        wait_until(lambda: world.rows("SELECT count(*) FROM person") == [0], within_s=START_S_MAX)
        code, said = stopped(process)
    assert code == 1
    assert said == (
        f"Member {grouped_number(member.number)} was forgotten, but the database's files could "
        "not be swept (it was stopped): old bytes may be left in them; run `regulars member "
        "forget --sweep` when the database is less busy\n"
    )
