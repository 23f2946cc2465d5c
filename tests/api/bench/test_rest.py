"""The route that the benchmark compares with answers what Home.graphql is answered."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import structlog

from api import ids
from api.app import Parts, build_app
from api.bench.rest import RestParts, rest_app
from api.database import Database, sqlite_path
from api.demo.world import World as DemoWorld
from api.identity import DemoIdentity, issue_demo_token
from api.images import ImageAddresses
from api.keys import card_keys
from gamification.cards import store as cards
from gamification.members import store as members
from gamification.programme.values import Programme
from gamification.staff.rules import Role
from tests.databases import only_sqlite
from tests.movable_clock import MovableClock
from tests.world import World

pytestmark = only_sqlite  # the routes written by hand, which are compared with, are SQLite's

TOKEN_KEY = bytes(range(32))
HOME = (Path(__file__).parents[3] / "schema/operations/Home.graphql").read_text("utf-8")

Answers = Callable[..., tuple[bytes, bytes]]


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(datetime(2026, 3, 4, 9, 30, 15, 250_000, tzinfo=UTC))


@pytest.fixture
def parts(
    database: Database, programme: Programme, clock: MovableClock, tmp_path: Path
) -> RestParts:
    path = sqlite_path(database.url)
    assert path
    return RestParts(
        database_path=path,
        programme=programme,
        identity=DemoIdentity(TOKEN_KEY, clock),
        card_keys=card_keys(tmp_path / "keys"),
        image_key=b"i" * 32,
        public_url="https://cafe.example",
        clock=clock,
        random_bytes=known_bytes,
    )


@pytest.fixture
def answers(
    database: Database,
    programme: Programme,
    clock: MovableClock,
    parts: RestParts,
    monkeypatch: pytest.MonkeyPatch,
) -> Answers:
    """Asks both for a subject's home screen, with the same clock and the same random bytes."""
    graphql = build_app(
        Parts(
            database=database,
            programme=programme,
            identity=parts.identity,
            card_keys=parts.card_keys,
            images=ImageAddresses(key=parts.image_key, public_url=parts.public_url),
            clock=clock,
            log=structlog.get_logger(),
            ide=False,
            is_worker_ready=lambda: True,
        )
    )

    async def ask(subject: str, role: Role) -> tuple[bytes, bytes]:
        token = issue_demo_token(TOKEN_KEY, subject=subject, role=role, now=clock.now(), ttl_s=3600)
        headers = {"Authorization": f"Bearer {token}"}
        with rest_app(parts) as rest:
            async with _client(rest) as by_hand, _client(graphql) as by_schema:
                one = await by_hand.get("/rest/home", headers=headers)
                two = await by_hand.get("/rest/threaded/home", headers=headers)
                other = await by_schema.post("/graphql", json={"query": HOME}, headers=headers)
        assert one.status_code == other.status_code == 200
        assert one.content == two.content
        return one.content, other.content

    def both(subject: str, role: Role = Role.MEMBER) -> tuple[bytes, bytes]:
        with monkeypatch.context() as patch:
            patch.setattr(ids, "random_bytes", known_bytes)
            return asyncio.run(ask(subject, role))

    return both


def known_bytes(size: int) -> bytes:
    return b"\x5a" * size


def _client(app: object) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # Starlette's own type
    return httpx.AsyncClient(transport=transport, base_url="http://cafe.example")


def tell(world: World, subject: str, *, lines: int) -> None:
    """Put lines into a member's inbox: of rewards, of a tier, and of one that is gone."""
    member = world.read(lambda c: members.by_subject(c, subject))
    assert member
    targets = [("reward", "coffee"), ("tier", "sonata"), ("reward", "no longer there")]
    for number in range(lines):
        kind, target = targets[number % len(targets)]
        world.write(
            lambda c, kind=kind, target=target, number=number: c.driver.execute(  # type: ignore[misc]  # one member
                "INSERT INTO nudge (id, member_id, key, rule, target_kind, target_id, params,"
                " state, attempts, not_before, planned_at, sent_at, programme_version)"
                " VALUES (?, ?, ?, 'near', ?, ?, ?, 'sent', 0, ?, ?, ?, 'v')",
                (
                    f"{number:032x}",
                    member.id,
                    f"key-{number}",
                    kind,
                    target,
                    f'{{"remaining": {number * 100 + 1}}}',
                    *(["2026-03-04T08:00:00.000001Z"] * 3),
                ),
            )
        )


def test_a_member_with_a_history_gets_the_same_bytes(
    answers: Answers, world: World, clock: MovableClock
) -> None:
    ola = world.enrol("Ola")
    world.join(ola, "pastry_month")
    for _ in range(12):
        world.pass_time(minutes=5)
        world.eat_pastries(ola, 4, each="9.90")
    world.join(ola, "three_a_week")
    world.redeem(ola, "coffee")
    tell(world, "subject-Ola", lines=7)
    clock.set(world.now + timedelta(hours=1))
    by_hand, by_schema = answers("subject-Ola")
    assert by_hand == by_schema
    assert b'"rewardName"' in by_hand
    assert b'"hasNextPage":true' in by_hand


def test_a_fresh_member_gets_the_same_bytes(answers: Answers, world: World) -> None:
    world.enrol("Ola")
    by_hand, by_schema = answers("subject-Ola")
    assert by_hand == by_schema
    assert b'"available":0' in by_hand


def test_a_member_whose_card_was_revoked_gets_the_same_bytes(
    answers: Answers, world: World
) -> None:
    ola = world.enrol("Ola")
    world.write(lambda c: cards.revoke(c, ola.id, now=world.now))
    by_hand, by_schema = answers("subject-Ola")
    assert by_hand == by_schema
    assert b'"card":null' in by_hand


def test_a_member_who_owes_points_gets_the_same_bytes(answers: Answers, world: World) -> None:
    ola = world.enrol("Ola")
    bought = world.buy(ola, "100.00")
    visit = world.scan(ola)
    voucher = world.redeem(ola, "coffee").outcome["voucher_id"]
    world.capture(visit.id, voucher)
    world.refund(bought)
    by_hand, by_schema = answers("subject-Ola")
    assert by_hand == by_schema
    assert b'"debt":0' not in by_hand


@pytest.mark.parametrize("role", [Role.MEMBER, Role.CLERK])
def test_whoever_is_no_member_gets_the_same_bytes(answers: Answers, role: Role) -> None:
    by_hand, by_schema = answers("nobody", role)
    assert by_hand == by_schema == b'{"data":{"viewer":{"member":null}}}'


def test_every_member_of_the_demo_gets_the_same_bytes(
    answers: Answers, database: Database, parts: RestParts, clock: MovableClock
) -> None:
    world = DemoWorld(database, parts.programme, keys=parts.card_keys, now=clock.now())
    world.build(14, progress=lambda _done, _days: None)
    subjects = database.read_now(
        lambda c: [row[0] for row in c.driver.execute("SELECT subject FROM person")]
    )
    assert len(subjects) == 14
    for subject in subjects:
        by_hand, by_schema = answers(subject)
        assert by_hand == by_schema


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer forged"}])
def test_without_a_good_token_there_is_no_answer(parts: RestParts, headers: dict[str, str]) -> None:
    async def ask() -> int:
        with rest_app(parts) as rest:
            async with _client(rest) as client:
                return (await client.get("/rest/home", headers=headers)).status_code

    assert asyncio.run(ask()) == 401
