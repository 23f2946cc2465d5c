"""A refusal is stored like an answer: whoever asks again with its key is refused again."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import bindparam, select

from gamification.database import table_of
from gamification.idempotency.tables import Idempotency
from tests.drills.client import Connection, body_of, connections, parts_of
from tests.drills.drill import Drill
from tests.drills.refused import EVERY_REFUSAL, Prepare, purchase
from tests.drills.shop import Shop

pytestmark = pytest.mark.drill

CLIENTS = 100

_idempotency = table_of(Idempotency)
_STORED = select(_idempotency.c.outcome).where(_idempotency.c.key == bindparam("asked"))


async def refuse_for_good(shop: Shop, clients: Sequence[Connection], prepare: Prepare) -> None:
    """See everyone refused, also once there are points; a fresh key may succeed then."""
    case = await prepare(shop, clients[0])
    key, fresh_key = f"too-early-{prepare.__name__}", f"in-time-{prepare.__name__}"
    body = body_of(case.operation, case.with_key(key))

    async def everyone() -> set[str]:
        answers = await asyncio.gather(*(each.ask(case.token, body) for each in clients))
        return {repr(answer.payload) for answer in answers}

    (refused,) = await everyone()
    assert case.typename in refused
    (stored,) = shop.database.rows(_STORED, asked=key)
    assert stored.outcome["refusal"]["code"] in refused
    await purchase(shop, clients[0], case.guest, "pay-in")
    assert await everyone() == {refused}
    assert shop.database.rows(_STORED, asked=key) == [stored]
    fresh = await clients[0].run(case.operation, case.with_key(fresh_key), token=case.token)
    assert parts_of(fresh)[0]["__typename"] == (case.later or case.typename)


def test_a_refusal_is_the_answer_for_good(shop: Shop, drill: Drill) -> None:
    async def run() -> None:
        async with connections(shop.fleet.ports, CLIENTS) as clients:
            for prepare in EVERY_REFUSAL:
                await refuse_for_good(shop, clients, prepare)

    asyncio.run(run())
    assert shop.violations() == []
    assert shop.fleet.unforeseen() == []
    drill.tell(
        database=shop.database.name,
        requests=" + ".join(prepare.__name__ for prepare in EVERY_REFUSAL),
        refusals=2 * CLIENTS * len(EVERY_REFUSAL),
    )
