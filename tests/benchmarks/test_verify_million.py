"""`regulars verify` over a million entries, on one core. Printed, not judged: a machine is busy."""

import os
import re
import resource
import shutil
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from api.clock import SystemClock
from api.database import database_at
from gamification.programme.values import Programme
from tests.benchmarks.million import DAYS, multiply, play
from tests.world import World

pytestmark = pytest.mark.benchmark

COPIES = 342  # of 60 members each: 20,520 members with a good million entries
PROMISED_S = 30
ON_ONE_CORE = """
import os, sys
os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
sys.argv = ["regulars", "verify"]
from api.cli import main
main()
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path, migrated_file: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("migrated_url"))
    shutil.copy(migrated_file, tmp_path / "million.sqlite")
    return f"sqlite:///{tmp_path / 'million.sqlite'}"


def test_a_million_entries_are_verified(
    url: str,
    migrated_file: Path,
    tmp_path: Path,
    programme: Programme,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copy(migrated_file, tmp_path / "played.sqlite")
    played = database_at(f"sqlite:///{tmp_path / 'played.sqlite'}")
    began_at = SystemClock().now().replace(microsecond=0) - timedelta(days=DAYS + 30)
    play(World(played, programme, now=began_at))
    target = database_at(url)
    entries = multiply(played, target, copies=COPIES)
    for database in (played, target):
        database.close()
    environment = {
        **os.environ,
        "REGULARS_ENV": "test",
        "REGULARS_IDENTITY": "demo",
        "REGULARS_DATABASE_URL": url,
        "REGULARS_DATA_DIR": str(tmp_path),
    }
    began_s = time.perf_counter()
    done = subprocess.run(  # noqa: S603 -- our own program
        [sys.executable, "-c", ON_ONE_CORE],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    took_s = time.perf_counter() - began_s
    memory_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    with capsys.disabled():
        print(  # noqa: T201 -- asked for
            f"\nverify, {entries:,} entries: {took_s:.1f} s on one core"
            f" (promised: {PROMISED_S} s), {memory_mb} MB"
        )
    assert done.returncode == 0, done.stderr
    assert re.search(rf"holds: 20,520 members, {entries:,} entries", done.stdout)
