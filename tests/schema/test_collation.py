"""On a PostgreSQL whose texts are in the order of a language, pages are what they are elsewhere."""

import asyncio
import json
import os
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import structlog

from api.app import Parts, build_app
from api.database import database_at
from api.identity import DemoIdentity, issue_demo_token
from api.images import ImageAddresses
from api.keys import card_keys
from api.migrate import migrate
from gamification.actions.sweep_points import sweep_points
from gamification.members import store as members
from gamification.members.rules import MemberRecord
from gamification.programme.values import Programme
from notifications import store as notifications
from tests import postgresql
from tests.movable_clock import MovableClock
from tests.world import START, World

TOKEN_KEY = bytes(range(32))
HAS_ICU = 150_000  # the first version whose databases may take their order from ICU
INBOX = """
  query ($first: Int, $after: String) {
    viewer { member { inbox(first: $first, after: $after) {
      edges { cursor } pageInfo { hasNextPage endCursor }
    } } }
  }
"""
EDGES = ["0" * 32, "f" * 32, "9" * 32, "a" * 32, "9" + "f" * 31, "a" + "0" * 31, "0a" * 16]


@pytest.fixture
def world(programme: Programme) -> Iterator[World]:
    """One whose database sorts its texts as English does, and has `~` before every letter."""
    postgresql.demand_or_skip()
    with psycopg.connect(postgresql.ADDRESS) as connection:
        if connection.info.server_version < HAS_ICU:
            pytest.skip("this PostgreSQL makes no database in the order of ICU")
    with postgresql.new_database(
        f"regulars_test_{os.getpid()}_icu",
        "TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'",
    ) as url:
        database = database_at(url)
        migrate(database)
        yield World(database, programme)
        database.close()


def some_ids(count: int) -> list[str]:
    chance = random.Random(11)  # noqa: S311 -- every run is the same
    return [*EDGES, *(chance.randbytes(16).hex() for _ in range(count - len(EDGES)))]


def sent(world: World, member: MemberRecord, nudge_id: str) -> None:
    """A line in a member's inbox."""
    row = {
        "id": nudge_id,
        "member_id": member.id,
        "key": nudge_id,
        "rule": "near_reward",
        "target_kind": "reward",
        "target_id": "coffee",
        "params": {"remaining": 1},
        "state": "sent",
        "reason": None,
        "attempts": 1,
        "not_before": world.now,
        "planned_at": world.now,
        "sent_at": world.now,
        "read_at": None,
        "programme_version": world.programme.version,
        "category": "marketing",
        **dict.fromkeys(("archived_at", "arm", "assigned_at", "claimed_on", "chance_ppm")),
    }
    world.write(lambda c: notifications.plan(c, [row]))


def inbox(world: World, folder: Path, **variables: Any) -> Any:
    """A page of Ola's inbox, as her app gets it."""
    clock = MovableClock(START)
    app = build_app(
        Parts(
            database=world.database,
            programme=world.programme,
            identity=DemoIdentity(TOKEN_KEY, clock),
            card_keys=card_keys(folder),
            images=ImageAddresses(key=b"i" * 32, public_url="https://cafe.example"),
            clock=clock,
            log=structlog.get_logger(),
            ide=False,
            is_worker_ready=lambda: True,
        )
    )
    token = issue_demo_token(TOKEN_KEY, subject="subject-Ola", now=START, ttl_s=1000)

    async def post() -> str:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://cafe.example") as client:
            return (
                await client.post(
                    "/graphql",
                    json={"query": INBOX, "variables": variables},
                    headers={"Authorization": f"Bearer {token}"},
                )
            ).text

    return json.loads(asyncio.run(post()))["data"]["viewer"]["member"]["inbox"]


def paged(page: Callable[[str], list[str]]) -> list[str]:
    """All ids, from pages each of which begins after the last of the one before."""
    found: list[str] = []
    while ids := page(found[-1] if found else ""):
        found += ids
    return found


def test_texts_there_are_in_another_order_than_their_bytes(world: World) -> None:
    assert world.rows("SELECT '~' < 'a', 'a' < 'B'") == [(True, True)]


def test_the_inbox_begins_with_the_newest_and_its_pages_hold_every_line(
    world: World, tmp_path: Path
) -> None:
    ola, jan = world.enrol("Ola"), world.enrol("Jan")
    newest_first = sorted(some_ids(25), reverse=True)
    for nudge_id in newest_first:
        sent(world, ola, nudge_id)
    sent(world, jan, "b" * 32)
    found: list[str] = []
    after: str | None = None
    while True:
        page = inbox(world, tmp_path, first=10, after=after)
        found += [edge["cursor"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == newest_first


def test_members_are_gone_through_in_the_order_of_their_bytes(world: World) -> None:
    left = some_ids(20)
    world.new_id = lambda: left.pop() if left else f"{world.chance.getrandbits(128):032x}"  # type: ignore[method-assign]  # ids of every kind
    guests = [world.enrol(f"Guest {number}") for number in range(10)]
    for guest in guests:
        world.buy(guest)
    in_order = sorted(guest.id for guest in guests)
    assert (
        paged(lambda after: world.read(lambda c: members.ids_after(c, after, most=3))) == in_order
    )
    assert world.violations() == []
    world.pass_time(days=500)
    sweep = partial(sweep_points, occasion=world.occasion(), most=3)
    assert paged(lambda after: world.write(partial(sweep, after=after))) == in_order
    assert world.violations() == []
