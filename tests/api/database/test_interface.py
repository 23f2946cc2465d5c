"""What both databases promise to whoever reads and writes."""

import asyncio
import threading
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy

from api.database import Database, DatabaseBusy
from api.database.interface import WRITE_TRIES
from api.runner import Runner
from api.tables import METADATA
from gamification.idempotency.rules import Answer
from tests.api.database.at_once import TOGETHER_S_MAX, adding, at_once, stores_of
from tests.world import World

TILLS = 20  # that send the same purchase at once


def test_a_read_can_write_nothing(database: Database) -> None:
    def write(runner: Runner) -> None:
        adding("a")(runner)

    with suppress(DatabaseBusy):  # PostgreSQL refuses it; SQLite undoes it
        database.read_now(write)
    assert stores_of(database) == []


def test_a_write_that_fails_leaves_nothing(database: Database) -> None:
    def fails(runner: Runner) -> None:
        adding("a")(runner)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        database.write_now(fails)
    assert stores_of(database) == []
    assert database.write_now(adding("b")) == "b"


def test_a_read_sees_one_moment(database: Database) -> None:
    def look_twice(runner: Runner) -> None:
        count = sqlalchemy.select(sqlalchemy.func.count()).select_from(METADATA.tables["store"])
        before = runner.first(count)
        at_once(lambda: database.write_now(adding("a")))
        assert runner.first(count) == before

    database.read_now(look_twice)
    assert stores_of(database) == ["a"]


def test_what_can_never_be_written_is_tried_a_few_times_and_then_raised(
    database: Database,
) -> None:
    database.write_now(adding("a"))
    tries: list[int] = []

    def again(runner: Runner) -> None:
        tries.append(1)
        adding("a")(runner)

    with pytest.raises(Exception, match=r"(?i)unique"):
        database.write_now(again)
    assert len(tries) == WRITE_TRIES
    assert stores_of(database) == ["a"]


def test_beyond_what_may_wait_a_write_is_told_to_come_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("interface", "sqlite"):
        monkeypatch.setattr(f"api.database.{module}.WAITING_MAX", 2)
    go = threading.Event()

    def wait(_runner: Runner) -> str:
        assert go.wait(TOGETHER_S_MAX)
        return "written"

    async def write() -> list[Any]:
        waiting = [asyncio.ensure_future(database.write(wait)) for _ in range(8)]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        go.set()
        return await asyncio.gather(*waiting, return_exceptions=True)

    answers = asyncio.run(write())
    written = [answer for answer in answers if answer == "written"]
    busy = [answer for answer in answers if isinstance(answer, DatabaseBusy)]
    assert len(written) + len(busy) == len(answers), answers
    assert len(written) in {2, 3}  # two wait; on SQLite a third may be at work


def test_one_key_from_twenty_tills_at_once_is_one_purchase(world: World) -> None:
    member, twin = world.enrol("Ola"), world.enrol("Ewa")
    world.buy(twin, "30.00")
    answers = at_once(*[lambda: world.buy(member, "30.00", key="the same")] * TILLS)
    assert all(isinstance(answer, Answer) for answer in answers), answers
    assert len({answer.outcome["activity_id"] for answer in answers}) == 1
    assert sorted(answer.replayed for answer in answers) == [False] + [True] * (TILLS - 1)
    assert world.balances(member) == world.balances(twin)
    assert world.rows("SELECT count(*) FROM activity") == [2]
    assert world.violations() == []


def test_many_tills_at_once_miss_nothing_of_one_member(world: World) -> None:
    member = world.enrol()
    answers = at_once(*[lambda: world.buy(member, "10.00")] * TILLS)
    assert all(isinstance(answer, Answer) for answer in answers), answers
    points = [answer.outcome["points"] for answer in answers]
    assert min(points) > 0
    assert world.balances(member)["available"] >= sum(points)  # and what badges bring
    assert world.rows("SELECT count(*) FROM activity") == [TILLS]
    assert world.violations() == []


def test_of_two_captures_of_one_voucher_at_once_one_wins(world: World) -> None:
    member = world.enrol()
    world.buy(member, "200.00")
    voucher = world.redeem(member, "coffee").outcome["voucher_id"]
    visits = [world.scan(member).id, world.scan(member).id]
    answers = at_once(*[lambda visit=visit: world.capture(visit, voucher) for visit in visits])
    refusals = [answer.outcome.get("refusal", {}).get("code") for answer in answers]
    assert sorted(refusals, key=str) == [None, "VOUCHER_CAPTURED"]
    assert world.rows("SELECT state FROM voucher") == ["captured"]
    assert world.violations() == []


def test_two_who_enrol_with_one_subject_at_once_are_one_member(world: World) -> None:
    enrolled = at_once(*[lambda: world.enrol("Ola", subject="ola")] * 8)
    assert len({member.id for member in enrolled}) == 1, enrolled
    assert world.rows("SELECT count(*) FROM member") == [1]
