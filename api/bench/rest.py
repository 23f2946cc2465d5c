"""`GET /rest/home`: the member's home screen written by hand, for the benchmark to compare with.

It reads the rows that Home.graphql is answered from, by SQL on the bare driver, and answers the
same bytes with orjson. Nothing of an answer is kept for the next one; the programme's texts in a
language and the windows of a day are.

It stands there twice: `/rest/home` reads in the event loop, `/rest/threaded/home` in a thread. By
itself the read is faster in the loop (0.11 ms; 0.15 to 0.17 ms with the way to a thread and back),
yet under 16 connections on a busy machine the server answered more with the thread (890 a second
beside 660). The benchmark measures both, and compares with the faster one.
"""

import asyncio
import hmac
import struct
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path

import base45
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.bench.rest_body import Home, Json
from api.bench.rest_rows import HomeRows, Today, open_reader, read_home, today_of
from api.clock import Clock
from api.identity import Identity, Unauthenticated
from api.keys import CardKeys
from gamification.programme.values import Programme
from gamification.staff.rules import Role

_CODE = struct.Struct(">BB8sIBH8s8x3x")  # design: kind 0x10, 60 s, earn, redeem and check in
_CODE_LIFE = timedelta(seconds=60)
_REFRESH = timedelta(seconds=45)
_IMAGE_LIFE_S = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class RestParts:
    """What the route is made of. `random_bytes` gives so many random bytes."""

    database_path: Path
    programme: Programme
    identity: Identity
    card_keys: CardKeys
    image_key: bytes
    public_url: str
    clock: Clock
    random_bytes: Callable[[int], bytes]


Read = Callable[[str, Today, datetime], Awaitable[HomeRows | None]]


@contextmanager
def rest_app(parts: RestParts) -> Iterator[Starlette]:
    """The ASGI application of the two routes, until the block ends."""
    path = parts.database_path
    with (
        closing(open_reader(path)) as here,
        closing(open_reader(path)) as there,
        ThreadPoolExecutor(1, thread_name_prefix="rest") as thread,
    ):

        async def in_loop(subject: str, today: Today, now: datetime) -> HomeRows | None:
            return read_home(here, subject, today=today, now=now)

        async def in_thread(subject: str, today: Today, now: datetime) -> HomeRows | None:
            read = partial(read_home, there, subject, today=today, now=now)
            return await asyncio.get_running_loop().run_in_executor(thread, read)

        yield Starlette(
            routes=[
                Route("/rest/home", _answering(parts, in_loop)),
                Route("/rest/threaded/home", _answering(parts, in_thread)),
            ]
        )


def _answering(parts: RestParts, read: Read) -> Callable[[Request], Awaitable[Response]]:
    home = Home(parts.programme)
    zone = parts.programme.zone
    windows = lru_cache(2)(partial(today_of, parts.programme))

    async def answer(request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            principal = await parts.identity.authenticate(token if scheme == "Bearer" else "")
        except Unauthenticated:
            return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
        now = parts.clock.now()
        today = windows(now.astimezone(zone).date())
        is_member = principal.role is Role.MEMBER
        rows = await read(principal.subject, today, now) if is_member else None
        card = _card(rows.who[5], parts, now) if rows and rows.who[5] else None
        return Response(
            home.body(rows, today=today, now=now, card=card),
            media_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    return answer


def _card(handle: str, parts: RestParts, now: datetime) -> Json:
    """A fresh code and a signed address of the picture."""
    now_s = int(now.timestamp())
    issued_at = now.replace(microsecond=0)
    body = _CODE.pack(
        0x10, parts.card_keys.kid, bytes.fromhex(handle), now_s, 12, 7, parts.random_bytes(8)
    )
    code = body + parts.card_keys.private_key.sign(b"LC1\0card\0" + body)
    expires_s = now_s + _IMAGE_LIFE_S
    signed = hmac.digest(parts.image_key, f"card-image:{handle}:{expires_s}".encode(), "sha256")
    return {
        "code": {
            "text": "LC1:" + base45.b45encode(code).decode(),
            "expiresAt": (issued_at + _CODE_LIFE).isoformat(),
            "refreshAfter": (issued_at + _REFRESH).isoformat(),
        },
        "imageUrl": f"{parts.public_url}/cards/{handle}.png"
        f"?expires={expires_s}&signature={signed.hex()[:32]}",
    }
