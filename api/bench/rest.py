"""`GET /rest/home`: the member's home screen written by hand, for the benchmark to compare with.

It reads the rows that Home.graphql is answered from, by SQL on the bare driver, and answers the
same bytes with orjson. Nothing of an answer is kept for the next one; the programme's texts in a
language and the windows of a day are.

It reads in the event loop: measured here, handing each read to a thread takes more of a core than
the read itself waits (see `THREADED_SHARE`).
"""

import hmac
import sqlite3
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import base45
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.bench.rest_body import Home, Json
from api.bench.rest_rows import read_home, today_of
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

    connection: sqlite3.Connection
    programme: Programme
    identity: Identity
    card_keys: CardKeys
    image_key: bytes
    public_url: str
    clock: Clock
    random_bytes: Callable[[int], bytes]


def rest_app(parts: RestParts) -> Starlette:
    """The ASGI application of the one route. Whoever made the parts closes them."""
    home = Home(parts.programme)
    zone = parts.programme.zone
    windows = lru_cache(2)(lambda day: today_of(parts.programme, day))

    async def answer(request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            principal = await parts.identity.authenticate(token if scheme == "Bearer" else "")
        except Unauthenticated:
            return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
        now = parts.clock.now()
        today = windows(now.astimezone(zone).date())
        rows = (
            read_home(parts.connection, principal.subject, today=today, now=now)
            if principal.role is Role.MEMBER
            else None
        )
        card = _card(rows.who[5], parts, now) if rows and rows.who[5] else None
        return Response(
            home.body(rows, today=today, now=now, card=card),
            media_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    return Starlette(routes=[Route("/rest/home", answer)])


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
