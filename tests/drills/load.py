"""A day at the shop, without a pause: guests buy, redeem, return, look; staff adjust."""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.drills.client import Connection, Lost, Unavailable
from tests.drills.diary import Diary, Write
from tests.drills.shop import Guest, Shop

TRIES_MAX = 40
PAUSE_S = 0.25  # what a client waits before it tries again
NEAR_COFFEE = "74.00"  # of a first purchase: 850 points, and a coffee costs 900
WITH_LINES = 0.5  # of purchases
PIECES = 3  # of a line
BATCH = 3  # activities that are recorded together
BELIEVED = 0.8  # of claims


@dataclass(kw_only=True)
class Day:
    """A day with its guests. Every write is in the diary before it is sent."""

    shop: Shop
    chance: random.Random
    diary: Diary = field(default_factory=Diary)
    guests: list[Guest] = field(default_factory=list)
    open_vouchers: list[tuple[Guest, str]] = field(default_factory=list)
    open_claims: list[str] = field(default_factory=list)
    returnable: list[str] = field(default_factory=list)
    with_lines: set[str] = field(default_factory=set)
    """Of the returnable ones."""
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    joining: dict[str, Write] = field(default_factory=dict)
    unfinished: set[str] = field(default_factory=set)
    in_flight: Counter[int] = field(default_factory=Counter)
    """By a server's port: writes that were sent there and are not answered yet."""

    async def invite(self, count: int) -> None:
        """Let guests join, each rich enough for a first coffee."""
        async with Connection(self.shop.fleet.ports[0]) as connection:
            for _ in range(count):
                guest = await self.shop.enrol(connection, f"guest-{next(self.numbers)}")
                self.guests.append(guest)
                await self.send(connection, self._purchase(guest, "90.00"))

    async def send(self, connection: Connection, write: Write) -> Any:
        """Send a write and note the answer; None for a typed "come again". Raises Lost."""
        write.tries += 1
        self.in_flight[connection.port] += 1
        try:
            answer = await connection.ask(write.token, write.body())
        except Lost:
            self.diary.lost += 1
            raise
        finally:
            self.in_flight[connection.port] -= 1
        self.diary.note(write, answer)
        if write.answer is None:
            await asyncio.sleep(PAUSE_S)
        else:
            self._learn(write)
        return write.answer

    async def go_on(self, port: int, *, until: asyncio.Event) -> None:
        """One client after the other at one server, until told or until the server is gone."""
        with suppress(Lost):
            async with Connection(port) as connection:
                while not until.is_set():
                    with suppress(Unavailable):
                        await self.step(connection)

    async def step(self, connection: Connection) -> None:
        """Do one thing that guests and staff do. Raises Lost or Unavailable."""
        steps: Sequence[tuple[int, Callable[[Connection], Awaitable[object]]]] = (
            (50, self._buy),
            (6, self._come_by),
            (14, self._redeem),
            (14, self._capture),
            (8, self._return),
            (8, self._return_a_part),
            (6, self._taste),
            (5, self._claim),
            (6, self._decide),
            (6, self._adjust),
            (4, self._look),
            (4, self._newcomer),
        )
        weights = [weight for weight, _ in steps]
        ((_, step),) = self.chance.choices(steps, weights)
        await step(connection)

    async def catch_up(self, ports: Sequence[int]) -> None:
        """Send what is unanswered again until each has its answer."""
        waiting = list(self.diary.unanswered)
        parts = [waiting[number :: len(ports)] for number in range(len(ports))]
        await asyncio.gather(
            *(self._catch_up(port, part) for port, part in zip(ports, parts, strict=True))
        )
        async with Connection(ports[0]) as connection:
            for subject in sorted(self.unfinished):
                await self._join(connection, subject)

    async def _catch_up(self, port: int, writes: Sequence[Write]) -> None:
        async with Connection(port) as connection:
            for write in writes:
                for _ in range(TRIES_MAX):
                    if await self.send(connection, write) is not None:
                        break
                assert write.answer is not None, write

    def _learn(self, write: Write) -> None:
        if not write.succeeded or write in self.joining.values():
            return
        if write.operation == "Purchase":
            purchase = write.answer["purchaseId"]
            self.returnable.append(purchase)
            if "lines" in write.variables["input"]:
                self.with_lines.add(purchase)
        if write.operation == "Claim":
            self.open_claims.append(write.answer["claimId"])
        if write.operation == "Redeem":
            guest = next(each for each in self.guests if each.token == write.token)
            self.open_vouchers.append((guest, write.answer["voucher"]["id"]))

    def _write(
        self,
        operation: str,
        variables: dict[str, Any],
        *,
        token: str,
        key: str,
        keys: Sequence[str] = (),
    ) -> Write:
        write = Write(operation=operation, variables=variables, token=token, key=key, keys=keys)
        self.diary.writes.append(write)
        return write

    def _key(self) -> str:
        return f"key-{next(self.numbers)}"

    def _purchase(self, guest: Guest, total: str, **more: Any) -> Write:
        key = self._key()
        given = {
            "target": {"memberNumber": guest.number},
            "total": total,
            "idempotencyKey": key,
            **more,
        }
        return self._write("Purchase", {"input": given}, token=self.shop.system_key, key=key)

    async def _buy(self, connection: Connection) -> None:
        total = f"{self.chance.randrange(300, 3000) / 100:.2f}"
        more: dict[str, Any] = {}
        if self.chance.random() < WITH_LINES:
            line = {"name": "Cake", "category": "pastry", "quantity": PIECES, "amount": total}
            more["lines"] = [line]
        await self.send(connection, self._purchase(self.chance.choice(self.guests), total, **more))

    async def _come_by(self, connection: Connection) -> None:
        key = self._key()
        guest = self.chance.choice(self.guests)
        given = {"target": {"memberNumber": guest.number}, "idempotencyKey": key}
        write = self._write("Visit", {"input": given}, token=self.shop.system_key, key=key)
        await self.send(connection, write)

    async def _redeem(self, connection: Connection) -> None:
        key = self._key()
        guest = self.chance.choice(self.guests)
        variables = {"rewardId": "coffee", "key": key}
        await self.send(connection, self._write("Redeem", variables, token=guest.token, key=key))

    async def _capture(self, connection: Connection) -> None:
        if not self.open_vouchers:
            return
        guest, voucher = self.open_vouchers.pop(self.chance.randrange(len(self.open_vouchers)))
        visit = await self.shop.visit(connection, guest)
        key = self._key()
        variables = {"visitId": visit, "voucher": voucher, "key": key}
        await self.send(
            connection, self._write("Capture", variables, token=self.shop.clerk_key, key=key)
        )

    async def _return(self, connection: Connection) -> None:
        if not self.returnable:
            return
        purchase = self.returnable.pop(self.chance.randrange(len(self.returnable)))
        key = self._key()
        given = {"purchase": {"purchaseId": purchase}, "idempotencyKey": key}
        write = self._write("Refund", {"input": given}, token=self.shop.system_key, key=key)
        await self.send(connection, write)

    async def _return_a_part(self, connection: Connection) -> None:
        """One piece where there are lines, else some money; until too little is left."""
        if not self.returnable:
            return
        purchase = self.chance.choice(self.returnable)
        key = self._key()
        has_lines = purchase in self.with_lines
        part = {"lines": [{"line": 1, "quantity": 1}]} if has_lines else {"amount": "2.00"}
        given = {"purchase": {"purchaseId": purchase}, "idempotencyKey": key, **part}
        write = self._write("Refund", {"input": given}, token=self.shop.system_key, key=key)
        await self.send(connection, write)

    async def _taste(self, connection: Connection) -> None:
        """A batch, as a system sends it."""
        key = self._key()
        keys = [f"{key}-{position}" for position in range(BATCH)]
        batch = [
            {
                "target": {"memberNumber": self.chance.choice(self.guests).number},
                "kind": "tasting",
                "idempotencyKey": each,
            }
            for each in keys
        ]
        variables = {"input": {"activities": batch}}
        token = self.shop.system_key
        await self.send(
            connection, self._write("Activity", variables, token=token, key=key, keys=keys)
        )

    async def _claim(self, connection: Connection) -> None:
        key = self._key()
        attributes = [
            {"name": "product", "value": {"text": f"cake of {key}"}},
            {"name": "rating", "value": {"whole": self.chance.randint(1, 5)}},
        ]
        given = {"kind": "photo_review", "attributes": attributes, "idempotencyKey": key}
        token = self.chance.choice(self.guests).token
        await self.send(connection, self._write("Claim", {"input": given}, token=token, key=key))

    async def _decide(self, connection: Connection) -> None:
        if not self.open_claims:
            return
        claim = self.open_claims.pop(self.chance.randrange(len(self.open_claims)))
        key = self._key()
        approve = self.chance.random() < BELIEVED
        given = {"claimId": claim, "approve": approve, "idempotencyKey": key}
        write = self._write("DecideClaim", {"input": given}, token=self.shop.clerk_key, key=key)
        await self.send(connection, write)

    async def _adjust(self, connection: Connection) -> None:
        key = self._key()
        given = {
            "target": {"memberNumber": self.chance.choice(self.guests).number},
            "points": self.chance.choice([-500, -20, 20, 500]),
            "reason": "the machine broke down",
            "idempotencyKey": key,
        }
        write = self._write("Adjust", {"input": given}, token=self.shop.manager_key, key=key)
        await self.send(connection, write)

    async def _look(self, connection: Connection) -> None:
        home = await connection.run("Home", token=self.chance.choice(self.guests).token)
        points = home["member"]["points"]
        assert min(points["available"], points["pending"], points["debt"]) >= 0, points

    async def _newcomer(self, connection: Connection) -> None:
        subject = f"newcomer-{next(self.numbers)}"
        self.unfinished.add(subject)
        await self._join(connection, subject)

    async def _join(self, connection: Connection, subject: str) -> None:
        """Someone joins, brought by the first guest, wants to be told, and comes near a coffee.

        It may be done again.
        """
        guest = await self.shop.enrol(connection, subject, brought_by=self.guests[0].number)
        await self.shop.allow_pushes(connection, guest)
        write = self.joining.get(subject)
        if write is None:
            write = self.joining[subject] = self._purchase(guest, NEAR_COFFEE)
        if await self.send(connection, write) is not None:
            self.unfinished.discard(subject)
