"""Runs the benchmark: one thing after the other, and what they came to."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from api.bench.bare import Taped
from api.bench.cores import Cores, set_apart
from api.bench.databases import Databases
from api.bench.importing import Imported, timed_import, write_log
from api.bench.load import run_load
from api.bench.rounds import (
    CLIENTS,
    Measure,
    Measured,
    bare_beside,
    in_slices,
    in_turn,
    load_on,
)
from api.bench.serving import Serving, serving, serving_processes
from api.bench.statements import count_statements
from api.bench.talks import (
    home,
    home_by_hand,
    mostly_home,
    purchases_by_card,
    purchases_by_number,
)
from api.bench.tape import record_purchases
from api.bench.world import BenchWorld, Place, build_world
from api.clock import Clock

MEMORY_LOOKS = 10  # over the purchases, the first after a tenth of them


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """How much to measure. `log` is a shop's own log for the import, or None for one made up."""

    rounds: int = 5
    seconds: float = 3.0
    requests: int = 10_000
    members: int = 100
    taped: int = 1_500  # purchases that the reference replays in a round
    purchases_memory: int = 5_000
    imported: int = 2_000
    log: Path | None = None


QUICK = Plan(
    rounds=1,
    seconds=0.3,
    requests=100,
    members=8,
    taped=100,
    purchases_memory=100,
    imported=200,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Purchases:
    """Purchases through GraphQL, and those of the reference, in the same rounds."""

    by_number: list[Measured]
    bare: list[Measured]
    by_card: list[Measured]
    one_member: list[Measured]


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """Resident memory after so many requests, and after each tenth of so many purchases."""

    requests: int
    mb: float
    mb_most: float
    purchases: int
    by_tenth_mb: list[float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Results:
    """Everything that was measured.

    `homes` are `graphql`, and on SQLite `rest` and `rest in a thread`; `workers` are home screens
    by how many processes serve, on PostgreSQL, and `workers_sliced` the same with an equal part of
    a core for each process.
    """

    is_sqlite: bool
    described: str
    homes: dict[str, list[Measured]]
    purchases: Purchases
    memory: Memory
    workers: dict[int, list[Measured]]
    workers_sliced: dict[int, list[Measured]]
    deadlocks: int
    imported: list[Imported]
    statements_home: int
    statements_purchase: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bench:
    """What every part of the benchmark needs."""

    plan: Plan
    place: Place
    databases: Databases
    cores: Cores
    clock: Clock
    say: Callable[[str], None]
    world: BenchWorld


def run_bench(
    plan: Plan, folder: Path, databases: Databases, *, clock: Clock, say: Callable[[str], None]
) -> Results:
    """Measure with a folder and databases that nobody else uses; `say` gets a line for each step.

    Raises LoadFailed and BareFailed.
    """
    with set_apart() as cores:
        say(f"Building a café of {plan.members} members …")
        place = Place(folder=folder, url=databases.new("world"))
        bench = _Bench(
            plan=plan,
            place=place,
            databases=databases,
            cores=cores,
            clock=clock,
            say=say,
            world=build_world(place, members=plan.members, clock=clock),
        )
        bare_url = databases.copy(place.url, "bare")
        tape = _tape(bench)
        with serving(place, cores=cores.one) as server:
            homes = _homes(bench, server)
            purchases = _purchases(bench, server, bare_url, tape)
            memory = _memory(bench, server)
        workers, workers_sliced = ({}, {}) if databases.is_sqlite else _workers(bench)
        deadlocks = databases.deadlocks(place.url)
        imported = _imports(bench)
        statements_home, statements_purchase = count_statements(bench.world, place)
    return Results(
        is_sqlite=databases.is_sqlite,
        described=databases.described(),
        homes=homes,
        purchases=purchases,
        memory=memory,
        workers=workers,
        workers_sliced=workers_sliced,
        deadlocks=deadlocks,
        imported=imported,
        statements_home=statements_home,
        statements_purchase=statements_purchase,
    )


def _tape(bench: _Bench) -> list[Taped]:
    """What the reference replays, recorded where the place stands now."""
    purchases = bench.plan.rounds * bench.plan.taped
    bench.say(f"Recording {purchases:,} purchases for the bare driver …")
    copy = replace(bench.place, url=bench.databases.copy(bench.place.url, "taped"))
    return record_purchases(bench.world, copy, purchases=purchases)


def _homes(bench: _Bench, server: Serving) -> dict[str, list[Measured]]:
    plan, world = bench.plan, bench.world
    talks = {"graphql": home(world)}
    if bench.databases.is_sqlite:
        talks = {
            "rest": home_by_hand(world, threaded=False),
            "rest in a thread": home_by_hand(world, threaded=True),
            **talks,
        }
    loads = {name: load_on(server, talk, seconds=plan.seconds) for name, talk in talks.items()}
    return in_turn(loads, rounds=plan.rounds, say=bench.say)


def _purchases(bench: _Bench, server: Serving, bare_url: str, tape: list[Taped]) -> Purchases:
    plan, world = bench.plan, bench.world
    one_member = replace(world, askers=world.askers[:1])
    talks = {
        "purchases by number": purchases_by_number(world),
        "purchases by card": purchases_by_card(world, bench.clock),
        "purchases of one member": purchases_by_number(one_member),
    }
    loads = {name: load_on(server, talk, seconds=plan.seconds) for name, talk in talks.items()}
    bare = bare_beside(server, bare_url, tape, rounds=plan.rounds, cores=bench.cores.one)
    found = in_turn({"bare driver": bare, **loads}, rounds=plan.rounds, say=bench.say)
    return Purchases(
        by_number=found["purchases by number"],
        bare=found["bare driver"],
        by_card=found["purchases by card"],
        one_member=found["purchases of one member"],
    )


def _memory(bench: _Bench, server: Serving) -> Memory:
    plan, world = bench.plan, bench.world
    bench.say(f"Memory: {plan.requests:,} more requests …")
    run_load(mostly_home(world), port=server.port, connections=CLIENTS, requests=plan.requests)
    mb, mb_most = server.memory_mb()
    bench.say(f"Memory: {plan.purchases_memory:,} more purchases …")
    talk, by_tenth_mb = purchases_by_number(world), []
    tenth = max(plan.purchases_memory // MEMORY_LOOKS, 1)
    for _ in range(MEMORY_LOOKS):
        run_load(talk, port=server.port, connections=CLIENTS, requests=tenth)
        by_tenth_mb.append(server.memory_mb()[0])
    return Memory(
        requests=plan.requests,
        mb=mb,
        mb_most=mb_most,
        purchases=tenth * MEMORY_LOOKS,
        by_tenth_mb=by_tenth_mb,
    )


def _workers(bench: _Bench) -> tuple[dict[int, list[Measured]], dict[int, list[Measured]]]:
    """Home screens of one process on one core, and of two on two; then in slices of a core."""
    plan, place, cores = bench.plan, bench.place, bench.cores
    with (
        serving_processes(place, cores=cores.one, count=1) as one,
        serving_processes(place, cores=cores.two, count=2) as two,
    ):
        loads: dict[str, Measure] = {}
        for name, server in (("one process", one), ("two processes", two)):
            load = load_on(server, home(bench.world), seconds=plan.seconds)
            loads[f"home, {name}"] = load
            loads[f"home, {name}, sliced"] = in_slices(server, load)
        one_s, one_sliced, two_s, two_sliced = in_turn(
            loads, rounds=plan.rounds, say=bench.say
        ).values()
    return {1: one_s, 2: two_s}, {1: one_sliced, 2: two_sliced}


def _imports(bench: _Bench) -> list[Imported]:
    """Of a log that is given, one; of one made up, as many as there are rounds."""
    plan, log = bench.plan, bench.plan.log
    rounds = 1 if log else plan.rounds
    if log is None:
        log = bench.place.folder / "log.csv"
        write_log(log, purchases=plan.imported, now=bench.clock.now())
    bench.say(f"Importing {log.name} …")
    return [
        timed_import(log, bench.databases.new(f"import_{number}"), cores=bench.cores.one)
        for number in range(rounds)
    ]
