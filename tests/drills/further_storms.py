"""Requests besides buying and redeeming, and of parts, ready to be sent a thousand times."""

from typing import Any

from tests.drills.client import Connection
from tests.drills.shop import Guest, Shop
from tests.drills.storms import Case

BAGS = 5  # fill a stamp card
ABOVE_LIMIT = 2_500  # points that one manager alone cannot give


def beans_for(guest: Guest, key: str) -> dict[str, Any]:
    """A purchase that fills a stamp card."""
    line = {"name": "Beans", "category": "beans", "quantity": BAGS, "amount": "50.00"}
    return {
        "target": {"memberNumber": guest.number},
        "total": "50.00",
        "lines": [line],
        "idempotencyKey": key,
    }


def told(**attributes: Any) -> list[dict[str, Any]]:
    """Attributes of an activity."""
    return [{"name": name, "value": value} for name, value in attributes.items()]


def tasting(guest: Guest, key: str, wish: str = "olives") -> dict[str, Any]:
    """One activity of a batch."""
    return {
        "target": {"memberNumber": guest.number},
        "kind": "tasting",
        "attributes": told(wish={"text": wish}),
        "idempotencyKey": key,
    }


def review(key: str, rating: int = 4) -> dict[str, Any]:
    """What a member says of a product."""
    attributes = told(product={"text": "Beans"}, rating={"whole": rating})
    return {"kind": "photo_review", "attributes": attributes, "idempotencyKey": key}


def large_gift(guest: Guest, key: str) -> dict[str, Any]:
    """An adjustment that needs another manager."""
    return {
        "target": {"memberNumber": guest.number},
        "points": ABOVE_LIMIT,
        "reason": "the winner of our raffle",
        "idempotencyKey": key,
    }


async def further_cases(
    shop: Shop, client: Connection, number: int | str, *, second_manager_key: str
) -> list[Case]:
    """Each for guests of its own."""
    key, earlier = f"storm-further-{number}", f"earlier-{number}"

    async def guest(what: str) -> Guest:
        return await shop.enrol(client, f"{what}-{number}")

    async def done(operation: str, given: dict[str, Any], token: str) -> Any:
        return await client.run(operation, {"input": given}, token=token)

    collector, returner = await guest("collector"), await guest("returner-of-a-part")
    bought = await done("Purchase", beans_for(returner, earlier), shop.system_key)
    tasters = [await guest("taster"), await guest("other-taster")]
    claimant, reviewer = await guest("claimant"), await guest("reviewer")
    claimed = await done("Claim", review(earlier), reviewer.token)
    lucky, winner = await guest("lucky"), await guest("winner")
    proposed = await done("Adjust", large_gift(winner, earlier), shop.manager_key)
    teller = await guest("teller")

    beans = beans_for(collector, key)
    piece = {
        "purchase": {"purchaseId": bought["purchaseId"]},
        "lines": [{"line": 1, "quantity": 1}],
        "idempotencyKey": key,
    }
    batch = [(each, f"{key}-{position}") for position, each in enumerate(tasters)]
    decision = {"claimId": claimed["claimId"], "approve": True, "idempotencyKey": key}
    gift = large_gift(lucky, key)
    agreement = {"adjustmentId": proposed["adjustmentId"], "approve": True, "idempotencyKey": key}
    profile = {"email": f"teller-{number}@example.com", "birthday": "1990-03-02"}

    def case(operation: str, token: str, given: Any, changed: Any) -> Case:
        return Case(
            operation=operation,
            token=token,
            variables={"input": given},
            changed=None if changed is None else {"input": changed},
        )

    return [
        case("Purchase", shop.system_key, beans, {**beans, "total": "50.01"}),
        case(
            "Refund",
            shop.system_key,
            piece,
            {**piece, "lines": [{"line": 1, "quantity": 2}]},
        ),
        case(
            "Activity",
            shop.system_key,
            {"activities": [tasting(each, its_key) for each, its_key in batch]},
            {"activities": [tasting(each, its_key, "cheese") for each, its_key in batch]},
        ),
        case("Claim", claimant.token, review(key), review(key, rating=5)),
        case("DecideClaim", shop.clerk_key, decision, {**decision, "approve": False}),
        case("Adjust", shop.manager_key, gift, {**gift, "points": ABOVE_LIMIT + 1}),
        case("DecideAdjustment", second_manager_key, agreement, {**agreement, "approve": False}),
        case("Profile", teller.token, profile, None),
    ]
