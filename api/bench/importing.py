"""An import on one core: of a given log, or of one made up."""

import csv
import multiprocessing
import random
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from api.bench.cores import pin
from api.clock import SystemClock
from api.database import database_at
from api.imports.purchases import import_purchases
from api.migrate import migrate
from api.settings import load_settings
from gamification.programme.check import load_programme

PURCHASES_PER_MEMBER = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """What an import came to, from reading the file to the closing figures."""

    purchases: int
    refused: int
    seconds: float
    cpu_s: float

    @property
    def per_s(self) -> float:
        """Purchases per second."""
        return self.purchases / self.seconds


def write_log(path: Path, *, purchases: int, now: datetime) -> None:
    """A shop's log of a year, oldest first, with receipts."""
    chance = random.Random(2)  # noqa: S311 -- who buys when
    members = max(purchases // PURCHASES_PER_MEMBER, 1)
    moments = sorted(
        now - timedelta(seconds=chance.randrange(365 * 86_400)) for _ in range(purchases)
    )
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(("member", "date", "amount", "receipt"))
        for number, moment in enumerate(moments):
            amount = f"{chance.randrange(200, 3_000) / 100:.2f}"
            lines.writerow(
                (f"m{chance.randrange(members)}", moment.isoformat(), amount, f"r{number}")
            )


def timed_import(log: Path, url: str, *, cores: Sequence[int]) -> Imported:
    """Import into an empty database, in a process of its own on these cores."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as process:
        return process.submit(_import, log, url, cores).result()


def _import(log: Path, url: str, cores: Sequence[int]) -> Imported:
    pin(*cores)
    programme = load_programme(load_settings().programme)
    database = database_at(url)
    try:
        migrate(database)
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        report = import_purchases(
            database,
            programme,
            log,
            mapping=None,
            reject_path=None,
            now=SystemClock().now(),
            progress=lambda _step: None,
        )
        return Imported(
            purchases=report.taken,
            refused=sum(report.refused.values()),
            seconds=time.perf_counter() - began_s,
            cpu_s=time.process_time() - began_cpu_s,
        )
    finally:
        database.close()
