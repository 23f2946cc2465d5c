"""Requests that are refused for good, each of a guest of its own."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.drills.client import Connection
from tests.drills.further_storms import large_gift, review, tasting, told
from tests.drills.shop import Guest, Shop
from tests.drills.storms import BIG_PURCHASE

LARGE_TAKING = -2_001  # points that one manager alone cannot take; two big purchases give them


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


Prepare = Callable[[Shop, Connection], Awaitable[Refused]]


async def purchase(shop: Shop, client: Connection, guest: Guest, key: str, **more: Any) -> str:
    """The id of a purchase that gives points."""
    given = {
        "target": {"memberNumber": guest.number},
        "total": BIG_PURCHASE,
        "idempotencyKey": f"{key}-{guest.subject}",
        **more,
    }
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
    guest = await shop.enrol(client, "poorer")
    given = {**large_gift(guest, ""), "points": -100}
    return Refused(
        operation="Adjust",
        token=shop.manager_key,
        with_key=lambda key: {"input": {**given, "idempotencyKey": key}},
        typename="NotEnoughPoints",
        guest=guest,
        later="PointsAdjusted",
    )


async def decide_adjustment(shop: Shop, client: Connection) -> Refused:
    """Another manager agrees to take more than there is; it waits on."""
    guest = await shop.enrol(client, "poorest")
    await purchase(shop, client, guest, "some-points", total="110.00")
    given = {**large_gift(guest, "proposed"), "points": LARGE_TAKING}
    proposed = await client.run("Adjust", {"input": given}, token=shop.manager_key)
    assert proposed["__typename"] == "AdjustmentProposed", proposed
    decision = {"adjustmentId": proposed["adjustmentId"], "approve": True}
    return Refused(
        operation="DecideAdjustment",
        token=shop.installation.add_staff("manager"),
        with_key=lambda key: {"input": {**decision, "idempotencyKey": key}},
        typename="NotEnoughPoints",
        guest=guest,
        later="AdjustmentDecided",
    )


async def claim_receipt(shop: Shop, client: Connection) -> Refused:
    """A purchase whose receipt was recorded before."""
    guest = await shop.enrol(client, "late")
    await purchase(shop, client, guest, "first", receipt="R-1")
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
    bought = await purchase(shop, client, guest, "bought")

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


async def refund_too_much(shop: Shop, client: Connection) -> Refused:
    """More than a first return left of a purchase."""
    guest = await shop.enrol(client, "returner-of-parts")
    bought = await purchase(shop, client, guest, "bought")

    def with_key(key: str, amount: str = "50.00") -> dict[str, Any]:
        given = {"purchase": {"purchaseId": bought}, "amount": amount, "idempotencyKey": key}
        return {"input": given}

    answer = await client.run("Refund", with_key("part", "40.01"), token=shop.system_key)
    assert answer["__typename"] == "PurchaseRefunded", answer
    return Refused(
        operation="Refund",
        token=shop.system_key,
        with_key=with_key,
        typename="RefundTooLarge",
        guest=guest,
    )


async def capture(shop: Shop, client: Connection) -> Refused:
    """A voucher that was used before."""
    guest = await shop.enrol(client, "eager")
    await purchase(shop, client, guest, "bought")
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


def shared(key: str) -> dict[str, Any]:
    """What counts once a month."""
    attributes = told(link={"text": "https://social.example/1"})
    return {"kind": "shared_on_social", "attributes": attributes, "idempotencyKey": key}


async def record_twice(shop: Shop, client: Connection) -> Refused:
    """What counts once a month, again in the same month."""
    guest = await shop.enrol(client, "eager-to-share")

    def with_key(key: str) -> dict[str, Any]:
        given = {**tasting(guest, key), **shared(key)}
        return {"input": {"activities": [given]}}

    answer = await client.run("Activity", with_key("first"), token=shop.system_key)
    assert answer["answers"][0]["__typename"] == "ActivityRecorded", answer
    return Refused(
        operation="Activity",
        token=shop.system_key,
        with_key=with_key,
        typename="AlreadyCounted",
        guest=guest,
    )


async def claim_twice(shop: Shop, client: Connection) -> Refused:
    """A review of a product of which one waits already."""
    guest = await shop.enrol(client, "reviewer")
    answer = await client.run("Claim", {"input": review("first")}, token=guest.token)
    assert answer["__typename"] == "ActivityClaimed", answer
    return Refused(
        operation="Claim",
        token=guest.token,
        with_key=lambda key: {"input": review(key)},
        typename="AlreadyCounted",
        guest=guest,
    )


async def decide_too_late(shop: Shop, client: Connection) -> Refused:
    """A claim of what a system has recorded meanwhile."""
    guest = await shop.enrol(client, "sharer")
    claimed = await client.run("Claim", {"input": shared("first")}, token=guest.token)
    given = {"activities": [{**tasting(guest, ""), **shared("meanwhile")}]}
    answer = await client.run("Activity", {"input": given}, token=shop.system_key)
    assert answer["answers"][0]["__typename"] == "ActivityRecorded", answer
    decision = {"claimId": claimed["claimId"], "approve": True}
    return Refused(
        operation="DecideClaim",
        token=shop.clerk_key,
        with_key=lambda key: {"input": {**decision, "idempotencyKey": key}},
        typename="AlreadyCounted",
        guest=guest,
    )


EVERY_REFUSAL: Sequence[Prepare] = (
    redeem,
    adjust,
    decide_adjustment,
    claim_receipt,
    refund,
    refund_too_much,
    capture,
    record_twice,
    claim_twice,
    decide_too_late,
)
