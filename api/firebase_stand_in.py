"""A stand-in for Firebase Cloud Messaging, HTTP v1, that runs here and delivers nothing.

The real firebase-admin client talks to it over HTTP, in tests and in the demo. Faults are asked
for by the device's address: see `FAULTS`.
"""

import itertools
import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

RECEIVED_MAX = 10_000
"""Messages remembered: enough for a long test, and no leak in a demo left running."""

FCM_ERROR_TYPE = "type.googleapis.com/google.firebase.fcm.v1.FcmError"

TOKEN_LIFE_S = 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """An error answer of FCM: HTTP status, google.rpc code, FCM's own code, text."""

    http_status: int
    status: str
    code: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)


FAULTS: Mapping[str, Fault] = {
    "unregistered": Fault(
        http_status=404,
        status="NOT_FOUND",
        code="UNREGISTERED",
        text="Requested entity was not found.",
    ),
    "mismatch": Fault(
        http_status=403,
        status="PERMISSION_DENIED",
        code="SENDER_ID_MISMATCH",
        text="SenderId mismatch",
    ),
    "invalid": Fault(
        http_status=400,
        status="INVALID_ARGUMENT",
        code="INVALID_ARGUMENT",
        text="The registration token is not a valid FCM registration token",
    ),
    "badpayload": Fault(
        http_status=400,
        status="INVALID_ARGUMENT",
        code="INVALID_ARGUMENT",
        text="Invalid data payload key: from",
    ),
    "quota": Fault(
        http_status=429,
        status="RESOURCE_EXHAUSTED",
        code="QUOTA_EXCEEDED",
        text="Quota exceeded for sending messages.",
        headers={"Retry-After": "7"},
    ),
    "unavailable": Fault(
        http_status=503,
        status="UNAVAILABLE",
        code="UNAVAILABLE",
        text="The service is currently unavailable.",
    ),
    "thirdparty": Fault(
        http_status=401,
        status="UNAUTHENTICATED",
        code="THIRD_PARTY_AUTH_ERROR",
        text="Auth error from APNS or Web Push Service",
    ),
}
"""The answer to any message whose address contains the word."""


def stand_in_app(on_message: Callable[[dict[str, Any]], None] | None = None) -> Starlette:
    """Make the app; `on_message` is called on its event loop with each message it takes.

    `app.state.received` holds the messages taken and `app.state.refused` the codes of the errors
    given, both oldest first and at most `RECEIVED_MAX`.
    """
    numbers = itertools.count(1)
    received: deque[dict[str, Any]] = deque(maxlen=RECEIVED_MAX)
    refused: deque[str] = deque(maxlen=RECEIVED_MAX)

    async def send(request: Request) -> JSONResponse:
        judged = _judged(await request.body())
        if isinstance(judged, Fault):
            refused.append(judged.code)
            return _error_answer(judged)
        received.append(judged)
        if on_message is not None:
            on_message(judged)
        project = request.path_params["project"]
        return JSONResponse({"name": f"projects/{project}/messages/{next(numbers)}"})

    app = Starlette(
        routes=[
            Route("/v1/projects/{project}/messages:send", send, methods=["POST"]),
            Route("/token", _grant_token, methods=["POST"]),
        ]
    )
    app.state.received = received
    app.state.refused = refused
    return app


async def _grant_token(_: Request) -> JSONResponse:
    """Answer as an OAuth token endpoint, for service accounts whose `token_uri` points here."""
    return JSONResponse(
        {"access_token": "stand-in", "expires_in": TOKEN_LIFE_S, "token_type": "Bearer"}
    )


def _judged(body: bytes) -> dict[str, Any] | Fault:
    """Take the message out of a request body, or tell the fault that answers it."""
    try:
        document = json.loads(body)
    except ValueError:
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
    return next((FAULTS[word] for word in FAULTS if word in addresses[0]), message)


def _holds_strings(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def _malformed(what: str) -> Fault:
    return Fault(
        http_status=400,
        status="INVALID_ARGUMENT",
        code="INVALID_ARGUMENT",
        text=f"Invalid JSON payload received: {what}.",
    )


def _error_answer(fault: Fault) -> JSONResponse:
    error = {
        "code": fault.http_status,
        "message": fault.text,
        "status": fault.status,
        "details": [{"@type": FCM_ERROR_TYPE, "errorCode": fault.code}],
    }
    return JSONResponse(
        {"error": error}, status_code=fault.http_status, headers=dict(fault.headers)
    )
