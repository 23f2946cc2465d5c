"""What phones get: the stand-in for Firebase, slow as a network is, counting by nudge."""

import asyncio
import itertools
import random
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.loopback import serve_in_thread
from notifications.fcm_standin import FcmStandIn

ANSWER_DELAY_S_MAX = 0.2  # between taking a push and saying so: where a crash makes a repeat


@dataclass(kw_only=True)
class Phones:
    """`received` has, for each nudge, how many kills had been when each of its pushes came."""

    url: str
    kills: int = 0
    received: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    addresses: set[str] = field(default_factory=set)

    def take(self, message: dict[str, Any]) -> None:
        """Take a push."""
        self.received[message["data"]["nudge_id"]].append(self.kills)
        self.addresses.add(message["token"])

    def repeats(self) -> list[tuple[int, int]]:
        """For each push that had come before: the kills until the one before, and until it."""
        return [
            pair for kills in list(self.received.values()) for pair in itertools.pairwise(kills)
        ]


@contextmanager
def phones_ringing(chance: random.Random) -> Iterator[Phones]:
    """Phones that ring, until the block ends."""
    phones = Phones(url="")
    slow = _slowly(FcmStandIn(phones.take), chance)
    with serve_in_thread(slow) as url:
        phones.url = url
        yield phones


def _slowly(app: ASGIApp, chance: random.Random) -> ASGIApp:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_later(message: Message) -> None:
            if scope["type"] == "http" and message["type"] == "http.response.start":
                await asyncio.sleep(chance.uniform(0, ANSWER_DELAY_S_MAX))
            await send(message)

        await app(scope, receive, send_later)

    return slow
