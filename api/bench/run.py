"""Runs the benchmark: the rounds, one after the other, and what they came to."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.bench.importing import Imported, timed_import, write_log
from api.bench.load import Round, Talk, run_load
from api.bench.serving import Serving, serving
from api.bench.statements import count_statements
from api.bench.talks import (
    home,
    home_by_hand,
    mostly_home,
    purchases_by_card,
    purchases_by_number,
)
from api.bench.world import BenchWorld, build_world
from api.clock import Clock

CONNECTIONS = 16
WARM_UP_REQUESTS = 50  # connections, statements and texts are made at the first use


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """How much to measure. `log` is a shop's own log for the import, or None for one made up."""

    rounds: int = 5
    seconds: float = 3.0
    requests: int = 10_000
    members: int = 100
    imported: int = 5_000
    log: Path | None = None


QUICK = Plan(rounds=1, seconds=0.3, requests=100, members=8, imported=200)


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A round, and the processor time that an answer took of the server."""

    round: Round
    cpu_ms: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Results:
    """Everything that was measured. Routes are `rest`, `rest in a thread` and `graphql`."""

    homes: dict[str, list[Measured]]
    by_number: list[Measured]
    by_card: list[Measured]
    requests: int
    memory_mb: float
    memory_mb_most: float
    imported: Imported
    statements_home: int
    statements_purchase: int


def run_bench(plan: Plan, folder: Path, *, clock: Clock, say: Callable[[str], None]) -> Results:
    """Measure in an empty folder; `say` gets a line for each step. Raises LoadFailed."""
    with _two_cores() as core:
        say(f"Building a café of {plan.members} members …")
        world = build_world(folder, members=plan.members, clock=clock)
        with serving(folder, core=core) as server:
            homes = _homes(plan, world, server, say)
            by_number, by_card = _purchases(plan, world, server, clock, say)
            say(f"Memory: {plan.requests:,} more requests …")
            run_load(
                mostly_home(world),
                port=server.port,
                connections=CONNECTIONS,
                requests=plan.requests,
            )
            memory_mb, memory_mb_most = server.memory_mb()
        log = plan.log
        if log is None:
            log = folder / "log.csv"
            write_log(log, purchases=plan.imported, now=clock.now())
        say(f"Importing {log.name} …")
        imported = timed_import(log, folder, core=core)
        statements_home, statements_purchase = count_statements(world, folder)
    return Results(
        homes=homes,
        by_number=by_number,
        by_card=by_card,
        requests=plan.requests,
        memory_mb=memory_mb,
        memory_mb_most=memory_mb_most,
        imported=imported,
        statements_home=statements_home,
        statements_purchase=statements_purchase,
    )


def _homes(
    plan: Plan, world: BenchWorld, server: Serving, say: Callable[[str], None]
) -> dict[str, list[Measured]]:
    """The three routes in turn, so that whatever else the machine does falls on all of them."""
    talks = {
        "rest": home_by_hand(world, threaded=False),
        "rest in a thread": home_by_hand(world, threaded=True),
        "graphql": home(world),
    }
    return _in_turn(talks, plan, server, say)


def _purchases(
    plan: Plan, world: BenchWorld, server: Serving, clock: Clock, say: Callable[[str], None]
) -> tuple[list[Measured], list[Measured]]:
    talks = {
        "purchases by number": purchases_by_number(world),
        "purchases by card": purchases_by_card(world, clock),
    }
    found = _in_turn(talks, plan, server, say)
    return found["purchases by number"], found["purchases by card"]


def _in_turn(
    talks: dict[str, Talk], plan: Plan, server: Serving, say: Callable[[str], None]
) -> dict[str, list[Measured]]:
    for talk in talks.values():
        run_load(talk, port=server.port, connections=CONNECTIONS, requests=WARM_UP_REQUESTS)
    found: dict[str, list[Measured]] = {name: [] for name in talks}
    for number in range(1, plan.rounds + 1):
        for name, talk in talks.items():
            before_s = server.cpu_s()
            result = run_load(talk, port=server.port, connections=CONNECTIONS, seconds=plan.seconds)
            cpu_ms = (server.cpu_s() - before_s) * 1000 / len(result.latencies_s)
            found[name].append(Measured(round=result, cpu_ms=cpu_ms))
            say(f"  {number}/{plan.rounds}  {name:<20}{result.per_s:>9,.0f}/s")
    return found


@contextmanager
def _two_cores() -> Iterator[int | None]:
    """The core for what is measured; this process keeps off it. None where there is only one."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) == 1:
        yield None
        return
    os.sched_setaffinity(0, cores[1:])
    try:
        yield cores[0]
    finally:
        os.sched_setaffinity(0, cores)
