"""How many SQL statements the two operations take that a shop runs all day: constants."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from starlette.applications import Starlette

from api.app import Parts, build_app
from api.bench.statements import StatementCount
from api.identity import OPAQUE_BYTES, DemoIdentity, issue_demo_token, new_opaque_key
from api.images import ImageAddresses
from api.keys import card_keys
from gamification.actions.record_purchase import PurchaseLine
from gamification.staff import store as staff
from tests.movable_clock import MovableClock
from tests.slow_points import DAYS, with_slow_points
from tests.world import START, World

OPERATIONS = Path(__file__).parents[2] / "schema/operations"
TOKEN_KEY = bytes(range(32))

HOME = 8  # member, buckets, card, points, awards, vouchers, timeline, inbox
PURCHASE = 20  # 14 to record, 6 for the answer; an opaque key takes 1 more every few seconds

Ask = Callable[[str, str, dict[str, Any]], tuple[str, int]]


@pytest.fixture
def ask(tmp_path: Path, world: World) -> Ask:
    return ask_in(world, tmp_path)


def ask_in(world: World, tmp_path: Path) -> Ask:
    """Runs an operation over HTTP; gives the answer and the number of statements."""
    count = StatementCount(world.database)
    clock = MovableClock(START)
    app = build_app(
        Parts(
            database=world.database,
            programme=world.programme,
            identity=DemoIdentity(TOKEN_KEY, clock),
            card_keys=card_keys(tmp_path / "keys"),
            images=ImageAddresses(key=b"i" * 32, public_url="https://cafe.example"),
            clock=clock,
            log=structlog.get_logger(),
            ide=False,
            is_worker_ready=lambda: True,
        )
    )

    def run(token: str, operation: str, variables: dict[str, Any]) -> tuple[str, int]:
        clock.set(world.now)
        query = (OPERATIONS / f"{operation}.graphql").read_text("utf-8")
        before = count.statements
        answer = asyncio.run(_post(app, token, {"query": query, "variables": variables}))
        return answer, count.statements - before

    return run


async def _post(app: Starlette, token: str, body: dict[str, Any]) -> str:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://cafe.example") as client:
        headers = {"Authorization": f"Bearer {token}"}
        return (await client.post("/graphql", json=body, headers=headers)).text


def token_of(subject: str) -> str:
    return issue_demo_token(TOKEN_KEY, subject=subject, now=START, ttl_s=10**7)


def key_of_a_system(world: World) -> str:
    text, key_hash = new_opaque_key(bytes(OPAQUE_BYTES))
    world.write(lambda c: staff.add_key(c, key_hash=key_hash, staff_id="till", now=world.now))
    return text


def purchase(number: str, key: str, *, total: str = "4.50") -> dict[str, Any]:
    target = {"memberNumber": number}
    return {"input": {"target": target, "total": total, "idempotencyKey": key}}


def test_a_home_screen_takes_as_many_statements_for_a_fresh_member_as_for_an_old_one(
    ask: Ask, world: World
) -> None:
    world.enrol("Ewa")
    ola = world.enrol("Ola")
    world.join(ola, "pastry_month")
    for _ in range(12):
        world.pass_time(days=1)
        world.eat_pastries(ola, 4, each="9.90")
    world.redeem(ola, "coffee")
    for subject in ("subject-Ewa", "subject-Ola"):
        answer, statements = ask(token_of(subject), "Home", {})
        assert '"inbox":{' in answer
        assert statements == HOME


def test_a_home_screen_shows_stamp_cards_without_a_statement_more(
    market_world: World, tmp_path: Path
) -> None:
    loaves = PurchaseLine(name="Bread", category="bread", quantity=23, amount=Decimal(46))
    market_world.buy(market_world.enrol("Ola"), "46.00", lines=(loaves,))
    answer, statements = ask_in(market_world, tmp_path)(token_of("subject-Ola"), "Home", {})
    (card,) = json.loads(answer)["data"]["viewer"]["member"]["stamps"]
    assert (card["id"], card["every"], card["full"]) == ("tenth_loaf", 10, 2)
    assert (card["progress"]["current"], card["progress"]["target"]) == (3, 10)
    assert statements == HOME


def test_a_second_purchase_takes_as_many_statements_as_a_hundredth(ask: Ask, world: World) -> None:
    key = key_of_a_system(world)
    ewa, ola = world.enrol("Ewa"), world.enrol("Ola")
    for _ in range(99):
        world.pass_time(days=1)
        world.buy(ola, "2.00")
    _, with_key = ask(key, "Purchase", purchase(ewa.number, "first"))
    assert with_key == PURCHASE + 1
    for member in (ewa, ola):
        answer, statements = ask(key, "Purchase", purchase(member.number, member.id))
        assert '"PurchaseRecorded"' in answer
        assert statements == PURCHASE


def test_a_purchase_that_cools_off_takes_no_statement_more(world: World, tmp_path: Path) -> None:
    world.programme = with_slow_points(world.programme)
    ask, key, ola = ask_in(world, tmp_path), key_of_a_system(world), world.enrol("Ola")
    world.buy(ola, "2.00")
    bought = purchase(ola.number, "web", total="20.00")
    bought["input"]["channel"] = "WEB"
    cooling = [{"points": 200, "availableAt": (world.now + timedelta(days=DAYS)).isoformat()}]
    for replayed in (False, True):
        answer, statements = ask(key, "Purchase", bought)
        told = json.loads(answer)["data"]["recordPurchase"]
        assert (told["pointsEarned"], told["cooling"]) == (210, cooling)
        assert told["replayed"] == replayed
        assert replayed or statements == PURCHASE + 1  # the key
    answer, statements = ask(token_of("subject-Ola"), "Home", {})
    balance = json.loads(answer)["data"]["viewer"]["member"]["points"]
    assert (balance["available"], balance["pending"], balance["cooling"]) == (30, 200, cooling)
    assert statements == HOME


def test_a_purchase_that_wins_a_badge_takes_few_statements_more(ask: Ask, world: World) -> None:
    key = key_of_a_system(world)
    ola = world.enrol("Ola")
    for _ in range(9):
        world.buy(ola, "2.00")
    answer, statements = ask(key, "Purchase", purchase(ola.number, "tenth"))
    assert '"BADGE_AWARDED"' in answer
    assert statements == PURCHASE + 2  # the key, and the prize's fact


def test_a_purchase_that_was_recorded_before_is_answered_without_writing(
    ask: Ask, world: World
) -> None:
    key = key_of_a_system(world)
    ola = world.enrol("Ola")
    ask(key, "Purchase", purchase(ola.number, "twice"))
    answer, statements = ask(key, "Purchase", purchase(ola.number, "twice"))
    assert '"replayed":true' in answer
    assert statements < PURCHASE
