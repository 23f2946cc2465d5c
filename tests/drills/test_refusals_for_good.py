"""A refusal is stored like an answer: whoever asks again with its key is refused again."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from gamification.database import table_of
from gamification.idempotency.tables import Idempotency
from tests.drills.client import Connection, body_of, connections
from tests.drills.drill import Drill
from tests.drills.shop import Guest, Shop
from tests.drills.storms import BIG_PURCHASE

pytestmark = pytest.mark.drill

CLIENTS = 100
KEY, FRESH_KEY = "too-early", "in-time"

_idempotency = table_of(Idempotency)
_STORED = select(_idempotency.c.outcome).where(_idempotency.c.key == KEY)


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """A request that is refused; `with_key` makes it. Points for `guest` may let it succeed."""

    operation: str
    token: str
    with_key: Callable[[str], dict[str, Any]]
    typename: str
    guest: Guest
    later: str | None = None
    """What a fresh key is answered once the guest has points; None: the same refusal."""


async def purchase(shop: Shop, client: Connection, guest: Guest, **more: Any) -> str:
    """The id of a purchase that gives points."""
    given = {"target": {"memberNumber": guest.number}, "total": BIG_PURCHASE, **more}
    answer = await client.run("Purchase", {"input": given}, token=shop.system_key)
    assert answer["__typename"] == "PurchaseRecorded", answer
    return str(answer["purchaseId"])


async def redeem(shop: Shop, client: Connection) -> Refused:
    """A reward for which the points do not suffice."""
    guest = await shop.enrol(client, "poor")
    return Refused(
        operation="Redeem",
        token=guest.token,
        with_key=lambda key: {"rewardId": "coffee", "key": key},
        typename="NotEnoughPoints",
        guest=guest,
        later="RewardRedeemed",
    )


async def adjust(shop: Shop, client: Connection) -> Refused:
    """More is taken than there is."""
    guest = await shop.enrol(client, "poor")
    given = {
        "target": {"memberNumber": guest.number},
        "points": -100,
        "reason": "recorded twice",
    }
    return Refused(
        operation="Adjust",
        token=shop.manager_key,
        with_key=lambda key: {"input": {**given, "idempotencyKey": key}},
        typename="NotEnoughPoints",
        guest=guest,
        later="PointsAdjusted",
    )


async def claim(shop: Shop, client: Connection) -> Refused:
    """A purchase whose receipt was recorded before."""
    guest = await shop.enrol(client, "late")
    await purchase(shop, client, guest, receipt="R-1", idempotencyKey="first")
    given = {"target": {"memberNumber": guest.number}, "total": "5.00", "receipt": "R-1"}
    return Refused(
        operation="Purchase",
        token=shop.system_key,
        with_key=lambda key: {"input": {**given, "idempotencyKey": key}},
        typename="ReceiptAlreadyClaimed",
        guest=guest,
    )


async def refund(shop: Shop, client: Connection) -> Refused:
    """A purchase that was given back before."""
    guest = await shop.enrol(client, "returner")
    bought = await purchase(shop, client, guest, idempotencyKey="bought")

    def with_key(key: str) -> dict[str, Any]:
        return {"input": {"purchase": {"purchaseId": bought}, "idempotencyKey": key}}

    answer = await client.run("Refund", with_key("first"), token=shop.system_key)
    assert answer["__typename"] == "PurchaseRefunded", answer
    return Refused(
        operation="Refund",
        token=shop.system_key,
        with_key=with_key,
        typename="AlreadyRefunded",
        guest=guest,
    )


async def capture(shop: Shop, client: Connection) -> Refused:
    """A voucher that was used before."""
    guest = await shop.enrol(client, "eager")
    await purchase(shop, client, guest, idempotencyKey="bought")
    redeemed = await client.run(
        "Redeem", {"rewardId": "coffee", "key": "redeemed"}, token=guest.token
    )
    voucher, visit = redeemed["voucher"]["id"], await shop.visit(client, guest)

    def with_key(key: str) -> dict[str, Any]:
        return {"visitId": visit, "voucher": voucher, "key": key}

    answer = await client.run("Capture", with_key("first"), token=shop.clerk_key)
    assert answer["__typename"] == "VoucherCaptured", answer
    return Refused(
        operation="Capture",
        token=shop.clerk_key,
        with_key=with_key,
        typename="VoucherNotOpen",
        guest=guest,
    )


@pytest.mark.parametrize("prepare", [redeem, adjust, claim, refund, capture])
def test_a_refusal_is_the_answer_for_good(
    prepare: Callable[[Shop, Connection], Awaitable[Refused]], shop: Shop, drill: Drill
) -> None:
    async def run() -> None:
        async with connections(shop.fleet.ports, CLIENTS) as clients:
            case = await prepare(shop, clients[0])
            body = body_of(case.operation, case.with_key(KEY))

            async def everyone() -> set[str]:
                answers = await asyncio.gather(*(each.ask(case.token, body) for each in clients))
                return {repr(answer.payload) for answer in answers}

            (refused,) = await everyone()
            assert case.typename in refused
            (stored,) = shop.database.rows(_STORED)
            assert stored.outcome["refusal"]["code"] in refused
            await purchase(shop, clients[0], case.guest, idempotencyKey="pay-in")
            assert await everyone() == {refused}
            assert shop.database.rows(_STORED) == [stored]
            fresh = await clients[0].run(case.operation, case.with_key(FRESH_KEY), token=case.token)
            assert fresh["__typename"] == (case.later or case.typename)

    asyncio.run(run())
    assert shop.violations() == []
    assert shop.fleet.unforeseen() == []
    drill.tell(database=shop.database.name, request=prepare.__name__, refusals=2 * CLIENTS)
