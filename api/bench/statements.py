"""How many SQL statements an operation takes."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from api.bench.in_process import app_in_thread
from api.bench.load import run_load
from api.bench.talks import home, purchases_by_number
from api.bench.world import BenchWorld, Place
from api.database import Database, database_at
from api.runner import Runner

T = TypeVar("T")


class StatementCount:
    """Counts the statements of a database's reads and writes from now on, of one at a time.

    A statement that is run for several rows counts once; BEGIN and COMMIT do not count.
    """

    def __init__(self, database: Database) -> None:
        self.statements = 0
        for name in ("read_now", "write_now"):
            setattr(database, name, partial(self._run, getattr(database, name)))

    def _run(self, run: Callable[[Callable[[Runner], T]], T], function: Callable[[Runner], T]) -> T:
        def counted(runner: Runner) -> T:
            before = runner.statements
            try:
                return function(runner)
            finally:
                self.statements += runner.statements - before

        return run(counted)


def count_statements(world: BenchWorld, place: Place) -> tuple[int, int]:
    """The statements of a home query, and of a purchase by the shop's own system."""
    database = database_at(place.url)
    count = StatementCount(database)
    found = []
    try:
        with app_in_thread(place, database) as port:
            for talk in (home(world), purchases_by_number(world)):
                before = count.statements
                run_load(talk, port=port, connections=1, requests=1)
                found.append(count.statements - before)
    finally:
        database.close()
    return found[0], found[1]
