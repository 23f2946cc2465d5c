"""One balance that pays for one reward, and fifty who want it at the same moment."""

import asyncio
from collections import Counter

import pytest
from sqlalchemy import func, select

from gamification.database import table_of
from gamification.vouchers.tables import Voucher
from tests.drills.client import Connection, body_of, connections
from tests.drills.drill import Drill
from tests.drills.shop import Guest, Shop

pytestmark = pytest.mark.drill

RACERS = 50
ROUNDS_SHORT, ROUNDS_LONG = 200, 10_000
ONE_COFFEE = "79.00"  # of a first purchase: 900 points, which is what a coffee costs
COST = 900

_voucher = table_of(Voucher)
_VOUCHERS = select(_voucher.c.member_id, func.count().label("vouchers")).group_by(
    _voucher.c.member_id
)


async def rich_guest(shop: Shop, connection: Connection, number: int) -> Guest:
    guest = await shop.enrol(connection, f"racer-{number}")
    given = {
        "target": {"memberNumber": guest.number},
        "total": ONE_COFFEE,
        "idempotencyKey": f"pay-in-{number}",
    }
    answer = await connection.run("Purchase", {"input": given}, token=shop.system_key)
    assert answer["guest"]["points"] == COST, answer
    return guest


async def race(racers: list[Connection], guest: Guest) -> Counter[str]:
    """Everyone redeems at once, each under a key of their own; what they were told."""
    bodies = [
        body_of("Redeem", {"rewardId": "coffee", "key": f"{guest.subject}-{number}"})
        for number in range(len(racers))
    ]
    answers = await asyncio.gather(
        *(racer.ask(guest.token, body) for racer, body in zip(racers, bodies, strict=True))
    )
    told = [answer.payload for answer in answers]
    for each in told:
        if each["__typename"] == "NotEnoughPoints":
            assert (each["available"], each["required"], each["missing"]) == (0, COST, COST)
    return Counter(each["__typename"] for each in told)


def test_one_of_fifty_gets_the_one_reward(shop: Shop, drill: Drill) -> None:
    rounds = drill.rounds(short=ROUNDS_SHORT, long=ROUNDS_LONG)
    told: Counter[str] = Counter()

    async def run() -> None:
        async with connections(shop.fleet.ports, RACERS) as racers:
            for number in range(rounds):
                # Whoever came first last time starts last now, and with it the other server.
                racers.append(racers.pop(0))
                guest = await rich_guest(shop, racers[0], number)
                found = await race(racers, guest)
                told.update(found)
                assert found == {"RewardRedeemed": 1, "NotEnoughPoints": RACERS - 1}, number
                home = await racers[0].run("Home", token=guest.token)
                points = home["member"]["points"]
                assert (points["available"], points["pending"]) == (0, COST), number

    asyncio.run(run())
    vouchers = [row.vouchers for row in shop.database.rows(_VOUCHERS)]
    assert vouchers == [1] * rounds
    assert shop.violations() == []
    assert shop.fleet.unforeseen() == []
    drill.tell(database=shop.database.name, processes=shop.fleet, rounds=rounds, **told)
