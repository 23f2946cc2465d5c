"""The frozen reference: what it replays is what was recorded, one transaction each."""

import re
from pathlib import Path

import pytest

from api.bench.bare import BareFailed, Step, Taped, lanes_of, replay
from api.bench.databases import Databases
from api.bench.tape import record_purchases
from api.bench.world import BenchWorld, Place, build_world
from api.clock import SystemClock
from api.database import database_at
from api.tables import METADATA

PURCHASES = 12
INSERT = re.compile(r"\bINSERT INTO (\w+)")


@pytest.fixture
def place(databases: Databases, tmp_path: Path) -> Place:
    return Place(folder=tmp_path, url=databases.new("world"))


@pytest.fixture
def world(place: Place) -> BenchWorld:
    return build_world(place, members=3, clock=SystemClock())


@pytest.fixture
def taped(world: BenchWorld, place: Place, databases: Databases) -> Place:
    assert len(world.askers) == 3
    return Place(folder=place.folder, url=databases.copy(place.url, "taped"))


def rows(url: str) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    database = database_at(url)
    try:
        return {
            name: sorted(
                database.read_now(
                    lambda c, name=name: [  # type: ignore[misc]  # one table
                        repr(tuple(row))
                        for row in c.driver.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608 -- ours
                    ]
                )
            )
            for name in METADATA.tables
        }
    finally:
        database.close()


def test_replaying_leaves_what_the_purchases_left(
    world: BenchWorld, place: Place, taped: Place
) -> None:
    before = rows(place.url)
    tape = record_purchases(world, taped, purchases=PURCHASES)
    assert len(tape) == PURCHASES
    recorded = rows(taped.url)
    assert len(recorded["activity"]) == len(before["activity"]) + PURCHASES
    assert rows(place.url) == before
    for part in (tape[:5], tape[5:]):
        found = replay(place.url, part)
        assert 0 < len(found.round.latencies_s) < len(part)
        assert found.round.per_s > 0
        assert found.cpu_ms > 0
    assert rows(place.url) == recorded


def test_a_tape_holds_the_look_up_of_the_key_the_writes_and_the_reads_of_the_answer(
    world: BenchWorld, taped: Place
) -> None:
    steps = record_purchases(world, taped, purchases=2)[1].steps
    writes = [step for step in steps if step.found is None]
    looked_up = next(step for step in steps if "FROM idempotency" in step.sql)
    assert looked_up.found == 0
    assert steps.index(looked_up) < steps.index(writes[0])
    written = {found[1] for step in writes if (found := INSERT.search(step.sql))}
    assert written >= {"activity", "entry", "lot", "bucket", "fact", "idempotency"}
    answered = steps[steps.index(writes[-1]) + 1 :]
    assert any("FROM fact" in step.sql and step.found for step in answered)


def test_rows_that_were_not_recorded_break_off(
    world: BenchWorld, place: Place, taped: Place
) -> None:
    tape = record_purchases(world, taped, purchases=1)
    replay(place.url, tape)
    with pytest.raises(BareFailed, match="1 rows and not 0"):
        replay(place.url, tape)


def bought(shard: str, number: int) -> Taped:
    return Taped(shard=shard, steps=(Step(f"{number}", ((),), None),))


def test_a_shard_stays_in_order_on_one_connection() -> None:
    tape = [bought(f"issued:{n % 5}", n) for n in range(50)]
    lanes = lanes_of(tape, 3)
    assert sorted(len(lane) for lane in lanes) == [10, 20, 20]
    for lane in lanes:
        numbers = [int(taped.steps[0].sql) for taped in lane]
        assert numbers == sorted(numbers)
    shards = [{taped.shard for taped in lane} for lane in lanes]
    assert sum(len(each) for each in shards) == 5


def test_there_are_no_more_connections_than_shards() -> None:
    assert len(lanes_of([bought("issued:1", 1), bought("issued:1", 2)], 16)) == 1
