"""Records what real purchases, made through GraphQL, ask of the driver: for `api.bench.bare`."""

from collections.abc import Callable, Generator, Iterable, Sequence
from functools import partial
from itertools import cycle
from typing import Any, TypeVar

from api.bench.bare import Step, Taped
from api.bench.in_process import app_in_thread
from api.bench.load import LoadFailed, run_load
from api.bench.talks import purchases_by_number
from api.bench.world import Asker, BenchWorld, Place
from api.database import Database, database_at
from api.runner import Compiled, Runner, Statements
from gamification.points.rules import AccountKind, account_id

T = TypeVar("T")


class Recorder:
    """Writes down the statements of a database's transactions from now on, of one at a time."""

    def __init__(self, database: Database) -> None:
        self._steps: list[Step] = []
        for name in ("read_now", "write_now"):
            setattr(database, name, partial(self._run, getattr(database, name)))

    def take(self) -> tuple[Step, ...]:
        """What was written down since this was asked the last time."""
        steps, self._steps = self._steps, []
        return tuple(steps)

    def _run(self, run: Callable[[Callable[[Runner], T]], T], function: Callable[[Runner], T]) -> T:
        def recorded(runner: Runner) -> T:
            watched = _Watched(runner._statements)  # noqa: SLF001 -- what the driver is given is seen nowhere else
            runner._statements = watched  # noqa: SLF001 -- as above
            result = function(runner)
            self._steps += watched.steps  # only now: an attempt that failed is made again
            return result

        return run(recorded)


class _Watched:
    """Runs statements as another does, and writes them down."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self.steps: list[Step] = []

    def read(self, compiled: Compiled, parameters: Any) -> Sequence[Sequence[Any]]:
        rows = self._statements.read(compiled, parameters)
        self.steps.append(Step(sql=compiled.sql, rows=(_kept(parameters),), found=len(rows)))
        return rows

    def write(self, compiled: Compiled, rows: Sequence[Any]) -> None:
        self._statements.write(compiled, rows)
        self.steps.append(Step(sql=compiled.sql, rows=tuple(map(_kept, rows)), found=None))

    def settle(self) -> None:
        self._statements.settle()


def _kept(parameters: Iterable[Any]) -> tuple[Any, ...]:
    """Parameters that another process can be given: a view of bytes as bytes."""
    return tuple(bytes(each) if isinstance(each, memoryview) else each for each in parameters)


def record_purchases(world: BenchWorld, place: Place, *, purchases: int) -> list[Taped]:
    """Make so many purchases at a place, one after the other, and write down their statements.

    Raises LoadFailed when one was not made.
    """
    database = database_at(place.url)
    recorder = Recorder(database)
    tape: list[Taped] = []
    buyers = cycle(world.askers)  # as the talk takes them; _taped makes sure

    def talk() -> Generator[bytes, bytes, None]:
        shopping = purchases_by_number(world)()
        request = next(shopping)
        while True:
            answer = yield request
            tape.append(_taped(recorder.take(), next(buyers)))
            request = shopping.send(answer)

    try:
        with app_in_thread(place, database) as port:
            run_load(talk, port=port, connections=1, requests=purchases)
    finally:
        database.close()
    return tape


def _taped(steps: tuple[Step, ...], buyer: Asker) -> Taped:
    if not any(buyer.number in row for step in steps for row in step.rows):
        raise LoadFailed(f"the tape holds no purchase of {buyer.number}")
    return Taped(shard=account_id(AccountKind.ISSUED, buyer.member_id), steps=steps)
