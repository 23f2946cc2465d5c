"""Several who write the same at once: they wait for each other, and none is lost."""

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import psycopg
import pytest
import sqlalchemy

from api.database import Database, DatabaseBusy
from api.runner import Runner
from api.tables import METADATA
from gamification.actions.decide_adjustment import AdjustmentDecision, decide_adjustment
from gamification.actions.decide_claim import ClaimDecision, decide_claim
from gamification.actions.record_purchase import Purchase, record_purchase
from gamification.actions.targets import Target
from gamification.members.rules import MemberRecord
from gamification.stores import store as stores
from notifications import store as notifications
from notifications.actions.register_device import DeviceToRegister, register_device
from tests.api.database.at_once import TOGETHER_S_MAX, adding, at_once
from tests.claiming import review
from tests.databases import only_postgresql
from tests.journeys.story import wait_until
from tests.second_manager import LIMIT, OTHER, propose, two_managers
from tests.world import World

pytestmark = only_postgresql

STORE = METADATA.tables["store"]
NAME_OF = sqlalchemy.select(STORE.c.name).where(STORE.c.id == sqlalchemy.bindparam("store_id"))
RENAME = (
    sqlalchemy.update(STORE)
    .values(name=sqlalchemy.bindparam("new_name"))
    .where(STORE.c.id == sqlalchemy.bindparam("store_id"))
)
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND wait_event_type = 'Lock'"
)


def is_waiting(database: Database) -> bool:
    """Somebody waits for a lock of another transaction."""
    with psycopg.connect(database.url) as connection:
        return connection.execute(WAITING.encode()).fetchone() != (0,)


def purchase(world: World, member: MemberRecord, total: str) -> Callable[[Runner], Any]:
    request = Purchase(
        target=Target(member_number=member.number),
        total=Decimal(total),
        idempotency_key=world.key(),
    )
    return lambda runner: record_purchase(runner, request, world.occasion())


def registering(world: World, member: MemberRecord) -> Callable[[Runner], str]:
    request = DeviceToRegister(
        member_id=member.id, address_kind="fid", address="phone", platform="ios"
    )
    return lambda c: register_device(c, request, world.occasion())


class Held:
    """A write that stands still after it did something, until it is let go."""

    def __init__(self, does: Callable[[Runner], Any]) -> None:
        self.did, self.go = threading.Event(), threading.Event()
        self._does = does

    def __call__(self, runner: Runner) -> Any:
        found = self._does(runner)
        runner.all(NAME_OF, store_id="")  # what it wrote is sent
        self.did.set()
        assert self.go.wait(TOGETHER_S_MAX)
        return found


def test_of_two_who_write_the_same_at_once_the_second_sees_the_first(database: Database) -> None:
    meeting = threading.Barrier(2)
    tries: list[str] = []

    def claiming(name: str) -> Callable[[Runner], str]:
        def claim(runner: Runner) -> str:
            found = runner.first(NAME_OF, store_id="corner")
            if found:
                return str(found.name)
            if name not in tries:
                tries.append(name)
                meeting.wait(TOGETHER_S_MAX)  # neither has seen the other
            stores.add(runner, store_id="corner", name=name)
            return name

        return claim

    writes = [lambda name=name: database.write_now(claiming(name)) for name in ("Ewa", "Ola")]
    answers = at_once(*writes)
    assert sorted(tries) == ["Ewa", "Ola"]
    assert answers[0] == answers[1]
    assert answers[0] in {"Ewa", "Ola"}


def test_a_deadlock_is_tried_again(database: Database) -> None:
    database.write_now(adding("a"))
    database.write_now(adding("b"))
    meeting = threading.Barrier(2)
    tries: list[str] = []

    def crossing(first: str, second: str) -> Callable[[Runner], str]:
        def cross(runner: Runner) -> str:
            runner.driver.execute("SET LOCAL deadlock_timeout = '20ms'")
            runner.run(RENAME, store_id=first, new_name=first)
            runner.all(NAME_OF, store_id=first)  # which sends the write
            tries.append(first)
            if tries.count(first) == 1:
                meeting.wait(TOGETHER_S_MAX)
            runner.run(RENAME, store_id=second, new_name=first)
            return first

        return cross

    answers = at_once(
        lambda: database.write_now(crossing("a", "b")),
        lambda: database.write_now(crossing("b", "a")),
    )
    assert answers == ["a", "b"]
    assert len(tries) == 3  # one of the two was tried again


def test_a_write_waits_for_another_one_of_the_same_member_and_sees_it(world: World) -> None:
    member = world.enrol()
    world.buy(member)
    held = Held(purchase(world, member, "20.00"))

    def second() -> Any:
        assert held.did.wait(TOGETHER_S_MAX)
        return world.buy(member, "30.00")

    def let_go() -> None:
        assert held.did.wait(TOGETHER_S_MAX)
        wait_until(lambda: is_waiting(world.database))
        held.go.set()

    answers = at_once(lambda: world.write(held), second, let_go)
    facts = [(each.outcome["first_fact"], each.outcome["last_fact"]) for each in answers[:2]]
    assert facts[1][0] == facts[0][1] + 1
    assert world.violations() == []


def test_a_device_that_is_dropped_while_it_is_registered_again_is_there_afterwards(
    world: World,
) -> None:
    ola, jan = world.enrol("Ola"), world.enrol("Jan")
    dropped = world.write(registering(world, ola))
    held = Held(lambda runner: notifications.drop_devices(runner, [dropped]))

    def register() -> str:
        assert held.did.wait(TOGETHER_S_MAX)
        return world.write(registering(world, jan))

    def let_go() -> None:
        assert held.did.wait(TOGETHER_S_MAX)
        wait_until(lambda: is_waiting(world.database))
        held.go.set()

    _, registered, _ = at_once(lambda: world.write(held), register, let_go)
    assert world.rows("SELECT id, member_id FROM device") == [(registered, jan.id)]


def deciding_claim(world: World) -> Callable[[Runner], Any]:
    claim_id = review(world, world.enrol())
    request = ClaimDecision(claim_id=claim_id, approve=True, idempotency_key="one")
    return lambda c: decide_claim(c, request, world.occasion())


def deciding_adjustment(world: World) -> Callable[[Runner], Any]:
    proposal_id = propose(two_managers(world), world.enrol(), LIMIT + 1)
    request = AdjustmentDecision(adjustment_id=proposal_id, approve=True, idempotency_key="one")
    return lambda c: decide_adjustment(c, request, world.occasion(OTHER))


@pytest.mark.parametrize("prepare", [deciding_claim, deciding_adjustment])
def test_a_decision_that_is_asked_for_twice_at_once_has_one_answer(
    market_world: World, prepare: Callable[[World], Callable[[Runner], Any]]
) -> None:
    """The second finds no key, waits for the first, and finds the decision made: its own."""
    decide = prepare(market_world)
    held = Held(decide)

    def again() -> Any:
        assert held.did.wait(TOGETHER_S_MAX)
        return market_world.write(decide)

    def let_go() -> None:
        assert held.did.wait(TOGETHER_S_MAX)
        wait_until(lambda: is_waiting(market_world.database))
        held.go.set()

    first, second, _ = at_once(lambda: market_world.write(held), again, let_go)
    assert (first.replayed, second.replayed) == (False, True)
    assert first.outcome == second.outcome
    assert market_world.violations() == []


def test_a_member_that_stays_locked_is_told_to_come_again(world: World) -> None:
    member = world.enrol()
    held = Held(purchase(world, member, "20.00"))

    def impatient() -> Any:
        assert held.did.wait(TOGETHER_S_MAX)

        def write(runner: Runner) -> Any:
            runner.driver.execute("SET LOCAL lock_timeout = '50ms'")
            return purchase(world, member, "30.00")(runner)

        try:
            return world.write(write)
        finally:
            held.go.set()

    first, second = at_once(lambda: world.write(held), impatient)
    assert isinstance(second, DatabaseBusy)
    assert world.rows("SELECT id FROM activity") == [first.outcome["activity_id"]]
    assert world.buy(member).outcome["points"] > 0
