"""The same request a thousand times at once: one effect, and one answer for everybody."""

import asyncio
import resource
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import func, select

from gamification.activities.tables import Activity
from gamification.adjustments.tables import Adjustment, Proposal
from gamification.claims.tables import Claim
from gamification.database import table_of
from gamification.goals.tables import Award, Participation
from gamification.idempotency.tables import Idempotency
from gamification.points.tables import Account, Entry
from gamification.reviews.tables import Review
from gamification.timeline.tables import Fact
from gamification.vouchers.tables import Voucher
from tests.drills.client import Connection, body_of, connections, parts_of
from tests.drills.databases import DatabaseUnderTest
from tests.drills.drill import Drill
from tests.drills.further_storms import further_cases
from tests.drills.shop import Shop
from tests.drills.storms import BIG_PURCHASE, Case, cases

pytestmark = pytest.mark.drill

REQUESTS = 1_000  # each on a connection of its own
FILES_MAX = 2 * REQUESTS  # of this process, which holds all the clients' ends
PRINCIPALS = 100
STORMS_SHORT, STORMS_LONG = 1, 50

COUNTED = (
    Activity,
    Adjustment,
    Award,
    Claim,
    Entry,
    Fact,
    Idempotency,
    Participation,
    Proposal,
    Review,
    Voucher,
)
_COUNTS = [
    (model.__tablename__, select(func.count().label("rows")).select_from(table_of(model)))
    for model in COUNTED
]
_MOVES = select(func.sum(table_of(Account).c.version).label("moves"))


def counts(database: DatabaseUnderTest) -> dict[str, int]:
    """How many rows there are of everything that a write leaves, and movements of accounts."""
    found = {str(name): int(database.rows(query)[0].rows) for name, query in _COUNTS}
    return {**found, "moves": int(database.rows(_MOVES)[0].moves)}


def without_replayed(payload: dict[str, Any]) -> str:
    return repr({name: value for name, value in payload.items() if name != "replayed"})


async def storm(clients: Sequence[Connection], case: Case) -> list[dict[str, Any]]:
    """What each client is answered when all of them ask at once."""
    body = body_of(case.operation, case.variables)
    for client in clients:
        await client.open()
    answers = await asyncio.gather(*(client.ask(case.token, body) for client in clients))
    return [answer.payload for answer in answers]


async def rise(shop: Shop, client: Connection, case: Case) -> dict[str, int]:
    """By how much the rows grow when one client asks once."""
    before = counts(shop.database)
    await client.run(case.operation, case.variables, token=case.token)
    after = counts(shop.database)
    return {name: after[name] - before[name] for name in after}


@pytest.fixture
def many_files() -> Iterator[None]:
    """So many open files that every client gets a connection."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_MAX if hard == resource.RLIM_INFINITY else min(FILES_MAX, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
def test_a_thousand_at_once_have_one_effect_and_one_answer(shop: Shop, drill: Drill) -> None:
    storms = drill.rounds(short=STORMS_SHORT, long=STORMS_LONG)
    told: Counter[str] = Counter()
    second_manager_key = shop.installation.add_staff("manager")

    async def every_case(client: Connection, number: int | str) -> list[Case]:
        return [
            *await cases(shop, client, number),
            *await further_cases(shop, client, number, second_manager_key=second_manager_key),
        ]

    async def conflict(client: Connection, case: Case) -> None:
        before = counts(shop.database)
        answer = await client.run(case.operation, case.changed, token=case.token)
        for part in parts_of(answer):
            assert part["__typename"] == "IdempotencyConflict", answer
        assert counts(shop.database) == before

    async def run() -> None:
        async with connections(shop.fleet.ports, REQUESTS) as clients:
            alone = [
                (case.operation, await rise(shop, clients[0], case))
                for case in await every_case(clients[0], "alone")
            ]
            idle = [operation for operation, rises in alone if not rises["moves"]]
            # A visit is worth nothing by itself, and the others somebody has to decide.
            assert idle == ["Visit", "Claim", "Adjust"], alone
            for number in range(storms):
                for case, (_, once) in zip(
                    await every_case(clients[0], number), alone, strict=True
                ):
                    has_key = case.changed is not None
                    assert (once["idempotency"] > 0) == has_key
                    before = counts(shop.database)
                    payloads = await storm(clients, case)
                    after = counts(shop.database)
                    told.update([case.operation] * len(payloads))
                    for parts in zip(*map(parts_of, payloads), strict=True):
                        assert len(set(map(without_replayed, parts))) == 1, case
                        is_replay = Counter(each.get("replayed") for each in parts)
                        first = {False: 1, True: REQUESTS - 1} if has_key else {None: REQUESTS}
                        assert is_replay == first, case
                    grown = {name: after[name] - before[name] for name in after}
                    assert grown == once, case
                    if has_key:
                        await conflict(clients[0], case)

    asyncio.run(run())
    assert shop.violations() == []
    assert shop.fleet.unforeseen() == []
    drill.tell(
        database=shop.database.name,
        processes=shop.fleet,
        storms=storms,
        connections_at_once=REQUESTS,
        **told,
    )


def test_the_same_key_of_somebody_else_is_another_key(shop: Shop, drill: Drill) -> None:
    other_system = shop.installation.add_staff("system")

    async def run() -> None:
        async with connections(shop.fleet.ports, PRINCIPALS) as clients:
            guests = [await shop.enrol(clients[0], f"guest-{each}") for each in range(len(clients))]
            for token in (shop.system_key, other_system):
                given = {
                    "target": {"memberNumber": guests[0].number},
                    "total": "10.00",
                    "idempotencyKey": "same",
                }
                answer = await clients[0].run("Purchase", {"input": given}, token=token)
                assert answer["replayed"] is False, answer
            for number, guest in enumerate(guests):
                given = {
                    "target": {"memberNumber": guest.number},
                    "total": BIG_PURCHASE,
                    "idempotencyKey": f"pay-in-{number}",
                }
                await clients[0].run("Purchase", {"input": given}, token=shop.system_key)
            redeem = body_of("Redeem", {"rewardId": "coffee", "key": "same"})
            answers = await asyncio.gather(
                *(
                    client.ask(guest.token, redeem)
                    for client, guest in zip(clients, guests, strict=True)
                )
            )
            vouchers = {answer.payload["voucher"]["id"] for answer in answers}
            assert len(vouchers) == len(guests)

    asyncio.run(run())
    assert shop.violations() == []
    drill.tell(database=shop.database.name, principals=PRINCIPALS + 2)
