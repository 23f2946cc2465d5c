"""How many SQL statements an operation takes."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import structlog

from api.app import Parts, build_app
from api.bench.load import run_load
from api.bench.talks import home, purchases_by_number
from api.bench.world import BenchWorld, bench_settings
from api.clock import SystemClock
from api.database import Database
from api.identity import DemoIdentity
from api.images import ImageAddresses
from api.keys import demo_token_key, image_key
from api.loopback import serve_in_thread
from api.runner import Runner
from gamification.programme.check import load_programme

T = TypeVar("T")


class CountingDatabase(Database):
    """A database that counts the statements of its reads and writes.

    A statement that is run for several rows counts once; BEGIN and COMMIT do not count.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.statements = 0

    def read_now(self, function: Callable[[Runner], T]) -> T:
        """As of any database."""
        return super().read_now(self._counted(function))

    def write_now(self, function: Callable[[Runner], T]) -> T:
        """As of any database."""
        return super().write_now(self._counted(function))

    def _counted(self, function: Callable[[Runner], T]) -> Callable[[Runner], T]:
        def counted(runner: Runner) -> T:
            before = runner.statements
            try:
                return function(runner)
            finally:
                self.statements += runner.statements - before

        return counted


def count_statements(world: BenchWorld, folder: Path) -> tuple[int, int]:
    """The statements of a home query, and of a purchase by the shop's own system."""
    settings = bench_settings(folder)
    programme, clock = load_programme(settings.programme), SystemClock()
    database = CountingDatabase(settings.database_url)
    parts = Parts(
        database=database,
        programme=programme,
        identity=DemoIdentity(demo_token_key(folder), clock),
        card_keys=world.card_keys,
        images=ImageAddresses(key=image_key(folder), public_url=settings.public_url),
        clock=clock,
        log=structlog.get_logger(),
        ide=False,
        is_worker_ready=lambda: True,
    )
    found = []
    try:
        with serve_in_thread(build_app(parts)) as url:
            port = int(url.rpartition(":")[2])
            for talk in (home(world), purchases_by_number(world)):
                before = database.statements
                run_load(talk, port=port, connections=1, requests=1)
                found.append(database.statements - before)
    finally:
        database.close()
    return found[0], found[1]
