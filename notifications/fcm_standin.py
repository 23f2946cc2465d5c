"""A stand-in for Firebase Cloud Messaging, HTTP v1, that runs here and delivers nothing.

The real firebase-admin client talks to it over HTTP, in tests and in the demo. A fault is asked
for by the device's address, or comes at random: see `fcm_faults`.
"""

import asyncio
import itertools
import json
import re
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from notifications.fcm_faults import (
    FAULTS,
    HITCHES,
    NOT_SIGNED_IN,
    OTHER_PROJECT,
    Fault,
    Hitch,
    Mix,
    invalid,
    word_in,
)
from notifications.oauth_standin import OauthStandIn

RECEIVED_MAX = 10_000
"""Messages remembered: enough for a long test, and no leak in a demo left running."""

PAYLOAD_BYTES_MAX = 4096
"""FCM takes no longer notification and data."""

SLOW_S = 1.0

_SEND_PATH = re.compile(r"/v1/projects/([^/]+)/messages:send")

Message = dict[str, Any]
# ASGI, in the words of its specification; the package knows no web framework.
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class FcmStandIn:
    """An ASGI app. `on_message` is called on its loop with each message that it takes.

    `on_refusal` likewise with one that it refuses, and the fault's word. `received` holds messages
    taken, `unanswered` those of them whose sender was not told, and `refused` the codes of errors
    given: oldest first and at most `RECEIVED_MAX`.
    While `is_out` every message is answered 503. With `oauth` a message needs a bearer token that
    was granted at `/token`; without it every caller is believed. With `project` others are refused.
    """

    def __init__(
        self,
        on_message: Callable[[Message], None] | None = None,
        *,
        on_refusal: Callable[[Message, str], None] | None = None,
        mix: Mix | None = None,
        oauth: OauthStandIn | None = None,
        project: str | None = None,
        slow_s: float = SLOW_S,
    ) -> None:
        self.received: deque[Message] = deque(maxlen=RECEIVED_MAX)
        self.unanswered: deque[Message] = deque(maxlen=RECEIVED_MAX)
        self.refused: deque[str] = deque(maxlen=RECEIVED_MAX)
        self.is_out = False
        self._on_message = on_message
        self._on_refusal = on_refusal
        self._mix = mix
        self._oauth = oauth
        self._project = project
        self._slow_s = slow_s
        self._numbers = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await _live(receive, send)
            return
        body = await _body_of(receive)
        found = _SEND_PATH.fullmatch(scope["path"])
        if scope["method"] != "POST" or not (found or scope["path"] == "/token"):
            await _answer(send, 404, {"error": {"code": 404, "status": "NOT_FOUND"}})
        elif found is None:
            granted = {"access_token": "anyone", "expires_in": 3600, "token_type": "Bearer"}
            await _answer(send, *(self._oauth.grant(body) if self._oauth else (200, granted)))
        else:
            await self._send(scope, found[1], body, send)

    async def _send(self, scope: Scope, project: str, body: bytes, send: Send) -> None:
        message = _message_in(body)
        if isinstance(message, Fault):
            await self._refuse(send, message)
            return
        authorization = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        if self._oauth is not None and not self._oauth.is_good(authorization):
            await self._refuse(send, NOT_SIGNED_IN)
        elif self._project is not None and project != self._project:
            await self._refuse(send, OTHER_PROJECT)
        else:
            await self._judge(message, project, send)

    async def _judge(self, message: Message, project: str, send: Send) -> None:
        word = "unavailable" if self.is_out else word_in(_address_of(message))
        if word is None and self._mix is not None:
            word = self._mix.word()
        if word in FAULTS:
            if self._on_refusal is not None:
                self._on_refusal(message, word)
            await self._refuse(send, FAULTS[word])
            return
        hitch = HITCHES.get(word or "")
        if hitch is Hitch.CUT:
            await _cut(send)
            return
        if hitch is Hitch.SLOW:
            await asyncio.sleep(self._slow_s)
        self.received.append(message)
        if self._on_message is not None:
            self._on_message(message)
        if hitch is Hitch.UNANSWERED:
            self.unanswered.append(message)
            await _cut(send)
            return
        name = f"projects/{project}/messages/{next(self._numbers)}"
        await _answer(send, 200, {"name": name})

    async def _refuse(self, send: Send, fault: Fault) -> None:
        self.refused.append(fault.code or fault.status)
        await _answer(send, fault.http_status, fault.document, fault.headers)


def _message_in(body: bytes) -> Message | Fault:
    """Take the message out of a request's body, or tell the fault that answers it."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return _malformed("the body is not JSON")
    message = document.get("message") if isinstance(document, dict) else None
    if not isinstance(message, dict):
        return _malformed("'message' is not an object")
    addresses = [message[kind] for kind in ("token", "fid") if kind in message]
    if len(addresses) != 1 or not isinstance(addresses[0], str) or not addresses[0]:
        return _malformed("exactly one of 'message.token' and 'message.fid' is expected")
    for part in ("notification", "data"):
        if not _holds_strings(message.get(part, {})):
            return _malformed(f"'message.{part}' is not an object of strings")
    payload = {part: message.get(part, {}) for part in ("notification", "data")}
    if len(json.dumps(payload, ensure_ascii=False).encode(errors="replace")) > PAYLOAD_BYTES_MAX:
        return invalid("Message payload is too big")
    return message


def _address_of(message: Message) -> str:
    return str(message.get("token") or message["fid"])


def _holds_strings(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def _malformed(what: str) -> Fault:
    return invalid(f"Invalid JSON payload received: {what}.")


async def _body_of(receive: Receive) -> bytes:
    parts = []
    while True:
        event = await receive()
        parts.append(event.get("body", b""))
        if not event.get("more_body"):
            return b"".join(parts)


async def _answer(
    send: Send, status: int, document: object, headers: Mapping[str, str] | None = None
) -> None:
    body = json.dumps(document).encode()
    told = {**(headers or {}), "content-type": "application/json", "content-length": str(len(body))}
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(name.lower().encode(), value.encode()) for name, value in told.items()],
        }
    )
    await send({"type": "http.response.body", "body": body})


async def _cut(send: Send) -> None:
    """Promise a body and end: the server then closes the connection."""
    headers = [(b"content-length", b"1000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def _live(receive: Receive, send: Send) -> None:
    """Nothing is to be done as the server starts and stops."""
    while True:
        event = await receive()
        await send({"type": f"{event['type']}.complete"})
        if event["type"] == "lifespan.shutdown":
            return
