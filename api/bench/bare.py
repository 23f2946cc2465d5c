"""The frozen reference: the bare driver doing the same statements, one transaction each.

It replays what `api.bench.tape` recorded, on a copy of the database that stands where the recorded
one stood: the SQL texts and the parameters that the drivers were given, with the look-up of the
key, every read, every write and the reads of the answer. No HTTP, no GraphQL, no rules, no chain to
compute, no answer to write. Every result is read, and has as many rows as when it was recorded.

Settings and durability are the product's: on SQLite WAL, `synchronous=FULL` and BEGIN IMMEDIATE,
one connection; on PostgreSQL its defaults, 16 connections in 16 threads, every statement prepared,
plain cursors and no pipeline. They stand here as words, so that a change of the product leaves the
reference as it is.
"""

import gc
import multiprocessing
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any, Protocol

import orjson
import psycopg
import sqlalchemy
from psycopg.types.json import set_json_dumps, set_json_loads

from api.bench.cores import pin
from api.bench.load import Round
from api.database.sqlite import sqlite_path

CONNECTIONS = 16  # on PostgreSQL; as many as there are clients
WARM_UP = 3  # purchases of each connection before the time is taken: statements get prepared
_PRAGMAS = (
    "busy_timeout = 10000",
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "wal_autocheckpoint = 1000",
    "cache_size = -16000",
)
_OPTIONS = "-c timezone=UTC -c plan_cache_mode=force_generic_plan -c jit=off"


class BareFailed(Exception):  # noqa: N818 -- says what came back, as a refusal does
    """A replayed read found other rows than the recorded one: the reference would measure lies."""


@dataclass(frozen=True, slots=True)
class Step:
    """A statement and the parameter sets it is run with. `found` rows if it reads, None if not."""

    sql: str
    rows: tuple[Any, ...]
    found: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Taped:
    """The statements of one purchase; those of one `shard` must stay in their order."""

    shard: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Replayed:
    """A round of the reference, and the processor time of one purchase."""

    round: Round
    cpu_ms: float


class _Bare(Protocol):
    def run(self, steps: Iterable[Step]) -> None:
        """One purchase in one transaction."""
        ...

    def close(self) -> None: ...


class _Sqlite:
    def __init__(self, url: str) -> None:
        self._connection = sqlite3.connect(str(sqlite_path(url)), isolation_level=None)
        for pragma in _PRAGMAS:
            self._connection.execute(f"PRAGMA {pragma}")

    def run(self, steps: Iterable[Step]) -> None:
        execute, many = self._connection.execute, self._connection.executemany
        execute("BEGIN IMMEDIATE")
        for step in steps:
            if step.found is not None:
                _compare(step, execute(step.sql, step.rows[0]).fetchall())
            elif len(step.rows) == 1:
                execute(step.sql, step.rows[0])
            else:
                many(step.sql, step.rows)
        execute("COMMIT")

    def close(self) -> None:
        self._connection.close()


class _Postgresql:
    def __init__(self, url: str) -> None:
        address = sqlalchemy.make_url(url).set(drivername="postgresql")
        self._connection = psycopg.connect(
            address.render_as_string(hide_password=False),
            options=_OPTIONS,
            cursor_factory=psycopg.RawCursor,  # takes $1 as it was recorded: rewrites nothing
        )
        self._connection.prepare_threshold = 0
        self._connection.prepared_max = None
        set_json_dumps(orjson.dumps, self._connection)
        set_json_loads(orjson.loads, self._connection)
        self._cursor = self._connection.cursor()

    def run(self, steps: Iterable[Step]) -> None:
        execute = self._cursor.execute
        for step in steps:
            for row in step.rows:  # one by one: executemany would take the pipeline
                execute(step.sql, row)
            if step.found is not None:
                _compare(step, self._cursor.fetchall())
        self._connection.commit()

    def close(self) -> None:
        self._connection.close()


def _compare(step: Step, rows: Sequence[Any]) -> None:
    if len(rows) != step.found:
        raise BareFailed(f"{len(rows)} rows and not {step.found} of: {step.sql}")


def lanes_of(tape: Iterable[Taped], connections: int) -> list[list[Taped]]:
    """What each connection does in its order: whole shards, about as much for each."""
    shards: dict[str, list[tuple[int, Taped]]] = defaultdict(list)
    for numbered in enumerate(tape):
        shards[numbered[1].shard].append(numbered)
    lanes: list[list[tuple[int, Taped]]] = [[] for _ in range(connections)]
    for shard in sorted(shards.values(), key=len, reverse=True):
        min(lanes, key=len).extend(shard)
    return [[taped for _, taped in sorted(lane, key=itemgetter(0))] for lane in lanes if lane]


def timed_replay(url: str, tape: Sequence[Taped], *, cores: Sequence[int]) -> Replayed:
    """`replay` in a process of its own on these cores."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as process:
        return process.submit(_alone, url, tape, cores).result()


def _alone(url: str, tape: Sequence[Taped], cores: Sequence[int]) -> Replayed:
    pin(*cores)
    gc.collect()
    gc.freeze()  # the tape is large, and nothing of it is garbage
    return replay(url, tape)


def replay(url: str, tape: Sequence[Taped]) -> Replayed:
    """Replay the next part of a tape. Raises BareFailed.

    What is measured ends when the first connection has nothing left to do; the others go on, so
    that the database then stands where the recorded one stood.
    """
    is_sqlite = sqlite_path(url) is not None
    lanes = lanes_of(tape, 1 if is_sqlite else CONNECTIONS)
    opened: Callable[[], _Bare] = partial(_Sqlite if is_sqlite else _Postgresql, url)
    together = threading.Barrier(len(lanes))
    with ThreadPoolExecutor(len(lanes)) as threads:
        runs = list(threads.map(lambda lane: _run(lane, opened, together), lanes))
    timed = sum(len(run.ended_s) for run in runs)
    cpu_s = max(run.cpu_end_s for run in runs) - min(run.cpu_began_s for run in runs)
    return Replayed(round=_round(runs), cpu_ms=cpu_s * 1000 / timed)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Run:
    """What a connection did: when it began, and for each purchase the end and the time it took."""

    began_s: float
    ended_s: list[float]
    took_s: list[float]
    cpu_began_s: float  # of the whole process
    cpu_end_s: float


def _run(lane: Sequence[Taped], opened: Callable[[], _Bare], together: threading.Barrier) -> _Run:
    bare = opened()
    try:
        warm = min(WARM_UP, len(lane) // 2)
        for taped in lane[:warm]:
            bare.run(taped.steps)
        together.wait()
        cpu_began_s, began_s = time.process_time(), time.perf_counter()
        ended_s, took_s, last_s = [], [], began_s
        for taped in lane[warm:]:
            bare.run(taped.steps)
            now_s = time.perf_counter()
            ended_s.append(now_s)
            took_s.append(now_s - last_s)
            last_s = now_s
        return _Run(
            began_s=began_s,
            ended_s=ended_s,
            took_s=took_s,
            cpu_began_s=cpu_began_s,
            cpu_end_s=time.process_time(),
        )
    except BaseException:
        together.abort()  # nobody waits for one that will not come
        raise
    finally:
        bare.close()


def _round(runs: Sequence[_Run]) -> Round:
    until_s = min(run.ended_s[-1] for run in runs)
    took_s = [
        took
        for run in runs
        for ended, took in zip(run.ended_s, run.took_s, strict=True)
        if ended <= until_s
    ]
    return Round(seconds=until_s - min(run.began_s for run in runs), latencies_s=sorted(took_s))
