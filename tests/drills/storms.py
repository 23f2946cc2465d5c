"""A request of every kind that moves points, ready to be sent a thousand times."""

from dataclasses import dataclass
from typing import Any

from tests.drills.client import Connection
from tests.drills.shop import Guest, Shop

BIG_PURCHASE = "90.00"  # of a first purchase: 1,010 points, more than a coffee costs
CHALLENGE, VISITS = "three_a_week", 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A request, and another one with the same key; None for one that is its own key."""

    operation: str
    token: str
    variables: dict[str, Any]
    changed: dict[str, Any] | None


async def cases(shop: Shop, client: Connection, number: int | str) -> list[Case]:
    """Every mutation that moves points, each for a guest of its own."""

    async def guest_with_points(what: str) -> tuple[Guest, str]:
        guest = await shop.enrol(client, f"{what}-{number}")
        given = {
            "target": {"memberNumber": guest.number},
            "total": BIG_PURCHASE,
            "idempotencyKey": f"pay-in-{what}-{number}",
        }
        answer = await client.run("Purchase", {"input": given}, token=shop.system_key)
        return guest, answer["purchaseId"]

    key = f"storm-{number}"
    buyer, _ = await guest_with_points("buyer")
    target = {"memberNumber": buyer.number}
    bought = {"target": target, "total": "12.50", "idempotencyKey": key}
    visitor, _ = await guest_with_points("visitor")
    visited = {"target": {"memberNumber": visitor.number}, "idempotencyKey": key}
    redeemer, _ = await guest_with_points("redeemer")
    _, purchase = await guest_with_points("returner")
    returned = {"purchase": {"purchaseId": purchase}, "idempotencyKey": key}
    capturer, _ = await guest_with_points("capturer")
    redeemed = await client.run(
        "Redeem", {"rewardId": "coffee", "key": f"voucher-{number}"}, token=capturer.token
    )
    visit = await shop.visit(client, capturer)
    adjustee, _ = await guest_with_points("adjustee")
    adjusted = {
        "target": {"memberNumber": adjustee.number},
        "points": -100,
        "reason": "recorded twice",
        "idempotencyKey": key,
    }
    joiner = await near_a_prize(shop, client, number)
    captured = {"visitId": visit, "voucher": redeemed["voucher"]["id"], "key": key}
    return [
        Case(
            operation="Purchase",
            token=shop.system_key,
            variables={"input": bought},
            changed={"input": {**bought, "total": "12.51"}},
        ),
        Case(
            operation="Visit",
            token=shop.system_key,
            variables={"input": visited},
            changed={"input": {**visited, "target": target}},
        ),
        Case(
            operation="Redeem",
            token=redeemer.token,
            variables={"rewardId": "coffee", "key": key},
            changed={"rewardId": "pastry", "key": key},
        ),
        Case(
            operation="Refund",
            token=shop.system_key,
            variables={"input": returned},
            changed={"input": {**returned, "purchase": {"receipt": "another"}}},
        ),
        Case(
            operation="Capture",
            token=shop.clerk_key,
            variables=captured,
            changed={**captured, "voucher": "ANOTHER"},
        ),
        Case(
            operation="Adjust",
            token=shop.manager_key,
            variables={"input": adjusted},
            changed={"input": {**adjusted, "reason": "recorded once"}},
        ),
        Case(
            operation="Join",
            token=joiner.token,
            variables={"challengeId": CHALLENGE},
            changed=None,
        ),
    ]


async def near_a_prize(shop: Shop, client: Connection, number: int | str) -> Guest:
    """A guest who has done what a challenge asks for, and wins its points by joining it."""
    guest = await shop.enrol(client, f"joiner-{number}")
    for each in range(VISITS):
        given = {
            "target": {"memberNumber": guest.number},
            "idempotencyKey": f"come-by-{number}-{each}",
        }
        answer = await client.run("Visit", {"input": given}, token=shop.system_key)
        assert answer["__typename"] == "VisitRecorded", answer
    return guest
