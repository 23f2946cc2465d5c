"""What the load asks for: home screens, and purchases by number and by card."""

import random
from collections.abc import Generator, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import orjson

from api import ids
from api.bench.load import Talk, expect, request_bytes
from api.bench.world import Asker, BenchWorld
from api.clock import Clock
from api.codes import fresh_code
from api.demo.habits import basket
from gamification.actions.targets import Target
from schema.build import SDL_FILE

_OPERATIONS = Path(SDL_FILE).parent / "operations"
_HOME_HOLDS = b'"inbox":{'


def home_by_hand(world: BenchWorld, *, threaded: bool) -> Talk:
    """Home screens over the hand-written route."""
    path = "/rest/threaded/home" if threaded else "/rest/home"
    return _asking([request_bytes(path, token=asker.token) for asker in world.askers])


def home(world: BenchWorld) -> Talk:
    """Home screens over GraphQL."""
    body = orjson.dumps({"query": _operation("Home")})
    return _asking([request_bytes("/graphql", token=a.token, body=body) for a in world.askers])


def purchases_by_number(world: BenchWorld) -> Talk:
    """Purchases that the shop's own system records, by member number."""
    buyers, shopping = cycle(world.askers), _Shopping(world.system_key)

    def talk() -> Generator[bytes, bytes, None]:
        for buyer in buyers:
            expect((yield shopping.purchase({"memberNumber": buyer.number})), b'"PurchaseRecorded"')

    return talk


def purchases_by_card(world: BenchWorld, clock: Clock) -> Talk:
    """Purchases at a till: a fresh code is scanned, and the purchase recorded in its visit."""
    buyers, shopping = cycle(world.askers), _Shopping(world.clerk_token)
    query = _operation("Scan")

    def scan(buyer: Asker) -> bytes:
        code, _ = fresh_code(buyer.handle, keys=world.card_keys, now=clock.now())
        body = orjson.dumps({"query": query, "variables": {"code": code}})
        return request_bytes("/graphql", token=world.clerk_token, body=body)

    def talk() -> Generator[bytes, bytes, None]:
        for buyer in buyers:
            opened = yield scan(buyer)
            expect(opened, b'"CardScanned"')
            visit_id = orjson.loads(opened)["data"]["scanCard"]["visit"]["id"]
            expect((yield shopping.purchase({"visitId": visit_id})), b'"PurchaseRecorded"')

    return talk


def mostly_home(world: BenchWorld) -> Talk:
    """A purchase after every nine home screens, as a day has them."""

    def talk() -> Generator[bytes, bytes, None]:
        looks, buys = home(world)(), purchases_by_number(world)()
        look, buy = next(looks), next(buys)
        while True:
            for _ in range(9):
                look = looks.send((yield look))
            buy = buys.send((yield buy))

    return talk


class _Shopping:
    """Baskets of the demo's café, each under a key of its own."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._query = _operation("Purchase")
        self._chance = random.Random(1)  # noqa: S311 -- what they drink

    def purchase(self, target: dict[str, str]) -> bytes:
        bought = basket(Target(), chance=self._chance, key=ids.new_id())
        given: dict[str, Any] = {
            "target": target,
            "total": str(bought.total),
            "idempotencyKey": bought.idempotency_key,
            "lines": [
                {
                    "name": line.name,
                    "category": line.category,
                    "quantity": line.quantity,
                    "amount": str(line.amount),
                }
                for line in bought.lines
            ],
        }
        body = orjson.dumps({"query": self._query, "variables": {"input": given}})
        return request_bytes("/graphql", token=self._token, body=body)


def _asking(requests: list[bytes]) -> Talk:
    each: Iterator[bytes] = cycle(requests)

    def talk() -> Generator[bytes, bytes, None]:
        for request in each:
            expect((yield request), _HOME_HOLDS)

    return talk


def _operation(name: str) -> str:
    return (_OPERATIONS / f"{name}.graphql").read_text("utf-8")
